"""Pure decisions of the first screens: what chance explains, how a balance ran, how far a gap has come."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

CHANCE = 0.001
"""A result that chance alone would bring about less often than this is off target beyond chance."""
SIGMAS = 3
LEAST_HISTORY = 3
"""With fewer earlier months no control limits are said."""
MOST_PIPS = 8


class Measure(StrEnum):
    """What is held against a reference; of fatal errors less is better, of the others more."""

    COACHING = "coaching"
    FATAL = "fatal"
    LEARNING = "learning"

    @property
    def less_is_better(self) -> bool:
        return self is Measure.FATAL


# --- What chance explains ---


@dataclass(frozen=True, slots=True)
class Result:
    """So many of so many in a unit, held against the rate it should have or that is usual."""

    measure: Measure
    unit_id: int
    part: int
    whole: int
    reference: float

    @property
    def rate(self) -> float:
        return self.part / self.whole

    @property
    def chance(self) -> float:
        """How often chance alone would bring about this or worse, were the true rate at the reference."""
        if self.measure.less_is_better:
            return at_least(self.part, self.whole, self.reference)
        return at_most(self.part, self.whole, self.reference)


def at_least(part: int, whole: int, rate: float) -> float:
    """P(X ≥ part) of a binomial count of `whole` trials: the regularised incomplete beta function I(part, whole − part + 1)."""
    from scipy.special import betainc

    return 1.0 if part <= 0 else float(betainc(part, whole - part + 1, rate))


def at_most(part: int, whole: int, rate: float) -> float:
    """P(X ≤ part) of a binomial count of `whole` trials."""
    return at_least(whole - part, whole, 1 - rate)


def beyond_chance(results: Iterable[Result]) -> list[Result]:
    """The results worse than their reference beyond what chance explains, the least likely first."""
    found = [(one.chance, one) for one in results if one.whole]
    return [one for chance, one in sorted(found, key=lambda pair: pair[0]) if chance < CHANCE]


@dataclass(frozen=True, slots=True)
class Limits:
    """Between which a rate stays by chance alone (a p chart)."""

    low: float
    middle: float
    high: float

    def says(self, rate: float) -> str:
        """Whether a rate is `above`, `below` or `within` the limits."""
        return "above" if rate > self.high else "below" if rate < self.low else "within"


def control_limits(earlier: Sequence[tuple[int, int]], size: int) -> Limits | None:
    """Three-sigma limits of a rate on `size` trials, from (part, whole) of earlier months; None with too few of them."""
    known = [(part, whole) for part, whole in earlier if whole]
    if len(known) < LEAST_HISTORY or not size:
        return None
    middle = sum(part for part, _whole in known) / sum(whole for _part, whole in known)
    spread = SIGMAS * math.sqrt(middle * (1 - middle) / size)
    return Limits(max(0.0, middle - spread), middle, min(1.0, middle + spread))


# --- How a balance ran ---


def balances(now: int, changes: Sequence[int]) -> list[int]:
    """What there was at the end of each period, oldest first, from what there is now and the change in each period."""
    found = [now]
    for change in reversed(changes[1:]):
        found.append(found[-1] - change)
    return found[::-1]


# --- How far a gap has come ---


def pips(clean: int, since: int) -> tuple[int, int]:
    """(full, all) of the dots for a gap that closes after so many more clean checks, with so many checks since the remedy.

    None where more are left than dots can show.
    """
    if clean > MOST_PIPS:
        return 0, 0
    total = min(since + clean, MOST_PIPS)
    return max(0, total - clean), total
