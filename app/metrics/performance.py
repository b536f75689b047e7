"""Performance against target: how a figure ran month by month, and whether it is where it should be. Pure decisions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.metrics.chance import CHANCE, Limits, at_least, at_most, control_limits, natural_limits

Point = tuple[float, float]
"""So much of so much in a month: numerator and denominator; (0, 0) where nothing is known."""
Run = Sequence[Point]
"""Months, the oldest first."""
NOTHING: Point = (0, 0)


class Better(StrEnum):
    """Which way a figure should go."""

    MORE = "more"
    LESS = "less"


@dataclass(frozen=True, slots=True)
class Metric:
    """What is measured.

    A share counts so many of so many, so chance follows from its numbers; anything else is a mean, whose months tell how
    much it varies by itself. Which way is better is not known of every metric that a file brings.
    """

    code: str
    share: bool = True
    better: Better | None = Better.MORE
    computed: bool = False


KNOWN: Mapping[str, Metric] = {
    one.code: one
    for one in (
        Metric("csat"),
        Metric("dsat", better=Better.LESS),
        Metric("fcr"),
        Metric("service_level"),
        Metric("contact_rate", share=False, better=Better.LESS),
        Metric("aht", share=False, better=Better.LESS),
        Metric("handling_time", share=False, better=Better.LESS),
    )
}
"""What is usual in the field; of any other metric it is not known which way is better."""


QUALITY = Metric("quality", share=False, computed=True)
FATAL_ERRORS = Metric("fatal_errors", better=Better.LESS, computed=True)
CUSTOMER_ACCURACY = Metric("customer_accuracy", computed=True)
BUSINESS_ACCURACY = Metric("business_accuracy", computed=True)
COMPLIANCE_ACCURACY = Metric("compliance_accuracy", computed=True)
COACHING_IN_TIME = Metric("coaching_in_time", computed=True)
LEARNING_IN_TIME = Metric("learning_in_time", computed=True)
DSAT_AUDITED = Metric("dsat_audited", computed=True)
AUDITOR_ALIGNMENT = Metric("auditor_alignment", share=False, computed=True)
COMPUTED = (
    QUALITY, FATAL_ERRORS, CUSTOMER_ACCURACY, BUSINESS_ACCURACY, COMPLIANCE_ACCURACY, COACHING_IN_TIME, LEARNING_IN_TIME,
    DSAT_AUDITED, AUDITOR_ALIGNMENT,
)  # fmt: skip
"""What Hilo counts itself."""
OF_AUDITORS = frozenset({AUDITOR_ALIGNMENT})
"""Said of auditors: for those alone who lead quality there."""


def imported(code: str) -> Metric:
    """The metric that files call so."""
    return KNOWN.get(code.casefold(), Metric(code, share=False, better=None))


class Standing(StrEnum):
    """Where a figure is: against its target, or against what is usual where there is none."""

    ON = "on"
    NEAR = "near"
    OFF = "off"
    WITHIN = "within"
    ABOVE = "above"
    BELOW = "below"


@dataclass(frozen=True, slots=True)
class Series:
    """A figure of the last month, with the months up to it."""

    metric: Metric
    trend: Run
    target: float | None = None
    """What is asked for; without one a figure is held against what chance explains."""

    @property
    def part(self) -> float:
        return self.trend[-1][0]

    @property
    def whole(self) -> float:
        return self.trend[-1][1]

    @property
    def rate(self) -> float | None:
        return self.rates[-1]

    @property
    def rates(self) -> list[float | None]:
        return [part / whole if whole else None for part, whole in self.trend]

    @property
    def line(self) -> list[float | None]:
        """The rates to draw: from the first month of which anything is known."""
        first = next((at for at, (_part, whole) in enumerate(self.trend) if whole), len(self.trend) - 1)
        return self.rates[first:]

    @property
    def change(self) -> float | None:
        """On the month before."""
        now, before = self.rates[-1], self.rates[-2]
        return None if now is None or before is None else now - before

    @property
    def limits(self) -> Limits | None:
        """What chance explains of the last month, from those before it."""
        if self.metric.share:
            return control_limits([(round(p), round(w)) for p, w in self.trend[:-1]], round(self.whole))
        return natural_limits([rate for rate in self.rates[:-1] if rate is not None])

    @property
    def standing(self) -> Standing | None:
        """`near` the target is worse than it, as far as chance explains; None where nothing can be said."""
        if self.rate is None:
            return None
        if self.target is None or self.metric.better is None:
            return Standing(self.limits.says(self.rate)) if self.limits is not None else None
        worse = self.rate < self.target if self.metric.better is Better.MORE else self.rate > self.target
        if not worse:
            return Standing.ON
        return Standing.OFF if self._beyond_chance(self.rate, self.target) else Standing.NEAR

    def _beyond_chance(self, rate: float, target: float) -> bool:
        if not self.metric.share:
            return self.limits is not None and abs(rate - target) > self.limits.high - self.limits.middle
        tail = at_most if self.metric.better is Better.MORE else at_least
        return tail(round(self.part), round(self.whole), target) < CHANCE

    @property
    def is_off(self) -> bool:
        """Whether it is worse than it should be, or than is usual, beyond chance."""
        bad = Standing.ABOVE if self.metric.better is Better.LESS else Standing.BELOW
        return self.standing is Standing.OFF or (self.metric.better is not None and self.standing is bad)


def together(runs: Iterable[Run], months: int) -> list[Point]:
    """Runs added up month by month."""
    found = [NOTHING] * months
    for run in runs:
        found = [(a + c, b + d) for (a, b), (c, d) in zip(found, run, strict=True)]
    return found


def rolled_up(told: Mapping[int, Run], below: Mapping[int, Collection[int]], unit: int, months: int) -> list[Point]:
    """The run of a unit: in each month what was told of it, else what its units below make together.

    `told` has runs by unit, `below` the units directly below each.
    """

    def of(one: int) -> list[Point]:
        own = told.get(one, [NOTHING] * months)
        if all(whole for _part, whole in own):
            return list(own)
        rest = together(map(of, below.get(one, ())), months)
        return [mine if mine[1] else theirs for mine, theirs in zip(own, rest, strict=True)]

    return of(unit)
