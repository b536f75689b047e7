"""Deeds: planning the sessions of a cohort, moving them, calling them off; who takes part gets it in the calendar."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import record
from app.accounts.models import User
from app.cohorts.programmes.models import Cohort, CohortSession, Enrolment
from app.cohorts.programmes.rules import ALPHABET, Stage
from app.core import jobs
from app.core.errors import Refused

INVITE = "cohorts.invite"
CODE = 6
"""Letters and digits of a code to check in with."""


def plan(
    session: Session,
    cohort: Cohort,
    *,
    title: str,
    starts_at: datetime,
    minutes: int,
    place: str,
    by: User,
    on: datetime,
) -> CohortSession:
    """Plan a live session. One that was held already may be written down too: then nobody is invited."""
    if cohort.cancelled_at is not None:
        raise Refused(_("This cohort was cancelled."))
    made = CohortSession(
        cohort=cohort, title=title, starts_at=starts_at, minutes=minutes, place=place, code=draw_code()
    )
    session.add(made)
    session.flush()
    record.log(session, "cohort.session_planned", made, by=by, on=on, name=title)
    _invite(session, made, on=on)
    return made


def change(
    session: Session,
    planned: CohortSession,
    *,
    title: str,
    starts_at: datetime,
    minutes: int,
    place: str,
    by: User,
    on: datetime,
) -> None:
    """Move a session or say where it is; calendars are told. `Refused` once it was called off."""
    _must_hold(planned)
    planned.title, planned.starts_at, planned.minutes, planned.place = title, starts_at, minutes, place
    planned.revision += 1
    record.log(session, "cohort.session_changed", planned, by=by, on=on, name=title)
    _invite(session, planned, on=on)


def call_off(session: Session, planned: CohortSession, *, by: User, on: datetime) -> None:
    """Call a session off; it stays on record. `Refused` once it has begun."""
    _must_hold(planned)
    if planned.starts_at <= on:
        raise Refused(_("This session has begun."))
    planned.cancelled_at = on
    planned.revision += 1
    record.log(session, "cohort.session_cancelled", planned, by=by, on=on, name=planned.title)
    _invite(session, planned, on=on)


def invite_to_all(session: Session, cohort: Cohort, people: Iterable[int], *, on: datetime) -> None:
    """Who gets a seat is invited to the sessions to come."""
    for planned in cohort.sessions:
        if planned.cancelled_at is None and planned.starts_at > on:
            _send(session, planned, people)


def draw_code() -> str:
    """A code to check in with, drawn by chance."""
    return "".join(secrets.choice(ALPHABET) for _place in range(CODE))


def _invite(session: Session, planned: CohortSession, *, on: datetime) -> None:
    session.flush()
    if planned.starts_at <= on:
        return
    seated = select(Enrolment.person_id).where(
        Enrolment.cohort_id == planned.cohort_id, Enrolment.stage == Stage.SEATED
    )
    _send(session, planned, {*session.scalars(seated), *(one.id for one in planned.cohort.facilitators)})


def _send(session: Session, planned: CohortSession, people: Iterable[int]) -> None:
    for person in sorted(set(people)):
        facts = {"session_id": planned.id, "person_id": person, "revision": planned.revision}
        jobs.enqueue(session, INVITE, key=f"{planned.id}:{person}:{planned.revision}", **facts)


def _must_hold(planned: CohortSession) -> None:
    if planned.cancelled_at is not None:
        raise Refused(_("This session was cancelled."))
