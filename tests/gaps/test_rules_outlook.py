"""What comes next for one pair."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.gaps.outlook import FURTHEST, Standing, look_ahead
from app.gaps.rules import GapState, Policy

S = GapState
HEALTHY = Standing(S.NONE, n=20, f=1, expected=0.06, target=0.85, fails13=1, checks13=20, since=20)
OPEN = Standing(S.OPEN, n=16, f=6, expected=0.12, target=0.85, fails13=6, checks13=16, since=16)


def test_an_open_gap_says_how_many_clean_checks_close_it() -> None:
    outlook = look_ahead(OPEN)
    assert outlook.next_state is S.OPEN
    assert outlook.misses is None
    assert outlook.clean_checks is not None
    assert look_ahead(replace(OPEN, n=OPEN.n + outlook.clean_checks)).probability <= 0.30
    assert look_ahead(replace(OPEN, n=OPEN.n + outlook.clean_checks - 1)).probability > 0.30


def test_each_clean_check_brings_the_end_one_nearer() -> None:
    far = look_ahead(OPEN).clean_checks
    near = look_ahead(replace(OPEN, n=OPEN.n + 5, checks13=21, since=21)).clean_checks
    assert far is not None
    assert near == far - 5


def test_after_a_remedy_at_least_six_checks_are_asked_for() -> None:
    done = replace(OPEN, state=S.IN_REMEDIATION, n=12, f=0.5, expected=0.05, since=0)
    assert look_ahead(done).clean_checks == 6
    assert look_ahead(replace(done, since=3)).clean_checks == 3
    assert look_ahead(replace(done, state=S.CLOSING, since=4)).clean_checks == 2


def test_a_remedy_that_does_not_take_opens_the_gap_again() -> None:
    outlook = look_ahead(replace(OPEN, state=S.IN_REMEDIATION, since=2))
    assert outlook.misses == 6  # eight checks since the remedy
    assert look_ahead(replace(OPEN, state=S.CLOSING, n=14, f=1)).misses in range(1, 10)


def test_a_healthy_pair_has_nothing_to_close_and_says_how_many_misses_open_a_gap() -> None:
    outlook = look_ahead(HEALTHY)
    assert outlook.clean_checks is None
    assert outlook.misses is not None
    worse = replace(HEALTHY, n=20 + outlook.misses, f=1 + outlook.misses, fails13=1 + outlook.misses, checks13=30)
    assert look_ahead(worse).next_state is S.OPEN


def test_a_closed_gap_would_relapse() -> None:
    closed = replace(HEALTHY, state=S.CLOSED, weeks_since_closed=5)
    assert look_ahead(closed).misses == look_ahead(HEALTHY).misses
    assert look_ahead(replace(closed, closed_by_hand=True, weeks_since_closed=1)).misses is None


def test_a_watch_ends_with_clean_checks() -> None:
    watched = Standing(S.WATCH, n=10, f=3, expected=0.1, target=0.85, fails13=3, checks13=10, since=10)
    outlook = look_ahead(watched)
    assert outlook.clean_checks is not None
    assert 0.45 < look_ahead(replace(watched, n=10 + outlook.clean_checks)).probability < 0.50


def test_what_the_next_decision_does_anyway_needs_no_check() -> None:
    healed = replace(OPEN, n=60, f=2, fails13=1)
    assert look_ahead(healed) == replace(look_ahead(healed), next_state=S.CLOSED, clean_checks=0)


def test_what_is_too_far_away_is_not_told() -> None:
    assert look_ahead(replace(OPEN, f=40, n=60)).clean_checks is None
    assert FURTHEST == 60


@pytest.mark.parametrize("state", list(GapState))
def test_every_state_has_an_outlook(state: GapState) -> None:
    outlook = look_ahead(replace(OPEN, state=state))
    assert 0 <= outlook.probability <= 1


def test_the_outlook_follows_the_policy() -> None:
    strict = Policy(close_checks=12)
    assert look_ahead(replace(OPEN, f=0.5, n=30, since=4), strict).clean_checks == 8
