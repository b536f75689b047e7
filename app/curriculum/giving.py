"""Giving somebody a module: `assign`, `assign_many` and `take` are the one way in, whoever asks. Nothing here commits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.accounts import record
from app.accounts.models import Notice, User
from app.core.clock import day_of
from app.core.errors import Refused
from app.curriculum import languages
from app.curriculum.models import OPEN_STATES, Assignment, AssignmentReason, AssignmentState, Module, ModuleState
from app.curriculum.queries import is_open as is_open_sql

BLOCK = 1_000
Facts = Mapping[str, Any]


def programme_day(moment: datetime) -> date:
    """The day it is in the programme's time zone."""
    return day_of(moment, current_app.config["PROGRAMME_TIME_ZONE"])


def is_open(assignment: Assignment) -> bool:
    """Whether it still asks for something; what history left undone does not."""
    return assignment.state in OPEN_STATES and not assignment.from_history


def assign(
    session: Session,
    *,
    person_id: int,
    module_id: int,
    reason: AssignmentReason,
    by: User | None,
    assigned_on: date,
    due_on: date | None,
    on: datetime,
    gap_id: int | None = None,
    transition_id: int | None = None,
) -> Assignment | None:
    """Ask somebody to learn a module; None when they have it open already, or completed it that very day.

    `by` is None when a rule does it. Raises `Refused` when the module is not published, or missing in their language; a rule
    leaves them out.
    """
    facts = {
        "person_id": person_id,
        "module_id": module_id,
        "reason": reason,
        "assigned_on": assigned_on,
        "due_on": due_on,
        "gap_id": gap_id,
        "transition_id": transition_id,
    }
    given = _give(session, [facts], by=by, on=on)
    return given[0] if given else None


def assign_many(session: Session, rows: Iterable[Facts], *, by: User | None, on: datetime) -> int:
    """Ask many people at once; returns how many were new. The number of queries does not grow with each row.

    A row holds `person_id`, `module_id`, `reason`, `assigned_on` and, where known, `due_on`, `gap_id`, `transition_id`,
    `path_assignment_id` and who assigned it, when that is not `by`.
    """
    return len(_give(session, list(rows), by=by, on=on))


def take(session: Session, module: Module, *, by: User, on: datetime) -> Assignment:
    """Give oneself a module, without a due date; what is open already is gone on with.

    Raises `Refused` when the module is not published, and when it was completed today.
    """
    facts = {"person_id": by.id, "module_id": module.id, "reason": AssignmentReason.SELF}
    given = _give(session, [{**facts, "assigned_on": programme_day(on), "due_on": None}], by=by, on=on)
    if given:
        return given[0]
    own = select(Assignment).where(Assignment.person_id == by.id, Assignment.module_id == module.id, is_open_sql())
    known = session.scalars(own).first()
    if known is None:
        raise Refused(_("This module was completed today. It can be taken again tomorrow."))
    return known


def _give(session: Session, rows: Sequence[Facts], *, by: User | None, on: datetime) -> list[Assignment]:
    modules = _published(session, {row["module_id"] for row in rows})
    rows = _readable(session, rows, modules, by, on)
    given: dict[tuple[int, int], Assignment] = {}
    for start_at in range(0, len(rows), BLOCK):
        block = rows[start_at : start_at + BLOCK]
        standing = _standing(session, block)
        for row in block:
            pair = (row["person_id"], row["module_id"])
            if pair in given or any(_stands_in_the_way(a, row) for a in standing.get(pair, ())):
                continue
            given[pair] = _take_up(session, standing.get(pair, ()), row, by)
    session.flush()
    for assignment in given.values():
        _tell(session, assignment, modules[assignment.module_id], on)
        detail = {"module": modules[assignment.module_id].code, "reason": assignment.reason.value}
        record.log(session, "module.assigned", assignment, by=by, on=on, person_id=assignment.person_id, **detail)
    return list(given.values())


