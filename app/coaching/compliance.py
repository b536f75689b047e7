"""Coaching compliance of a month: how much of what was due was met in time, by unit, lead and kind.

Counted from the ledger of obligations by the team and lead of that time, so that a past month does not move. One
aggregation gives all cuts of a month and the month before; each figure knows the filters of the list that unrolls it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.accounts import settings
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.queries import Place, places, subtree
from app.accounts.reach import unit_scope
from app.coaching.models import Obligation
from app.coaching.rules import ObligationKind, ObligationState, Tally, change, is_tracked, tally
from app.core.clock import month_start, next_month, start_of

TREND_MONTHS = 12

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the report: a unit, a lead or a kind, this month and the month before."""

    tally: Tally
    before: Tally | None
    """Of the month before; none when that was not tracked."""
    fatal_hours: float | None
    """Median hours from a fatal error to the session that met it, of those due this month."""
    fatal_sessions: int
    filters: Mapping[str, str]
    """The query of `/coaching/obligations` that lists what the row counts; add `state` for one of its figures."""
    unit: Place | None = None
    depth: int = 0
    """Of a unit, below the topmost one shown."""
    lead: User | None = None
    kind: ObligationKind | None = None

    @property
    def change(self) -> float | None:
        """Of the share in time on the month before, as a fraction."""
        return change(self.tally, self.before)


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
    units: list[Line] = field(default_factory=list)
    leads: list[Line] = field(default_factory=list)
    """The line without a lead is of teams that had none."""
    kinds: list[Line] = field(default_factory=list)
    trend: list[tuple[date, Tally | None]] = field(default_factory=list)
    """The last twelve months, this one last; none where coaching was not tracked."""


STATE_FILTERS = {
    "due": "counted",
    "in_time": "in_time",
    "late": "late",
    "missed": "missed",
    "open": "overdue",
    "waived": "waived",
    "void": "void",
}
"""The value of the list's `state` filter that lists what each figure of a `Tally` counts."""


def compliance(
    session: Session, viewer: User | None, month: date, *, at: datetime, unit_id: int | None = None
) -> Compliance:
    """Compliance of a month (its first day) as it stands at a moment.

    Within the units where `viewer` sees coaching, or of the whole programme when there is no viewer (command line,
    jobs); `unit_id` narrows it to one unit and all below.
    """
    known, live = places(session), settings.live_from(session)
    shown = _units_in_scope(session, viewer, known, unit_id)
    counted = within(viewer, unit_id)
    last = month_start(month - timedelta(days=1))
    facts = _facts(session, [last, month], at, counted)
    waits = _waits(session, month, at, counted)
    cut = _Cut(facts, waits, month, before_known=is_tracked(last, live), base=_base(known, month, unit_id))
    return Compliance(
        month=month,
        at=at,
        tracked=is_tracked(month, live),
        finished=at >= _surely_over(month),
        total=next(iter(cut.lines(lambda _fact: "all", lambda _key: {})), cut.nothing()),
        units=_unit_lines(cut, known, shown),
        leads=_lead_lines(session, cut),
        kinds=_kind_lines(cut),
        trend=_trend(session, month, at, counted, live),
    )


# --- What is counted ---

COUNTED = (
    ObligationState.MET,
    ObligationState.MET_LATE,
    ObligationState.MISSED,
    ObligationState.OPEN,
    ObligationState.WAIVED,
    ObligationState.VOID,
)
"""The states in the order of a `Tally`."""


@dataclass(frozen=True, slots=True)
class _Fact:
    """Obligations alike but for their state, and how many are in each."""

    month: date
    team_id: int
    lead_id: int | None
    kind: ObligationKind
    counts: Sequence[int]


@dataclass(frozen=True, slots=True)
class _Wait:
    """How long one fatal error waited for the session that met it."""

    team_id: int
    lead_id: int | None
    hours: float
    kind: ObligationKind = ObligationKind.FATAL


def _units_in_scope(session: Session, viewer: User | None, known: Mapping[int, Place], unit_id: int | None) -> set[int]:
    """The units the report may name, narrowed to one and those below it."""
    mine = set(known) if viewer is None else set(session.scalars(unit_scope(viewer, Permission.SEE_COACHING)))
    return mine if unit_id is None else {u for u in mine if unit_id in known[u].ancestors}


def within(viewer: User | None, unit_id: int | None) -> list[ColumnElement[bool]]:
    """Conditions for what is counted: owed in teams in scope and below the unit, wherever the agents are now."""
    conditions = []
    if viewer is not None:
        conditions.append(Obligation.team_id.in_(unit_scope(viewer, Permission.SEE_COACHING)))
    if unit_id is not None:
        conditions.append(Obligation.team_id.in_(subtree(unit_id)))
    return conditions


def _facts(
    session: Session, months: Sequence[date], at: datetime, counted: Sequence[ColumnElement[bool]]
) -> list[_Fact]:
    columns = (Obligation.due_month, Obligation.team_id, Obligation.lead_id, Obligation.kind)
    statement = (
        select(*columns, *(func.count().filter(Obligation.state == state) for state in COUNTED))
        .where(Obligation.due_month.in_(months), Obligation.due_at <= at, *counted)
        .group_by(*columns)
    )
    return [_Fact(month, team, lead, kind, counts) for month, team, lead, kind, *counts in session.execute(statement)]


