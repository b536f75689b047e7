"""Figures of quality by team and month, as the database counts them; of random audits unless they say otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select

from app.audits.dsat.models import DsatCase
from app.audits.dsat.queries import audited
from app.audits.models import Audit, Criterion, Finding, Purpose, Result
from app.metrics.queries import place_of

Teams = Select[int] | None
"""Ids of the teams counted; None for all."""
Starts = Sequence[datetime]
"""When months begin, oldest first, and at the end the one after."""


def random_audits(teams: Teams, starts: Starts) -> Select[*tuple[Any, ...]]:
    """(team id, place of the month, audits, those with a fatal error, those with a score, sum of scores)."""
    place = place_of(Audit.contact_at, starts).label("place")
    counts = func.count(), func.count().filter(Audit.fatal), func.count(Audit.score), func.sum(Audit.score)
    return select(Audit.team_id, place, *counts).where(*_random(teams, starts)).group_by(Audit.team_id, place)


def defective(teams: Teams, starts: Starts) -> Select[*tuple[Any, ...]]:
    """(team id, place of the month, error class, audits with an error of that class).

    Critical-error accuracy counts defective contacts, not defects (COPC).
    """
    place = place_of(Audit.contact_at, starts).label("place")
    return (
        select(Audit.team_id, place, Criterion.error_class, func.count(Audit.id.distinct()))
        .join(Finding, Finding.audit_id == Audit.id)
        .join(Criterion, Criterion.id == Finding.criterion_id)
        .where(*_random(teams, starts), Finding.result == Result.FAIL, Criterion.error_class.is_not(None))
        .group_by(Audit.team_id, place, Criterion.error_class)
    )


def _random(teams: Teams, starts: Starts) -> list[ColumnElement[bool]]:
    return [
        Audit.team_id.is_not(None) if teams is None else Audit.team_id.in_(teams),
        Audit.purpose == Purpose.RANDOM,
        Audit.contact_at >= starts[0],
        Audit.contact_at < starts[-1],
        Audit.released_at.is_not(None),
    ]


def dsat_audited(teams: Teams, starts: Starts) -> Select[*tuple[Any, ...]]:
    """(team id, place of the month received, cases, those with a released DSAT audit)."""
    place = place_of(DsatCase.received_at, starts).label("place")
    done = func.sum(case((audited(), 1), else_=0))
    return (
        select(DsatCase.team_id, place, func.count(), done)
        .where(DsatCase.team_id.is_not(None) if teams is None else DsatCase.team_id.in_(teams))
        .where(DsatCase.received_at >= starts[0], DsatCase.received_at < starts[-1])
        .group_by(DsatCase.team_id, place)
    )


def dsat_causes(teams: Teams, starts: Starts) -> Select[*tuple[Any, ...]]:
    """(team id, cause or none while nobody has decided, cases, those with a released DSAT audit) of cases received then."""
    done = func.sum(case((audited(), 1), else_=0))
    return (
        select(DsatCase.team_id, DsatCase.cause, func.count(), done)
        .where(DsatCase.team_id.is_not(None) if teams is None else DsatCase.team_id.in_(teams))
        .where(DsatCase.received_at >= starts[0], DsatCase.received_at < starts[-1])
        .group_by(DsatCase.team_id, DsatCase.cause)
    )
