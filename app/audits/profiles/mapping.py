"""What a mapping profile says: pure values, written down as JSON and read back with care."""

from __future__ import annotations

import re
from collections.abc import Mapping as Names
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from html import unescape
from typing import Any

from app.audits.intake.headers import CHECK_NAMES, HEAD_NAMES

FORMAT = 1
"""Of profiles written down; a file of another one is refused."""
MOST_NAMES, MOST_WORDS, LONGEST = 500, 50_000, 2_000


class Shape(StrEnum):
    """What a row of the file is."""

    ANSWERS = "answers"  # a check: an answer, or a section with its points
    AUDITS = "audits"  # an audit, with a column for each question
    CASES = "cases"  # the answer of a dissatisfied customer


class PersonBy(StrEnum):
    """What a file knows a person by."""

    NUMBER = "number"
    EMAIL = "email"
    NAME = "name"
    OTHER = "other"  # an id of another system: who each is, the profile says


class DateStyle(StrEnum):
    """How dates are written."""

    ISO = "iso"
    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"
    SECONDS = "seconds"  # since 1970
    MILLISECONDS = "milliseconds"
    SERIAL = "serial"  # the days of a spreadsheet


class Scale(StrEnum):
    """How results are written."""

    WORDS = "words"
    POINTS = "points"  # numbers out of a maximum, 1 and 0 and percentages too


UNSEEN = re.compile("[\u200b\u200e\u200f\u2060\ufeff]")
MAXIMUM = "maximum"
SHEET = "(sheet)"
"""The column of the sheet a row is of, where several are read."""
MOST_HEADER_ROWS = 3
SCORE = "score"
SINGLE = (*HEAD_NAMES, *CHECK_NAMES, MAXIMUM, SCORE)
"""What a column may be."""
PEOPLE = ("employee_no", "auditor_no")
DATES = ("contact_at", "audited_at")
OF_CASES = ("audit_ref", "employee_no", "contact_at", "contact_ref", "source", "channel", "language", "comment", SCORE)
"""What is read where a row is a case: its reference stands for the audit's, the day it came for the contact's."""
CHOSEN = ("criterion", *PEOPLE, "scorecard", "purpose", "cause", "result")
"""Whose words a profile may say the meaning of; none means: left out."""


@dataclass(frozen=True, slots=True)
class Field:
    """Where something stands: in columns, joined where there are several, or the same in the whole file."""

    columns: tuple[str, ...] = ()
    says: str = ""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column is what; the same as in `Mapping`."""

    shape: Shape
    fields: Names[str, Field]
    person_by: Names[str, PersonBy]
    questions: tuple[str, ...] = ()
    comments: Names[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Join:
    """Another sheet that says more of each record: the column of the rows' key, and that of its own."""

    sheet: str
    key: str = ""
    other: str = ""


