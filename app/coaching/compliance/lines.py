"""What a month of compliance is made of: lines, and the month they belong to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from app.accounts.models import User
from app.accounts.queries import Place
from app.coaching.rules import TARGET, ObligationKind, Tally, Tenure, change
from app.core.clock import last_month

FIGURES = {
    "due": "counted",
    "in_time": "in_time",
    "late": "late",
    "missed": "missed",
    "open": "overdue",
    "waived": "waived",
    "void": "void",
    "held": "held",
    "changed": "changed",
}
"""For each figure the value of the list's filter that lists what it counts; `held` is met at all."""


class Cut(StrEnum):
    """What a month is cut by."""

    UNIT = "unit"
    LEAD = "lead"
    KIND = "reason"
    MARKET = "market"
    TENURE = "tenure"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the report: a unit, a lead, a kind …, this month and the month before."""

    tally: Tally
    before: Tally | None
    """Of the month before; none when that was not tracked."""
    fatal_hours: float | None
    """Median hours from a fatal error to the session that met it, of those due this month."""
    fatal_sessions: int
    filters: Mapping[str, str]
    """The query of `/coaching/obligations` that all figures of the row share; `asks` adds that of one."""
    closed: bool = False
    """Whether the figures are those of the month's close."""
    since: Tally = field(default_factory=Tally)
    """How the figures of a closed month differ by now from what they were at its close."""
    changed: int = 0
    """How many obligations became something else since, or came to be owed in the month since."""
    target: float = TARGET
    """The share in time that is asked for here."""
    closed_before: bool = False
    """Whether the month before is closed."""
    course: Sequence[tuple[date, Tally | None]] = ()
    """The twelve months up to this one, where they were asked for; none where coaching was not tracked."""
    month: date | None = None
    """Of a line of months."""
    unit: Place | None = None
    depth: int = 0
    """Of a unit, below the topmost one shown."""
    lead: User | None = None
    kind: ObligationKind | None = None
    market: str | None = None
    tenure: Tenure | None = None

    def key(self, by: Cut) -> Any:
        """What names this line among those of its cut."""
        return {
            Cut.UNIT: self.unit and self.unit.id,
            Cut.LEAD: self.lead and self.lead.id,
            Cut.KIND: self.kind,
            Cut.MARKET: self.market,
            Cut.TENURE: self.tenure,
            Cut.MONTH: self.month,
        }[by]

    def asks(self, figure: str, **more: str) -> dict[str, str]:
        """The query of `/coaching/obligations` that lists exactly what a figure counts.

        The same query of `/coaching/agents` lists the agents it counts.
        """
        return {**self.filters, **more, "at_close" if self.closed else "state": FIGURES[figure]}

    def asks_of(self, month: date, figure: str, *, closed: bool) -> dict[str, str]:
        """The same of another month."""
        state = "at_close" if closed else "state"
        return {**self.filters, "month": f"{month:%Y-%m}", state: FIGURES[figure]}

    def asks_before(self) -> dict[str, str]:
        """What lists all that was due in the month before."""
        last = last_month(date.fromisoformat(f"{self.filters['month']}-01"))
        return self.asks_of(last, "due", closed=self.closed_before)

    def asks_confirmed(self, state: str | None = None) -> dict[str, str]:
        """The query of `/coaching/confirmations` that lists the records to be confirmed, or those in time."""
        return {**self.filters, **({} if state is None else {"state": state})}

    @property
    def change(self) -> float | None:
        """Of the share in time on the month before, as a fraction."""
        return change(self.tally, self.before)

    @property
    def completion(self) -> float | None:
        """The share met at all, in time or late."""
        return self.tally.held / self.tally.due if self.tally.due else None

    @property
    def adjusted(self) -> Tally:
        """The figures as they stand now, with everything that changed since the close."""
        return self.tally + self.since


@dataclass(frozen=True, slots=True)
class Compliance:
    """A month of coaching within somebody's scope."""

    month: date
    at: datetime
    tracked: bool
    """False for months before Hilo went live: nothing was owed, so nothing can be said."""
    finished: bool
    """False while the month still runs: then it counts what was due by `at`."""
    total: Line
    closed_at: datetime | None = None
    """When its figures were frozen; none while they may still move."""
    units: list[Line] = field(default_factory=list)
    leads: list[Line] = field(default_factory=list)
    """The line without a lead is of teams that had none."""
    kinds: list[Line] = field(default_factory=list)
    markets: list[Line] = field(default_factory=list)
    """The line without a market is of teams that have none."""
    tenures: list[Line] = field(default_factory=list)
    trend: list[tuple[date, Tally | None]] = field(default_factory=list)
    """The last twelve months, this one last; none where coaching was not tracked."""
    closed_months: frozenset[date] = frozenset()
    """Of the trend."""

    @property
    def target(self) -> float:
        return self.total.target

    @property
    def closed(self) -> bool:
        return self.closed_at is not None


def by_line(keys: Iterable[Any], by: Cut, known: Mapping[int, Place]) -> Iterator[tuple[Any, Any]]:
    """(key, key of a line it counts in) of what was counted by the column a cut rests on: a team counts in all above it."""
    for key in keys:
        if by is Cut.UNIT:
            yield from ((key, unit) for unit in known[key].ancestors)
        else:
            yield key, known[key].market if by is Cut.MARKET else key
