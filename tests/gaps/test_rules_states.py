"""The weekly decision: a table of cases, and a plain telling of the machine, line by line, to compare with."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.gaps.rules import STATES, GapState, Policy, decode, encode
from app.gaps.states import NEVER, Signals, decide, hangs_on_probability

S = GapState


@dataclass(frozen=True)
class Week:
    """One pair in one week; at rest unless said otherwise."""

    p: float = 0.05
    fails13: int = 0
    checks13: int = 20
    since: int = 20
    completed: bool = False
    weeks_since_closed: int = NEVER
    by_hand: bool = False


def signals(weeks: list[Week]) -> Signals:
    return Signals(
        probability=np.array([w.p for w in weeks]),
        fails13=np.array([w.fails13 for w in weeks]),
        checks13=np.array([w.checks13 for w in weeks]),
        since=np.array([w.since for w in weeks]),
        completed=np.array([w.completed for w in weeks]),
        weeks_since_closed=np.array([w.weeks_since_closed for w in weeks]),
        closed_by_hand=np.array([w.by_hand for w in weeks]),
    )


def after(state: GapState, week: Week, policy: Policy | None = None) -> GapState:
    return decode(decide(encode([state]), signals([week]), policy or Policy()))[0]


HIGH = Week(p=0.95, fails13=4, checks13=10)
HEALED = Week(p=0.20, fails13=1)

CASES = [
    # watch
    (S.NONE, Week(p=0.70, fails13=2), S.WATCH),
    (S.NONE, Week(p=0.70, fails13=1), S.NONE),
    (S.NONE, Week(p=0.69, fails13=5), S.NONE),
    (S.NONE, Week(p=0.95, fails13=2, checks13=3), S.WATCH),  # too few checks to open
    (S.WATCH, Week(p=0.60, fails13=1), S.WATCH),
    (S.WATCH, Week(p=0.50), S.WATCH),
    (S.WATCH, Week(p=0.49), S.NONE),
    (S.CLOSED, Week(p=0.75, fails13=2, weeks_since_closed=5), S.WATCH),
    # open
    (S.NONE, Week(p=0.90, fails13=2, checks13=4), S.OPEN),
    (S.WATCH, Week(p=0.90, fails13=2, checks13=4), S.OPEN),
    (S.NONE, Week(p=0.99, fails13=1, checks13=9), S.NONE),
    (S.WATCH, Week(p=0.99, fails13=1, checks13=9), S.WATCH),
    (S.NONE, replace(HIGH, completed=True), S.OPEN),  # the remedy of no gap
    # relapse
    (S.CLOSED, replace(HIGH, weeks_since_closed=26), S.RELAPSED),
    (S.CLOSED, replace(HIGH, weeks_since_closed=27), S.OPEN),
    # remedies
    (S.OPEN, replace(HIGH, since=0, completed=True), S.IN_REMEDIATION),
    (S.RELAPSED, replace(HIGH, since=2, completed=True), S.IN_REMEDIATION),
    (S.CLOSING, replace(HIGH, since=2, completed=True), S.IN_REMEDIATION),
    (S.IN_REMEDIATION, replace(HIGH, since=2, completed=True), S.IN_REMEDIATION),
    (S.OPEN, Week(p=0.45, since=3, completed=True, fails13=3), S.CLOSING),  # the remedy first, then the week
    (S.OPEN, replace(HIGH, since=8, completed=True), S.OPEN),  # eight checks later in the same week: not taken
    (S.OPEN, HIGH, S.OPEN),
    (S.RELAPSED, HIGH, S.RELAPSED),
    # better by itself: no longer active, and not yet closed
    (S.OPEN, Week(p=0.49, since=3), S.CLOSING),
    (S.RELAPSED, Week(p=0.49, since=3), S.CLOSING),
    (S.OPEN, Week(p=0.49, since=2), S.OPEN),
    (S.OPEN, Week(p=0.50, since=9), S.OPEN),
    # after the remedy
    (S.IN_REMEDIATION, Week(p=0.49, since=3, fails13=3), S.CLOSING),
    (S.IN_REMEDIATION, Week(p=0.49, since=2, fails13=3), S.IN_REMEDIATION),
    (S.IN_REMEDIATION, Week(p=0.50, since=9, fails13=3), S.IN_REMEDIATION),
    (S.IN_REMEDIATION, Week(p=0.80, since=8, fails13=3), S.OPEN),
    (S.IN_REMEDIATION, Week(p=0.80, since=7, fails13=3), S.IN_REMEDIATION),
    (S.IN_REMEDIATION, Week(p=0.79, since=9, fails13=3), S.IN_REMEDIATION),
    # closing and closed
    (S.CLOSING, Week(p=0.30, since=6), S.CLOSED),
    (S.CLOSING, Week(p=0.30, since=5), S.CLOSING),
    (S.CLOSING, Week(p=0.31, since=9), S.CLOSING),
    (S.CLOSING, Week(p=0.80, since=3), S.OPEN),
    (S.CLOSING, Week(p=0.30, since=6, checks13=2), S.CLOSED),
    (S.OPEN, HEALED, S.CLOSED),
    (S.RELAPSED, HEALED, S.CLOSED),
    (S.IN_REMEDIATION, HEALED, S.CLOSED),  # closed wins over closing
    (S.IN_REMEDIATION, replace(HEALED, since=5), S.CLOSING),
    (S.OPEN, replace(HEALED, checks13=5), S.CLOSING),
    (S.OPEN, replace(HEALED, since=5), S.CLOSING),
    (S.OPEN, replace(HEALED, completed=True, since=6), S.CLOSED),
    (S.WATCH, HEALED, S.NONE),
    (S.CLOSED, HEALED, S.CLOSED),
    # closed by hand: quiet for four weeks
    (S.CLOSED, replace(HIGH, by_hand=True, weeks_since_closed=3), S.CLOSED),
    (S.CLOSED, replace(HIGH, by_hand=True, weeks_since_closed=4), S.RELAPSED),
    (S.CLOSED, replace(HIGH, by_hand=False, weeks_since_closed=3), S.RELAPSED),
    (S.CLOSED, Week(p=0.75, fails13=2, by_hand=True, weeks_since_closed=1), S.CLOSED),
    # no checks for 13 weeks, and the next one
    *[(state, Week(p=0.95, checks13=0, since=9), S.ARCHIVED) for state in STATES],
    (S.ARCHIVED, Week(checks13=1), S.NONE),
    (S.ARCHIVED, Week(p=0.95, fails13=1, checks13=1), S.NONE),
    (S.ARCHIVED, Week(p=0.75, fails13=2, checks13=3), S.WATCH),
    (S.ARCHIVED, HIGH, S.OPEN),
]


@pytest.mark.parametrize(("state", "week", "expected"), CASES)
def test_a_case(state: GapState, week: Week, expected: GapState) -> None:
    assert after(state, week) is expected


def test_all_pairs_are_decided_at_once_as_each_alone() -> None:
    together = decide(encode([state for state, _, _ in CASES]), signals([week for _, week, _ in CASES]))
    assert decode(together) == [expected for _, _, expected in CASES]
    assert together.dtype == np.int8


def plainly(state: GapState, w: Week) -> GapState:
    """The table of the model, told for one pair."""
    if w.checks13 == 0:
        return S.ARCHIVED
    if state is S.ARCHIVED:
        state = S.NONE
    if w.completed and state in {S.OPEN, S.RELAPSED, S.CLOSING}:
        state = S.IN_REMEDIATION
    well = w.p <= 0.30 and w.since >= 6
    opens = w.p >= 0.90 and w.fails13 >= 2 and w.checks13 >= 4
    watch = w.p >= 0.70 and w.fails13 >= 2
    match state:
        case S.NONE:
            return S.OPEN if opens else S.WATCH if watch else S.NONE
        case S.WATCH:
            return S.OPEN if opens else S.NONE if w.p < 0.50 else S.WATCH
        case S.OPEN | S.RELAPSED:
            if well and w.checks13 >= 6:
                return S.CLOSED
            return S.CLOSING if w.since >= 3 and w.p < 0.50 else state
        case S.IN_REMEDIATION:
            if well and w.checks13 >= 6:
                return S.CLOSED
            if w.since >= 8 and w.p >= 0.80:
                return S.OPEN
            return S.CLOSING if w.since >= 3 and w.p < 0.50 else state
        case S.CLOSING:
            return S.CLOSED if well else S.OPEN if w.p >= 0.80 else state
        case _:
            if w.by_hand and w.weeks_since_closed < 4:
                return state
            if opens:
                return S.RELAPSED if w.weeks_since_closed <= 26 else S.OPEN
            return S.WATCH if watch else state


some_weeks = st.builds(
    Week,
    p=st.sampled_from([0.0, 0.29, 0.30, 0.31, 0.49, 0.5, 0.69, 0.7, 0.79, 0.8, 0.89, 0.9, 1.0]),
    fails13=st.integers(0, 4),
    checks13=st.integers(0, 10),
    since=st.integers(0, 10),
    completed=st.booleans(),
    weeks_since_closed=st.sampled_from([0, 3, 4, 26, 27, NEVER]),
    by_hand=st.booleans(),
)


@given(pairs=st.lists(st.tuples(st.sampled_from(STATES), some_weeks), min_size=1, max_size=60))
def test_the_machine_does_what_its_table_says(pairs: list[tuple[GapState, Week]]) -> None:
    found = decide(encode([state for state, _ in pairs]), signals([week for _, week in pairs]))
    assert decode(found) == [plainly(state, week) for state, week in pairs]


@given(pairs=st.lists(st.tuples(st.sampled_from(STATES), some_weeks), min_size=1, max_size=60))
def test_probabilities_that_nothing_hangs_on_may_be_left_out(pairs: list[tuple[GapState, Week]]) -> None:
    state, full = encode([state for state, _ in pairs]), signals([week for _, week in pairs])
    needed = hangs_on_probability(state, full.fails13, full.probability)
    partly = replace(full, probability=np.where(needed, full.probability, 0))
    assert decide(state, partly).tolist() == decide(state, full).tolist()


def test_thresholds_are_the_policys() -> None:
    lenient = Policy(open_probability=0.97, open_fails=3)
    assert after(S.NONE, HIGH, lenient) is S.WATCH
    assert after(S.NONE, replace(HIGH, p=0.97), lenient) is S.OPEN
    assert after(S.NONE, replace(HIGH, p=0.97, fails13=2), lenient) is S.NONE


def test_what_was_before_is_left_as_it_was() -> None:
    state = encode([S.OPEN, S.NONE])
    decide(state, signals([HEALED, HIGH]))
    assert decode(state) == [S.OPEN, S.NONE]