def _published(session: Session, module_ids: set[int]) -> dict[int, Module]:
    modules = {m.id: m for m in session.scalars(select(Module).where(Module.id.in_(module_ids)))}
    for module_id in module_ids:
        module = modules.get(module_id)
        if module is None or module.state is not ModuleState.PUBLISHED:
            raise Refused(_("Only published modules can be assigned."))
    return modules


def _readable(
    session: Session, rows: Sequence[Facts], modules: Mapping[int, Module], by: User | None, on: datetime
) -> Sequence[Facts]:
    """The rows of who can read the module: `Refused` names the others to whoever gives it; what gives by itself notes them."""
    lacks = languages.lacking(session, modules)
    missed = languages.unread(session, lacks, {row["person_id"] for row in rows if row["module_id"] in lacks})
    asked = {(row["person_id"], row["module_id"]) for row in rows} & missed
    for module_id in sorted({module for _person, module in asked}):
        people = [person for person, module in sorted(asked) if module == module_id]
        if by is not None:
            languages.must_be_readable(session, modules[module_id].title.text, lacks[module_id], people, by=by)
        for person in people:
            facts = {"module": modules[module_id].code}
            record.log(session, "module.unreadable", modules[module_id], by=None, on=on, person_id=person, **facts)
    return [row for row in rows if (row["person_id"], row["module_id"]) not in asked] if asked else rows


def _standing(session: Session, rows: Sequence[Facts]) -> dict[tuple[int, int], list[Assignment]]:
    """What these people have open of these modules, and what they were given on the very same day."""
    days = {row["assigned_on"] for row in rows}
    found: dict[tuple[int, int], list[Assignment]] = {}
    for assignment in session.scalars(
        select(Assignment).where(
            Assignment.person_id.in_({row["person_id"] for row in rows}),
            Assignment.module_id.in_({row["module_id"] for row in rows}),
            or_(is_open_sql(), Assignment.assigned_on.in_(days)),
        )
    ):
        found.setdefault((assignment.person_id, assignment.module_id), []).append(assignment)
    return found


def _stands_in_the_way(assignment: Assignment, row: Facts) -> bool:
    done_today = assignment.state is AssignmentState.COMPLETED and assignment.assigned_on == row["assigned_on"]
    return is_open(assignment) or done_today


def _take_up(session: Session, standing: Iterable[Assignment], row: Facts, by: User | None) -> Assignment:
    """A new assignment; or the one of the same day, when that was cancelled, waived or only history."""
    assignment = next((a for a in standing if a.assigned_on == row["assigned_on"]), None)
    if assignment is None:
        assignment = Assignment(person_id=row["person_id"], module_id=row["module_id"], assigned_on=row["assigned_on"])
        session.add(assignment)
    assignment.state = AssignmentState.ASSIGNED
    assignment.from_history = False
    assignment.waived_reason = None
    assignment.reason = row["reason"]
    assignment.due_on = row.get("due_on")
    assignment.gap_id = row.get("gap_id")
    assignment.transition_id = row.get("transition_id")
    assignment.path_assignment_id = row.get("path_assignment_id")
    assignment.assigned_by_id = row.get("assigned_by_id", by.id if by is not None else None)
    return assignment


def _tell(session: Session, assignment: Assignment, module: Module, on: datetime) -> None:
    """A notice for the person, told once for each assignment; of a path they are told as a whole."""
    if assignment.assigned_by_id == assignment.person_id or assignment.path_assignment_id is not None:
        return
    due = assignment.due_on.isoformat() if assignment.due_on else None
    session.add(
        Notice(
            person_id=assignment.person_id,
            key=f"assignment:{assignment.id}",
            kind="module.assigned",
            detail={"module_en": module.title_en, "module_es": module.title_es, "due_on": due},
            path=f"/curriculum/learn/{assignment.id}",
            created_at=on,
        )
    )
