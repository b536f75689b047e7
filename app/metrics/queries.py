"""Reads other rooms share: targets, ready for `rules.target_for`, values by unit and month, and the month of anything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, func, select

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.metrics.models import MetricValue, Target
from app.metrics.rules import Aim


def targets() -> Select[str, int, float, date]:
    """(metric, unit id, target, valid from) of all targets."""
    return select(Target.metric, Target.unit_id, Target.target, Target.valid_from)


def aims(rows: Iterable[Row[str, int, float, date]]) -> dict[tuple[str, int], list[Aim]]:
    """The rows of `targets`, by metric and unit."""
    found: dict[tuple[str, int], list[Aim]] = {}
    for metric, unit_id, target, valid_from in rows:
        found.setdefault((metric, unit_id), []).append(Aim(target, valid_from))
    return found


def place_of(column: Any, starts: Sequence[Any]) -> ColumnElement[int]:
    """The place of the month a value falls in: `starts` are where months begin, oldest first, and at the end the next one's."""
    return case(*((column < start, place) for place, start in enumerate(starts[1:])))


def values_by_month(viewer: User | None, months: Sequence[date]) -> Select[str, int, int, float, float]:
    """(metric, unit id, place of the month, numerator, denominator) of what the viewer may see; all without a viewer.

    What was told of a unit itself stands for it; where only people were told of, they are added up.
    """
    seen = select(MetricValue) if viewer is None else MetricValue.visible_to(viewer, Permission.SEE_REPORTS)
    place = place_of(MetricValue.period, months).label("place")
    whole = MetricValue.person_id.is_(None)

    def told(column: Any) -> ColumnElement[float]:
        return func.coalesce(func.sum(case((whole, column))), func.sum(column))

    return (
        seen.where(MetricValue.period >= months[0], MetricValue.period < months[-1])
        .with_only_columns(
            MetricValue.metric, MetricValue.unit_id, place, told(MetricValue.numerator), told(MetricValue.denominator)
        )
        .group_by(MetricValue.metric, MetricValue.unit_id, place)
    )
