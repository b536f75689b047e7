"""Deeds on policies: set one from a week to come, end one; the past stays as it was decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.record import log
from app.core.clock import monday_of
from app.core.errors import Refused
from app.gaps.decisions import last_decided
from app.gaps.models import GapPolicy
from app.gaps.rules import POLICY_TERMS, Policy


@dataclass(frozen=True, slots=True)
class Scope:
    """What a policy holds for; none: any."""

    competency_id: int | None
    market: str | None


def first_week(session: Session, day: date) -> date:
    """The first week that is not decided yet, and not before the one of `day`."""
    last = last_decided(session)
    return monday_of(day) if last is None else max(last + timedelta(weeks=1), monday_of(day))


def set_policy(session: Session, scope: Scope, terms: Policy, *, week: date, by: User, on: datetime) -> GapPolicy:
    """Let these terms decide from a week on. `Refused` for a week that has been decided.

    One set earlier for a later week stays and ends this one; one for the same week is replaced.
    """
    _refuse_past(session, week)
    rows = _of_scope(session, scope)
    after = [row for row in rows if row.valid_from > week]
    policy = next((row for row in rows if row.valid_from == week), None)
    if policy is None:
        policy = GapPolicy(competency_id=scope.competency_id, market=scope.market, valid_from=week)
        session.add(policy)
    for row in rows:
        if row.valid_from < week and (row.valid_to is None or row.valid_to > week):
            row.valid_to = week
    policy.valid_to = after[0].valid_from if after else None
    told = {name: getattr(terms, name) for name in POLICY_TERMS}
    for name, value in told.items():
        setattr(policy, name, value)
    session.flush()
    log(session, "gap_policy.set", policy, by=by, on=on, week=week.isoformat(), market=scope.market, **told)
    return policy


def end_policy(session: Session, policy: GapPolicy, *, week: date, by: User, on: datetime) -> None:
    """Let wider terms decide from a week on; one that never decided a week goes."""
    _refuse_past(session, week)
    if policy.valid_to is not None and policy.valid_to <= week:
        raise Refused(_("This policy has ended already."))
    log(session, "gap_policy.ended", policy, by=by, on=on, week=week.isoformat())
    if policy.valid_from >= week:
        session.delete(policy)
    else:
        policy.valid_to = week
    session.flush()


def _refuse_past(session: Session, week: date) -> None:
    last = last_decided(session)
    if week != monday_of(week) or (last is not None and week <= last):
        raise Refused(_("A policy can change from a week that is not decided yet. Past decisions stay."))


def _of_scope(session: Session, scope: Scope) -> list[GapPolicy]:
    market = GapPolicy.market.is_(None) if scope.market is None else GapPolicy.market == scope.market
    about = GapPolicy.competency_id
    competency = about.is_(None) if scope.competency_id is None else about == scope.competency_id
    return list(session.scalars(select(GapPolicy).where(market, competency).order_by(GapPolicy.valid_from)))
