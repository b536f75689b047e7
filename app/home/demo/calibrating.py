"""Calibrations of the demo programme: one closed, one in review, one being scored."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.accounts.models import Unit, User
from app.audits.auditing.answers import HEAD, Answer, Content
from app.audits.calibration import services
from app.audits.calibration.models import Calibration, CalibrationSeat
from app.audits.calibration.rules import CalibrationState
from app.audits.calibration.sheet import sheet_of
from app.audits.models import Audit, Cause, Purpose, Result
from app.core.clock import month_start
from app.core.i18n import month_name
from app.home import daily
from app.home.demo.auditing import Desk
from app.home.demo.world import World

STATES = (CalibrationState.CLOSED, CalibrationState.REVIEW, CalibrationState.SCORING)
DAYS_AGO = (38, 9, 3)
MISSED, DOUBTED, SWAYED = 0.2, 0.15, 0.45
"""How often the reference misses; how many criteria are in doubt, and how often one is swayed by that."""
NOTE = ("What the customer wrote beforehand counts.", "Lo que el cliente escribió antes cuenta.")
TALK = (
    "We listened twice. What is in the form need not be asked again.",
    "Se escuchó dos veces. Lo que está en el formulario no es necesario preguntarlo de nuevo.",
)


def set_up(session: Session, world: World, desk: Desk, by: User) -> None:
    """The calibrations of the auditors, beside who leads quality."""
    rng = world.rng(43)
    whole = session.scalars(select(Unit).where(Unit.path == "")).one()
    for state, ago in zip(STATES, DAYS_AGO, strict=True):
        at = daily.moment_of(world.last - timedelta(days=ago)) - timedelta(hours=9)
        contact = session.scalars(_contact(at)).first()
        if contact is not None:
            _hold(session, desk, whole, contact, state, at, by, rng)


def _contact(at: datetime) -> Select[Audit]:
    earlier = (Audit.purpose == Purpose.RANDOM, Audit.contact_at < at - timedelta(days=2))
    return select(Audit).where(*earlier).order_by(Audit.contact_at.desc(), Audit.id).limit(1)


def _hold(
    session: Session,
    desk: Desk,
    whole: Unit,
    contact: Audit,
    state: CalibrationState,
    at: datetime,
    by: User,
    rng: np.random.Generator,
) -> None:
    name = _("Calibration of %(month)s", month=month_name(month_start(at.date())))
    meets = at + timedelta(days=6)
    terms = services.Terms(
        name,
        whole.id,
        desk.version_id,
        contact.contact_ref or "",
        contact.contact_at,
        contact.channel or "",
        meets,
        0.1,
    )
    one = services.make(session, terms, by=by, on=at)
    services.invite(session, one, {by.id, *desk.auditors}, by.id, by=by, on=at)
    services.move(session, one, CalibrationState.SCORING, by=by, on=at)
    left_out = set(desk.auditors[::2]) if state is CalibrationState.SCORING else set()
    _score(session, desk, one, left_out, rng, at + timedelta(days=1))
    spanish = by.language == "es"
    if state is not CalibrationState.SCORING:
        services.move(session, one, CalibrationState.REVIEW, by=by, on=meets)
    if state is CalibrationState.CLOSED:
        for row in sheet_of(session, one).rows:
            if row.divergent:
                result = row.said[0].result or Result.PASS
                services.agree(session, one, row.criterion.id, result, NOTE[spanish], by=by, on=meets)
        services.note_meeting(session, one, {by.id, *desk.auditors[:-1]}, TALK[spanish], by=by, on=meets)
        services.move(session, one, CalibrationState.RESOLVED, by=by, on=meets)
        services.move(session, one, CalibrationState.CLOSED, by=by, on=meets + timedelta(days=1))


def _score(
    session: Session, desk: Desk, one: Calibration, without: set[int], rng: np.random.Generator, at: datetime
) -> None:
    """The reference misses some; others are swayed where a criterion is in doubt."""
    size = len(desk.criteria)
    missed, doubted = rng.random((2, size)) < np.array([[MISSED], [DOUBTED]]) * ~desk.weights.fatal
    seats = select(CalibrationSeat).where(CalibrationSeat.calibration_id == one.id)
    for seat in session.scalars(seats.order_by(CalibrationSeat.person_id)).all():
        swayed = doubted & (rng.random(size) < SWAYED) & (not seat.reference)
        said = {
            int(number): Answer(Result.FAIL, Cause.SKILL) if fails else Answer(Result.PASS)
            for number, fails in zip(desk.criteria, missed ^ swayed, strict=True)
        }
        if seat.person_id not in without:
            services.save(session, seat, Content(dict.fromkeys(HEAD, ""), said), base=seat.revision)
            services.hand_in(session, seat, on=at)
