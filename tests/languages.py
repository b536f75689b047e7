"""What a page says in both languages: whatever stands in the Spanish page as in the English one is data, or a hole."""

from __future__ import annotations

import re
from collections.abc import Collection
from html.parser import HTMLParser

UNTRANSLATED = frozenset({"Hilo", "CSV", "XLSX", "PDF", "JSON", "Coaching", "English", "Español"})
"""Words that are the same in both."""
INITIALS = re.compile(r"[A-ZÁÉÍÓÚÑ]{2}")
SPOKEN = ("alt", "aria-label", "placeholder", "title")


class _Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_data(self, data: str) -> None:
        self.found.add(" ".join(data.split()))

    def handle_starttag(self, _tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.update(" ".join((value or "").split()) for name, value in attributes if name in SPOKEN)


def texts(page: str) -> set[str]:
    """The texts of a page, seen or said."""
    parser = _Texts()
    parser.feed(page)
    return {text for text in parser.found if re.search(r"[^\W\d_]{2}", text)}


def left_in_english(english: str, spanish: str, data: Collection[str] = ()) -> set[str]:
    """Texts that the Spanish page has in common with the English one, apart from names (`data`) and initials."""
    both = texts(english) & texts(spanish) - UNTRANSLATED
    return {
        text
        for text in both
        if not INITIALS.fullmatch(text) and not any(one.casefold() in text.casefold() for one in data)
    }