def _waits(session: Session, month: date, at: datetime, counted: Sequence[ColumnElement[bool]]) -> list[_Wait]:
    """How long each fatal error of the month waited, of those met."""
    statement = select(Obligation.team_id, Obligation.lead_id, Obligation.opened_at, Obligation.closed_at).where(
        Obligation.kind == ObligationKind.FATAL,
        Obligation.state.in_((ObligationState.MET, ObligationState.MET_LATE)),
        Obligation.due_month == month,
        Obligation.due_at <= at,
        *counted,
    )
    return [
        _Wait(team, lead, (closed - opened).total_seconds() / 3600)
        for team, lead, opened, closed in session.execute(statement)
        if closed is not None
    ]


def _trend(
    session: Session, month: date, at: datetime, counted: Sequence[ColumnElement[bool]], live: date | None
) -> list[tuple[date, Tally | None]]:
    """The months up to this one."""
    months = [month]
    while len(months) < TREND_MONTHS:
        months.insert(0, month_start(months[0] - timedelta(days=1)))
    statement = (
        select(Obligation.due_month, Obligation.state, func.count())
        .where(Obligation.due_month.between(months[0], month), Obligation.due_at <= at, *counted)
        .group_by(Obligation.due_month, Obligation.state)
    )
    found: dict[date, Tally] = defaultdict(Tally)
    for due_month, state, count in session.execute(statement):
        found[due_month] += tally(state, count)
    return [(one, found[one] if is_tracked(one, live) else None) for one in months]


def _surely_over(month: date) -> datetime:
    """When the month has ended in every time zone."""
    return start_of(next_month(month), "Etc/GMT+12")


def _base(known: Mapping[int, Place], month: date, unit_id: int | None) -> dict[str, str]:
    """What all figures share: the month, up to now, and the unit; the programme stands for all in scope."""
    unit = unit_id if unit_id is not None else next((p.id for p in known.values() if p.parent_id is None), None)
    narrowed = {} if unit is None else {"unit": str(unit)}
    return {"month": f"{month:%Y-%m}", "due": "by_now", **narrowed}


# --- How it is cut ---


@dataclass(frozen=True, slots=True)
class _Cut:
    """The facts of two months, ready to be cut by anything."""

    facts: Sequence[_Fact]
    waits: Sequence[_Wait]
    month: date
    before_known: bool
    base: Mapping[str, str]

    def lines(
        self,
        group: Callable[[_Fact | _Wait], Key],
        filters: Callable[[Key], Mapping[str, str]],
        named: Callable[[Key], Mapping[str, Any]] = lambda _key: {},
        spread: Callable[[Key], Iterable[Key]] = lambda key: (key,),
    ) -> list[Line]:
        """A line for each key of the groups that anything of the two months has; `spread` gives all a group counts in."""
        now: dict[Key, list[int]] = {}
        before: dict[Key, list[int]] = {}
        for fact in self.facts:
            _add(now if fact.month == self.month else before, group(fact), fact.counts)
        now, before = _spread(now, spread), _spread(before, spread)
        waits: dict[Key, list[float]] = defaultdict(list)
        for wait in self.waits:
            for key in spread(group(wait)):
                waits[key].append(wait.hours)
        return [
            Line(
                Tally(*now.get(key, ())),
                Tally(*before.get(key, ())) if self.before_known else None,
                median(waits[key]) if waits[key] else None,
                len(waits[key]),
                {**self.base, **filters(key)},
                **named(key),
            )
            for key in dict.fromkeys([*now, *before])
        ]

    def nothing(self) -> Line:
        """The line of a month in which nothing was owed."""
        return Line(Tally(), Tally() if self.before_known else None, None, 0, dict(self.base))


def _add(into: dict[Key, list[int]], key: Key, counts: Sequence[int]) -> None:
    have = into.get(key)
    into[key] = list(counts) if have is None else [a + b for a, b in zip(have, counts, strict=True)]


def _spread(found: Mapping[Key, list[int]], spread: Callable[[Key], Iterable[Key]]) -> dict[Key, list[int]]:
    wider: dict[Key, list[int]] = {}
    for group, counts in found.items():
        for key in spread(group):
            _add(wider, key, counts)
    return wider


def _unit_lines(cut: _Cut, known: Mapping[int, Place], shown: set[int]) -> list[Line]:
    """The tree of units that were owed anything, each with all below it, in the order of their paths."""
    lines = cut.lines(
        lambda fact: fact.team_id,
        lambda unit: {"unit": str(unit)},
        lambda unit: {"unit": known[unit], "depth": sum(above in shown for above in known[unit].ancestors) - 1},
        spread=lambda team: [unit for unit in known[team].ancestors if unit in shown],
    )
    return sorted(lines, key=lambda line: [known[u].name.casefold() for u in line.unit.ancestors] if line.unit else [])


def _lead_lines(session: Session, cut: _Cut) -> list[Line]:
    """By the lead of that time, by name; the line of teams without one last."""
    ids = {fact.lead_id for fact in cut.facts}
    people = {u.id: u for u in session.scalars(select(User).where(User.id.in_({i for i in ids if i is not None})))}
    lines = cut.lines(
        lambda fact: fact.lead_id,
        lambda lead: {"lead": "none" if lead is None else str(lead)},
        lambda lead: {"lead": None if lead is None else people[lead]},
    )
    return sorted(lines, key=lambda line: (line.lead is None, line.lead.name.casefold() if line.lead else ""))


def _kind_lines(cut: _Cut) -> list[Line]:
    """By what the session was owed for."""
    lines = cut.lines(lambda fact: fact.kind, lambda kind: {"kind": kind.value}, lambda kind: {"kind": kind})
    return sorted(lines, key=lambda line: list(ObligationKind).index(line.kind) if line.kind else 0)
