"""What to teach next month: the arithmetic and how sure the top five is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.gaps import priorities
from app.gaps.posterior import Beta, believe
from app.gaps.priorities import Certainty, Needs, certainty, impact, prioritise, shrunk_effect, top_shares


def needs(competency: list[int], rates: list[float], contacts: list[float], *, checks: float = 100) -> Needs:
    """Pairs whose estimated fail rate is `rates`, at an allowed rate of 15 %."""
    rate = np.array(rates)
    belief = Beta(rate * checks, (1 - rate) * checks)
    return Needs(np.array(competency, dtype=np.int64), belief, np.full(len(rate), 0.15), np.array(contacts, float))


def test_the_score_is_what_reaches_customers_and_the_module_would_remove() -> None:
    found = prioritise(
        needs([0, 0, 0, 1], [0.25, 0.20, 0.05, 0.10], [100, 50, 900, 80]), np.array([3.0, 1.0]), np.array([0.8, 0.5])
    )
    errors = 4 * (100 * 0.10 + 50 * 0.05)
    assert found.agents.tolist() == [2, 0]
    assert found.errors == pytest.approx([errors, 0])
    assert found.score == pytest.approx([errors * 3 * 0.8, 0])
    assert found.excess == pytest.approx([12.5 / 150, 0])


def test_those_better_than_allowed_do_not_pay_for_those_worse() -> None:
    alone = prioritise(needs([0], [0.25], [100]), np.ones(1), np.ones(1))
    among = prioritise(needs([0, 0], [0.25, 0.01], [100, 5000]), np.ones(1), np.ones(1))
    assert among.score == pytest.approx(alone.score)


@given(
    rates=st.lists(st.floats(0.01, 0.6), min_size=1, max_size=20),
    contacts=st.floats(1, 400),
)
def test_the_line_of_an_entry_adds_up(rates: list[float], contacts: float) -> None:
    """errors = 4 · agents · contacts · mean points over the allowed rate, where all have the same contacts."""
    found = prioritise(needs([0] * len(rates), rates, [contacts] * len(rates)), np.ones(1), np.ones(1))
    assert found.errors[0] == pytest.approx(4 * found.agents[0] * contacts * found.excess[0])


def test_impact_is_fatal_then_measured_then_one() -> None:
    assert impact([True, False, False], [1.8, 1.8, np.nan]).tolist() == [3, 1.8, 1]


def test_an_effect_measured_on_few_agents_stays_near_one_half() -> None:
    assert shrunk_effect([np.nan, 0.9, 0.9], [0, 20, 180]).tolist() == pytest.approx([0.5, 0.7, 0.86])


def test_six_needs_far_apart_have_a_certain_top_five() -> None:
    six = needs([0, 1, 2, 3, 4, 5], [0.5, 0.45, 0.4, 0.35, 0.3, 0.16], [100] * 6, checks=5000)
    shares = top_shares(six, np.ones(6), np.ones(6), seed=1)
    assert [certainty(s) for s in shares.tolist()] == [Certainty.CERTAIN] * 5 + [Certainty.NOT_TOP]


def test_equal_needs_contest_the_fifth_place() -> None:
    shares = top_shares(needs(list(range(8)), [0.3] * 8, [100] * 8), np.ones(8), np.ones(8), seed=1)
    assert shares.sum() == pytest.approx(5)
    assert {certainty(s) for s in shares.tolist()} == {Certainty.CONTESTED}


def test_the_same_seed_gives_the_same_shares() -> None:
    some = needs(list(range(8)), [0.3, 0.2, 0.25] * 2 + [0.22, 0.28], [100] * 8)
    first, again, other = (top_shares(some, np.ones(8), np.ones(8), seed=s) for s in (7, 7, 8))
    assert first.tolist() == again.tolist()
    assert first.tolist() != other.tolist()


def test_what_nobody_needs_is_in_no_top_five() -> None:
    shares = top_shares(needs([0, 2], [0.4, 0.0001], [100, 100], checks=3000), np.ones(3), np.ones(3), seed=1)
    assert shares.tolist() == [1, 0, 0]


def test_nothing_to_rank_is_no_error() -> None:
    empty = needs([], [], [])
    assert prioritise(empty, np.ones(2), np.ones(2)).score.tolist() == [0, 0]
    assert top_shares(empty, np.ones(2), np.ones(2), seed=1).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("share", "called"), [(0.90, "certain"), (0.89, "contested"), (0.11, "contested"), (0.09, "not_top")]
)
def test_a_share_has_a_name(share: float, called: str) -> None:
    assert certainty(share) == called


def test_the_sum_over_many_is_drawn_from_the_same_distribution(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    n = rng.gamma(2, 8, 600)
    belief = believe(n, rng.binomial(n.astype(int), 0.1), 0.1)
    many = Needs(np.zeros(600, int), belief, np.full(600, 0.15), rng.uniform(100, 400, 600))
    one_by_one = priorities._drawn_errors(many, np.random.default_rng(1))
    monkeypatch.setattr(priorities, "DRAWN_PAIRS", 100)
    at_once = priorities._drawn_errors(many, np.random.default_rng(2))
    assert at_once.mean() == pytest.approx(one_by_one.mean(), rel=0.03)
    assert at_once.std() == pytest.approx(one_by_one.std(), rel=0.15)
