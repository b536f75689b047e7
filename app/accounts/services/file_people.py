"""The people a file names: their rows put together, compared with who is known, and written.

A cell left empty says nothing. Language and time zone are the person's own once they can sign in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from app.accounts.intake import PersonRow, Told
from app.accounts.models import User
from app.accounts.permissions import Role
from app.accounts.problems import PeopleProblem
from app.accounts.queries import Place
from app.accounts.services.file_units import key_of
from app.accounts.services.spans import BLOCK
from app.core import bulk
from app.core.problems import Problem, ProblemKind

FACTS = ("name", "email", "hired_on", "left_on", "weekly_contacts", "language")
"""What several rows of one person may not say differently."""
COLUMNS = (*FACTS, "time_zone")

News = dict[str, list[Any]]
"""What changed: the value before and after, by column."""


@dataclass(slots=True)
class Person:
    """Somebody the file names, with all rows about them and what is known of them."""

    employee_no: str
    rows: list[PersonRow] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    """Which row said each fact first."""
    known: Any = None
    id: int = 0

    @property
    def left_before(self) -> date | None:
        """When they had left, as known before this file."""
        return self.known.left_on if self.known is not None else None

    @property
    def is_back(self) -> bool:
        """Whether the file gives a place to somebody who had left."""
        left = self.left_before
        return left is not None and any(row.valid_from is not None and row.valid_from >= left for row in self.rows)

    @property
    def left_on(self) -> date | None:
        """When they leave, by the file or, where it says nothing, as known."""
        told: date | None = self.facts.get("left_on")
        return told if told is not None or self.is_back else self.left_before

    def with_role(self, *roles: Role) -> list[PersonRow]:
        """The rows that give one of these roles."""
        return [row for row in self.rows if row.role in roles]


def gather(session: Session, told: Told) -> tuple[list[Person], list[Problem]]:
    """The people of the file, with who is known of them, and what in their rows does not go together."""
    people: dict[str, Person] = {}
    problems: list[Problem] = []
    for row in told.rows:
        person = people.setdefault(row.employee_no, Person(row.employee_no))
        problems += _add(person, row, told.headers)
    for block in bulk.chunks(list(people), BLOCK):
        columns = (User.id, User.employee_no, User.password_hash, *(getattr(User, name) for name in COLUMNS))
        for known in session.execute(select(*columns).where(User.employee_no.in_(block))):
            people[known.employee_no].known, people[known.employee_no].id = known, known.id
    for person in people.values():
        problems += _too_early(person, told.headers)
    problems += _taken(session, people, told.headers)
    return list(people.values()), problems


def _add(person: Person, row: PersonRow, headers: Mapping[str, str]) -> Iterator[Problem]:
    """Put a row to its person; what differs from an earlier row is a problem."""
    for name in COLUMNS:
        value = getattr(row, name)
        if value is None:
            continue
        first = person.facts.setdefault(name, value)
        line = person.lines.setdefault(name, row.line)
        if first != value and name in FACTS:
            yield Problem(ProblemKind.INCONSISTENT, row.line, headers[name], str(value), str(line))
    for other in person.rows:
        if (other.role, other.valid_from) != (row.role, row.valid_from):
            continue
        if key_of(other) == key_of(row):
            number = headers["employee_no"]
            yield Problem(ProblemKind.DUPLICATE_ROW, row.line, number, person.employee_no, str(other.line))
        elif row.role is Role.AGENT:
            yield Problem(PeopleProblem.TWO_TEAMS, row.line, headers["team"], hint=str(other.line))
    person.rows.append(row)


def _too_early(person: Person, headers: Mapping[str, str]) -> Iterator[Problem]:
    left, hired = person.facts.get("left_on"), person.facts.get("hired_on")
    for row in person.rows:
        began = max((day for day in (hired, row.valid_from) if day is not None), default=None)
        if left is not None and began is not None and left < began:
            column = headers["left_on"]
            yield Problem(PeopleProblem.LEFT_TOO_EARLY, row.line, column, left.isoformat(), began.isoformat())


def _taken(session: Session, people: Mapping[str, Person], headers: Mapping[str, str]) -> Iterator[Problem]:
    """E-mails that two people would share, within the file or with somebody known."""
    owners: dict[str, Person] = {}
    for person in people.values():
        email = person.facts.get("email")
        if email is not None and owners.setdefault(email, person) is not person:
            yield _shared(person, owners[email].employee_no, headers)
    for block in bulk.chunks(list(owners), BLOCK):
        for email, number in session.execute(select(User.email, User.employee_no).where(User.email.in_(block))):
            moves_on = number in people and people[number].facts.get("email", email) != email
            if email is not None and number != owners[email].employee_no and not moves_on:
                yield _shared(owners[email], number, headers)


def _shared(person: Person, other: str, headers: Mapping[str, str]) -> Problem:
    line, email = person.lines["email"], person.facts["email"]
    return Problem(PeopleProblem.EMAIL_TAKEN, line, headers["email"], email, other)


# --- Writing ---


def write(session: Session, people: Iterable[Person], units: Mapping[str, Place]) -> dict[int, News]:
    """Insert who is new, change who is known; returns the news of the known, and leaves everyone's id on `people`."""
    new = [person for person in people if person.known is None]
    if new:
        for number, person in enumerate(new, start=bulk.reserve_ids(session, User, len(new))):
            person.id = number
        rows = [_row(person, units[key_of(person.rows[0])]) for person in new]
        bulk.insert(session, User, list(rows[0]), (list(row.values()) for row in rows))
    news: dict[int, News] = {}
    for person in people:
        if person.known is not None and (found_news := _news(person, units[key_of(person.rows[0])])):
            news[person.id] = found_news
    _change(session, {person.id: person for person in people if person.id in news}, news)
    return news


def _row(person: Person, place: Place) -> dict[str, Any]:
    """A new person as inserted."""
    told = {name: person.facts.get(name) for name in COLUMNS}
    return {
        **told,
        "id": person.id,
        "employee_no": person.employee_no,
        "language": told["language"] or place.language,
        "time_zone": told["time_zone"] if told["time_zone"] != place.time_zone else None,
        "session_key": "0",
        "failed_sign_ins": 0,
        "is_demo": False,
    }


def _news(person: Person, place: Place) -> News:
    """What the file says otherwise than it is known."""
    facts = {**person.facts, "left_on": person.left_on}
    if person.known.password_hash is not None:
        facts = {name: value for name, value in facts.items() if name not in ("language", "time_zone")}
    elif facts.get("time_zone") == place.time_zone:
        facts["time_zone"] = None
    return {
        name: [getattr(person.known, name), value]
        for name, value in facts.items()
        if getattr(person.known, name) != value
    }


def _change(session: Session, people: Mapping[int, Person], news: Mapping[int, News]) -> None:
    """Write the news; e-mails that change are freed first, since two people may swap them."""
    for block in bulk.chunks([number for number, changes in news.items() if "email" in changes]):
        session.execute(update(User.__table__).where(User.id.in_(block)).values(email=None))
    if news:
        values = {name: bindparam(f"new_{name}") for name in COLUMNS}
        statement = update(User.__table__).where(User.id == bindparam("number")).values(values)
        rows = [
            {"number": number, **{f"new_{name}": _value(people[number], changes, name) for name in COLUMNS}}
            for number, changes in news.items()
        ]
        session.connection().execute(statement, rows)


def _value(person: Person, changes: News, name: str) -> Any:
    return changes[name][1] if name in changes else getattr(person.known, name)
