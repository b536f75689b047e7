"""The weekly decision: evidence one week further, and the states that follow, for everybody at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import bulk
from app.core.clock import monday_of_number, week_number
from app.gaps import board, cells, decay, policies, posterior, rules, standing, states
from app.gaps.board import Board
from app.gaps.models import Decision, Gap, Transition
from app.gaps.rules import ACTIVE, Bools, Codes, Floats, GapState, Ints
from app.gaps.teams import deciding as team_gaps

OPENED = (GapState.OPEN.code, GapState.RELAPSED.code)
ACTIVE_CODES = tuple(s.code for s in ACTIVE)
DRIFT = 0.005  # a probability that moved less is not written


@dataclass(frozen=True, slots=True)
class Decided:
    """What a weekly decision did."""

    week: date
    pairs: int
    opened: int
    closed: int
    relapsed: int


def decide(
    session: Session, week: date, *, on: datetime, effects_id: int | None, replayed: bool, rewritten: bool = False
) -> Decided:
    """Decide one week, whose cells are settled: everybody's evidence one week further, and the states that follow.

    Writes what changed: the board, gaps, their transitions, and the decision itself.
    """
    number = week_number(week)
    where = standing.belonging(session, standing.sunday(week))
    now = cells.read(session, cells.week_number == number)
    last = last_decided(session)
    passed = cells.read(session, cells.week_number.between(0 if last is None else week_number(last) + 1, number - 1))
    pairs = np.concatenate([_keys(passed), _keys(now)])
    kept = board.load(session)
    found = board.admit(session, kept, pairs, number - 1, where)
    before, closed = board.states(session, found)
    goal = board.goals(session, found.competency)
    touched, completed = _advance(session, found, number, where, goal, now)
    found.mean = posterior.expected_rates(standing.groups(where, found.person, found.competency), found.n, found.f)
    belief = posterior.believe(found.n, found.f, found.mean)
    policy, policy_id = policies.of_pairs(
        session, policies.in_force(session, week), where, found.person, found.competency
    )
    needed = states.hangs_on_probability(before, found.fails13, belief.at_most(goal), policy)
    probability = posterior.probability_where(belief, goal, needed) if len(goal) else goal
    signals = states.Signals(
        probability=probability,
        fails13=found.fails13,
        checks13=found.checks13,
        since=found.since,
        completed=completed,
        weeks_since_closed=np.where(closed < 0, states.NEVER, number - closed),
        closed_by_hand=np.zeros(len(found), dtype=bool),
    )
    after = states.decide(before, signals, policy)
    moved = after != before
    changed = touched | moved | (np.abs(probability - found.probability) > DRIFT)
    shown = moved | board.worth_showing(after, found.probability, probability)
    found.probability = probability
    board.show(session, found, changed & shown)
    board.store(session, found, np.unique(found.person[changed]), known=kept.person)
    decided = _record(session, found, before, after, week, effects_id, policy_id, replayed, rewritten)
    team_gaps.decide(session, week, found, completed, where, replayed=replayed, rewritten=rewritten)
    session.add(
        Decision(
            week=week, decided_at=on, effects_id=effects_id, pairs=decided.pairs, opened=decided.opened,
            closed=decided.closed, relapsed=decided.relapsed, replayed=replayed,
        )
    )  # fmt: skip
    session.flush()
    return decided


def _advance(
    session: Session, found: Board, week: int, where: standing.Belonging, goal: Floats, now: cells.Cells
) -> tuple[Bools, Bools]:
    """Bring evidence and the 13-week sums to the end of `week`; returns what was touched, and completed a remedy."""
    size = len(found)
    checks, fails, worth = _sums(found.key, now)
    past = cells.read(session, cells.week_number == week - rules.WINDOW_WEEKS)
    old_checks, old_fails, old_worth = _sums(found.key, past)
    completions, moves = standing.events(session, where, found.key, week=week)
    completed = decay.happened(completions, size, week)
    halved = decay.happened(moves, size, week)
    before = decay.Evidence(found.n, found.f, found.since)
    weeks = np.maximum(week - found.decided, 0)
    after = decay.step(before, checks, fails, worth, completed=completed, moved=halved, weeks=weeks)
    found.n, found.f, found.since = after.n, after.f, after.since
    found.checks13 = found.checks13 + checks - old_checks
    found.fails13 = found.fails13 + fails - old_fails
    expected = found.expected13 + (worth - old_worth) * (1 - goal)
    found.expected13 = np.where(found.checks13 > 0, np.maximum(expected, 0), 0)
    found.last_week = np.where(checks > 0, week, found.last_week)
    found.decided = np.full(size, week, dtype=np.int64)
    return (checks > 0) | (old_checks > 0) | completed | halved, completed


def _keys(found: cells.Cells) -> Ints:
    return standing.keys(found.person, found.competency)


def _sums(known: Ints, found: cells.Cells) -> tuple[Ints, Ints, Floats]:
    """Raw checks, fails and standard checks of each pair in the one week of these cells."""
    at, mine = standing.place(known, _keys(found))
    sums = np.zeros(len(known), np.int64), np.zeros(len(known), np.int64), np.zeros(len(known))
    for total, values in zip(sums, (found.n_raw, found.fails, found.standard), strict=True):
        total[at[mine]] = values[mine]
    return sums


def _record(
    session: Session,
    found: Board,
    before: Codes,
    state: Codes,
    week: date,
    effects_id: int | None,
    policy_id: Ints,
    replayed: bool,
    rewritten: bool,
) -> Decided:
    """Write the transitions of a week, and the states they lead to."""
    moved = np.flatnonzero(state != before)
    after = state[moved]
    names = rules.decode(after)
    rows = [
        (
            int(found.id[i]), week_number(week), rules.STATES[before[i]].value, name.value, float(found.probability[i]),
            float(found.n[i]), float(found.f[i]), int(found.checks13[i]), int(found.fails13[i]), int(found.since[i]),
            effects_id, int(policy_id[i]) or None, replayed, rewritten,
        )
        for i, name in zip(moved.tolist(), names, strict=True)
    ]  # fmt: skip
    columns = [
        "gap_id", "week", "from_state", "to_state", "probability", "n", "f", "checks13", "fails13", "since", "effects_id",
        "policy_id", "replayed", "rewritten",
    ]  # fmt: skip
    bulk.insert(session, Transition, columns, rows, raw=True)
    opened = np.isin(after, OPENED) & ~np.isin(before[moved], ACTIVE_CODES)
    closed = after == GapState.CLOSED.code
    ids, weeks = found.id[moved], np.full(len(moved), week_number(week))
    entered = {"state": np.array([n.value for n in names], dtype=object), "state_week": weeks}
    bulk.update(session, Gap, "id", {"id": ids, **entered})
    bulk.update(session, Gap, "id", {"id": ids[closed], "closed_week": weeks[closed]})
    days = np.array([standing.sunday(week)] * int(opened.sum()), dtype=object)
    bulk.update(session, Gap, "id", {"id": ids[opened], "opened_on": days})
    session.expire_all()
    return Decided(
        week=week,
        pairs=len(found),
        opened=int((after == GapState.OPEN.code)[opened].sum()),
        closed=int(closed.sum()),
        relapsed=int((after == GapState.RELAPSED.code).sum()),
    )


def last_decided(session: Session) -> date | None:
    """The Monday of the last decided week."""
    return session.scalar(select(func.max(Decision.week)))


def is_decided(session: Session, week: date) -> bool:
    """Whether a week has been decided."""
    return session.get(Decision, week) is not None


def weeks_between(first: date, last: date) -> Sequence[date]:
    """The Mondays from the week of `first` to the week of `last`."""
    start, end = week_number(first), week_number(last)
    return [monday_of_number(w) for w in range(start, end + 1)]


__all__ = ["Decided", "decide", "is_decided", "last_decided", "weeks_between"]
