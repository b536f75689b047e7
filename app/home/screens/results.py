"""What the first screen of managers is made of: results with their trend, what is off, what waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.accounts.models import UnitKind
from app.accounts.queries import Place
from app.coaching.compliance import Compliance, Line
from app.cohorts.launches.models import Launch
from app.cohorts.launches.readiness import Ready
from app.governance.reviews.models import BusinessReview
from app.home.rules import Measure, Result
from app.home.screens.governed import Happened, Overdue
from app.metrics.performance import Series

LEARNING_TARGET = 0.9
"""Of learning in time; that of coaching is set by unit, and fatal errors are held against what is usual."""
LINES_SHOWN = 40

Count = tuple[int, int]
"""So many of so many."""


@dataclass(frozen=True, slots=True)
class Moves:
    """What became of gaps in the month, and how many were active at the end of each of the last months."""

    opened: int
    closed: int
    relapsed: int
    active: Sequence[int]

    @property
    def change(self) -> int:
        return self.active[-1] - self.active[-2]

    @property
    def line(self) -> Sequence[int]:
        """The balances to draw, from the first that was not nothing."""
        first = next((at for at, count in enumerate(self.active) if count), len(self.active) - 1)
        return self.active[max(first - 1, 0) :]


@dataclass(frozen=True, slots=True)
class Off:
    """A site whose result is worse than it should be, beyond what chance explains."""

    result: Result
    place: Place
    above: str | None
    """The name of the unit above it."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many things of each kind wait for somebody."""

    unled: int
    """Obligations past due in teams without a lead."""
    unremedied: int
    failed_imports: int
    to_sign: Sequence[date] = ()
    """Months whose list of priorities waits for the viewer's signature."""
    reviews: Sequence[BusinessReview] = ()
    """Business reviews to freeze, to read or to hold."""

    def __bool__(self) -> bool:
        return any((self.unled, self.unremedied, self.failed_imports, self.to_sign, self.reviews))


@dataclass(frozen=True, slots=True)
class ProgrammeHome:
    """Everything on the page."""

    month: date
    compliance: Compliance
    figures: Mapping[Measure, Series]
    moves: Moves
    off: Sequence[Off]
    looked_at: int
    waiting: Waiting
    agents: int
    units: Mapping[UnitKind, int]
    overdue: Overdue
    happened: Happened
    gates: Sequence[Launch]
    next_launch: tuple[Launch, Ready] | None

    def begins(self, months: int) -> date:
        """The first of so many months up to the one shown."""
        return self.compliance.trend[-months][0]

    @property
    def coaching(self) -> Series:
        return self.figures[Measure.COACHING]

    @property
    def fatal(self) -> Series:
        return self.figures[Measure.FATAL]

    @property
    def learning(self) -> Series:
        return self.figures[Measure.LEARNING]

    @property
    def lines(self) -> Sequence[Line]:
        """Units down to sites; partners alone where those are too many."""
        above_teams = [line for line in self.compliance.units if line.unit and line.unit.kind is not UnitKind.TEAM]
        if len(above_teams) <= LINES_SHOWN:
            return above_teams
        return [line for line in above_teams if line.unit and line.unit.kind is not UnitKind.SITE]
