"""Deeds of learning: giving somebody a module, and what becomes of it. `assign` and `assign_many` are the one way in.

Who may is decided at the door. Nothing here commits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from app.accounts import record
from app.accounts.models import Notice, User
from app.core.clock import day_of
from app.core.errors import Refused
from app.core.follow import Event, announce
from app.curriculum.certificates.services import issue
from app.curriculum.history import import_history
from app.curriculum.intake import import_competencies, import_modules
from app.curriculum.models import (
    OPEN_STATES,
    Assignment,
    AssignmentReason,
    AssignmentState,
    Module,
    ModuleCompetency,
    ModuleState,
)
from app.curriculum.queries import is_open as is_open_sql
from app.curriculum.quizzes.models import Quiz

__all__ = [
    "assign",
    "assign_many",
    "cancel",
    "complete",
    "import_competencies",
    "import_history",
    "import_modules",
    "is_open",
    "may_cancel",
    "may_decide",
    "person_left",
    "programme_day",
    "start",
    "take",
    "waive",
]

BLOCK = 1_000
Facts = Mapping[str, Any]


def programme_day(moment: datetime) -> date:
    """The day it is in the programme's time zone."""
    return day_of(moment, current_app.config["PROGRAMME_TIME_ZONE"])


def is_open(assignment: Assignment) -> bool:
    """Whether it still asks for something; what history left undone does not."""
    return assignment.state in OPEN_STATES and not assignment.from_history


def may_decide(assignment: Assignment, by: User) -> bool:
    """Whether it could be waived by this person: it is open, and not their own."""
    return is_open(assignment) and assignment.person_id != by.id


def may_cancel(assignment: Assignment) -> bool:
    """Whether it could still be taken back: not once it is started."""
    return is_open(assignment) and assignment.state is AssignmentState.ASSIGNED


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

    `by` is None when a rule does it. Raises `Refused` when the module is not published.
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

    A row holds `person_id`, `module_id`, `reason`, `assigned_on` and, where known, `due_on`, `gap_id`, `transition_id`.
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
    assignment.assigned_by_id = by.id if by is not None else None
    return assignment


def _tell(session: Session, assignment: Assignment, module: Module, on: datetime) -> None:
    """A notice for the person, told once for each assignment."""
    if assignment.assigned_by_id == assignment.person_id:
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


def start(session: Session, assignment: Assignment, *, on: datetime) -> None:
    """Note that the person has begun; a second time changes nothing. Raises `Refused` when it is no longer open."""
    _hold(session, assignment)
    if assignment.state is AssignmentState.STARTED:
        return
    _must_be_open(assignment)
    assignment.state = AssignmentState.STARTED
    assignment.started_at = on
    _log_own(session, "module.started", assignment, on)


def complete(
    session: Session, assignment: Assignment, *, on: datetime, language: str, score: float | None = None
) -> None:
    """Note that the person has completed the module, in that language, and let evidence follow.

    `score` is a fraction. Raises `Refused` when the assignment is no longer open, and when the module has a quiz that
    was not passed (a score says it was).
    """
    _hold(session, assignment)
    _must_be_open(assignment)
    if score is None and session.get(Quiz, assignment.module_id) is not None:
        raise Refused(_("This module is completed by passing its quiz."))
    day = programme_day(on)
    assignment.state = AssignmentState.COMPLETED
    assignment.started_at = assignment.started_at or on
    assignment.completed_at = on
    assignment.completed_on = day
    assignment.language = language
    assignment.score = score
    _log_own(session, "module.completed", assignment, on)
    issue(session, assignment)
    taught = session.scalars(
        select(ModuleCompetency.competency_id).where(ModuleCompetency.module_id == assignment.module_id)
    )
    completions = [(assignment.person_id, c, day, f"assignment:{assignment.id}:{c}") for c in taught]
    session.flush()
    announce(session, Event.MODULE_COMPLETED, completions=completions, on=on)


def waive(session: Session, assignment: Assignment, *, reason: str, by: User, on: datetime) -> None:
    """Spare the person the module, with the reason. Raises `Refused` for one's own, and when it is no longer open."""
    _hold(session, assignment)
    _must_be_open(assignment)
    _must_not_be_own(assignment, by)
    assignment.state = AssignmentState.WAIVED
    assignment.waived_reason = reason
    _put_away(session, assignment, "module.waived", by=by, on=on, reason=reason)


def cancel(session: Session, assignment: Assignment, *, by: User, on: datetime) -> None:
    """Take the assignment back. Raises `Refused` for one's own, and once the person has started."""
    _hold(session, assignment)
    _must_be_open(assignment)
    if assignment.reason is not AssignmentReason.SELF:
        _must_not_be_own(assignment, by)
    if assignment.state is AssignmentState.STARTED:
        raise Refused(_("It has been started, so it can only be waived, with a reason."))
    assignment.state = AssignmentState.CANCELLED
    _put_away(session, assignment, "module.cancelled", by=by, on=on)


def person_left(session: Session, *, person_id: int, day: date, on: datetime) -> None:
    """Somebody left: what they still had open is cancelled."""
    for assignment in session.scalars(select(Assignment).where(Assignment.person_id == person_id, is_open_sql())):
        assignment.state = AssignmentState.CANCELLED
        _put_away(session, assignment, "module.cancelled", by=None, on=on)


def _log_own(session: Session, verb: str, assignment: Assignment, on: datetime) -> None:
    facts = {"person_id": assignment.person_id, "module": assignment.module.code}
    record.log(session, verb, assignment, by=assignment.person, on=on, **facts)


def _put_away(
    session: Session, assignment: Assignment, verb: str, *, by: User | None, on: datetime, **detail: Any
) -> None:
    """Log it, and take away the notice that asked for it."""
    facts = {"person_id": assignment.person_id, "module": assignment.module.code, **detail}
    record.log(session, verb, assignment, by=by, on=on, **facts)
    asked = and_(Notice.person_id == assignment.person_id, Notice.key == f"assignment:{assignment.id}")
    for notice in session.scalars(select(Notice).where(asked)):
        session.delete(notice)


def _hold(session: Session, assignment: Assignment) -> None:
    """Take the row for this transaction, so that a second click waits and then sees what the first has done."""
    session.refresh(assignment, ["state", "started_at", "from_history"], with_for_update=True)


def _must_be_open(assignment: Assignment) -> None:
    if not is_open(assignment):
        raise Refused(_("This assignment is no longer open."))


def _must_not_be_own(assignment: Assignment, by: User) -> None:
    if assignment.person_id == by.id:
        raise Refused(_("Somebody else has to decide this about one's own assignment."))
