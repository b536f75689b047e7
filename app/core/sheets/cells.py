"""The cells of a column, kept as its distinct texts and which of them each row holds.

Most columns of a large file repeat few texts, so whatever is asked of a text is asked once of each distinct one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

_UNTIDY = re.compile(r'\A\s|\s\Z|\n\s|\s\n|="')
"""What no text of a column may hold, the texts one a line, for all of them to be tidy."""


@dataclass(frozen=True, slots=True)
class Cells:
    """Row `i` holds the text `distinct[codes[i]]`; an empty cell holds the empty text. `codes` is int32, one a row."""

    codes: NDArray[np.int32]
    distinct: tuple[str, ...]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Cells:
        """The cells with these texts, as they are."""
        seen: dict[str, int] = {}
        codes = [seen.setdefault(text, len(seen)) for text in texts]
        return cls(np.array(codes, np.int32), tuple(seen))

    @classmethod
    def empty(cls, length: int) -> Cells:
        """That many empty cells."""
        return cls(np.zeros(length, np.int32), ("",) if length else ())

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def texts(self) -> NDArray[np.object_]:
        """The text of each row."""
        return self.map(str)

    def map(self, function: Callable[[str], Any]) -> NDArray[np.object_]:
        """`function` of each row's text, called once for each distinct text."""
        return np.fromiter(map(function, self.distinct), np.object_, len(self.distinct))[self.codes]

    def where(self, predicate: Callable[[str], bool]) -> Mask:
        """Which rows hold a text for which `predicate` is true."""
        return np.fromiter(map(predicate, self.distinct), np.bool_, len(self.distinct))[self.codes]

    def take(self, rows: Mask) -> Cells:
        """The cells of these rows only."""
        return Cells.of(self.texts[rows])

    def tidied(self) -> Cells:
        """The cells without what exports put around their texts: see `tidy`."""
        together = "\n".join(filter(None, self.distinct))
        if together.isascii() and not _UNTIDY.search(together):
            return self
        texts = tuple(map(tidy, self.distinct))
        if texts == self.distinct:
            return self
        merged = Cells.of(texts)
        return Cells(merged.codes[self.codes], merged.distinct)


def tidy(text: str) -> str:
    """The text without blanks around it, out of a vendor's `="…"`, and with each accented letter as one character."""
    text = text.strip()
    if len(text) > 2 and text.startswith('="') and text.endswith('"') and '"' not in text[2:-1].replace('""', ""):
        text = text[2:-1].replace('""', '"').strip()
    return text if text.isascii() else unicodedata.normalize("NFC", text)
