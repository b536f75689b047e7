"""Deeds of following: reminding of what is overdue, noting the time spent, rating a module. Nothing here commits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, func, insert, select
from sqlalchemy.orm import Session

from app.accounts import record
from app.accounts.models import Notice, User
from app.core.errors import Refused
from app.curriculum.following.rules import QUIET, REMINDED, SAID, seconds_since
from app.curriculum.giving import is_open, programme_day
from app.curriculum.models import Assignment, AssignmentState
from app.curriculum.queries import is_overdue


@dataclass(frozen=True, slots=True)
class Reminded:
    """How many were told, and how many were left because they had been told lately."""

    told: int
    left: int


def remind(session: Session, within: Select[Assignment], *, by: User, on: datetime) -> Reminded:
    """Tell everybody who has something overdue among these assignments, one notice each, in a few statements.

    Who was told of overdue learning in the last days, by this or by the daily run, is left in peace.
    """
    day = programme_day(on)
    overdue = (
        within.where(is_overdue(day), Assignment.person_id != by.id)
        .with_only_columns(Assignment.person_id, func.count(), func.min(Assignment.due_on))
        .group_by(Assignment.person_id)
        .order_by(Assignment.person_id)
    )
    late = session.execute(overdue).all()
    lately = select(Notice.person_id).where(Notice.kind.in_(SAID), Notice.created_at > on - QUIET)
    left = set(session.scalars(lately.where(Notice.person_id.in_([person for person, _n, _due in late]))))
    rows = [_notice(person, count, due, day, on) for person, count, due in late if person not in left]
    if rows:
        session.execute(insert(Notice), rows)
        record.log(session, REMINDED, by, by=by, on=on, new=len(rows))
    return Reminded(len(rows), len(late) - len(rows))


def _notice(person: int, count: int, due: Any, day: Any, on: datetime) -> dict[str, Any]:
    return {
        "person_id": person,
        "key": f"{REMINDED}:{day}",
        "kind": REMINDED,
        "detail": {"count": count, "due_on": due.isoformat()},
        "path": "/curriculum/learn",
        "created_at": on,
    }


def note_time(session: Session, assignment: Assignment, *, on: datetime) -> None:
    """The module is being looked at: add the time since the last such sign, however many tabs give one."""
    session.refresh(assignment, ["seen_at", "seconds", "state"], with_for_update=True)
    if not is_open(assignment):
        return
    assignment.seconds += seconds_since(assignment.seen_at, on)
    assignment.seen_at = on
    session.flush()


def rate(session: Session, assignment: Assignment, *, stars: int, remark: str, on: datetime) -> None:
    """Keep how useful the person found the module; a second time replaces the first. Raises `Refused` before the end."""
    if assignment.state is not AssignmentState.COMPLETED:
        raise Refused(_("A module can be rated once it is completed."))
    assignment.rating, assignment.remark, assignment.rated_at = stars, remark, on
    facts = {"person_id": assignment.person_id, "module": assignment.module.code}
    record.log(session, "module.rated", assignment, by=assignment.person, on=on, **facts)
