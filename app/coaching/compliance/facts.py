"""The figures of compliance as the database counts them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.queries import subtree
from app.accounts.reach import unit_scope
from app.coaching.compliance.lines import Cut
from app.coaching.models import CoachingMonth, Obligation
from app.coaching.rules import ObligationKind, ObligationState, Tally, Tenure, is_tracked
from app.core.clock import month_start

TREND_MONTHS = 12
COUNTED = (
    ObligationState.MET,
    ObligationState.MET_LATE,
    ObligationState.MISSED,
    ObligationState.OPEN,
    ObligationState.WAIVED,
    ObligationState.VOID,
)
"""The states in the order of a `Tally`."""


CUT_BY: dict[Cut, Any] = {
    Cut.UNIT: Obligation.team_id,
    Cut.MARKET: Obligation.team_id,
    Cut.LEAD: Obligation.lead_id,
    Cut.KIND: Obligation.kind,
    Cut.TENURE: Obligation.tenure,
    Cut.MONTH: Obligation.due_month,
}
"""The column of obligations each cut rests on; markets are those of teams."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Obligations alike but for their state, and how many are in each."""

    month: date
    team_id: int
    lead_id: int | None
    kind: ObligationKind
    tenure: Tenure | None
    counts: Sequence[int]


@dataclass(frozen=True, slots=True)
class Wait:
    """How long one fatal error waited for the session that met it."""

    team_id: int
    lead_id: int | None
    tenure: Tenure | None
    hours: float
    month: date
    kind: ObligationKind = ObligationKind.FATAL


@dataclass(frozen=True, slots=True)
class Counting:
    """What is counted: within these conditions, as it stood at a moment."""

    session: Session
    at: datetime
    within: Sequence[ColumnElement[bool]]
    closed: Mapping[date, datetime]
    """Months closed by that moment, with when."""

    @classmethod
    def of(cls, session: Session, viewer: User | None, at: datetime, **narrowed: int | None) -> Counting:
        closed = session.execute(
            select(CoachingMonth.month, CoachingMonth.closed_at).where(CoachingMonth.closed_at <= at)
        )
        return cls(session, at, within(viewer, **narrowed), dict(closed.all()))

    def state(self, months: Collection[date]) -> Any:
        """What an obligation due in these months counts as: in closed ones what it was then."""
        frozen = [month for month in months if month in self.closed]
        if not frozen:
            return Obligation.state
        if len(frozen) == len(months):
            return Obligation.frozen
        return case((Obligation.due_month.in_(frozen), Obligation.frozen), else_=Obligation.state)

    def due(self, months: Collection[date]) -> list[ColumnElement[bool]]:
        """Conditions for what had fallen due of these months by that moment."""
        return [Obligation.due_month.in_(months), Obligation.due_at <= self.at, *self.within]

    def facts(self, months: Sequence[date]) -> list[Fact]:
        """All that was due in these months."""
        columns = (
            Obligation.due_month,
            Obligation.team_id,
            Obligation.lead_id,
            Obligation.kind,
            Obligation.tenure,
        )
        state = self.state(months)
        statement = (
            select(*columns, *(func.count().filter(state == one) for one in COUNTED))
            .where(*self.due(months))
            .group_by(*columns)
        )
        return [Fact(*key, counts) for *key, counts in _split(self.session.execute(statement), len(columns))]

    def changes(self, month: date) -> list[tuple[Fact, int]]:
        """By what the figures of a closed month differ now, with how many obligations that comes from."""
        if month not in self.closed:
            return []
        columns = (Obligation.team_id, Obligation.lead_id, Obligation.kind, Obligation.tenure)
        statement = (
            select(*columns, Obligation.frozen, Obligation.state, func.count())
            .where(Obligation.due_month == month, Obligation.frozen.is_distinct_from(Obligation.state))
            .where(Obligation.due_at <= self.at, *self.within)
            .group_by(*columns, Obligation.frozen, Obligation.state)
        )
        found = []
        for team, lead, kind, tenure, was, now, count in self.session.execute(statement):
            moved = [count * ((one is now) - (one is was)) for one in COUNTED]
            found.append((Fact(month, team, lead, kind, tenure, moved), count))
        return found

    def waits(self, months: Sequence[date]) -> list[Wait]:
        """How long each fatal error of these months waited, of those met."""
        columns = (Obligation.team_id, Obligation.lead_id, Obligation.tenure, Obligation.due_month)
        statement = select(*columns, Obligation.opened_at, Obligation.closed_at).where(
            Obligation.kind == ObligationKind.FATAL,
            self.state(months).in_((ObligationState.MET, ObligationState.MET_LATE)),
            *self.due(months),
        )
        return [
            Wait(team, lead, tenure, (closed - opened).total_seconds() / 3600, month)
            for team, lead, tenure, month, opened, closed in self.session.execute(statement)
            if closed is not None
        ]

    def trend(self, month: date, live: date | None) -> list[tuple[date, Tally | None]]:
        """The twelve months up to this one."""
        found = self.tallies(trend_months(month)).get(None, {})
        return course(found, month, live)

    def tallies(self, months: Sequence[date], by: Cut | None = None) -> dict[Any, dict[date, Tally]]:
        """Of each key of a cut, what was due in each of neighbouring months; all of it under None without a cut."""
        state, key = self.state(months), [] if by is None else [CUT_BY[by]]
        # One row a month, in the order of the index: by state as well, SQLite would sort all there is of a year
        statement = (
            select(Obligation.due_month, *key, *(func.count().filter(state == one) for one in COUNTED))
            .where(Obligation.due_month.between(months[0], months[-1]), Obligation.due_at <= self.at, *self.within)
            .group_by(Obligation.due_month, *key)
        )
        found: dict[Any, dict[date, Tally]] = defaultdict(dict)
        for due_month, *named, counts in _split(self.session.execute(statement), 1 + len(key)):
            found[named[0] if named else None][due_month] = Tally(*counts)
        return found


def trend_months(month: date) -> list[date]:
    """The twelve months up to this one."""
    months = [month]
    while len(months) < TREND_MONTHS:
        months.insert(0, month_start(months[0] - timedelta(days=1)))
    return months


def course(found: Mapping[date, Tally], month: date, live: date | None) -> list[tuple[date, Tally | None]]:
    """The twelve months up to this one, none where coaching was not tracked."""
    return [(one, found.get(one, Tally()) if is_tracked(one, live) else None) for one in trend_months(month)]


def _split(rows: Any, at: int) -> list[tuple[Any, ...]]:
    return [(*row[:at], row[at:]) for row in rows]


def within(
    viewer: User | None, unit_id: int | None = None, lead_id: int | None = None, person_id: int | None = None
) -> list[ColumnElement[bool]]:
    """Conditions for what is counted: owed in teams in scope and below the unit, wherever the agents are now."""
    conditions = []
    if viewer is not None:
        conditions.append(Obligation.team_id.in_(unit_scope(viewer, Permission.SEE_COACHING)))
    if unit_id is not None:
        conditions.append(Obligation.team_id.in_(subtree(unit_id)))
    if lead_id is not None:
        conditions.append(Obligation.lead_id == lead_id)
    if person_id is not None:
        conditions.append(Obligation.person_id == person_id)
    return conditions
