"""Deeds: a new due date for what is open, and the same deed for many assignments at once. Nothing here commits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Generic, TypeVar

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import record
from app.accounts.models import Notice, User
from app.core.errors import Refused
from app.curriculum import services as curriculum
from app.curriculum.models import Assignment
from app.curriculum.paths import services as paths
from app.curriculum.paths.models import PathAssignment


class Deed(StrEnum):
    """What may become of many assignments at once."""

    RESCHEDULE = "reschedule"
    WAIVE = "waive"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Done:
    """How many were changed, and how many could not be: no longer open, started, or one's own."""

    changed: int
    left: int


def reschedule(session: Session, assignment: Assignment, *, due_on: date, by: User, on: datetime) -> None:
    """Give an open assignment another due date. Raises `Refused` for one's own, and when it is no longer open."""
    session.refresh(assignment, ["state", "from_history"], with_for_update=True)
    if not curriculum.is_open(assignment):
        raise Refused(_("This assignment is no longer open."))
    if assignment.person_id == by.id:
        raise Refused(_("Somebody else has to decide about your own assignment."))
    before, assignment.due_on = assignment.due_on, due_on
    own = Notice.person_id == assignment.person_id, Notice.key == f"assignment:{assignment.id}"
    for notice in session.scalars(select(Notice).where(*own)):
        notice.detail = {**notice.detail, "due_on": due_on.isoformat()}
    days = [before.isoformat() if before else None, due_on.isoformat()]
    facts = {"person_id": assignment.person_id, "module": assignment.module.code, "due_on": days}
    record.log(session, "module.rescheduled", assignment, by=by, on=on, **facts)


Given = TypeVar("Given", Assignment, PathAssignment)


@dataclass
class Deeds(Generic[Given]):
    """How each deed is done to one of them: a module somebody was given, or a path."""

    reschedule: Callable[..., None]
    waive: Callable[..., None]
    cancel: Callable[..., None]


MODULES: Deeds[Assignment] = Deeds(reschedule, curriculum.waive, curriculum.cancel)
PATHS: Deeds[PathAssignment] = Deeds(paths.reschedule, paths.waive, paths.cancel)


def change_many(
    session: Session,
    given: Sequence[Given],
    deed: Deed,
    how: Deeds[Given],
    *,
    due_on: date | None,
    reason: str,
    by: User,
    on: datetime,
) -> Done:
    """Do the same to all of them; what can't be changed is left and counted."""
    changed = 0
    for one in given:
        try:
            if deed is Deed.RESCHEDULE and due_on is not None:
                how.reschedule(session, one, due_on=due_on, by=by, on=on)
            elif deed is Deed.WAIVE:
                how.waive(session, one, reason=reason, by=by, on=on)
            else:
                how.cancel(session, one, by=by, on=on)
        except Refused:
            continue
        changed += 1
    return Done(changed, len(given) - changed)
