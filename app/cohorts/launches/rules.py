"""Pure decisions: what a gate comes to, and how sure a change after go-live is."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

BEFORE = timedelta(days=42)
LOOKS = {2: timedelta(days=14), 6: timedelta(days=42)}
"""Weeks after go-live at which is looked back, and how long that is."""
SURE = 1.959964
"""Standard errors of a 95 % interval."""


class LaunchKind(StrEnum):
    TOOL = "tool"
    POLICY = "policy"
    PROCESS = "process"


class Verdict(StrEnum):
    """What a signature says; the gate comes to the most careful one."""

    GO = "go"
    CONDITIONAL = "conditional"
    NO_GO = "no_go"


class Part(StrEnum):
    """Whose signatures a gate takes."""

    PROGRAMME = "programme"
    TRAINING = "training"


CAREFUL = (Verdict.NO_GO, Verdict.CONDITIONAL, Verdict.GO)


def gate(signed: dict[Part, Verdict]) -> Verdict | None:
    """What a gate comes to once all parts have signed; None before."""
    if set(signed) != set(Part):
        return None
    return next(one for one in CAREFUL if one in signed.values())


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many."""

    part: int
    whole: int

    @property
    def share(self) -> float | None:
        return self.part / self.whole if self.whole else None

    def interval(self) -> tuple[float, float] | None:
        """Wilson's 95 % interval."""
        if not self.whole:
            return None
        n, p, z2 = self.whole, self.part / self.whole, SURE * SURE
        middle = (p + z2 / (2 * n)) / (1 + z2 / n)
        half = SURE / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
        return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True, slots=True)
class Change:
    """A change in points of a rate, with its 95 % interval."""

    points: float
    low: float
    high: float

    @property
    def is_told(self) -> bool:
        """Whether chance alone would rarely give it."""
        return self.low > 0 or self.high < 0


def change(before: Rate, after: Rate) -> Change | None:
    """How much a rate changed; None where one of them rests on nothing."""
    return _difference([(after, 1), (before, -1)])


def beyond(before: Rate, after: Rate, others_before: Rate, others_after: Rate) -> Change | None:
    """How much more it changed than where there was no launch (difference in differences)."""
    return _difference([(after, 1), (before, -1), (others_after, -1), (others_before, 1)])


def _difference(rates: Collection[tuple[Rate, int]]) -> Change | None:
    if any(not rate.whole for rate, _sign in rates):
        return None
    points = sum(sign * rate.part / rate.whole for rate, sign in rates)
    spread = SURE * math.sqrt(sum(_variance(rate) for rate, _sign in rates))
    return Change(points, points - spread, points + spread)


def _variance(rate: Rate) -> float:
    """Of a share, with one of each added so that none or all of few does not look certain."""
    p = (rate.part + 1) / (rate.whole + 2)
    return p * (1 - p) / (rate.whole + 2)


def is_due(go_live_on: date, weeks: int, day: date) -> bool:
    """Whether so many weeks have passed since go-live."""
    return day >= go_live_on + LOOKS[weeks]
