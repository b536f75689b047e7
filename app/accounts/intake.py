"""A people file and an absences file: their columns, what each row says, and what is wrong with it.

Nothing here knows the database: what is known already is compared in `services/people_file.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from os import PathLike
from typing import TypeVar
from zoneinfo import available_timezones

from app.accounts.columns import (
    ABSENCE_COLUMNS,
    ABSENCES_BY_NAME,
    LANGUAGES,
    LANGUAGES_BY_NAME,
    PEOPLE_COLUMNS,
    ROLES_BY_NAME,
)
from app.accounts.models import AbsenceKind, UnitKind
from app.accounts.permissions import Role
from app.accounts.problems import PeopleProblem
from app.core.problems import BadFile, Problem, ProblemKind
from app.core.sheets import (
    DATE_EXAMPLE,
    ZONE_EXAMPLE,
    Row,
    looks_like_formula,
    open_table,
    parse_date,
    parse_integer,
)
from app.core.sheets.columns import header_key

Value = TypeVar("Value")

IN_TEAM = (Role.AGENT, Role.TEAM_LEAD)
BELOW = (UnitKind.PARTNER, UnitKind.SITE, UnitKind.TEAM)
MAX_BYTES = 64 << 20
MAX_ROWS = 100_000
ENOUGH_PROBLEMS = 500
"""After so many the rest of the file is not looked at."""
MOST_CONTACTS = 10_000
LONGEST = {"employee_no": 64, "name": 200, "email": 254}
LONGEST_TEXT = 100
EMAIL = re.compile(r"[^@\s<>,;:\"()\[\]\\]{1,64}@[\w-]+(\.[\w-]+)+\Z")


@dataclass(frozen=True, slots=True)
class PersonRow:
    """What one row of a people file says; None where its cell is empty."""

    line: int
    employee_no: str
    name: str
    role: Role
    units: tuple[tuple[UnitKind, str], ...]
    """From partner to team, those named."""
    email: str | None = None
    market: str | None = None
    time_zone: str | None = None
    language: str | None = None
    hired_on: date | None = None
    valid_from: date | None = None
    left_on: date | None = None
    line_of_business: str | None = None
    weekly_contacts: int | None = None


@dataclass(frozen=True, slots=True)
class AbsenceRow:
    """What one row of an absences file says."""

    line: int
    employee_no: str
    kind: AbsenceKind
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Told:
    """A people file as read: its rows, the names of its columns, and the columns that mean nothing here."""

    rows: Sequence[PersonRow]
    headers: dict[str, str]
    unknown: tuple[str, ...]


def read_people(path: str | PathLike[str]) -> Told:
    """The rows of a people file; raises `BadFile` with all that is wrong in it, or the first few hundred problems."""
    table = open_table(path, columns=PEOPLE_COLUMNS, max_bytes=MAX_BYTES, max_rows=MAX_ROWS)
    problems: list[Problem] = []
    rows = list(_read(table.rows(problems), problems, _person))
    raise_if_any(problems)
    return Told(rows, dict(table.headers), table.unknown)


def read_absences(path: str | PathLike[str]) -> tuple[list[AbsenceRow], tuple[str, ...], str]:
    """The rows of an absences file, its unknown columns and what it calls the employee number; raises `BadFile`."""
    table = open_table(path, columns=ABSENCE_COLUMNS, max_bytes=MAX_BYTES, max_rows=MAX_ROWS)
    problems: list[Problem] = []
    rows = list(_read(table.rows(problems), problems, _absence))
    raise_if_any(problems)
    return rows, table.unknown, table.headers["employee_no"]


def raise_if_any(problems: Sequence[Problem]) -> None:
    """Raise `BadFile` when there are problems, in the order of the file."""
    if problems:
        raise BadFile(*sorted(problems, key=lambda p: p.line or 0)[:ENOUGH_PROBLEMS])


def _read(rows: Iterator[Row], problems: list[Problem], read_one: Callable[[_Reader], Value]) -> Iterator[Value]:
    for row in rows:
        reader = _Reader(row)
        told = read_one(reader)
        if reader.problems:
            problems += reader.problems
            if len(problems) >= ENOUGH_PROBLEMS:
                return
        else:
            yield told


def _person(row: _Reader) -> PersonRow:
    role = row.one_of("role", ROLES_BY_NAME, list(Role), required=True) or Role.ADMINISTRATOR  # then never used
    units = ((kind, row.unit(kind.value, required=kind is UnitKind.TEAM and role in IN_TEAM)) for kind in BELOW)
    return PersonRow(
        line=row.line,
        employee_no=row.text("employee_no", required=True) or "",
        name=row.text("name", required=True) or "",
        role=role,
        units=tuple((kind, name) for kind, name in units if name),
        email=row.email("email"),
        market=row.text("market"),
        time_zone=row.time_zone("time_zone"),
        language=row.one_of("language", LANGUAGES_BY_NAME, list(LANGUAGES)),
        hired_on=row.day("hired_on"),
        valid_from=row.day("valid_from"),
        left_on=row.day("left_on"),
        line_of_business=row.text("line_of_business"),
        weekly_contacts=row.count("weekly_contacts"),
    )


def _absence(row: _Reader) -> AbsenceRow:
    number = row.text("employee_no", required=True)
    kind = row.one_of("kind", ABSENCES_BY_NAME, list(AbsenceKind), required=True)
    first, last = row.day("from", required=True), row.day("to", required=True)
    if first is not None and last is not None and last < first:
        row.refuse(ProblemKind.OUT_OF_RANGE, "to", f"≥ {first.isoformat()}")
    return AbsenceRow(row.line, number or "", kind or AbsenceKind.OTHER, first or date.min, last or date.min)


class _Reader:
    """The cells of one row, each read as what it should be; what it is not becomes a problem, and the value None."""

    def __init__(self, row: Row) -> None:
        self._row, self.line = row, row.line
        self.problems: list[Problem] = []

    def refuse(self, kind: StrEnum, column: str, hint: str | None = None) -> None:
        self.problems.append(self._row.problem(kind, column, hint))

    def text(self, column: str, *, required: bool = False) -> str | None:
        text, longest = " ".join(self._row[column].split()), LONGEST.get(column, LONGEST_TEXT)
        if not text:
            return self._refused(ProblemKind.REQUIRED, column) if required else None
        if len(text) > longest:
            return self._refused(ProblemKind.TOO_LONG, column, str(longest))
        if looks_like_formula(text):
            return self._refused(ProblemKind.FORMULA, column)
        return text

    def unit(self, column: str, *, required: bool = False) -> str | None:
        text = self.text(column, required=required)
        return self._refused(PeopleProblem.SLASH, column) if text and "/" in text else text

    def email(self, column: str) -> str | None:
        text = self.text(column)
        if text is not None and not EMAIL.fullmatch(text):
            return self._refused(ProblemKind.BAD_EMAIL, column)
        return text.lower() if text else None

    def one_of(
        self, column: str, names: Mapping[str, Value], allowed: Sequence[str], *, required: bool = False
    ) -> Value | None:
        text = self._row[column]
        value = names.get(_key(text))
        if text and value is None:
            self.refuse(ProblemKind.BAD_VALUE, column, ", ".join(allowed))
        elif required and value is None:
            self.refuse(ProblemKind.REQUIRED, column)
        return value

    def time_zone(self, column: str) -> str | None:
        text = self._row[column]
        if text and text not in _zones():
            return self._refused(ProblemKind.BAD_TIME_ZONE, column, ZONE_EXAMPLE)
        return text or None

    def day(self, column: str, *, required: bool = False) -> date | None:
        text = self._row[column]
        if not text:
            return self._refused(ProblemKind.REQUIRED, column) if required else None
        return _day(text) or self._refused(ProblemKind.BAD_DATE, column, DATE_EXAMPLE)

    def count(self, column: str) -> int | None:
        text = self._row[column]
        number = parse_integer(text) if text else None
        if text and number is None:
            return self._refused(ProblemKind.BAD_NUMBER, column, "230")
        if number is not None and not 0 <= number <= MOST_CONTACTS:
            return self._refused(ProblemKind.OUT_OF_RANGE, column, f"0–{MOST_CONTACTS}")
        return number

    def _refused(self, kind: StrEnum, column: str, hint: str | None = None) -> None:
        self.refuse(kind, column, hint)


_key = lru_cache(maxsize=1 << 10)(header_key)
_day = lru_cache(maxsize=1 << 14)(parse_date)


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    """The time zones a file may name; looked up when first needed."""
    return frozenset(name for name in available_timezones() if not name.startswith(("posix/", "right/")))
