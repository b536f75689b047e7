"""An initiative's states and days, and what may be said of its effect on a metric. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any

from app.gaps.outcomes import WATCHED_WEEKS, Verdict

POST_MORTEM_AFTER = {True: timedelta(weeks=WATCHED_WEEKS + 2), False: timedelta(weeks=2)}
"""How long after its end the post-mortem of an initiative is due: done, once its effect is known; stopped."""
BEFORE_MONTHS, AFTER_MONTHS = 6, 3
LEAST_BEFORE = 3
"""With fewer months before, nothing is known of how much the difference moves by itself."""
SINGLE = 1.128
"""Mean moving range of single values, in standard deviations (d2 of two: Wheeler, Understanding Variation, 1993)."""
TAIL = 0.95


class State(StrEnum):
    """How far an initiative is; `done` and `stopped` are followed by a post-mortem."""

    PROPOSED = "proposed"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"


ENDED = (State.DONE, State.STOPPED)
MOVES: dict[State, tuple[State, ...]] = {
    State.PROPOSED: (State.RUNNING, State.STOPPED),
    State.RUNNING: (State.DONE, State.STOPPED),
    State.DONE: (),
    State.STOPPED: (State.RUNNING,),
}


def needs_reason(before: State, after: State) -> bool:
    """Whether a move has to be explained: to stop, and to take up again."""
    return after is State.STOPPED or before is State.STOPPED


def post_mortem_due(state: State, ended_on: date) -> date:
    """By when it is written what was learnt."""
    return ended_on + POST_MORTEM_AFTER[state is State.DONE]


@dataclass(frozen=True, slots=True)
class Measured:
    """The effect of an initiative as it is kept: in points of pass rate, or in what its metric is counted in."""

    verdict: Verdict
    points: float | None = None
    low: float | None = None
    high: float | None = None
    raw: float | None = None
    """The change seen where it ran, before it is compared."""
    controlled: bool = False
    agents: int = 0
    checks: float = 0.0
    before: int = 0
    """Months compared before it began, and after it ended."""
    after: int = 0
    less_is_better: bool | None = None
    share: bool = True

    @property
    def plain(self) -> dict[str, Any]:
        return {**asdict(self), "verdict": self.verdict.value}

    @classmethod
    def of(cls, kept: dict[str, Any] | None) -> Measured | None:
        """What was kept."""
        if kept is None:
            return None
        facts: dict[str, Any] = {**kept, "verdict": Verdict(kept["verdict"])}
        return cls(**facts)


Run = Sequence[tuple[float, float]]
"""Numerator and denominator by month, the oldest first."""


def on_metric(inside: Run, others: Run | None, before: int, *, less_is_better: bool | None, share: bool) -> Measured:
    """What came of a metric: its change where the initiative ran, less that of the other units in the same months.

    The first `before` months are those before it began, the rest those after it ended. Of each month the difference
    to the others is taken (the figure itself without others); how much it moves by itself is read from the months before,
    as on a chart of single values, and is never taken for less than the numbers of a share explain.
    """
    months = [
        (at < before, _rate(one) - (_rate(others[at]) if others else 0.0), one, others[at] if others else None)
        for at, one in enumerate(inside)
        if one[1] and (others is None or others[at][1])
    ]
    early, late = [one for one in months if one[0]], [one for one in months if not one[0]]
    told: dict[str, Any] = {"controlled": others is not None, "before": len(early), "after": len(late), "share": share}
    if len(early) < LEAST_BEFORE or not late:
        return Measured(Verdict.TOO_EARLY, less_is_better=less_is_better, **told)
    points = _mean([one[1] for one in late]) - _mean([one[1] for one in early])
    moves = _mean([abs(b[1] - a[1]) for a, b in pairwise(early)]) / SINGLE
    by_month = moves * math.sqrt(1 / len(early) + 1 / len(late))
    by_count = math.sqrt(_counted(early) + _counted(late)) if share else 0.0
    half = _quantile(len(early) - 1) * max(by_month, by_count)
    raw = _mean([_rate(one[2]) for one in late]) - _mean([_rate(one[2]) for one in early])
    low, high = points - half, points + half
    return Measured(_verdict(low, high, less_is_better), points, low, high, raw, less_is_better=less_is_better, **told)


def _verdict(low: float, high: float, less_is_better: bool | None) -> Verdict:
    if low <= 0 <= high or less_is_better is None:
        return Verdict.NO_SIGN
    return Verdict.WORKS if (high < 0) == less_is_better else Verdict.WORSE


def _counted(months: Sequence[tuple[bool, float, tuple[float, float], tuple[float, float] | None]]) -> float:
    """The variance of the mean of these months' differences as far as counting explains it; one of each is added."""
    sides = [side for _early, _d, inside, others in months for side in (inside, others) if side is not None]
    rates = [((part + 1) / (whole + 2), whole + 2) for part, whole in sides]
    return sum(max(p * (1 - p), 0.0) / n for p, n in rates) / len(months) ** 2


def _quantile(freedom: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(max(freedom, 1), TAIL))


def _rate(one: tuple[float, float]) -> float:
    return one[0] / one[1]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
