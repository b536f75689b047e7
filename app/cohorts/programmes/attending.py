"""Deeds: who was at a session, by the facilitator's list or by the code read aloud there. Nothing here commits."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import record
from app.accounts.models import User
from app.cohorts.programmes import rules
from app.cohorts.programmes.models import Attendance, CohortSession, Enrolment
from app.cohorts.programmes.rules import Checked, Stage
from app.core.errors import Refused


def keep_list(session: Session, held: CohortSession, present: Collection[int], *, by: User, on: datetime) -> int:
    """Write down who of the seated was there; who is not among `present` was not. Returns how many were."""
    if held.cancelled_at is not None:
        raise Refused(_("This session was cancelled."))
    if held.starts_at > on:
        raise Refused(_("This session has not begun yet."))
    seated = set(
        session.scalars(
            select(Enrolment.person_id).where(Enrolment.cohort_id == held.cohort_id, Enrolment.stage == Stage.SEATED)
        )
    )
    known = {one.person_id: one for one in session.scalars(select(Attendance).where(Attendance.session_id == held.id))}
    for person in sorted(seated):
        was, there = known.get(person), person in present
        if was is None:
            new = Attendance(session_id=held.id, person_id=person, present=there, how=Checked.LIST, at=on, by_id=by.id)
            session.add(new)
        elif was.present is not there:
            was.present, was.how, was.at, was.by_id = there, Checked.LIST, on, by.id
    record.log(session, "cohort.attendance_kept", held, by=by, on=on, name=held.title)
    return len(seated & set(present))


def check_in(session: Session, typed: str, *, by: User, on: datetime) -> CohortSession:
    """Say of oneself that one is there, with the code of the session. `Refused` for any other code, and out of its time."""
    code = rules.tidy_code(typed)
    held = session.scalar(select(CohortSession).where(CohortSession.code == code))
    seat = held and session.scalar(
        select(Enrolment.id).where(
            Enrolment.cohort_id == held.cohort_id, Enrolment.person_id == by.id, Enrolment.stage == Stage.SEATED
        )
    )
    if held is None or not seat or held.cancelled_at is not None:
        raise Refused(_("This code does not belong to a session you have a seat in."))
    if not rules.code_is_taken(held.starts_at, held.minutes, on):
        raise Refused(_("The code is taken from half an hour before the session until half an hour after it."))
    known = session.scalar(select(Attendance).where(Attendance.session_id == held.id, Attendance.person_id == by.id))
    if known is None:
        known = Attendance(session_id=held.id, person_id=by.id)
        session.add(known)
    known.present, known.how, known.at, known.by_id = True, Checked.CODE, on, by.id
    record.log(session, "cohort.checked_in", held, by=by, on=on, person_id=by.id, name=held.title)
    return held
