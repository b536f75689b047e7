"""Which policy holds where and when, and how one is changed without rewriting the past."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.accounts.models import Unit, User
from app.accounts.record import log
from app.accounts.services import programme_unit
from app.coaching.models import CoachingPolicy, OpeningHours
from app.coaching.queries import in_force
from app.coaching.rules import Terms
from app.coaching.working import Hours
from app.core.clock import day_of
from app.core.errors import Refused

EVER = date(2000, 1, 1)
"""Since when the default policy holds: before anything Hilo could be told of."""


def default_policy(session: Session) -> None:
    """See to it that the programme has a policy: the defaults of `Terms`, since ever, where there is none at all."""
    unit = programme_unit(session)
    if session.scalar(select(CoachingPolicy.id).where(CoachingPolicy.unit_id == unit.id).limit(1)) is not None:
        return
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    values = {"unit_id": unit.id, "valid_from": EVER, **asdict(Terms())}
    session.execute(make(CoachingPolicy.__table__).values(values).on_conflict_do_nothing())


def policies_on(session: Session, day: date) -> dict[int, CoachingPolicy]:
    """The policies in force on a day by the unit they were set for; made first where there is none."""
    default_policy(session)
    return {policy.unit_id: policy for policy in session.scalars(in_force(day))}


def set_policy(
    session: Session, unit: Unit, terms: Terms, *, valid_from: date, by: User | None, on: datetime
) -> CoachingPolicy:
    """Let other terms hold for a unit and all below it from a day to come; what is owed by then stays as it is.

    A change set earlier for a later day stays and ends this one; one for the same day is replaced. `Refused` for a day
    that has begun.
    """
    if valid_from <= day_of(on, current_app.config["PROGRAMME_TIME_ZONE"]):
        raise Refused(_("A policy can change from tomorrow on, not for days that have begun."))
    default_policy(session)
    rows = session.scalars(
        select(CoachingPolicy).where(CoachingPolicy.unit_id == unit.id).order_by(CoachingPolicy.valid_from)
    ).all()
    before = [row for row in rows if row.valid_from < valid_from]
    after = [row for row in rows if row.valid_from > valid_from]
    policy = next((row for row in rows if row.valid_from == valid_from), None)
    if policy is None:
        policy = CoachingPolicy(unit_id=unit.id, valid_from=valid_from)
        session.add(policy)
    policy.valid_to = after[0].valid_from if after else None
    if before:
        before[-1].valid_to = valid_from
    for name, value in asdict(terms).items():
        setattr(policy, name, value)
    session.flush()
    log(session, "policy.set", policy, by=by, on=on, unit=unit.path, valid_from=valid_from.isoformat(), **asdict(terms))
    return policy


def opening_hours(session: Session) -> dict[int, Hours]:
    """The hours of opening of each unit that has some of its own."""
    found: dict[int, dict[int, tuple[int, int]]] = {}
    for row in session.scalars(select(OpeningHours)):
        found.setdefault(row.unit_id, {})[row.weekday] = (row.opens, row.closes)
    return dict(found)


def set_hours(session: Session, unit: Unit, hours: Hours | None, *, by: User, on: datetime) -> None:
    """Set when a unit is open, or with None let it have the hours of what is above it. What is owed keeps its due time."""
    session.execute(delete(OpeningHours).where(OpeningHours.unit_id == unit.id))
    for weekday, (opens, closes) in sorted((hours or {}).items()):
        session.add(OpeningHours(unit_id=unit.id, weekday=weekday, opens=opens, closes=closes))
    session.flush()
    told = None if hours is None else {str(day): list(span) for day, span in hours.items()}
    log(session, "hours.set", unit, by=by, on=on, unit=unit.path, hours=told)
