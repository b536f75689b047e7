"""What stands in a list: its cells, and how each kind is made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import LazyString

Label = str | LazyString
NOTHING = "–"
"""What a page says where there is nothing; a file leaves it empty."""


@dataclass(slots=True)
class Cell:
    """One cell: what it says, and what the export writes (`raw`; the same when left out)."""

    kind: str = "text"
    value: Any = None
    url: str | None = None
    note: str | None = None
    tone: str | None = None
    numerator: int | None = None
    denominator: int | None = None
    target: float | None = None
    raw: Any = None

    @property
    def plain(self) -> Any:
        """The value of the export."""
        if self.raw is not None:
            return self.raw
        if self.kind == "rate":
            return self.numerator / self.denominator if self.denominator and self.numerator is not None else None
        value = str(self.value) if isinstance(self.value, LazyString) else self.value
        return None if value == NOTHING else value


def text(value: Any, url: str | None = None, note: str | None = None, raw: Any = None) -> Cell:
    """A text (a `Bilingual` too), linked when there is a url."""
    return Cell("text", value, url=url, note=note, raw=raw)


def figure(value: float | None, url: str | None = None) -> Cell:
    """A number, linked to what it counts."""
    return Cell("number", value, url=url)


def rate(numerator: int, denominator: int, target: float | None = None, url: str | None = None) -> Cell:
    """A rate with its numerator and denominator."""
    return Cell("rate", None, url=url, numerator=numerator, denominator=denominator, target=target)


def state(label: Label, tone: str = "plain", raw: Any = None) -> Cell:
    """A state: `tone` is good, warn, bad, accent or plain."""
    return Cell("state", label, tone=tone, raw=raw)


def on_day(value: date | None) -> Cell:
    """A calendar day."""
    return Cell("date", value)


def at_moment(value: Any, url: str | None = None) -> Cell:
    """A moment, shown in the reader's zone."""
    return Cell("moment", value, url=url)
