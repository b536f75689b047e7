"""Pure decisions of the first screens: what chance explains, how a balance ran, how far a gap has come."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.metrics.chance import CHANCE, at_least, at_most

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


def beyond_chance(results: Iterable[Result]) -> list[Result]:
    """The results worse than their reference beyond what chance explains, the least likely first."""
    found = [(one.chance, one) for one in results if one.whole]
    return [one for chance, one in sorted(found, key=lambda pair: pair[0]) if chance < CHANCE]


def changed(before: tuple[int, int], after: tuple[int, int]) -> bool:
    """Whether (part, whole) of two months differ by more than chance explains, were both of one rate."""
    if not before[1] or not after[1]:
        return False
    pooled = (before[0] + after[0]) / (before[1] + after[1])
    spread = math.sqrt(pooled * (1 - pooled) * (1 / before[1] + 1 / after[1]))
    if not spread:
        return False
    away = abs(after[0] / after[1] - before[0] / before[1]) / spread
    return math.erfc(away / math.sqrt(2)) < CHANCE


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
