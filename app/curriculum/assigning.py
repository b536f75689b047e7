"""Choosing who gets a module or a path: whom the reader means, and who already has it open or did it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select
from werkzeug.datastructures import MultiDict

from app.accounts.filters import belonging_to, called, unit_options
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.core.database import db
from app.core.web import row_number
from app.curriculum import queries
from app.curriculum.forms import AssignForm
from app.curriculum.models import AssignmentReason

DUE_DAYS = 14
MOST = 500


Taken = Callable[[list[int]], Select[int, int, date | None]]
"""(person id, how many are open, last completed on) of these people, as a query."""


@dataclass(frozen=True, slots=True)
class Line:
    """A person in the preview: would get it unless it is open already, was completed, or is missing in their language."""

    person: User
    is_open: bool
    completed_on: date | None
    chosen: bool
    unread: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """Whom the reader means, as the address says, and what the page offers to choose from."""

    lines: list[Line]
    units: list[tuple[str, str]]
    unit: str
    words: str
    asked: bool
    """Whether anybody was asked for at all."""
    too_many: bool
    reason: AssignmentReason


def choose(
    viewer: User, taken: Taken, day: date, asked: MultiDict[str, str], lacks: Collection[str] = frozenset()
) -> Choice:
    """Read `unit`, `q`, `people` (ids), `since` and `reason` from the address.

    `taken` tells what people have open and did. Left out are people who have it open, and those who completed it, with
    `since` (a day) only after that day; of who recertifies, nobody. `lacks` are languages it is missing in: who reads one
    of them can't be chosen.
    """
    units = unit_options(viewer, Permission.ASSIGN_MODULES)
    unit = asked.get("unit", units[0][0] if len(units) == 1 else "")
    people = asked.getlist("people", type=row_number)
    words = asked.get("q", "").strip()
    found = _found(viewer, day, unit if unit in dict(units) else "", words, people)
    reasons = [one.value for one in AssignmentReason]
    reason = AssignmentReason(asked["reason"]) if asked.get("reason") in reasons else AssignmentReason.MANUAL
    since = day if reason is AssignmentReason.RECERTIFICATION else _day(asked.get("since"))
    return Choice(
        lines=_lines(taken, found[:MOST], since, lacks),
        units=units,
        unit=unit,
        words=words,
        asked=bool(unit or words or people),
        too_many=len(found) > MOST,
        reason=reason,
    )


def rows(form: AssignForm, today: date, **what: int) -> list[dict[str, Any]]:
    """What `services.assign_many` and `paths.services.give` take, from the form; `what` names the module."""
    facts: Mapping[str, Any] = {
        **what,
        "reason": form.chosen_reason,
        "assigned_on": today,
        "due_on": form.due_on.data,
    }
    return [{"person_id": person, **facts} for person in form.people.data or []]


def _found(viewer: User, day: date, unit: str, words: str, people: list[int]) -> list[User]:
    if not (unit or words or people):
        return []
    wanted = queries.candidates(viewer, day)
    if people:
        wanted = wanted.where(User.id.in_(people[: MOST + 1]))
    if unit:
        wanted = wanted.where(User.id.in_(belonging_to(int(unit))))
    if words:
        wanted = wanted.where(called(User.id, words))
    return list(db.session.scalars(wanted.limit(MOST + 1)))


def _lines(taken: Taken, people: list[User], since: date | None, lacks: Collection[str]) -> list[Line]:
    known = {
        person: (still_open > 0, completed_on)
        for person, still_open, completed_on in db.session.execute(taken([one.id for one in people]))
    }
    lines = []
    for person in people:
        still_open, completed_on = known.get(person.id, (False, None))
        done = completed_on is not None and (since is None or completed_on > since)
        unread = person.language in lacks
        lines.append(Line(person, still_open, completed_on, not (still_open or done or unread), unread))
    return lines


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
