"""The cells of one row as values, with what is wrong collected on the way: for files that are read row by row.

    cells = Cells(problems)
    for row in cells.rows(table):
        code = cells.text(row, "module", required=True)
        day = cells.day(row, "assigned_on", required=True)

A value that could not be read is None (a text: empty) and leaves its problem behind.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol, TypeVar

from app.core.problems import Problem, ProblemKind
from app.core.sheets import (
    DATE_EXAMPLE,
    NUMBER_EXAMPLE,
    Row,
    looks_like_formula,
    parse_date,
    parse_number,
)

Value = TypeVar("Value")

MOST_PROBLEMS = 1_000
"""Reading ends there: who has so much to mend begins with these."""
LONGEST = 200


class Rows(Protocol):
    """What has rows: a `Table`, or what stands in for one."""

    def rows(self, problems: list[Problem]) -> Iterator[Row]:
        """The rows one by one; what can't be read is added to `problems` on the way."""


@dataclass(slots=True)
class Cells:
    """Reads cells as values and collects problems."""

    problems: list[Problem] = field(default_factory=list)
    seen: dict[Hashable, int] = field(default_factory=dict)

    def rows(self, table: Rows) -> Iterator[Row]:
        """The rows of the file, until too much is wrong."""
        for row in table.rows(self.problems):
            if len(self.problems) >= MOST_PROBLEMS:
                return
            yield row

    def wrong(self, row: Row, kind: StrEnum, column: str, hint: str | None = None) -> None:
        """Note a problem with that cell."""
        self.problems.append(row.problem(kind, column, hint))

    def first(self, row: Row, column: str, key: Hashable) -> bool:
        """Whether this key comes for the first time; if not, that is noted."""
        earlier = self.seen.setdefault(key, row.line)
        if earlier != row.line:
            self.wrong(row, ProblemKind.DUPLICATE_ROW, column, str(earlier))
        return earlier == row.line

    def text(self, row: Row, column: str, *, required: bool = False, longest: int = LONGEST) -> str:
        """A text, without formulas."""
        value = row[column]
        if looks_like_formula(value):
            self.wrong(row, ProblemKind.FORMULA, column)
        elif len(value) > longest:
            self.wrong(row, ProblemKind.TOO_LONG, column, str(longest))
        elif required and not value:
            self.wrong(row, ProblemKind.REQUIRED, column)
        else:
            return value
        return ""

    def day(self, row: Row, column: str, *, required: bool = False) -> date | None:
        """A day written as ISO 8601."""
        if not row[column]:
            return self._empty(row, column, required)
        day = parse_date(row[column])
        if day is None:
            self.wrong(row, ProblemKind.BAD_DATE, column, DATE_EXAMPLE)
        return day

    def number(
        self,
        row: Row,
        column: str,
        *,
        required: bool = False,
        low: float | None = None,
        high: float | None = None,
        span: str = "",
    ) -> float | None:
        """A number, from `low` to `high`, both included; `span` is how that range is written."""
        if not row[column]:
            return self._empty(row, column, required)
        number = parse_number(row[column])
        if number is None:
            self.wrong(row, ProblemKind.BAD_NUMBER, column, NUMBER_EXAMPLE)
        elif (low is not None and number < low) or (high is not None and number > high):
            self.wrong(row, ProblemKind.OUT_OF_RANGE, column, span)
            return None
        return number

    def fraction(self, row: Row, column: str, *, required: bool = False) -> float | None:
        """A number from 0 to 1."""
        return self.number(row, column, required=required, low=0, high=1, span="0–1")

    def known(self, row: Row, column: str, values: Mapping[str, Value], *, required: bool = True) -> Value | None:
        """What the text refers to; a text that refers to nothing is a problem."""
        if not row[column]:
            return self._empty(row, column, required)
        if row[column] not in values:
            self.wrong(row, ProblemKind.UNKNOWN_REFERENCE, column)
        return values.get(row[column])

    def choice(self, row: Row, column: str, values: Mapping[str, Value], default: Value | None = None) -> Value | None:
        """One of the values, by its name in any case; `default` for an empty cell, which is a problem without one."""
        if not row[column]:
            return default if default is not None else self._empty(row, column, required=True)
        found = values.get(row[column].casefold())
        if found is None:
            self.wrong(row, ProblemKind.BAD_VALUE, column, ", ".join(values))
        return found

    def _empty(self, row: Row, column: str, required: bool) -> None:
        if required:
            self.wrong(row, ProblemKind.REQUIRED, column)
