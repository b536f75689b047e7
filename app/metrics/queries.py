"""Reads other rooms share: the targets there are, ready for `rules.target_for`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import Row, Select, select

from app.metrics.models import Target
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
