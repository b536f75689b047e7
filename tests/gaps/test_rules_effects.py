"""Effects of criterion, auditor, purpose and team, and what a check is worth."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.gaps.effects import (
    NO_EFFECTS,
    Counts,
    Effects,
    criterion_offsets,
    fit,
    group_numbers,
    may_fit,
    standard_checks,
    values_of,
)


def sigmoid(x: float) -> float:
    return 1 / (1 + np.exp(-x))


def logit(p: float) -> float:
    return float(np.log(p / (1 - p)))


def counts(rates: dict[int, float], auditors: dict[int, float], purposes: dict[str, float], n: int = 400) -> Counts:
    """As many findings of each criterion × auditor × purpose as `n`, two teams alternating, failed as the effects say."""
    rows = [
        (criterion, auditor, purpose, index % 2, n, n * sigmoid(logit(rate) + severity + drawn))
        for index, ((criterion, rate), (auditor, severity), (purpose, drawn)) in enumerate(
            product(rates.items(), auditors.items(), purposes.items())
        )
    ]
    return Counts(*(np.array(column) for column in zip(*rows, strict=True)))


RATES = {1: 0.05, 2: 0.10, 3: 0.20}
AUDITORS = {10: -0.4, 11: 0.0, 12: 0.4}


def test_it_recovers_the_effects_that_made_the_findings() -> None:
    fitted = fit(counts(RATES, AUDITORS, {"random": 0.0, "dsat": 0.6}))
    assert {key: sigmoid(b) for key, b in fitted.criterion.items()} == pytest.approx(RATES, abs=0.01)
    assert fitted.auditor == pytest.approx(AUDITORS, abs=0.05)
    assert fitted.purpose == pytest.approx({"random": 0.0, "dsat": 0.6}, abs=0.05)
    assert fitted.applications == {1: 2400, 2: 2400, 3: 2400}


def test_auditors_and_teams_are_measured_from_their_mean() -> None:
    fitted = fit(counts(RATES, {10: 0.0, 11: 0.5, 12: 0.7}, {"random": 0.0}))
    assert sum(fitted.auditor.values()) == pytest.approx(0, abs=1e-12)
    assert sum(fitted.team.values()) == pytest.approx(0, abs=1e-12)


def test_purposes_are_measured_from_random_audits() -> None:
    fitted = fit(counts(RATES, AUDITORS, {"dsat": 0.5, "random": 0.0, "targeted": 0.3}))
    assert fitted.purpose["random"] == 0
    assert fitted.purpose["dsat"] > fitted.purpose["targeted"] > 0


def test_without_random_audits_the_commonest_purpose_is_the_plain_one() -> None:
    some, many = counts(RATES, AUDITORS, {"targeted": 0.0}, 100), counts(RATES, AUDITORS, {"dsat": 0.5}, 400)
    both = Counts(*(np.concatenate([getattr(some, f), getattr(many, f)]) for f in Counts.__slots__))
    fitted = fit(both)
    assert fitted.purpose["dsat"] == 0
    assert fitted.purpose["targeted"] < 0


def test_few_findings_move_an_effect_little() -> None:
    common = counts({1: 0.1}, {10: 0.0, 11: 0.0}, {"random": 0.0})
    fitted = fit(
        Counts(
            *(
                np.append(getattr(common, f), v)
                for f, v in zip(Counts.__slots__, (1, 12, "random", 0, 4, 4), strict=True)
            )
        )
    )
    assert 0 < fitted.auditor[12] < 0.7  # four fails of four, from one severe look


@pytest.mark.parametrize("rate", [0.0, 0.5, 0.6, 0.8, 0.9, 0.99, 1.0])
def test_criteria_that_nearly_all_fail_do_not_run_away(rate: float) -> None:
    n = np.array([5000.0, 5000.0])
    fitted = fit(
        Counts(np.array([1, 2]), np.array([1, 1]), np.array(["random"] * 2), np.array([1, 1]), n, n * [rate, 0.1])
    )
    assert sigmoid(fitted.criterion[1]) == pytest.approx(rate, abs=0.03)
    assert sigmoid(fitted.criterion[2]) == pytest.approx(0.1, abs=0.03)


def test_no_findings_give_no_effects() -> None:
    assert fit(Counts(*(np.array([]) for _ in range(6)))) == NO_EFFECTS


@pytest.mark.parametrize(
    ("weeks", "findings", "enough"), [(0, 0, False), (3, 1999, False), (4, 10, True), (1, 2000, True)]
)
def test_a_first_version_needs_four_weeks_or_two_thousand_findings(weeks: float, findings: int, enough: bool) -> None:
    assert may_fit(weeks, findings) is enough


def test_what_a_version_does_not_know_has_no_effect() -> None:
    assert values_of({7: 0.3}, [7, 8, 7]).tolist() == [0.3, 0, 0.3]
    assert values_of({"dsat": 0.6}, np.array(["random", "dsat"], dtype=object)).tolist() == [0, 0.6]
    assert values_of({}, []).tolist() == []


def test_a_criterion_is_compared_with_the_mean_of_its_competency_on_the_scorecard() -> None:
    effects = Effects(criterion={1: logit(0.1), 2: logit(0.3), 3: -9.0}, applications={1: 300, 2: 100, 3: 50})
    ref = logit(0.15)  # (300 · .1 + 100 · .3) / 400
    offsets = criterion_offsets(effects, [1, 2, 3], group_numbers([1, 1, 2], ["K1", "K1", "K1"]))
    assert offsets == pytest.approx([logit(0.1) - ref, logit(0.3) - ref, 0], abs=1e-12)


def test_a_criterion_new_since_the_version_is_as_hard_as_its_competency() -> None:
    effects = Effects(criterion={1: -1.0}, applications={1: 10})
    assert criterion_offsets(effects, [1, 2], [0, 0]) == pytest.approx([0, 0], abs=1e-12)
    assert criterion_offsets(NO_EFFECTS, [1, 2], [0, 1]).tolist() == [0, 0]


def test_groups_are_numbered_by_what_their_keys_say_together() -> None:
    numbers = group_numbers(["a", "a", "b", "b", "a"], [1, 2, 1, 1, 1])
    assert len(set(numbers.tolist())) == 3
    assert numbers[0] == numbers[4] != numbers[1]
    assert numbers[2] == numbers[3] != numbers[0]


@given(target=st.floats(0.5, 0.99))
def test_a_plain_check_counts_as_one(target: float) -> None:
    assert standard_checks(0, 0, 0, target) == pytest.approx(1)


def test_a_severe_look_counts_for_more_checks_and_a_lenient_one_for_less() -> None:
    severe, plain, lenient = standard_checks(0, np.array([0.7, 0, -0.7]), 0, 0.85)
    assert severe == pytest.approx(sigmoid(logit(0.15) + 0.7) / 0.15)
    assert severe > plain > lenient


@given(d=st.floats(-8, 8), target=st.floats(0.5, 1.0))
def test_a_check_never_counts_for_nothing_nor_for_more_than_a_sure_catch(d: float, target: float) -> None:
    worth = float(standard_checks(d, 0, 0, target))
    assert 0 < worth < 1 / (1 - min(target, 0.999)) + 1e-9


def test_a_scorecard_without_competencies_is_no_error() -> None:
    assert criterion_offsets(NO_EFFECTS, [], np.zeros(0, dtype=np.int64)).tolist() == []
    assert group_numbers([], []).tolist() == []
