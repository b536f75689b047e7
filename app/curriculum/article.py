"""Articles: Markdown as people write it, as safe HTML that fits below a page's own heading."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from markdown_it.token import Token

TAGS = {
    "h2", "h3", "h4", "h5", "h6", "p", "ul", "ol", "li", "blockquote", "strong", "em", "s", "code", "pre", "hr", "br",
    "a", "img", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
CALLOUT = re.compile(r"\[!(NOTE|TIP|WARNING)\][ \t]*(.*)")
"""The first line of a quotation that is a callout: its kind, and a title of its own."""
TITLES = {
    "note": {"en": "Note", "es": "Nota"},
    "tip": {"en": "Tip", "es": "Consejo"},
    "warning": {"en": "Careful", "es": "Atención"},
}
"""By the language of the text, whoever reads it."""
ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt", "title"}, "ol": {"start"}}
CLASSES = {"blockquote": {"h-callout", *(f"h-callout--{kind}" for kind in TITLES)}}


@lru_cache(maxsize=512)
def render(text: str, language: str = "en") -> Markup:
    """The article as HTML: no HTML of the writer's own, no script, no style; its first level of headings becomes h2.

    A quotation that begins with [!NOTE], [!TIP] or [!WARNING] is a callout.
    """
    import nh3
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    tokens = reader.parse(text)
    _lower_headings(tokens)
    _mark_callouts(tokens, language)
    html = reader.renderer.render(tokens, reader.options, {})
    clean = nh3.clean(
        html, tags=TAGS, attributes=ATTRIBUTES, allowed_classes=CLASSES, url_schemes={"http", "https", "mailto"}
    )
    return Markup(clean)  # noqa: S704 -- cleaned above


def _lower_headings(tokens: list[Token]) -> None:
    """Let the highest level of headings there is become h2, and those below it follow."""
    headings = [token for token in tokens if token.type in ("heading_open", "heading_close")]
    highest = min((int(token.tag[1]) for token in headings), default=2)
    for token in headings:
        token.tag = f"h{min(int(token.tag[1]) - highest + 2, 6)}"


def _mark_callouts(tokens: list[Token], language: str) -> None:
    """Give quotations that are callouts their class, and their first line as a title."""
    for place in range(len(tokens) - 2):
        quote, paragraph, inline = tokens[place : place + 3]
        if quote.type != "blockquote_open" or paragraph.type != "paragraph_open" or not inline.children:
            continue
        found = CALLOUT.fullmatch(inline.children[0].content)
        if found is None or inline.children[0].type != "text":
            continue
        kind = found[1].lower()
        quote.attrSet("class", f"h-callout h-callout--{kind}")
        _title(inline, found[2].strip() or TITLES[kind][language])


def _title(inline: Token, title: str) -> None:
    """Let the first line of a paragraph be that title, in bold, on a line of its own."""
    from markdown_it.token import Token

    assert inline.children is not None
    words = Token("text", "", 0, content=title)
    rest = inline.children[1:]
    if rest and rest[0].type == "softbreak":
        rest[0] = Token("hardbreak", "br", 0)
    bold = [Token("strong_open", "strong", 1), words, Token("strong_close", "strong", -1)]
    inline.children = [*bold, *rest]
