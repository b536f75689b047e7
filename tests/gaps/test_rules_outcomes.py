"""The effect of a remedy: corrected for what would have come anyway, and never said without enough agents."""

from __future__ import annotations

import numpy as np
import pytest

from app.gaps import outcomes
from app.gaps.outcomes import Events, Verdict

CHECKS_BEFORE, CHECKS_AFTER = 20, 16


def world(seed: int, removes: float, agents: int = 1500, sent: int = 60) -> Events:
    """Agents of whom the worst looking are sent to learn what removes so much of their fail rate; events as measured."""
    rng = np.random.default_rng(seed)
    truth = rng.beta(2, 14, agents)
    before = rng.binomial(CHECKS_BEFORE, truth)
    expected = outcomes.expected_rate(np.full(agents, CHECKS_BEFORE), before, truth.mean())
    rate = before / CHECKS_BEFORE
    chosen = rng.permutation(np.argsort(-expected)[: 3 * sent])[:sent]  # the others who did badly were not sent
    learnt = np.zeros(agents, bool)
    learnt[chosen] = True
    after = rng.binomial(CHECKS_AFTER, np.where(learnt, truth * (1 - removes), truth))
    rows = []
    for one in chosen.tolist():
        near = outcomes.nearest(float(expected[one]), float(rate[one]), expected, rate, ~learnt)
        gain = CHECKS_AFTER * expected[one] - after[one]
        control = CHECKS_AFTER * expected[near].sum() - after[near].sum()
        rows.append((one, gain, CHECKS_AFTER, control, CHECKS_AFTER * len(near), len(near), expected[one] - 0.1))
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    return Events(columns[0], *(c.astype(float) for c in columns[1:5]), columns[5], columns[6].astype(float))


def test_regression_to_the_mean_is_not_taken_for_an_effect() -> None:
    found = [outcomes.effect(world(seed, removes=0.0)) for seed in range(8)]
    assert abs(np.mean([one.points for one in found])) < 0.01
    assert sum(one.verdict is Verdict.WORKS for one in found) == 0


def test_what_works_is_found_with_its_size() -> None:
    found = [outcomes.effect(world(seed, removes=0.6)) for seed in range(8)]
    truth = 0.6 * 0.235
    assert np.mean([one.points for one in found]) == pytest.approx(truth, abs=0.03)
    assert all(one.verdict is Verdict.WORKS for one in found)
    assert all((one.low or 0) < (one.points or 0) < (one.high or 0) for one in found)
    assert all(0.3 < (one.share or 0) <= 1 for one in found)


@pytest.mark.parametrize(
    ("agents", "low", "high", "said"),
    [
        (9, 0.1, 0.2, Verdict.TOO_EARLY),
        (10, 0.1, 0.2, Verdict.EARLY_SIGN),
        (19, -0.2, -0.1, Verdict.EARLY_SIGN),
        (20, 0.01, 0.2, Verdict.WORKS),
        (20, -0.01, 0.2, Verdict.NO_SIGN),
        (20, -0.2, -0.01, Verdict.WORSE),
    ],
)
def test_a_verdict_takes_agents_and_an_interval_off_zero(agents: int, low: float, high: float, said: Verdict) -> None:
    assert outcomes.verdict(agents, low, high) is said


def test_without_controls_it_is_what_was_expected_less_what_came() -> None:
    count = 12
    events = Events(
        np.arange(count), np.full(count, 2.0), np.full(count, 10.0), np.zeros(count), np.zeros(count),
        np.zeros(count, np.int64), np.full(count, 0.4),
    )  # fmt: skip
    found = outcomes.effect(events)
    assert not found.controlled
    assert (found.points, found.raw) == pytest.approx((0.2, 0.2))
    assert found.share == pytest.approx(0.5)
    assert found.verdict is Verdict.EARLY_SIGN


def test_nobody_watched_says_nothing() -> None:
    assert outcomes.effect(Events(*(np.zeros(0) for _field in range(7)))) is outcomes.NOTHING


def test_the_nearest_are_at_most_forty_and_never_far() -> None:
    others = np.linspace(0.1, 0.5, 400)
    near = outcomes.nearest(0.2, 0.2, others, np.full(400, 0.2), np.ones(400, bool))
    assert len(near) == 40
    assert np.abs(np.log(others[near]) - np.log(0.2)).max() < 0.2
    assert not len(outcomes.nearest(0.2, 0.9, others, np.full(400, 0.2), np.ones(400, bool)))


def alike(agents: int, gain: float, control_gain: float, controls: int) -> Events:
    """Agents with ten checks each, all of whom gained as much, beside controls who gained as much among themselves."""
    return Events(
        np.arange(agents), np.full(agents, 10 * gain), np.full(agents, 10.0), np.full(agents, 10 * control_gain),
        np.full(agents, 10.0), np.full(agents, controls, np.int64), np.full(agents, 0.2),
    )  # fmt: skip


def test_what_came_to_everybody_is_not_the_remedys() -> None:
    found = outcomes.effect(alike(30, gain=0.15, control_gain=0.05, controls=40))
    assert found.controlled
    assert (found.points, found.raw, found.share) == pytest.approx((0.10, 0.15, 0.5))
    assert outcomes.effect(alike(30, gain=0.05, control_gain=0.05, controls=40)).points == pytest.approx(0)


@pytest.mark.parametrize(
    ("agents", "controls", "controlled"), [(1, 4, False), (1, 5, True), (2, 2, False), (2, 3, True)]
)
def test_five_controls_are_the_least_to_compare_with(agents: int, controls: int, controlled: bool) -> None:
    assert outcomes.effect(alike(agents, 0.15, 0.05, controls)).controlled is controlled


@pytest.mark.parametrize(
    ("others_x", "others_rate", "is_near"),
    [
        (0.59, 0.0, True),
        (0.61, 0.0, False),
        (0.0, 0.39, True),
        (0.0, 0.41, False),
        (0.29, 0.2, True),
        (0.31, 0.2, False),
    ],
)
def test_how_far_a_control_may_be(others_x: float, others_rate: float, is_near: bool) -> None:
    """|log x − log x'| + 1.5·|rate − rate'| < .6."""
    rates = np.array([0.2 + others_rate])
    near = outcomes.nearest(0.2, 0.2, np.array([0.2 * np.exp(others_x)]), rates, np.ones(1, bool))
    assert bool(len(near)) is is_near


def test_the_interval_is_the_bootstraps_and_three_tenths_wider() -> None:
    gains = np.random.default_rng(5).normal(0.1, 0.2, 400)
    events = Events(
        np.arange(400),
        10 * gains,
        np.full(400, 10.0),
        np.zeros(400),
        np.zeros(400),
        np.zeros(400, np.int64),
        np.ones(400),
    )
    found = outcomes.effect(events)
    half = ((found.high or 0) - (found.low or 0)) / 2
    assert half == pytest.approx(1.3 * 1.645 * gains.std() / 20, rel=0.08)
    # the same events say the same for ever: 500 draws of one seed
    assert (found.low, found.high) == pytest.approx((0.0689222, 0.1102658), abs=1e-6)
