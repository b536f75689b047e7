"""The figures of compliance as the database counts them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, case, func, literal_column, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.queries import subtree
from app.accounts.reach import everywhere, unit_scope
from app.coaching.compliance.lines import Cut
from app.coaching.models import CoachingMonth, Obligation
from app.coaching.rules import ObligationKind, ObligationState, Tally, Tenure, is_tracked
from app.core import bulk
from app.core.clock import month_start, next_month, start_of

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
    """By how much the obligations of a closed month that are alike differ now, by state."""

    month: date
    team_id: int
    lead_id: int | None
    kind: ObligationKind
    tenure: Tenure | None
    counts: Sequence[int]


Ints = NDArray[np.int64]
FATAL: ColumnElement[Any] = literal_column(f"'{ObligationKind.FATAL.value}'")
"""Written out, not handed over beside: only so does SQLite find the index of these alone."""


NUMBERS = frozenset({"team_id", "lead_id"})
READ: Mapping[str, Callable[[Any], Any]] = {"team_id": int, "lead_id": int, "kind": ObligationKind}
"""What a value of a column is, from what the database keeps."""
FIRST = (Obligation.team_id, Obligation.lead_id, Obligation.kind)
"""What the index of months has first."""
SHAPE = (2, len(COUNTED))
"""The month before and the month, by state."""
CELLS = 2 * len(COUNTED)


@dataclass(frozen=True, slots=True)
class Entries:
    """What was due in two neighbouring months by some columns, in arrays: of a large programme these are many."""

    columns: Mapping[str, tuple[Ints, Sequence[Any]]]
    """Of each column, which value an entry has, and the values."""
    place: Ints
    """Month and state, a place in a table of `SHAPE`; beyond it where an entry counts as nothing."""
    count: Ints

    def by(self, column: str | None) -> dict[Any, Ints]:
        """Of each value of a column, how many were in each state, by month."""
        which, values = self.columns[column] if column else (np.zeros_like(self.place), [None] * (len(self.place) > 0))
        kept = self.place < CELLS
        found = np.bincount((which * CELLS + self.place)[kept], self.count[kept], minlength=len(values) * CELLS)
        return dict(zip(values, found.astype(np.int64).reshape(len(values), *SHAPE), strict=True))


@dataclass(frozen=True, slots=True)
class Facts:
    """All that was due in two neighbouring months. Tenure stands apart: with it, groups would be several times as many."""

    places: Entries
    """By team, lead and kind."""
    tenures: Mapping[Tenure | None, Ints]

    def by(self, cut: Cut | None) -> dict[Any, Ints]:
        """Of each value of the column a cut rests on, how many were in each state: first the month before, then the month."""
        return dict(self.tenures) if cut is Cut.TENURE else self.places.by(CUT_BY[cut].key if cut else None)


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
    totals: Mapping[date, Tally]
    """What was kept of everybody at the close of months."""

    @classmethod
    def of(cls, session: Session, viewer: User | None, at: datetime, **narrowed: int | None) -> Counting:
        return cls.by_teams(session, at, within(viewer, **narrowed))

    @classmethod
    def by_teams(cls, session: Session, at: datetime, conditions: Sequence[ColumnElement[bool]]) -> Counting:
        """What these conditions hold for, with the months closed by that moment."""
        months = session.scalars(select(CoachingMonth).where(CoachingMonth.closed_at <= at)).all()
        over = (one for one in months if one.counts is not None and at >= surely_over(one.month))
        totals = {one.month: Tally(*((one.counts or {}).get(state.value, 0) for state in COUNTED)) for one in over}
        return cls(session, at, conditions, {one.month: one.closed_at for one in months}, totals)

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
        one = next(iter(months)) if len(months) == 1 else None
        where = Obligation.due_month.in_(months) if one is None else Obligation.due_month == one
        return [where, *self._by_then(months), *self.within]

    def _by_then(self, months: Collection[date]) -> list[ColumnElement[bool]]:
        """That it had fallen due by that moment: nothing is asked of months that were over, and reading costs half."""
        return [] if not months or self.at >= surely_over(max(months)) else [Obligation.due_at <= self.at]

    def facts(self, before: date, month: date) -> Facts:
        """All that was due in these two months."""
        return Facts(self._entries((before, month), *FIRST), self._tenures((before, month)))

    def _tenures(self, months: Sequence[date]) -> dict[Tenure | None, Ints]:
        """By tenure, which the index has last: small groups in its order first, and these added up."""
        found: dict[Tenure | None, Ints] = {}
        for at, month in enumerate(months):
            groups = (*FIRST, Obligation.state, Obligation.frozen, Obligation.tenure)
            state = self.state([month]).label("counted")
            few = select(Obligation.tenure, state, func.count().label("n")).where(*self.due([month])).group_by(*groups)
            each = few.subquery().c
            added = select(each.tenure, each.counted, func.sum(each.n)).group_by(each.tenure, each.counted)
            for tenure, one, count in self.session.execute(added):
                counts = found.setdefault(tenure, np.zeros(SHAPE, np.int64))
                if one in COUNTED:
                    counts[at, COUNTED.index(one)] += int(count)
        return found

    def _entries(self, months: Sequence[date], *columns: Any) -> Entries:
        """What was due in two months by the first columns of the index: nothing has to be sorted."""
        parts = []
        for at, month in enumerate(months):
            statement = select(*columns, self.state([month]), func.count()).where(*self.due([month]))
            grouped = statement.group_by(*columns, Obligation.state, Obligation.frozen)
            kinds: list[bulk.Kind] = ["i8" if column.key in NUMBERS else "O" for column in columns]
            *found, state, count = bulk.arrays(self.session, grouped, *kinds, "O", "i8")
            place = {one.value: at * len(COUNTED) + which for which, one in enumerate(COUNTED)}
            parts.append([*found, np.array([place.get(one, CELLS) for one in state], np.int64), count])
        *together, place_of, count = (np.concatenate(part) for part in zip(*parts, strict=True))
        named = {column.key: _coded(part, READ[column.key]) for column, part in zip(columns, together, strict=True)}
        return Entries(named, place_of.astype(np.int64), count.astype(np.int64))

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
            Obligation.kind == FATAL,
            self.state(months).in_((ObligationState.MET, ObligationState.MET_LATE)),
            *self.due(months),
        )
        return [
            Wait(team, lead, tenure, (closed - opened).total_seconds() / 3600, month)
            for team, lead, tenure, month, opened, closed in self.session.execute(statement)
            if closed is not None
        ]

    def trend(self, month: date, facts: Facts, live: date | None) -> list[tuple[date, Tally | None]]:
        """The twelve months up to this one; `facts` has this month and the one before, so they are not read again."""
        months = trend_months(month)
        found = self.of_months(months[:-2], live)
        for counts in facts.by(None).values():
            found |= {one: Tally(*of_month) for one, of_month in zip(months[-2:], counts.tolist(), strict=True)}
        return course(found, month, live)

    def of_months(self, months: Sequence[date], live: date | None) -> dict[date, Tally]:
        """All of it in each of neighbouring months that are tracked: as it is kept of closed ones, so they are not read again."""
        found = {} if self.within else {one: self.totals[one] for one in months if one in self.totals}
        unknown = [one for one in months if one not in found and is_tracked(one, live)]
        if unknown:
            between = [one for one in months if unknown[0] <= one <= unknown[-1]]
            found |= self.tallies(between).get(None, {})
        return found

    def tallies(self, months: Sequence[date], by: Cut | None = None) -> dict[Any, dict[date, Tally]]:
        """Of each key of a cut, what was due in each of neighbouring months; all of it under None without a cut."""
        state, key = self.state(months), [] if by is None else [CUT_BY[by]]
        within = [Obligation.due_month.between(months[0], months[-1]), *self._by_then(months), *self.within]
        # One row a month, in the order of the index: by state as well, SQLite would sort all there is of a year
        statement = (
            select(Obligation.due_month, *key, *(func.count().filter(state == one) for one in COUNTED))
            .where(*within)
            .group_by(Obligation.due_month, *key)
        )
        found: dict[Any, dict[date, Tally]] = defaultdict(dict)
        for due_month, *named, counts in _split(self.session.execute(statement), 1 + len(key)):
            found[named[0] if named else None][due_month] = Tally(*counts)
        return found


def surely_over(month: date) -> datetime:
    """When the month has ended in every time zone."""
    return start_of(next_month(month), "Etc/GMT+12")


def _coded(values: NDArray[Any], read: Callable[[Any], Any]) -> tuple[Ints, Sequence[Any]]:
    """Which value each entry has, and the values; nothing is none."""
    known = {one: at for at, one in enumerate(dict.fromkeys(values.tolist()))}
    which = np.array([known[one] for one in values.tolist()], np.int64)
    return which, [None if one is None or one == -1 else read(one) for one in known]


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
    if viewer is not None and not everywhere(viewer, Permission.SEE_COACHING):
        conditions.append(Obligation.team_id.in_(unit_scope(viewer, Permission.SEE_COACHING)))
    if unit_id is not None:
        conditions.append(Obligation.team_id.in_(subtree(unit_id)))
    if lead_id is not None:
        conditions.append(Obligation.lead_id == lead_id)
    if person_id is not None:
        conditions.append(Obligation.person_id == person_id)
    return conditions