@dataclass(frozen=True, slots=True)
class Mapping:
    """How the export of a tool is read."""

    sheet: str | None = None
    every_sheet: bool = False
    """Each sheet that has the columns is read, one below the other."""
    join: Join | None = None
    header_rows: int = 1
    """In how many rows the columns are named."""
    rows_of: str | None = None
    """The list of a JSON record that makes the rows."""
    rows_below: int = 0
    """Rows under the table: totals and remarks."""
    shape: Shape = Shape.ANSWERS
    fields: Names[str, Field] = field(default_factory=dict)
    questions: tuple[str, ...] = ()
    """The columns that are questions, where a row is an audit."""
    comments: Names[str, str] = field(default_factory=dict)
    """Column → the question it comments."""
    person_by: Names[str, PersonBy] = field(default_factory=dict)
    dates: Names[str, DateStyle] = field(default_factory=dict)
    time_zone: str | None = None
    """Of times without a zone; none: of the agent's site."""
    decimal: str = "."
    scale: Scale = Scale.WORDS
    maximum: float | None = None
    """Of points, where no column says it."""
    maxima: Names[str, float] = field(default_factory=dict)
    """Of points, by question."""
    passes_from: float = 1.0
    """The share of the maximum from which a check is passed."""
    words: Names[str, Names[str, str | None]] = field(default_factory=dict)
    """What words mean here, by what they are about."""

    def columns(self) -> list[str]:
        """The columns that are read, each once."""
        single = [name for one in self.fields.values() for name in one.columns]
        return list(
            dict.fromkeys([*single, *(self.questions if self.shape is Shape.AUDITS else ()), *self._comments()])
        )

    def _comments(self) -> tuple[str, ...]:
        return tuple(self.comments) if self.shape is Shape.AUDITS else ()

    def at(self, name: str) -> Field:
        """Where something stands; nowhere, unless said."""
        return self.fields.get(name, Field())

    def said(self, name: str) -> dict[str, str | None]:
        """What words of this kind mean, by the words as they are compared."""
        return {plain(word): meaning for word, meaning in self.words.get(name, {}).items()}

    def lacks(self) -> list[str]:
        """What an audit can't do without and nothing is said of."""
        needed = ["audit_ref", "employee_no", "contact_at"]
        if self.shape is not Shape.CASES:
            needed = ["audit_ref", "employee_no", "scorecard", "contact_at", "audited_at"]
        if self.shape is Shape.ANSWERS:
            needed += ["criterion", "result"]
        missing = [name for name in needed if self.at(name) == Field()]
        if self.shape is Shape.AUDITS and not self.questions:
            missing.append("questions")
        if self.join is not None and not (self.join.key and self.join.other):
            missing.append("join")
        return [*missing, *(name for name in self.dates_lacking() if name not in missing)]

    def dates_lacking(self) -> list[str]:
        """The dates nobody has said the style of."""
        return [name for name in DATES if self.at(name).columns and name not in self.dates]

    def to_data(self) -> dict[str, Any]:
        """As it is written down."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Any) -> Mapping:
        """Read what was written down, by whomever; raises `ValueError` where it is no profile."""
        if not isinstance(data, dict) or set(data) - {one.name for one in fields(cls)}:
            raise ValueError("unknown parts")
        try:
            mapping = cls(**{name: _READ[name](value) for name, value in data.items()})
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(str(error)) from None
        if not 1 <= mapping.header_rows <= MOST_HEADER_ROWS:
            raise ValueError("so many rows name no columns")
        if not 0 <= mapping.rows_below <= MOST_NAMES or not 0 < mapping.passes_from <= 1 or mapping.decimal not in ".,":
            raise ValueError("a number out of its range")
        return mapping


def plain(word: str) -> str:
    """A word as it is compared: whatever its case and blanks, the entities of a web page, and signs nobody sees."""
    return " ".join(plainly(word).casefold().split())


def plainly(text: str) -> str:
    """A text without the entities of a web page and the signs nobody sees."""
    if text.isascii() and "&" not in text:
        return text
    return UNSEEN.sub("", unescape(text)).strip()


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST or "\0" in value:
        raise ValueError("not a text")
    return value


def _maybe(value: Any) -> str | None:
    return None if value is None else _text(value)


def _names(value: Any) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or len(value) > MOST_NAMES:
        raise ValueError("not a list of names")
    return tuple(map(_text, value))


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 1e9:
        raise ValueError("not a number")
    return float(value)


def _join(value: Any) -> Join | None:
    return None if value is None else Join(_text(value["sheet"]), _text(value["key"]), _text(value["other"]))


def _fields(value: dict[str, Any]) -> dict[str, Field]:
    if set(value) - set(SINGLE):
        raise ValueError("unknown fields")
    return {name: Field(_names(one.get("columns", ())), _text(one.get("says", ""))) for name, one in value.items()}


def _words(value: dict[str, Any]) -> dict[str, dict[str, str | None]]:
    if set(value) - set(CHOSEN) or any(len(one) > MOST_WORDS for one in value.values()):
        raise ValueError("unknown words")
    return {name: {_text(word): _maybe(meaning) for word, meaning in one.items()} for name, one in value.items()}


_READ: dict[str, Any] = {
    "sheet": _maybe,
    "every_sheet": lambda value: value is True,
    "join": _join,
    "header_rows": int,
    "rows_of": _maybe,
    "rows_below": int,
    "shape": Shape,
    "fields": _fields,
    "questions": _names,
    "comments": lambda value: {_text(one): _text(other) for one, other in value.items()},
    "person_by": lambda value: {name: PersonBy(one) for name, one in value.items() if name in PEOPLE},
    "dates": lambda value: {name: DateStyle(one) for name, one in value.items() if name in DATES},
    "time_zone": _maybe,
    "decimal": _text,
    "scale": Scale,
    "maximum": lambda value: None if value is None else _number(value),
    "maxima": lambda value: {_text(name): _number(one) for name, one in value.items()},
    "passes_from": _number,
    "words": _words,
}
