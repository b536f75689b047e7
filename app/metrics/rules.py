"""Which target holds where: pure decisions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

NEVER_NEGATIVE = frozenset({"csat", "dsat", "contact_rate", "aht", "handling_time", "fcr", "service_level"})
"""Counts of something; a net score may be below nought."""


def least(metric: str) -> float:
    """The least a numerator can be."""
    return 0.0 if metric.strip().casefold() in NEVER_NEGATIVE else -math.inf


@dataclass(frozen=True, slots=True)
class Aim:
    """A target of a unit from a day on."""

    target: float
    valid_from: date


Aims = Mapping[tuple[str, int], Sequence[Aim]]
"""By metric and unit."""


def target_for(aims: Aims, metric: str, ancestors: Iterable[int], period: date) -> float | None:
    """The target in force when `period` begins: of the unit itself, else of the nearest above it.

    `ancestors` are unit ids from the programme down to the unit. None where nobody set one by then.
    """
    for unit_id in reversed(list(ancestors)):
        known = [aim for aim in aims.get((metric, unit_id), ()) if aim.valid_from <= period]
        if known:
            return max(known, key=lambda aim: aim.valid_from).target
    return None
