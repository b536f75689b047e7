"""The guides by role, as they stand in docs/guide, on the screen: read once, with their links and pictures led here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from flask import url_for
from markupsafe import Markup

from app.accounts.permissions import Role
from app.curriculum.article import render

DOCS = Path(__file__).resolve().parents[2] / "docs"
PICTURES = DOCS / "pictures"
EVERYONE = "everyone"
"""What holds on every screen, whoever looks: the README of the guides."""

_OTHER_LANGUAGE = re.compile(r" ?\[[^]]*\]\(\.\./(?:en|es)/[^)]*\)\.?")
_LIST = re.compile(r"^- \[[^]]*\]\([\w-]+\.md\).*\n", re.MULTILINE)
_PICTURE = re.compile(r"!\[(?P<alt>[^]]*)\]\(\.\./\.\./pictures/(?P<name>[\w-]+\.png)\)")
_ELSEWHERE = re.compile(r"\[(?P<words>[^]]*)\]\(\.\./[^)]*\)")
_IMAGE = re.compile(r'<img src="(?P<src>[^"]*/(?P<name>[\w-]+\.png))" alt="(?P<alt>[^"]*)"[^>]*>')


@dataclass(frozen=True, slots=True)
class Guide:
    """One guide: its title, and the rest as HTML."""

    title: str
    body: Markup


def of_role(role: Role) -> str:
    """The name of a role's guide in the address."""
    return role.value.replace("_", "-")


FILES = {EVERYONE: "README.md", **{name: f"{name}.md" for name in map(of_role, Role)}}
"""The file of each guide, by its name in the address."""


def titles(language: str) -> dict[str, str]:
    """The title of every guide by its name, in the order of the roles."""
    return {name: _read(name, language)[0] for name in FILES}


def guide(name: str, language: str) -> Guide:
    """One of `FILES`, in a language. Links to other documents become their words: those are beside the program."""
    title, text = _read(name, language)
    text = _PICTURE.sub(lambda found: f"![{found['alt']}]({url_for('home.help_picture', name=found['name'])})", text)
    return Guide(title, _sized(render(_ELSEWHERE.sub(lambda found: found["words"], text), language)))


@lru_cache(maxsize=64)
def _read(name: str, language: str) -> tuple[str, str]:
    """Title and text of a file, without the list of guides and the way to the other language: the page has both."""
    text = (DOCS / "guide" / language / FILES[name]).read_text("utf-8")
    head, _newline, rest = text.partition("\n")
    return head.removeprefix("# ").strip(), _LIST.sub("", _OTHER_LANGUAGE.sub("", rest))


def _sized(html: Markup) -> Markup:
    """The pictures with their measures, so that nothing moves when they come, and only when they are near."""

    def image(found: re.Match[str]) -> str:
        head = (PICTURES / found["name"]).read_bytes()[16:24]  # width and height in the head of a PNG
        width, height = (int.from_bytes(half, "big") for half in (head[:4], head[4:]))
        return f'<img src="{found["src"]}" alt="{found["alt"]}" width="{width}" height="{height}" loading="lazy">'

    return Markup(_IMAGE.sub(image, str(html)))  # noqa: S704 -- what was safe, with numbers of ours


__all__ = ["EVERYONE", "FILES", "PICTURES", "Guide", "guide", "of_role", "titles"]
