"""Measuring what remedies did: each completed one is looked at eight weeks later, beside the pairs most like it.

Runs after a weekly decision. What was measured in the last weeks is measured again, as findings still come in and are
corrected. Walks once over the weeks it needs, everybody as arrays; formulae: `gaps.outcomes`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Integer, delete, func, select, type_coerce
from sqlalchemy.orm import Session

from app.coaching.models import CoachingSession
from app.core import bulk
from app.core.clock import week_number
from app.curriculum.models import Assignment
from app.gaps import board, cells, decay, outcomes, posterior, rules, standing
from app.gaps.decisions import last_decided
from app.gaps.models import Remedy
from app.gaps.rules import Bools, Floats, Ints
from app.remedies.models import Outcome

AGAIN_WEEKS = 4
"""Measured again so many weeks after the first time."""
LOOK_BACK_WEEKS = 52
"""Older completions are not measured any more, and evidence before that weighs a hundredth."""


@dataclass(frozen=True, slots=True)
class _Event:
    """A completed remedy: where its pair stands on the board, and the weeks before and of it."""

    remedy_id: int
    pair: int
    before: int
    week: int
    module_id: int | None
    session_id: int | None
    coach_id: int | None


@dataclass(slots=True)
class _Walk:
    """What was noted on the way over the weeks."""

    key: Ints
    goal: Floats
    line: Ints
    completed: dict[int, Ints]
    """Pairs with a remedy completed, by week."""
    expected: dict[int, Floats] = field(default_factory=dict)
    rate: dict[int, Floats] = field(default_factory=dict)
    fails: dict[int, Floats] = field(default_factory=dict)
    checks: dict[int, Floats] = field(default_factory=dict)


def measure(session: Session) -> int:
    """Measure what was completed eight weeks and more before the last decided week; returns how many remedies were."""
    last = last_decided(session)
    if last is None:
        return 0
    newest = week_number(last) - outcomes.WATCHED_WEEKS
    if session.scalar(select(Remedy.id).where(*_due(newest)).limit(1)) is None:
        return 0
    found = board.load(session)
    events = _events(session, found, newest)
    if not events:
        return 0
    walk = _walk(session, found, events, last)
    rows = list(_outcomes(walk, events))
    for block in bulk.chunks([event.remedy_id for event in events]):
        session.execute(delete(Outcome).where(Outcome.remedy_id.in_(block)))
    names = [
        "remedy_id", "person_id", "competency_id", "week", "module_id", "session_id", "coach_id", "expected", "gain", "checks",
        "control_gain", "control_checks", "controls", "allowed",
    ]  # fmt: skip
    bulk.insert(session, Outcome, names, rows, raw=True)
    return len(rows)


def _events(session: Session, found: board.Board, newest: int) -> list[_Event]:
    """The remedies to measure: those of the last weeks, and older ones that never were."""
    week = type_coerce(Remedy.week, Integer)
    statement = (
        select(Remedy.id, Remedy.person_id, Remedy.competency_id, week, Remedy.key)
        .where(*_due(newest))
        .order_by(Remedy.id)
    )
    remedy, person, competency, weeks, keys = bulk.arrays(session, statement, "i8", "i8", "i8", "i8", "O")
    learnt, talks = _sources(session, keys.tolist())
    at, on_board = standing.place(found.key, standing.keys(person, competency))
    events = []
    for row in np.flatnonzero(on_board).tolist():
        kind, number = _source(keys[row])
        done, given = int(weeks[row]), learnt.get(number) if kind == "assignment" else None
        if kind == "assignment" and given is None:
            continue
        before = done - 1 if given is None else min(week_number(given[1]), done - 1)
        module, talk = (None, number) if given is None else (given[0], None)
        coach = talks.get(number) if given is None else None
        events.append(_Event(int(remedy[row]), int(at[row]), before, done, module, talk, coach))
    return events


def _due(newest: int) -> tuple[ColumnElement[bool], ...]:
    """Which remedies are to be measured: long enough ago, and not measured for good."""
    week = type_coerce(Remedy.week, Integer)
    known = select(Outcome.remedy_id).where(type_coerce(Outcome.week, Integer) <= newest - AGAIN_WEEKS)
    return week <= newest, week > newest - LOOK_BACK_WEEKS, Remedy.id.not_in(known)


def _source(key: str) -> tuple[str, int]:
    """What completed it and its id, from a key as `assignment:12:3`."""
    kind, number, *_rest = key.split(":")
    return kind, int(number)


def _sources(session: Session, keys: list[str]) -> tuple[dict[int, tuple[int, date]], dict[int, int]]:
    """Module and day of assigning by assignment, and the coach by session."""
    numbers: dict[str, set[int]] = {"assignment": set(), "session": set()}
    for kind, number in map(_source, keys):
        numbers.setdefault(kind, set()).add(number)
    learnt: dict[int, tuple[int, date]] = {}
    talks: dict[int, int] = {}
    for block in bulk.chunks(sorted(numbers["assignment"])):
        assigned = select(Assignment.id, Assignment.module_id, Assignment.assigned_on).where(Assignment.id.in_(block))
        learnt.update((number, (module, day)) for number, module, day in session.execute(assigned))
    for block in bulk.chunks(sorted(numbers["session"])):
        held = select(CoachingSession.id, CoachingSession.coach_id).where(CoachingSession.id.in_(block))
        talks.update(session.execute(held).all())
    return learnt, talks


def _walk(session: Session, found: board.Board, events: list[_Event], last: date) -> _Walk:
    """Go over the weeks once: evidence week by week, what to expect of each pair where it is asked, and what came."""
    where = standing.belonging(session, standing.sunday(last))
    groups = standing.groups(where, found.person, found.competency)
    walk = _Walk(found.key, board.goals(session, found.competency), groups.line, _completed(session, found.key))
    asked = {event.before for event in events}
    first_seen = min(event.week for event in events) + 1
    last_seen = max(event.week for event in events) + outcomes.WATCHED_WEEKS
    size = len(found)
    now = decay.Evidence(np.zeros(size), np.zeros(size), np.zeros(size, np.int64))
    recent: list[tuple[Floats, Floats]] = []
    for week in range(min(asked) - LOOK_BACK_WEEKS, last_seen + 1):
        fails, checks = _sums(walk.key, cells.read(session, cells.week_number == week))
        completed = np.zeros(size, bool)
        completed[walk.completed.get(week, np.zeros(0, np.int64))] = True
        now = decay.step(now, np.zeros(size, np.int64), fails, checks, completed=completed)
        recent = [*recent, (fails, checks)][-outcomes.RATE_WEEKS :]
        if week in asked:
            mean = posterior.expected_rates(groups, now.n, now.f)
            walk.expected[week] = outcomes.expected_rate(now.n, now.f, mean)
            seen = sum(part[1] for part in recent)
            missed = sum(part[0] for part in recent)
            walk.rate[week] = np.divide(missed, seen, out=walk.expected[week].copy(), where=seen > 0)
        if week >= first_seen:
            walk.fails[week], walk.checks[week] = fails, checks
    return walk


def _completed(session: Session, known: Ints) -> dict[int, Ints]:
    """The pairs with a remedy completed, by week."""
    statement = select(Remedy.person_id, Remedy.competency_id, type_coerce(Remedy.week, Integer))
    person, competency, week = bulk.arrays(session, statement, "i8", "i8", "i8")
    at, mine = standing.place(known, standing.keys(person, competency))
    return {int(one): np.unique(at[mine & (week == one)]) for one in np.unique(week).tolist()}


def _sums(known: Ints, found: cells.Cells) -> tuple[Floats, Floats]:
    """Fails and standard checks of each pair in the one week of these cells."""
    at, mine = standing.place(known, standing.keys(found.person, found.competency))
    fails, checks = np.zeros(len(known)), np.zeros(len(known))
    fails[at[mine]], checks[at[mine]] = found.fails[mine], found.standard[mine]
    return fails, checks


def _outcomes(walk: _Walk, events: list[_Event]) -> Iterator[tuple[Any, ...]]:
    """A row for each event whose pair was checked afterwards."""
    order = np.argsort(walk.line, kind="stable")
    starts = np.r_[np.flatnonzero(np.r_[True, np.diff(walk.line[order]) != 0]), len(order)]
    peers = {
        int(walk.line[order[a]]): order[a:b] for a, b in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)
    }
    allowed = rules.allowed_rate(walk.goal)
    observed: dict[int, tuple[Floats, Floats]] = {}
    for event in sorted(events, key=lambda one: one.week):
        if event.week not in observed:
            observed = {event.week: _until_own_remedy(walk, event.week)}
        weeks = range(event.week + 1, event.week + outcomes.WATCHED_WEEKS + 1)
        checks = sum(float(walk.checks[week][event.pair]) for week in weeks)
        if checks <= 0:
            continue
        expected = float(walk.expected[event.before][event.pair])
        gain = checks * expected - sum(float(walk.fails[week][event.pair]) for week in weeks)
        control = _controls(walk, event, peers[int(walk.line[event.pair])], observed[event.week])
        key = int(walk.key[event.pair])
        yield (
            event.remedy_id, key >> 20, key & 0xFFFFF, event.week, event.module_id, event.session_id, event.coach_id, expected,
            gain, checks, *control, float(allowed[event.pair]),
        )  # fmt: skip


def _until_own_remedy(walk: _Walk, week: int) -> tuple[Floats, Floats]:
    """Fails and standard checks of each pair in the eight weeks after this one, up to its own next remedy."""
    alive = np.ones(len(walk.key), bool)
    fails, checks = np.zeros(len(alive)), np.zeros(len(alive))
    for later in range(week + 1, week + outcomes.WATCHED_WEEKS + 1):
        alive[walk.completed.get(later, np.zeros(0, np.int64))] = False
        fails += walk.fails[later] * alive
        checks += walk.checks[later] * alive
    return fails, checks


def _controls(walk: _Walk, event: _Event, peers: Ints, observed: tuple[Floats, Floats]) -> tuple[float, float, int]:
    """Gain and checks of the pairs most like this one that no remedy was completed for meanwhile, and how many they are."""
    expected, rate = walk.expected[event.before], walk.rate[event.before]
    free: Bools = np.ones(len(walk.key), bool)
    for week in range(event.before + 1, event.week + 1):
        free[walk.completed.get(week, np.zeros(0, np.int64))] = False
    free[event.pair] = False
    fails, checks = observed
    eligible = free[peers] & (checks[peers] > 0)
    place = outcomes.nearest(
        float(expected[event.pair]), float(rate[event.pair]), expected[peers], rate[peers], eligible
    )
    near = peers[place]
    gain = float((checks[near] * expected[near] - fails[near]).sum())
    return gain, float(checks[near].sum()), len(near)


def never(session: Session) -> bool:
    """Whether nothing has been measured so far."""
    return session.scalar(select(Outcome.id).limit(1)) is None


def in_progress(session: Session) -> int:
    """How many completed remedies are still watched."""
    last = last_decided(session)
    if last is None:
        return 0
    newest = week_number(last) - outcomes.WATCHED_WEEKS
    return session.scalar(select(func.count(Remedy.id)).where(type_coerce(Remedy.week, Integer) > newest)) or 0
