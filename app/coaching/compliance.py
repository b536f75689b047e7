"""Coaching compliance of a month: how much of what was due was met in time, by unit, lead and kind.

Counted from the ledger of obligations by the team and lead of that time, so that a past month does not move. One
aggregation gives all cuts of a month and the month before; each figure knows the filters of the list that unrolls it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.accounts import settings
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.queries import Place, places, subtree
from app.accounts.reach import unit_scope
from app.coaching.models import Obligation
from app.coaching.rules import ObligationKind, ObligationState, Tally, change, is_tracked, median_hours, tally
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
    hours = _hours(session, month, at, counted)
    cut = _Cut(facts, hours, month, last, before_known=is_tracked(last, live), base=_base(known, month, unit_id))
    return Compliance(
        month=month,
        at=at,
        tracked=is_tracked(month, live),
        finished=at >= _surely_over(month),
        total=next(iter(cut.lines(lambda _fact: ["all"], lambda _key: {})), cut.nothing()),
        units=_unit_lines(cut, known, shown),
        leads=_lead_lines(session, cut),
        kinds=_kind_lines(cut),
        trend=_trend(session, month, at, counted, live),
    )


# --- What is counted ---


@dataclass(frozen=True, slots=True)
class _Fact:
    """So many obligations alike."""

    month: date
    team_id: int
    lead_id: int | None
    kind: ObligationKind
    state: ObligationState
    count: int


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
    columns = (Obligation.due_month, Obligation.team_id, Obligation.lead_id, Obligation.kind, Obligation.state)
    statement = (
        select(*columns, func.count())
        .where(Obligation.due_month.in_(months), Obligation.due_at <= at, *counted)
        .group_by(*columns)
    )
    return [_Fact(*row) for row in session.execute(statement)]


def _hours(
    session: Session, month: date, at: datetime, counted: Sequence[ColumnElement[bool]]
) -> list[tuple[_Fact, timedelta]]:
    """How long each fatal error of the month waited for the session that met it."""
    statement = select(
        Obligation.team_id, Obligation.lead_id, Obligation.state, Obligation.opened_at, Obligation.closed_at
    ).where(
        Obligation.kind == ObligationKind.FATAL,
        Obligation.state.in_((ObligationState.MET, ObligationState.MET_LATE)),
        Obligation.due_month == month,
        Obligation.due_at <= at,
        *counted,
    )
    return [
        (_Fact(month, team, lead, ObligationKind.FATAL, state, 1), closed - opened)
        for team, lead, state, opened, closed in session.execute(statement)
    ]


def _trend(
    session: Session, month: date, at: datetime, counted: Sequence[ColumnElement[bool]], live: date | None
) -> list[tuple[date, Tally | None]]:
    """The months up to this one."""
    first = month
    for _step in range(TREND_MONTHS - 1):
        first = month_start(first - timedelta(days=1))
    statement = (
        select(Obligation.due_month, Obligation.state, func.count())
        .where(Obligation.due_month.between(first, month), Obligation.due_at <= at, *counted)
        .group_by(Obligation.due_month, Obligation.state)
    )
    found: dict[date, Tally] = defaultdict(Tally)
    for due_month, state, count in session.execute(statement):
        found[due_month] += tally(state, count)
    months = [first]
    while months[-1] < month:
        months.append(next_month(months[-1]))
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
    hours: Sequence[tuple[_Fact, timedelta]]
    month: date
    last: date
    before_known: bool
    base: Mapping[str, str]

    def lines(
        self,
        keys: Callable[[_Fact], Iterable[Key]],
        filters: Callable[[Key], Mapping[str, str]],
        named: Callable[[Key], Mapping[str, Any]] = lambda _key: {},
    ) -> list[Line]:
        """A line for each key that any fact of the two months has."""
        now: dict[Key, Tally] = defaultdict(Tally)
        before: dict[Key, Tally] = defaultdict(Tally)
        spans: dict[Key, list[timedelta]] = defaultdict(list)
        for fact in self.facts:
            side = now if fact.month == self.month else before
            for key in keys(fact):
                side[key] += tally(fact.state, fact.count)
        for fact, span in self.hours:
            for key in keys(fact):
                spans[key].append(span)
        return [
            Line(
                now[key],
                before[key] if self.before_known else None,
                median_hours(spans[key]),
                len(spans[key]),
                {**self.base, **filters(key)},
                **named(key),
            )
            for key in dict.fromkeys([*now, *before])
        ]

    def nothing(self) -> Line:
        """The line of a month in which nothing was owed."""
        return Line(Tally(), Tally() if self.before_known else None, None, 0, dict(self.base))


def _unit_lines(cut: _Cut, known: Mapping[int, Place], shown: set[int]) -> list[Line]:
    """The tree of units that were owed anything, each with all below it, in the order of their paths."""
    lines = cut.lines(
        lambda fact: [unit for unit in known[fact.team_id].ancestors if unit in shown],
        lambda unit: {"unit": str(unit)},
        lambda unit: {
            "unit": known[unit],
            "depth": sum(above in shown for above in known[unit].ancestors) - 1,
        },
    )
    return sorted(lines, key=lambda line: [known[u].name.casefold() for u in line.unit.ancestors] if line.unit else [])


def _lead_lines(session: Session, cut: _Cut) -> list[Line]:
    """By the lead of that time, by name; the line of teams without one last."""
    ids = {fact.lead_id for fact in cut.facts}
    people = {u.id: u for u in session.scalars(select(User).where(User.id.in_({i for i in ids if i is not None})))}
    lines = cut.lines(
        lambda fact: [fact.lead_id],
        lambda lead: {"lead": "none" if lead is None else str(lead)},
        lambda lead: {"lead": None if lead is None else people[lead]},
    )
    return sorted(lines, key=lambda line: (line.lead is None, line.lead.name.casefold() if line.lead else ""))


def _kind_lines(cut: _Cut) -> list[Line]:
    """By what the session was owed for."""
    lines = cut.lines(lambda fact: [fact.kind], lambda kind: {"kind": kind.value}, lambda kind: {"kind": kind})
    return sorted(lines, key=lambda line: list(ObligationKind).index(line.kind) if line.kind else 0)
