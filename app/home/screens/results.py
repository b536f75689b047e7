"""What the first screen of managers is made of: results with their trend, what is off, what waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.accounts.models import UnitKind
from app.accounts.queries import Place
from app.coaching.compliance import Compliance, Line
from app.home import rules
from app.home.rules import Measure, Result

LEARNING_TARGET = 0.9
"""Of learning in time; that of coaching is set by unit, and fatal errors are held against what is usual."""
LINES_SHOWN = 40

Count = tuple[int, int]
"""So many of so many."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One result of the month: part of whole, with the twelve months up to it."""

    measure: Measure
    trend: Sequence[Count]
    """Oldest first, this month last; (0, 0) where nothing is known."""
    target: float | None = None
    """The share asked for; without one a result is held against what chance explains."""

    @property
    def part(self) -> int:
        return self.trend[-1][0]

    @property
    def whole(self) -> int:
        return self.trend[-1][1]

    @property
    def rate(self) -> float | None:
        return self.rates[-1]

    @property
    def rates(self) -> list[float | None]:
        return [part / whole if whole else None for part, whole in self.trend]

    @property
    def line(self) -> list[float | None]:
        """The rates to draw."""
        return self.rates[-len(self.known) :]

    @property
    def change(self) -> float | None:
        """On the month before, as a fraction."""
        now, before = self.rates[-1], self.rates[-2]
        return None if now is None or before is None else now - before

    @property
    def limits(self) -> rules.Limits | None:
        """What chance explains, where there is no target."""
        return rules.control_limits(self.trend[:-1], self.whole) if self.target is None else None

    @property
    def known(self) -> Sequence[Count]:
        """The trend from the first month of which anything is known."""
        first = next((at for at, (_part, whole) in enumerate(self.trend) if whole), len(self.trend) - 1)
        return self.trend[first:]

    @property
    def status(self) -> str | None:
        """`on` target; `near` it, as far as chance explains; `off`; without a target `above`, `below` or `within` the limits.

        None where nothing can be said.
        """
        if self.rate is None:
            return None
        if self.target is None:
            return self.limits.says(self.rate) if self.limits is not None else None
        if self.rate >= self.target:
            return "on"
        by_chance = rules.at_most(self.part, self.whole, self.target)
        return "off" if by_chance < rules.CHANCE else "near"

    @property
    def is_off(self) -> bool:
        return self.status in ("off", "above")


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

    def __bool__(self) -> bool:
        return any((self.unled, self.unremedied, self.failed_imports))


@dataclass(frozen=True, slots=True)
class ProgrammeHome:
    """Everything on the page."""

    month: date
    compliance: Compliance
    figures: Mapping[Measure, Figure]
    moves: Moves
    off: Sequence[Off]
    looked_at: int
    waiting: Waiting
    agents: int
    units: Mapping[UnitKind, int]

    def begins(self, months: int) -> date:
        """The first of so many months up to the one shown."""
        return self.compliance.trend[-months][0]

    @property
    def coaching(self) -> Figure:
        return self.figures[Measure.COACHING]

    @property
    def fatal(self) -> Figure:
        return self.figures[Measure.FATAL]

    @property
    def learning(self) -> Figure:
        return self.figures[Measure.LEARNING]

    @property
    def lines(self) -> Sequence[Line]:
        """Units down to sites; partners alone where those are too many."""
        above_teams = [line for line in self.compliance.units if line.unit and line.unit.kind is not UnitKind.TEAM]
        if len(above_teams) <= LINES_SHOWN:
            return above_teams
        return [line for line in above_teams if line.unit and line.unit.kind is not UnitKind.SITE]
