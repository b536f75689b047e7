"""What the kinds of charts share: axes of shares, and labels that do not touch."""

from __future__ import annotations

import math

NEAR = 0.07
"""Labels closer than this share of the height would touch."""
PERCENT = "round(100 * datum.value) + '\u00a0%'"


def floor_of(shares: list[float]) -> float:
    """Where the axis of shares begins, a multiple of a quarter: the lowest has some room below it."""
    return max(0.0, math.floor((min(shares, default=0) - 0.05) * 4) / 4)


def steps(floor: float) -> list[float]:
    """The lines of an axis from there to 1."""
    step = {0.75: 0.05, 0.5: 0.1}.get(floor, 0.25)
    return [round(floor + step * i, 2) for i in range(round((1 - floor) / step) + 1)]
