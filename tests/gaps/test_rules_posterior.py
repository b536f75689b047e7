"""How sure: expected rates, the probability that an agent is below target, and its interval."""

from __future__ import annotations

from math import lgamma

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.gaps.posterior import (
    Beta,
    Groups,
    believe,
    common_rate,
    expected_rate,
    expected_rates,
    others_ratio,
    probability_where,
    site_rate,
)


def beyond(a: float, b: float, limit: float) -> float:
    """P(q > limit) for q ~ Beta(a, b), by adding up the density."""
    q = (np.arange(200_000) + 0.5) / 200_000
    density = np.exp(lgamma(a + b) - lgamma(a) - lgamma(b) + (a - 1) * np.log(q) + (b - 1) * np.log1p(-q))
    return float(density[q > limit].sum() / 200_000)


def test_rates_of_line_of_business_and_site_are_drawn_together() -> None:
    common = common_rate(19.5, 195)
    assert common == pytest.approx(0.1)
    assert site_rate(30, 150, common) == pytest.approx(0.15)  # half way from 10 % to 20 %
    assert site_rate(0, 0, common) == pytest.approx(0.1)


def test_how_an_agent_does_elsewhere_moves_the_expectation_within_bounds() -> None:
    assert others_ratio(0, 0) == 1  # a new agent
    assert others_ratio(12, 4) == 2
    assert others_ratio([0, 500], [500, 0]).tolist() == [0.3, 3.5]
    assert expected_rate(0.1, 2) == pytest.approx(0.1 * 2**0.7)
    assert expected_rate([0.0001, 0.5], [1, 3]).tolist() == [0.004, 0.6]


def test_expected_rates_of_pairs_are_those_worked_out_by_hand() -> None:
    """Two agents of one line of business at two sites, two competencies; then the sums pair by pair."""
    n, f = np.array([10.0, 20.0, 30.0, 5.0]), np.array([2.0, 1.0, 3.0, 0.0])
    agent, competency, site = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), np.array([0, 1, 2, 3])
    found = expected_rates(Groups(competency, site, agent), n, f)
    common = [(5 + 0.5) / 45, (1 + 0.5) / 30]
    m = [(f[i] + 150 * common[i % 2]) / (n[i] + 150) for i in range(4)]
    other = [1, 0, 3, 2]
    ratio = [np.clip((f[j] + 4) / (n[j] * m[j] + 4), 0.3, 3.5) for j in other]
    assert found == pytest.approx([m[i] * ratio[i] ** 0.7 for i in range(4)])


def test_own_counts_join_sixteen_expected_checks() -> None:
    belief = believe([10.0], [3.0], [0.1])
    assert (belief.a[0], belief.b[0]) == (pytest.approx(4.6), pytest.approx(21.4))
    assert belief.rate[0] == pytest.approx(4.6 / 26)


def test_more_fails_than_standard_checks_leave_no_passes() -> None:
    belief = believe([2.0], [3.0], [0.1])
    assert (belief.a[0], belief.b[0]) == (pytest.approx(4.6), pytest.approx(14.4))


@pytest.mark.parametrize(
    ("n", "f", "expected", "target"), [(10, 3, 0.1, 0.85), (40, 1, 0.05, 0.92), (0, 0, 0.2, 0.85), (8, 8, 0.3, 0.85)]
)
def test_the_probability_is_the_belief_beyond_the_allowed_rate(
    n: float, f: float, expected: float, target: float
) -> None:
    belief = believe([n], [f], [expected])
    assert belief.probability(target)[0] == pytest.approx(beyond(belief.a[0], belief.b[0], 1 - target), abs=2e-4)


def test_no_checks_say_what_the_expectation_says() -> None:
    assert believe([0.0], [0.0], [0.05]).probability(0.85)[0] == pytest.approx(beyond(0.8, 15.2, 0.15), abs=1e-3)
    assert believe([0.0], [0.0], [0.004]).probability(0.85)[0] < 0.002


@given(n=st.floats(0, 300), f=st.floats(0, 300), m=st.floats(0.004, 0.6), target=st.floats(0.5, 1.0))
def test_a_further_miss_never_makes_a_gap_less_likely_nor_a_pass_more(
    n: float, f: float, m: float, target: float
) -> None:
    n = n + f
    now, missed, passed = believe([n, n + 1, n + 1], [f, f + 1, f], [m] * 3).probability(target)
    assert 0 <= passed <= now + 1e-12
    assert now <= missed + 1e-12
    assert missed <= 1


@given(a=st.floats(0.05, 60), b=st.floats(0.5, 200), target=st.floats(0.5, 0.99))
def test_the_bound_of_a_probability_is_never_below_it(a: float, b: float, target: float) -> None:
    belief = Beta(np.array([a]), np.array([b]))
    assert belief.at_most(target)[0] >= belief.probability(target)[0] - 1e-12


def test_probabilities_may_be_left_out_where_nothing_hangs_on_them() -> None:
    belief = Beta(np.array([4.6, 2.0, 5.0]), np.array([21.4, 30.0, 9.0]))
    targets = np.array([0.85, 0.92, 0.85])
    found = probability_where(belief, targets, np.array([True, False, True]))
    assert found.tolist() == [belief.probability(targets)[0], 0, belief.probability(targets)[2]]
    assert probability_where(belief, 0.85, np.zeros(3, bool)).tolist() == [0, 0, 0]


def test_a_programme_without_pairs_is_no_error() -> None:
    none, nobody = np.zeros(0), np.zeros(0, dtype=np.int64)
    expected = expected_rates(Groups(nobody, nobody, nobody), none, none)
    assert believe(none, none, expected).probability(none).tolist() == []
