"""What is read of a page: its heading, and all its words."""

from __future__ import annotations

import re
from html.parser import HTMLParser

SPOKEN = ("aria-label", "placeholder", "title", "alt")


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in ("script", "style")
        for name, value in attrs:
            if name in SPOKEN and value:
                self.found.add(plain(value))

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self.silent and plain(data):
            self.found.add(plain(data))


def plain(text: str) -> str:
    """A text with single, plain spaces."""
    return re.sub(r"\s+", " ", text.replace("\u00a0", " ")).strip()


def words(page: str) -> set[str]:
    """Every piece of text of a page, and what is said to readers of screens."""
    parser = _Words()
    parser.feed(page)
    return parser.found


def heading(page: str) -> str:
    """The text of the h1."""
    found = re.search(r"<h1>(.*?)</h1>", page, re.DOTALL)
    assert found is not None
    return plain(re.sub(r"<[^>]+>", "", found[1]))


def untranslated(english: str, spanish: str, data: set[str]) -> set[str]:
    """Words that are the same in both languages of a page and are no data: names, codes, figures."""
    same = words(english) & words(spanish)
    return {one for one in same if re.search(r"[a-z]{2}", one) and not any(known in one for known in data)}
