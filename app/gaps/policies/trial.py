"""What a policy would have done in the last weeks, beside what is in force: nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from sqlalchemy import String, case, select, type_coerce
from sqlalchemy.orm import Session

from app.core.clock import week_number
from app.gaps import cells, decay, decisions, policies, posterior, rules, standing, states
from app.gaps.models import Gap, GapPolicy, Transition
from app.gaps.rules import ACTIVE, Bools, Codes, Floats, GapState, Ints

WEEKS = 4
"""So many decisions are tried: those of the last month."""
OPENED = (GapState.OPEN.code, GapState.RELAPSED.code)
ACTIVE_CODES = tuple(state.code for state in ACTIVE)


@dataclass(frozen=True, slots=True)
class Count:
    """What one policy does in these weeks: gaps opened and closed, and how many stand at the end."""

    opened: int
    closed: int
    active: int
    watched: int


@dataclass(frozen=True, slots=True)
class Difference:
    """A pair that stands otherwise at the end of the trial."""

    person_id: int
    competency_id: int
    probability: float
    checks13: int
    fails13: int
    now: GapState
    then: GapState


@dataclass(frozen=True, slots=True)
class Trial:
    """A policy beside what is in force, over the same weeks and the same evidence."""

    first: date
    last: date
    now: Count
    then: Count
    differences: Sequence[Difference]
    """The surest first."""


@dataclass(slots=True)
class _Run:
    """One policy while the weeks go by."""

    terms: rules.Policy
    state: Codes
    closed: Ints
    opened_in: Bools
    closed_in: Bools

    def decide(self, week: int, signals: states.Signals) -> None:
        now = states.Signals(
            signals.probability, signals.fails13, signals.checks13, signals.since, signals.completed,
            np.where(self.closed < 0, states.NEVER, week - self.closed), signals.closed_by_hand,
        )  # fmt: skip
        before, self.state = self.state, states.decide(self.state, now, self.terms)
        moved = before != self.state
        shut = moved & (self.state == GapState.CLOSED.code)
        self.opened_in |= moved & np.isin(self.state, OPENED) & ~np.isin(before, ACTIVE_CODES)
        self.closed_in |= shut
        self.closed[shut] = week

    def count(self, mine: Bools) -> Count:
        return Count(
            opened=int((self.opened_in & mine).sum()),
            closed=int((self.closed_in & mine).sum()),
            active=int((np.isin(self.state, ACTIVE_CODES) & mine).sum()),
            watched=int(((self.state == GapState.WATCH.code) & mine).sum()),
        )


def run(session: Session, candidate: GapPolicy) -> Trial | None:
    """Try a policy that is not saved on the last decided weeks; None before there are any."""
    last_week = decisions.last_decided(session)
    if last_week is None:
        return None
    last = week_number(last_week)
    first, weeks = last_week - timedelta(weeks=WEEKS - 1), range(last - WEEKS + 1, last + 1)
    where = standing.belonging(session, standing.sunday(last_week))
    found = cells.read(session, cells.week_number <= last)
    known, index = np.unique(standing.keys(found.person, found.competency), return_inverse=True)
    if not len(known):
        return None
    folded = decay.Cells(index, found.week, found.n_raw, found.fails, found.standard)
    person, competency = known >> 20, known & 0xFFFFF
    rows = policies.in_force(session, last_week)
    others = [row for row in rows if (row.competency_id, row.market) != (candidate.competency_id, candidate.market)]
    tried = policies.widest_first([*others, candidate])
    state, closed = _before(session, known, first)
    runs = [
        _Run(
            policies.of_pairs(session, each, where, person, competency)[0], state.copy(), closed.copy(),
            np.zeros(len(known), bool), np.zeros(len(known), bool),
        )
        for each in (rows, tried)
    ]  # fmt: skip
    signals = None
    completions, moves = standing.events(session, where, known)
    groups, goal = standing.groups(where, person, competency), _goals(session, competency)
    for week in weeks:
        signals = _signals(folded, week, (completions, moves), groups, goal)
        for one in runs:
            one.decide(week, signals)
    mine = policies.matches(session, [candidate], where, person, competency)[0]
    if signals is None:
        return None
    differ = np.flatnonzero(runs[0].state != runs[1].state)
    return Trial(
        first,
        last_week,
        runs[0].count(mine),
        runs[1].count(mine),
        [
            Difference(
                int(person[i]), int(competency[i]), float(signals.probability[i]), int(signals.checks13[i]),
                int(signals.fails13[i]), rules.STATES[runs[0].state[i]], rules.STATES[runs[1].state[i]],
            )
            for i in differ[np.argsort(-signals.probability[differ], kind="stable")].tolist()
        ],
    )  # fmt: skip


def _signals(
    folded: decay.Cells,
    week: int,
    events: tuple[decay.Events, decay.Events],
    groups: posterior.Groups,
    goal: Floats,
) -> states.Signals:
    """What the decision of one week looked at, as it is known today."""
    size = len(goal)
    evidence = decay.fold(folded, size, week, completions=events[0], moves=events[1])
    window = decay.window(folded, size, week)
    belief = posterior.believe(evidence.n, evidence.f, posterior.expected_rates(groups, evidence.n, evidence.f))
    return states.Signals(
        probability=belief.probability(goal), fails13=window.fails, checks13=window.checks, since=evidence.since,
        completed=decay.happened(events[0], size, week), weeks_since_closed=np.zeros(size, np.int64),
        closed_by_hand=np.zeros(size, bool),
    )  # fmt: skip


def _goals(session: Session, competency: Ints) -> Floats:
    target = standing.targets(session)
    ids, index = np.unique(competency, return_inverse=True)
    return np.array([target[one] for one in ids.tolist()], dtype=float)[index]


def _before(session: Session, known: Ints, week: date) -> tuple[Codes, Ints]:
    """State of each pair before a week was decided, and the week it was closed in last (−1: never)."""
    to_state = type_coerce(Transition.to_state, String)
    code = case(*((to_state == state.value, state.code) for state in rules.STATES), else_=0)
    statement = (
        select(Gap.person_id, Gap.competency_id, Transition.week, code)
        .join(Gap, Gap.id == Transition.gap_id)
        .where(Transition.week < week)
        .order_by(Transition.week)
    )
    state, closed = np.zeros(len(known), np.int8), np.full(len(known), -1, np.int64)
    rows = session.execute(statement).all()
    if not rows:
        return state, closed
    person, competency, code_of = (np.array([row[i] for row in rows], np.int64) for i in (0, 1, 3))
    weeks = np.array([week_number(row[2]) for row in rows], np.int64)
    at, mine = standing.place(known, standing.keys(person, competency))
    state[at[mine]] = code_of[mine]  # in order of weeks: the last one stays
    shut = mine & (code_of == GapState.CLOSED.code)
    closed[at[shut]] = weeks[shut]
    return state, closed


__all__ = ["Count", "Difference", "Trial", "run"]
