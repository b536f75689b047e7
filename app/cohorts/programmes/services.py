"""Deeds: making programmes and cohorts, and changing them. Who may is decided at the door; nothing here commits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts import record
from app.accounts.models import User
from app.cohorts.programmes import sessions
from app.cohorts.programmes.models import Cohort, Enrolment, RubricLine, SeatBudget, TrainerProgramme
from app.cohorts.programmes.nominating import fill_seats
from app.cohorts.programmes.rules import OPEN_STAGES, Stage
from app.core.errors import Refused

Line = tuple[str, str, int]
"""A line of a rubric: English, Spanish, points."""


def save_programme(
    session: Session,
    programme: TrainerProgramme,
    facts: Mapping[str, Any],
    lines: Sequence[Line],
    *,
    by: User,
    on: datetime,
    scored: bool = False,
) -> TrainerProgramme:
    """Make a programme or change it. A rubric that was `scored` with stays: its marks would lose their meaning."""
    known = select(TrainerProgramme.id).where(TrainerProgramme.code == facts["code"])
    if session.scalar(known.where(TrainerProgramme.id != (programme.id or 0))) is not None:
        raise Refused(_("There is another programme with the code %(code)s.", code=facts["code"]))
    if scored and [(one.text_en, one.text_es, one.most) for one in programme.lines] != list(lines):
        raise Refused(_("This rubric has already been used for scoring. To change it, make a new programme."))
    for name, value in facts.items():
        setattr(programme, name, value)
    if not scored:
        programme.lines = [
            RubricLine(position=place, text_en=en, text_es=es, most=most)
            for place, (en, es, most) in enumerate(lines, start=1)
        ]
    session.add(programme)
    session.flush()
    record.log(session, "trainer_programme.saved", programme, by=by, on=on, name=programme.code)
    return programme


def save_cohort(
    session: Session,
    cohort: Cohort,
    facts: Mapping[str, Any],
    budgets: Mapping[int, int],
    facilitators: Sequence[User],
    *,
    by: User,
    on: datetime,
) -> Cohort:
    """Make a cohort or change it. `budgets` are seats by partner.

    `Refused` when fewer seats are left than are taken, and once it was called off.
    """
    if cohort.cancelled_at is not None:
        raise Refused(_("This cohort was cancelled."))
    _must_hold(session, cohort, facts["seats"], budgets)
    for name, value in facts.items():
        setattr(cohort, name, value)
    known = {one.unit_id: one for one in cohort.budgets}
    cohort.budgets = [known.get(unit) or SeatBudget(unit_id=unit) for unit, seats in budgets.items() if seats]
    for one in cohort.budgets:
        one.seats = budgets[one.unit_id]
    cohort.facilitators = list(facilitators)
    session.add(cohort)
    session.flush()
    record.log(session, "cohort.saved", cohort, by=by, on=on, name=cohort.name)
    fill_seats(session, cohort, on=on)
    return cohort


def _must_hold(session: Session, cohort: Cohort, seats: int, budgets: Mapping[int, int]) -> None:
    """Raises `Refused` when people who have a seat would lose it."""
    if sum(budgets.values()) > seats:
        raise Refused(_("The partners' budgets add up to more than the seats of the cohort."))
    if cohort.id is None:
        return
    rows = session.execute(
        select(Enrolment.partner_id, func.count())
        .where(Enrolment.cohort_id == cohort.id, Enrolment.stage == Stage.SEATED)
        .group_by(Enrolment.partner_id)
    )
    taken = dict(rows.all())
    if sum(taken.values()) > seats or any(count > budgets.get(p, 0) for p, count in taken.items() if p is not None):
        raise Refused(_("More seats are taken already. Withdraw people first."))


def cancel_cohort(session: Session, cohort: Cohort, *, by: User, on: datetime) -> None:
    """Call a cohort off, and with it its sessions to come; who is in it is told, and its rows stay."""
    if cohort.cancelled_at is not None:
        raise Refused(_("This cohort has already been cancelled."))
    cohort.cancelled_at = on
    for planned in cohort.sessions:
        if planned.cancelled_at is None and planned.starts_at > on:
            sessions.call_off(session, planned, by=by, on=on)
    people = session.scalars(
        select(Enrolment.person_id).where(Enrolment.cohort_id == cohort.id, Enrolment.stage.in_(OPEN_STAGES))
    ).all()
    key, path = f"cohort-cancelled:{cohort.id}", f"/cohorts/{cohort.id}"
    record.tell(session, people, "cohort.cancelled", key=key, path=path, on=on, name=cohort.name)
    record.log(session, "cohort.cancelled", cohort, by=by, on=on, name=cohort.name)
