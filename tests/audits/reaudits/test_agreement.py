"""How far two who scored the same agree: the published figures, and what must hold for any."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.audits.reaudits.agreement import Checks, alignment, by_group, chance_corrected, compare
from app.audits.rules import FAIL, NA, PASS

MARKS = st.sampled_from([PASS, FAIL, NA])


def checks(
    first: list[int], second: list[int], weight: list[float] | None = None, fatal: set[int] = frozenset()
) -> Checks:
    """Checks of one contact each."""
    n = len(first)
    return Checks(
        np.arange(n), np.zeros(n, np.int64), np.array(weight or [1.0] * n), np.array([i in fatal for i in range(n)], bool),
        np.array(first, np.int8), np.array(second, np.int8),
    )  # fmt: skip


def table(both: int, only_first: int, only_second: int, neither: int) -> tuple[np.ndarray, np.ndarray]:
    """Two raters' answers from the four counts of yes and no."""
    counts = [both, only_first, only_second, neither]
    return np.repeat([PASS, PASS, FAIL, FAIL], counts), np.repeat([PASS, FAIL, PASS, FAIL], counts)


def test_ac1_is_as_published_where_nearly_all_agree() -> None:
    # Gwet (2002), "Kappa statistic is not satisfactory for assessing the extent of agreement between raters": 118, 5, 2, 0.
    first, second = table(118, 5, 2, 0)
    value, interval = chance_corrected(first, second, np.arange(125), (PASS, FAIL))
    assert value == pytest.approx(0.9408, abs=1e-4)
    assert interval is not None
    assert interval[0] < 0.9408 < interval[1]


def test_the_interval_is_that_of_a_bootstrap_by_contact() -> None:
    rng = np.random.default_rng(4)
    contact = np.repeat(np.arange(60), 12)
    hard = np.repeat(rng.beta(1, 8, 60), 12)
    first = np.where(rng.random(720) < 0.15, FAIL, PASS)
    second = np.where(rng.random(720) < hard, PASS + FAIL - first, first)
    value, interval = chance_corrected(first, second, contact)
    drawn = [
        chance_corrected(first[rows], second[rows], contact[rows])[0] or 0.0
        for rows in ((rng.integers(60, size=60)[:, None] * 12 + np.arange(12)).ravel() for _ in range(400))
    ]
    assert interval is not None
    assert (interval[1] - interval[0]) / 2 == pytest.approx(2 * float(np.std(drawn)), rel=0.15)
    assert value == pytest.approx(float(np.mean(drawn)), abs=0.01)


def test_full_agreement_is_not_certain_of_few_contacts() -> None:
    value, few = chance_corrected(np.zeros(5, int), np.zeros(5, int), np.arange(5))
    _value, many = chance_corrected(np.zeros(50, int), np.zeros(50, int), np.arange(50))
    assert value == 1
    assert few is not None
    assert many is not None
    assert few[0] < 0.6 < 0.9 < many[0]
    assert chance_corrected(np.zeros(3, int), np.zeros(3, int), np.zeros(3, int))[1] is None
    assert chance_corrected(np.zeros(0, int), np.zeros(0, int), np.zeros(0, int)) == (None, None)


@pytest.mark.parametrize(
    ("first", "second", "weight", "wanted"),
    [
        ([PASS, FAIL], [PASS, PASS], [3.0, 1.0], 0.75),
        ([PASS, FAIL], [FAIL, PASS], [1.0, 1.0], 0.0),  # the totals are equal, the items are not
        ([NA, PASS], [FAIL, PASS], [1.0, 1.0], 0.5),
        ([NA, PASS], [NA, PASS], [9.0, 1.0], 1.0),
        ([NA], [NA], [1.0], None),
        ([FAIL], [PASS], [0.0], None),
    ],
)
def test_alignment_is_by_item(first: list[int], second: list[int], weight: list[float], wanted: float | None) -> None:
    assert alignment(checks(first, second, weight)) == wanted


def test_leniency_and_fatal_errors() -> None:
    found = compare(checks([PASS] * 8 + [FAIL, FAIL], [FAIL] * 6 + [PASS] * 2 + [FAIL, PASS], fatal={0, 1, 8, 9}))
    assert found.leniency == pytest.approx(0.5)
    assert (found.fatal_both, found.fatal_first, found.fatal_second) == (1, 2, 3)
    assert (found.differing, found.contacts, found.leans, found.few) == (7, 10, 0, False)
    lenient = compare(checks([PASS] * 20, [FAIL] * 15 + [PASS] * 5))
    assert lenient.leans == 1
    assert compare(checks([FAIL] * 15 + [PASS] * 5, [PASS] * 20)).leans == -1
    assert compare(checks([PASS] * 3, [FAIL] * 3)).few
    assert compare(checks([NA], [NA])).leniency is None


@settings(max_examples=60)
@given(st.lists(st.tuples(MARKS, MARKS, st.floats(0, 5)), min_size=1, max_size=40))
def test_what_holds_for_any_answers(answers: list[tuple[int, int, float]]) -> None:
    first, second, weight = ([one[place] for one in answers] for place in range(3))
    one, other = compare(checks(first, second, weight)), compare(checks(second, first, weight))
    assert one.alignment is None or -1e-9 <= one.alignment <= 1 + 1e-9
    assert (one.alignment, one.agreement) == (pytest.approx(other.alignment), pytest.approx(other.agreement))
    if one.leniency is not None:
        assert one.leniency == pytest.approx(-(other.leniency or 0.0))
    if one.interval is not None:
        assert -1 <= one.interval[0] <= (one.agreement or 0) + 1e-9
        assert one.interval[1] <= 1
    assert (compare(checks(first, first, weight)).agreement or 1) == pytest.approx(1)


def test_groups_are_apart() -> None:
    both = checks([PASS] * 4, [PASS, FAIL, FAIL, FAIL])
    found = dict(by_group(both, np.array([7, 7, 3, -1])))
    assert {number: (one.checks, one.differing) for number, one in found.items()} == {3: (1, 1), 7: (2, 1)}
