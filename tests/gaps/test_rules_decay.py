"""What is remembered: decay, halving, and that stepping and folding agree."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.gaps.decay import NO_EVENTS, Cells, Events, Evidence, fold, happened, step, window
from app.gaps.rules import DECAY

PAIRS, START, END = 3, 105_650, 105_690

weeks = st.integers(START, END)
cell = st.tuples(st.integers(0, PAIRS - 1), weeks, st.integers(1, 9), st.floats(0.2, 3.0), st.integers(0, 9))
events = st.lists(st.tuples(st.integers(0, PAIRS - 1), weeks), max_size=8)


def make_cells(rows: list[tuple[int, int, int, float, int]]) -> Cells:
    """Cells of pair, week, checks, worth of a check and fails."""
    pair, week, checks, worth, fails = (
        (np.array(column) for column in zip(*rows, strict=True)) if rows else (np.zeros(0, int),) * 5
    )
    return Cells(pair, week, checks, np.minimum(fails, checks), checks * worth)


def make_events(rows: list[tuple[int, int]]) -> Events:
    return Events(np.array([r[0] for r in rows], int), np.array([r[1] for r in rows], int))


def nothing(pairs: int = PAIRS) -> Evidence:
    return Evidence(np.zeros(pairs), np.zeros(pairs), np.zeros(pairs, np.int64))


def test_half_is_left_after_eight_weeks() -> None:
    later = step(Evidence(np.array([8.0]), np.array([2.0]), np.array([8])), 0, 0, 0, weeks=8)
    assert (later.n[0], later.f[0], later.since[0]) == (pytest.approx(4), pytest.approx(1), 8)


def test_a_completed_remedy_halves_what_was_before_and_leaves_the_weeks_own_checks_whole() -> None:
    before = Evidence(np.array([8.0]), np.array([4.0]), np.array([20]))
    after = step(before, [3], [1], [2.5], completed=[True])
    assert after.n[0] == pytest.approx(8 * DECAY / 2 + 2.5)
    assert after.f[0] == pytest.approx(4 * DECAY / 2 + 1)
    assert after.since[0] == 3


def test_a_change_of_line_of_business_halves_too_but_the_count_since_the_remedy_goes_on() -> None:
    before = Evidence(np.array([8.0]), np.array([4.0]), np.array([20]))
    moved = step(before, [3], [1], [2.5], moved=[True])
    both = step(before, [3], [1], [2.5], moved=[True], completed=[True])
    assert (moved.n[0], moved.since[0]) == (pytest.approx(8 * DECAY / 2 + 2.5), 23)
    assert (both.n[0], both.since[0]) == (pytest.approx(8 * DECAY / 4 + 2.5), 3)


def test_two_remedies_in_one_week_halve_once_and_those_of_two_weeks_twice() -> None:
    cells = make_cells([(0, START, 4, 1.0, 2)])
    once = fold(cells, 1, START + 2, completions=make_events([(0, START + 1), (0, START + 1)]))
    twice = fold(cells, 1, START + 2, completions=make_events([(0, START + 1), (0, START + 2)]))
    assert once.n[0] == pytest.approx(4 * DECAY**2 / 2)
    assert twice.n[0] == pytest.approx(4 * DECAY**2 / 4)


def test_checks_are_counted_from_the_week_of_the_remedy_on() -> None:
    cells = make_cells([(0, START, 5, 1.0, 0), (0, START + 3, 2, 1.0, 0), (0, START + 4, 1, 1.0, 0)])
    assert fold(cells, 1, START + 4).since.tolist() == [8]
    assert fold(cells, 1, START + 4, completions=make_events([(0, START + 3)])).since.tolist() == [3]


@given(rows=st.lists(cell, max_size=40), completed=events, moved=events, as_of=weeks)
def test_folding_from_scratch_equals_stepping_week_by_week(rows, completed, moved, as_of) -> None:
    cells, completions, moves = make_cells(rows), make_events(completed), make_events(moved)
    stepped = nothing()
    for week in range(START, as_of + 1):
        own = window(cells, PAIRS, week, weeks=1)
        done, away = happened(completions, PAIRS, week), happened(moves, PAIRS, week)
        stepped = step(stepped, own.checks, own.fails, own.standard, completed=done, moved=away)
    folded = fold(cells, PAIRS, as_of, completions=completions, moves=moves)
    np.testing.assert_allclose(folded.n, stepped.n, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(folded.f, stepped.f, rtol=1e-12, atol=1e-12)
    assert folded.since.tolist() == stepped.since.tolist()


@given(rows=st.lists(cell, min_size=1, max_size=20), idle=st.lists(st.integers(0, 20), min_size=PAIRS, max_size=PAIRS))
def test_idle_weeks_can_be_skipped(rows, idle) -> None:
    before = fold(make_cells(rows), PAIRS, END)
    at_once = step(before, 0, 0, 0, weeks=idle)
    for pair, quiet in enumerate(idle):
        later = fold(make_cells(rows), PAIRS, END + quiet)
        assert at_once.n[pair] == pytest.approx(later.n[pair], rel=1e-12)
        assert at_once.f[pair] == pytest.approx(later.f[pair], rel=1e-12)


def test_what_comes_later_is_not_seen() -> None:
    cells = make_cells([(0, START, 4, 1.0, 2), (0, START + 5, 9, 1.0, 9)])
    seen = fold(cells, 1, START + 1, completions=make_events([(0, START + 5)]))
    assert (seen.n[0], seen.f[0], seen.since[0]) == (pytest.approx(4 * DECAY), pytest.approx(2 * DECAY), 4)


def test_a_window_holds_thirteen_weeks_undecayed() -> None:
    cells = make_cells([(0, END, 4, 2.0, 1), (0, END - 12, 3, 1.0, 2), (0, END - 13, 9, 1.0, 9), (1, END, 1, 1.0, 0)])
    seen = window(cells, 2, END)
    assert (seen.checks.tolist(), seen.fails.tolist(), seen.standard.tolist()) == ([7, 1], [3, 0], [11, 1])


def test_pairs_without_cells_have_no_evidence() -> None:
    found = fold(make_cells([]), 2, END, completions=NO_EVENTS)
    assert (found.n.tolist(), found.f.tolist(), found.since.tolist()) == ([0, 0], [0, 0], [0, 0])
