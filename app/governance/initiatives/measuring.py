"""What an initiative did, once it can be known: beside agents it did not reach, or beside the other units.

A competency is measured as remedies are (`gaps.outcomes`): what was to be expected of each agent reached on all that was
known before it began, less what was seen in the eight weeks after it ended, beside the agents most like them elsewhere,
whose remedies went on as usual. A metric is measured month by month against the other units (`rules.on_metric`).
Measured again for some weeks, as findings still come in.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from app.accounts.models import Membership, UnitTree
from app.accounts.queries import Place, members_on, places
from app.core import bulk
from app.core.clock import monday_of_number, month_start, next_month, week_number
from app.gaps import cells, outcomes, posterior, rules, standing
from app.gaps.decisions import last_decided
from app.gaps.rules import Bools, Floats, Ints
from app.governance.initiatives.models import Initiative
from app.governance.initiatives.rules import AFTER_MONTHS, BEFORE_MONTHS, Measured, State, on_metric
from app.metrics import performance as metrics
from app.metrics.performance import Metric, Run, rolled_up, together

LOOK_BACK_WEEKS = 52
"""Evidence before that weighs a hundredth."""
WEEK = timedelta(days=7)
WATCHED = outcomes.WATCHED_WEEKS * WEEK
SETTLED = {False: WATCHED + 5 * WEEK, True: timedelta(days=31 * (AFTER_MONTHS + 2))}
"""So long after its end what an initiative did may still change: on a competency, on a metric."""
Told = Mapping[Metric, Mapping[int, Run]]
"""By metric and unit, a run of months."""
Figures = Callable[[date], Told]
"""What is known of all units in the twelve months up to one (its first day); `reports.performance` tells it."""


def measure(session: Session, figures: Figures, *, today: date) -> int:
    """Measure the initiatives that were watched to their end; returns how many were."""
    last, done = last_decided(session), 0
    wanted = (
        select(Initiative)
        .where(Initiative.state == State.DONE)
        .where(or_(Initiative.measured_on.is_(None), Initiative.ended_on > today - max(SETTLED.values())))
        .options(selectinload(Initiative.units))
        .order_by(Initiative.id)
    )
    for one in session.scalars(wanted).all():
        if one.ended_on is None or one.started_on is None or today < due_on(one.ended_on, one.metric):
            continue
        if one.measured_on is not None and one.ended_on <= today - SETTLED[one.metric is not None]:
            continue
        found = (
            _of_metric(session, one, figures, today)
            if one.metric is not None
            else _of_competency(session, one, one.started_on, one.ended_on, last)
        )
        if found is not None:
            one.effect, one.measured_on, done = found.plain, today, done + 1
    return done


def due_on(ended_on: date, metric: str | None) -> date:
    """From when on an effect can be told: once the agents were watched, or a whole month of the metric is there."""
    return next_month(next_month(ended_on)) if metric is not None else ended_on + WATCHED + WEEK


# --- On a competency ---


def _of_competency(
    session: Session, one: Initiative, started_on: date, ended_on: date, last: date | None
) -> Measured | None:
    """Beside the agents most like those it reached; None while the weeks after it are not all decided."""
    before, week = week_number(started_on) - 1, week_number(ended_on)
    if last is None or week_number(last) < week + outcomes.WATCHED_WEEKS or one.competency is None:
        return None
    where = standing.belonging(session, standing.sunday(monday_of_number(before)))
    known = standing.gather(
        session,
        *cells.read(session, (cells.week_number > before - LOOK_BACK_WEEKS) & (cells.week_number <= before)),
        as_of=before,
        where=where,
    )
    groups = standing.groups(where, known.person, known.competency)
    n, f = known.evidence.n, known.evidence.f
    expected = outcomes.expected_rate(n, f, posterior.expected_rates(groups, n, f))
    about = known.competency == one.competency_id
    person, line, expected = known.person[about], groups.line[about], expected[about]
    fails, checks = _seen(session, person, one.competency.id, before - outcomes.RATE_WEEKS, before)
    rate = np.divide(fails, checks, out=expected.copy(), where=checks > 0)
    fails, checks = _seen(session, person, one.competency.id, week, week + outcomes.WATCHED_WEEKS)
    units = [unit.id for unit in one.units]
    reached = np.isin(person, _members(session, units, started_on))
    others = ~np.isin(person, _ever_there(session, units, started_on, ended_on + WATCHED + WEEK)) & (checks > 0)
    allowed = rules.allowed_rate(one.competency.target)
    found = _events(person, line, expected, rate, fails, checks, reached, others, float(allowed))
    return _measured(outcomes.effect(found))


def _events(
    person: Ints, line: Ints, expected: Floats, rate: Floats, fails: Floats, checks: Floats, reached: Bools, others: Bools,
    allowed: float,
) -> outcomes.Events:  # fmt: skip
    """An event for each agent reached who was checked afterwards, beside the agents of the same business most like them."""
    places_of = np.flatnonzero(reached & (checks > 0))
    peers = {one: np.flatnonzero(line == one) for one in np.unique(line[places_of]).tolist()}
    gain = checks * expected - fails
    beside = np.zeros((3, len(places_of)))
    for row, at in enumerate(places_of.tolist()):
        mine = peers[int(line[at])]
        near = mine[outcomes.nearest(float(expected[at]), float(rate[at]), expected[mine], rate[mine], others[mine])]
        beside[:, row] = gain[near].sum(), checks[near].sum(), len(near)
    return outcomes.Events(
        agent=person[places_of],
        gain=gain[places_of],
        checks=checks[places_of],
        control_gain=beside[0],
        control_checks=beside[1],
        controls=beside[2].astype(np.int64),
        excess=expected[places_of] - allowed,
    )


def _seen(session: Session, person: Ints, competency: int, after: int, until: int) -> tuple[Floats, Floats]:
    """Fails and standard checks of these people (sorted) in the weeks after one, up to another."""
    found = cells.read(session, (cells.week_number > after) & (cells.week_number <= until))
    at, mine = standing.place(person, found.person)
    mine &= found.competency == competency
    size = len(person)
    return (
        np.bincount(at[mine], found.fails[mine], size).astype(float),
        np.bincount(at[mine], found.standard[mine], size).astype(float),
    )


def _members(session: Session, units: Collection[int], day: date) -> Ints:
    """Who was in a team of these units on the day."""
    inside = select(UnitTree.unit_id).where(UnitTree.ancestor_id.in_(units))
    people = members_on(day).where(Membership.team_id.in_(inside)).with_only_columns(Membership.user_id)
    return bulk.arrays(session, people, "i8")[0]


def _ever_there(session: Session, units: Collection[int], first: date, end: date) -> Ints:
    """Who was in a team of these units at any time from a day until another."""
    inside = select(UnitTree.unit_id).where(UnitTree.ancestor_id.in_(units))
    people = select(Membership.user_id).where(
        Membership.team_id.in_(inside),
        Membership.valid_from < end,
        or_(Membership.valid_to.is_(None), Membership.valid_to > first),
    )
    return bulk.arrays(session, people, "i8")[0]


def _measured(found: outcomes.Effect) -> Measured:
    """As it is kept; without a figure where too few were watched."""
    told: dict[str, Any] = {"agents": found.agents, "checks": round(found.checks, 1), "controlled": found.controlled}
    if found.verdict is outcomes.Verdict.TOO_EARLY:
        return Measured(found.verdict, **told)
    return Measured(found.verdict, found.points, found.low, found.high, found.raw, less_is_better=False, **told)


# --- On a metric ---


def _of_metric(session: Session, one: Initiative, figures: Figures, today: date) -> Measured | None:
    """Beside the other units, over the months before it began and those after it ended."""
    if one.started_on is None or one.ended_on is None or one.metric is None:
        return None
    first, end = month_start(one.started_on), next_month(one.ended_on)
    early = _months(first, -BEFORE_MONTHS)
    late = [month for month in _months(end, AFTER_MONTHS) if next_month(month) <= today]
    known, inside = places(session), {unit.id for unit in one.units}
    mine: list[tuple[float, float]] = []
    rest: list[tuple[float, float]] = []
    for run in _told(figures, one.metric, [*early, *late]).values():
        of = {unit: [points] for unit, points in run.items()}
        mine.append(_together(of, known, top(inside, known)))
        rest.append(_together(of, known, elsewhere(inside, known)))
    metric = next((m for m in metrics.COMPUTED if m.code == one.metric), None) or metrics.imported(one.metric)
    less = None if metric.better is None else metric.better is metrics.Better.LESS
    others = rest if any(whole for _part, whole in rest) else None
    return on_metric(mine, others, len(early), less_is_better=less, share=metric.share)


def _months(first: date, count: int) -> list[date]:
    """So many months from one on, or before it."""
    found = first
    if count < 0:
        for _step in range(-count):
            found = month_start(found - timedelta(days=1))
    months = [found]
    while len(months) < abs(count):
        months.append(next_month(months[-1]))
    return months


def _told(figures: Figures, code: str, months: list[date]) -> dict[date, dict[int, tuple[float, float]]]:
    """By month and unit what was told of the metric; a year is read at a time."""
    found: dict[date, dict[int, tuple[float, float]]] = {month: {} for month in months}
    left = list(months)
    while left:
        year = _months(next_month(left[-1]), -12)
        for metric, runs in figures(left[-1]).items():
            if metric.code.casefold() == code.casefold():
                for unit, run in runs.items():
                    for month, point in zip(year, run, strict=True):
                        if month in found and point[1]:
                            found[month][unit] = (point[0], point[1])
        left = [month for month in left if month < year[0]]
    return found


def _together(told: Mapping[int, Run], known: Mapping[int, Place], units: Iterable[int]) -> tuple[float, float]:
    below: dict[int, list[int]] = {}
    for place in known.values():
        below.setdefault(place.parent_id or 0, []).append(place.id)
    return together((rolled_up(told, below, unit, 1) for unit in units), 1)[0]


def top(inside: Collection[int], known: Mapping[int, Place]) -> list[int]:
    """The units of an initiative without those that lie below another of them."""
    return [unit for unit in sorted(inside) if not set(known[unit].ancestors[:-1]) & set(inside)]


def elsewhere(inside: Collection[int], known: Mapping[int, Place]) -> list[int]:
    """The largest units where it does not run: neither in these nor above them."""
    above = {one for unit in inside for one in known[unit].ancestors}
    return [
        place.id
        for place in known.values()
        if place.id not in above
        and not set(place.ancestors) & set(inside)
        and (place.parent_id is None or place.parent_id in above)
    ]
