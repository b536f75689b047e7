"""The geometry of small drawings in the page: sparklines and bars. Shapes only; templates write them as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

WIDTH, HEIGHT, MARGIN = 100.0, 48.0, 5.0
LEAST_SPAN = 0.05
"""The scale spans at least this share of the largest value, so that noise does not look like a trend."""


@dataclass(frozen=True, slots=True)
class Spark:
    """A line over equal steps, in a box of 100 × 48 with y down; one of `lines` for each run without a hole."""

    lines: tuple[str, ...]
    areas: tuple[str, ...]
    target: float | None
    band: tuple[float, float] | None
    last: tuple[float, float] | None
    """Where the newest known value stands."""


def spark(
    points: Sequence[float | None], target: float | None = None, band: tuple[float, float] | None = None
) -> Spark | None:
    """The shape of a sparkline, or None when fewer than two values are known.

    `points` are oldest first, None where unknown; `band` is (low, high) of what chance explains.
    """
    known = [value for value in points if value is not None]
    if len(known) < 2:
        return None
    scale = _scale([*known, *([target] if target is not None else []), *(band or ())])
    step = WIDTH / (len(points) - 1)
    runs = _runs([(index * step, scale(value) if value is not None else None) for index, value in enumerate(points)])
    return Spark(
        lines=tuple(_joined(run) for run in runs),
        areas=tuple(f"{run[0][0]:.1f},{HEIGHT:.0f} {_joined(run)} {run[-1][0]:.1f},{HEIGHT:.0f}" for run in runs),
        target=None if target is None else scale(target),
        band=None if band is None else (scale(band[1]), scale(band[0]) - scale(band[1])),
        last=runs[-1][-1],
    )


def share(value: float | None, of: float = 1.0) -> float:
    """A bar's length in hundredths of its box: `value` ÷ `of`, kept between 0 and 100."""
    if value is None or of <= 0:
        return 0.0
    return round(min(max(100 * value / of, 0.0), 100.0), 1)


class _scale:
    """From a value to its height in the box."""

    def __init__(self, values: Sequence[float]) -> None:
        low, high = min(values), max(values)
        least = LEAST_SPAN * max(abs(low), abs(high)) or 1.0
        spare = max(0.0, least - (high - low)) / 2
        self.low, self.span = low - spare, max(high - low, least)

    def __call__(self, value: float) -> float:
        return round(HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * (value - self.low) / self.span, 1)


def _runs(points: Sequence[tuple[float, float | None]]) -> list[list[tuple[float, float]]]:
    """Stretches of neighbouring points that are known."""
    return [
        [(x, y) for x, y in run if y is not None] for known, run in groupby(points, lambda p: p[1] is not None) if known
    ]


def _joined(run: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in run)
