"""Deeds of learning: what becomes of a module somebody was given. Giving it is in `giving.py`.

Who may is decided at the door. Nothing here commits.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from app.accounts import record
from app.accounts.models import Notice, User
from app.core.errors import Refused
from app.core.follow import Event, announce
from app.curriculum.certificates.services import issue
from app.curriculum.giving import assign, assign_many, is_open, programme_day, take
from app.curriculum.history import import_history
from app.curriculum.intake import import_competencies, import_modules
from app.curriculum.models import (
    OPEN_STATES,
    Assignment,
    AssignmentReason,
    AssignmentState,
    Module,
    ModuleCompetency,
    ModuleKind,
)
from app.curriculum.paths import progress
from app.curriculum.paths.models import PathAssignment
from app.curriculum.queries import is_open as is_open_sql
from app.curriculum.quizzes.models import Quiz
from app.curriculum.rules import is_own_file

PLAYED = lazy_gettext("This module reports by itself when it is completed: play it to the end.")
TOLD = {
    ModuleKind.PACKAGE: PLAYED,
    ModuleKind.LIVE: lazy_gettext("This module is completed by taking part in one of its sessions."),
    ModuleKind.PRACTICE: lazy_gettext("This module is completed by being observed."),
}
"""Kinds that nobody marks as completed by hand, and why."""

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
    "tells_by_itself",
    "waive",
]


def tells_by_itself(module: Module) -> bool:
    """Whether nobody says of themselves that they have completed it: a package reports it, a video of ours is watched,
    the trainer says who was there, an observer scores."""
    watched = module.kind is ModuleKind.VIDEO and is_own_file(module.url or "")
    return watched or module.kind in TOLD


def may_decide(assignment: Assignment, by: User) -> bool:
    """Whether it could be waived by this person: it is open, and not their own."""
    return is_open(assignment) and assignment.person_id != by.id


def may_cancel(assignment: Assignment) -> bool:
    """Whether it could still be taken back: not once it is started."""
    return is_open(assignment) and assignment.state is AssignmentState.ASSIGNED


def start(session: Session, assignment: Assignment, *, on: datetime) -> None:
    """Note that the person has begun; a second time changes nothing. Raises `Refused` when it is no longer open."""
    _hold(session, assignment)
    if assignment.state is AssignmentState.STARTED:
        return
    _must_be_open(assignment)
    assignment.state = AssignmentState.STARTED
    assignment.started_at = on
    _log_own(session, "module.started", assignment, on)
    progress.follow(session, assignment, on=on)


def complete(
    session: Session,
    assignment: Assignment,
    *,
    on: datetime,
    language: str,
    score: float | None = None,
    proven: bool = False,
) -> None:
    """Note that the person has completed the module, in that language, and let evidence follow.

    `score` is a fraction. Raises `Refused` when the assignment is no longer open, when the module has a quiz that was not
    passed (a score says it was), and for what tells by itself when it is done, unless that is `proven`.
    """
    _hold(session, assignment)
    _must_be_open(assignment)
    if score is None and not proven and tells_by_itself(assignment.module):
        raise Refused(str(TOLD.get(assignment.module.kind, PLAYED)))
    if score is None and not proven and session.get(Quiz, assignment.module_id) is not None:
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
    progress.follow(session, assignment, on=on)


def rescore(session: Session, assignment: Assignment, *, score: float, on: datetime) -> None:
    """Keep the score of what was completed already: content made elsewhere may say that it is done before its last test."""
    assignment.score = score
    _log_own(session, "module.scored", assignment, on, score=round(score, 4))


def waive(session: Session, assignment: Assignment, *, reason: str, by: User, on: datetime) -> None:
    """Spare the person the module, with the reason. Raises `Refused` for one's own, and when it is no longer open."""
    _hold(session, assignment)
    _must_be_open(assignment)
    _must_not_be_own(assignment, by)
    assignment.state = AssignmentState.WAIVED
    assignment.waived_reason = reason
    put_away(session, assignment, "module.waived", by=by, on=on, reason=reason)
    progress.follow(session, assignment, on=on, begins=False)


def cancel(session: Session, assignment: Assignment, *, by: User, on: datetime) -> None:
    """Take the assignment back. Raises `Refused` for one's own, for a step of a path, and once the person has started."""
    _hold(session, assignment)
    _must_be_open(assignment)
    if assignment.path_assignment_id is not None:
        raise Refused(_("It is a step of a path: the path can be cancelled as a whole, or this step waived."))
    if assignment.reason is not AssignmentReason.SELF:
        _must_not_be_own(assignment, by)
    if assignment.state is AssignmentState.STARTED:
        raise Refused(_("It has been started, so it can only be waived, with a reason."))
    assignment.state = AssignmentState.CANCELLED
    put_away(session, assignment, "module.cancelled", by=by, on=on)


def person_left(session: Session, *, person_id: int, day: date, on: datetime) -> None:
    """Somebody left: what they still had open is cancelled."""
    for assignment in session.scalars(select(Assignment).where(Assignment.person_id == person_id, is_open_sql())):
        assignment.state = AssignmentState.CANCELLED
        put_away(session, assignment, "module.cancelled", by=None, on=on)
    still_open = PathAssignment.person_id == person_id, PathAssignment.state.in_(OPEN_STATES)
    for walk in session.scalars(select(PathAssignment).where(*still_open)):
        walk.state = AssignmentState.CANCELLED
        record.log(session, "path.cancelled", walk, by=None, on=on, person_id=person_id)


def _log_own(session: Session, verb: str, assignment: Assignment, on: datetime, **detail: Any) -> None:
    facts = {"person_id": assignment.person_id, "module": assignment.module.code, **detail}
    record.log(session, verb, assignment, by=assignment.person, on=on, **facts)


def put_away(
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
        raise Refused(_("Somebody else has to decide about your own assignment."))
