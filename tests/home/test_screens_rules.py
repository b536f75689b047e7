"""What chance explains, how a balance ran, how far a gap has come."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.words import folded
from app.home import rules
from app.home.rules import Measure, Result
from app.metrics import chance
from app.metrics.chance import Limits


def tail(part: int, whole: int, rate: float) -> float:
    """P(X ≥ part), term by term."""
    return sum(math.comb(whole, k) * rate**k * (1 - rate) ** (whole - k) for k in range(part, whole + 1))


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0.01, 0.99))
def test_tails_are_those_of_the_binomial_distribution(counts: tuple[int, int], rate: float) -> None:
    part, whole = counts
    assert chance.at_least(part, whole, rate) == pytest.approx(tail(part, whole, rate), abs=1e-9)
    assert chance.at_most(part, whole, rate) == pytest.approx(1 - tail(part + 1, whole, rate), abs=1e-9)


def test_only_what_chance_does_not_explain_is_off_target_the_least_likely_first() -> None:
    far = Result(Measure.COACHING, 1, 88, 124, 0.9)
    fatal = Result(Measure.FATAL, 2, 38, 1_226, 0.015)
    near = Result(Measure.LEARNING, 3, 10, 12, 0.9)
    better = Result(Measure.COACHING, 4, 124, 124, 0.9)
    few_fatal = Result(Measure.FATAL, 5, 0, 1_226, 0.015)
    nothing = Result(Measure.LEARNING, 6, 0, 0, 0.9)
    assert rules.beyond_chance([near, fatal, better, far, few_fatal, nothing]) == [far, fatal]


def test_limits_are_three_sigmas_around_what_was_usual() -> None:
    found = chance.control_limits([(15, 1_000), (25, 1_000), (0, 0), (20, 1_000)], 900)
    assert found is not None
    assert found.middle == pytest.approx(0.02)
    assert found.high == pytest.approx(0.02 + 3 * math.sqrt(0.02 * 0.98 / 900))
    assert [found.says(rate) for rate in (0.001, 0.02, 0.05)] == ["below", "within", "above"]


def test_limits_are_not_said_without_history_or_size_and_stay_between_nothing_and_all() -> None:
    assert chance.control_limits([(1, 10), (1, 10)], 10) is None
    assert chance.control_limits([(1, 10)] * 5, 0) is None
    assert chance.control_limits([(1, 10)] * 5, 4) == Limits(0.0, 0.1, pytest.approx(0.55))


def test_a_balance_is_followed_back_from_now() -> None:
    assert rules.balances(375, [5, -13, 2]) == [386, 373, 375]
    assert rules.balances(7, [7]) == [7]


@pytest.mark.parametrize(
    ("clean", "since", "dots"), [(5, 1, (1, 6)), (0, 6, (6, 6)), (20, 3, (0, 0)), (8, 9, (0, 8)), (3, 30, (5, 8))]
)
def test_dots_show_what_is_done_and_what_is_left(clean: int, since: int, dots: tuple[int, int]) -> None:
    assert rules.pips(clean, since) == dots


def test_folding_takes_accents_and_capitals_away() -> None:
    assert folded("Núñez ÁRBOL Güiza") == "nunez arbol guiza"
