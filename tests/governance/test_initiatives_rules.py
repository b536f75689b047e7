"""What may be said of a metric after an initiative, and which moves there are."""

from __future__ import annotations

import random
from datetime import date

import pytest

from app.gaps.outcomes import Verdict
from app.governance.initiatives.measuring import _months, elsewhere, top
from app.governance.initiatives.rules import MOVES, Measured, State, needs_reason, on_metric, post_mortem_due
from tests.governance.units import place

pytestmark = pytest.mark.once
BEFORE = [(80, 100), (82, 100), (81, 100), (79, 100), (80, 100), (81, 100)]


def test_the_change_is_that_beyond_the_other_units() -> None:
    inside = [(p * 10, w * 10) for p, w in [*BEFORE, (90, 100), (91, 100), (92, 100)]]
    others = [(p * 10, w * 10) for p, w in [*BEFORE, (85, 100), (84, 100), (86, 100)]]
    found = on_metric(inside, others, 6, less_is_better=False, share=True)
    early = sum(p / w for p, w in BEFORE) / 6
    assert found.raw == pytest.approx(0.91 - early)
    assert found.points == pytest.approx(0.06), "both rose; only what went beyond the others counts"
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0.06 < found.high
    assert (found.verdict, found.before, found.after, found.controlled) == (Verdict.WORKS, 6, 3, True)


@pytest.mark.parametrize(
    ("less_is_better", "verdict"), [(False, Verdict.WORSE), (True, Verdict.WORKS), (None, Verdict.NO_SIGN)]
)
def test_which_way_is_better_decides_the_verdict(less_is_better: bool | None, verdict: Verdict) -> None:
    inside = [*[(600.0 * 50, 50.0), (610.0 * 50, 50.0)] * 3, (400.0 * 50, 50.0)]
    assert on_metric(inside, None, 6, less_is_better=less_is_better, share=False).verdict is verdict


def test_a_change_within_what_months_differ_anyway_is_no_sign() -> None:
    inside = [(60, 100), (90, 100), (65, 100), (88, 100), (84, 100)]
    found = on_metric(inside, None, 4, less_is_better=False, share=True)
    assert (found.verdict, found.controlled) == (Verdict.NO_SIGN, False)


def test_few_numbers_are_never_surer_than_they_are() -> None:
    """Months that happen to be equal say nothing against what so few answers explain."""
    inside = [*[(8, 10)] * 5, (9, 10)]
    assert on_metric(inside, None, 5, less_is_better=False, share=True).verdict is Verdict.NO_SIGN


@pytest.mark.parametrize("inside", [[*BEFORE[:2], (90, 100)], [*BEFORE, (0, 0)]])
def test_without_months_before_or_after_no_number_is_said(inside: list[tuple[int, int]]) -> None:
    found = on_metric(inside, None, len(inside) - 1, less_is_better=False, share=True)
    assert (found.verdict, found.points, found.low) == (Verdict.TOO_EARLY, None, None)


def test_where_nothing_was_done_it_is_rarely_said_to_have_helped() -> None:
    rng, said = random.Random(5), 0
    for _world in range(400):
        months = [(sum(rng.random() < 0.8 for _n in range(200)), 200) for _m in range(18)]
        found = on_metric(months[:9], months[9:], 6, less_is_better=False, share=True)
        said += found.verdict in (Verdict.WORKS, Verdict.WORSE)
    assert said / 400 <= 0.1


def test_what_is_kept_comes_back() -> None:
    found = Measured(Verdict.WORKS, 0.1, 0.05, 0.15, 0.12, controlled=True, agents=30, checks=400.0)
    assert Measured.of(found.plain) == found
    assert Measured.of(None) is None


def test_moves_and_days() -> None:
    assert MOVES[State.DONE] == (), "what was done is not undone"
    assert needs_reason(State.RUNNING, State.STOPPED)
    assert needs_reason(State.STOPPED, State.RUNNING)
    assert not needs_reason(State.PROPOSED, State.RUNNING)
    assert post_mortem_due(State.DONE, date(2026, 1, 5)) == date(2026, 3, 16)
    assert post_mortem_due(State.STOPPED, date(2026, 1, 5)) == date(2026, 1, 19)
    assert _months(date(2026, 2, 1), -3) == [date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1)]


def test_elsewhere_is_every_unit_it_does_not_run_in() -> None:
    tree = [place(1), place(2, 1), place(3, 1), place(4, 1, 2), place(5, 1, 2), place(6, 1, 2, 4), place(7, 1, 3)]
    known = {one.id: one for one in tree}
    assert elsewhere({4}, known) == [3, 5]
    assert elsewhere({1}, known) == []
    assert top({4, 6}, known) == [4]
