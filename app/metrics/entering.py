"""Deeds: one value or one target, written, corrected or taken away by hand."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Unit, User
from app.accounts.record import log
from app.metrics.models import MetricValue, Target


def put_value(
    session: Session,
    metric: str,
    unit: Unit,
    period: date,
    numerator: float,
    denominator: float,
    *,
    by: User,
    on: datetime,
) -> bool:
    """Say what a metric of a unit was in a month (its first day), in place of what was said before; whether that differs."""
    row = session.scalar(
        select(MetricValue).where(
            MetricValue.metric == metric,
            MetricValue.unit_id == unit.id,
            MetricValue.person_id.is_(None),
            MetricValue.period == period,
        )
    )
    before = None if row is None else f"{row.numerator:g} / {row.denominator:g}"
    if row is None:
        row = MetricValue(metric=metric, unit_id=unit.id, period=period)
        session.add(row)
    row.numerator, row.denominator = numerator, denominator
    after = f"{numerator:g} / {denominator:g}"
    if after == before:
        return False
    session.flush()
    log(
        session,
        "metrics.value_set",
        row,
        by=by,
        on=on,
        metric=metric,
        unit=unit.path or unit.name,
        month=f"{period:%Y-%m}",
        was=before,
        value=after,
    )
    return True


def remove_value(session: Session, row: MetricValue, *, by: User, on: datetime) -> None:
    """Take a value away; what was said stays in the activity log."""
    unit = session.get_one(Unit, row.unit_id)
    said = f"{row.numerator:g} / {row.denominator:g}"
    log(
        session,
        "metrics.value_removed",
        row,
        by=by,
        on=on,
        metric=row.metric,
        unit=unit.path or unit.name,
        month=f"{row.period:%Y-%m}",
        was=said,
    )
    session.delete(row)


def put_target(
    session: Session, metric: str, unit: Unit, valid_from: date, target: float, *, by: User, on: datetime
) -> bool:
    """Set what a metric should be in a unit and all below it from a day on; whether that differs from what was set."""
    row = session.scalar(
        select(Target).where(Target.metric == metric, Target.unit_id == unit.id, Target.valid_from == valid_from)
    )
    before = None if row is None else row.target
    if row is None:
        row = Target(metric=metric, unit_id=unit.id, valid_from=valid_from)
        session.add(row)
    row.target = target
    if target == before:
        return False
    session.flush()
    log(session, "targets.set", row, by=by, on=on, metric=metric, unit=unit.path or unit.name, was=before, value=target)
    return True


def remove_target(session: Session, row: Target, *, by: User, on: datetime) -> None:
    """Take a target away: what was in force before it holds again."""
    unit = session.get_one(Unit, row.unit_id)
    log(session, "targets.removed", row, by=by, on=on, metric=row.metric, unit=unit.path or unit.name, was=row.target)
    session.delete(row)
