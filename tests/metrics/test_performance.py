"""Where a figure stands, and how units add up: pure."""

from __future__ import annotations

import pytest

from app.metrics.chance import natural_limits
from app.metrics.performance import Better, Metric, Series, Standing, imported, rolled_up

SHARE, MEAN = Metric("x"), Metric("y", share=False, better=Better.LESS)


@pytest.mark.parametrize(
    ("metric", "trend", "target", "said"),
    [
        (SHARE, [(0, 0), (90, 100)], 0.9, Standing.ON),
        (SHARE, [(0, 0), (88, 100)], 0.9, Standing.NEAR),
        (SHARE, [(0, 0), (70, 100)], 0.9, Standing.OFF),
        (SHARE, [(0, 0), (0, 0)], 0.9, None),
        (SHARE, [(0, 0), (70, 100)], None, None),
        (SHARE, [(90, 100)] * 4 + [(70, 100)], None, Standing.BELOW),
        (SHARE, [(90, 100)] * 4 + [(88, 100)], None, Standing.WITHIN),
        (MEAN, [(600, 1), (620, 1), (600, 1), (640, 1)], 610, Standing.NEAR),
        (MEAN, [(600, 1), (620, 1), (600, 1), (700, 1)], 610, Standing.OFF),
        (MEAN, [(600, 1), (500, 1)], 610, Standing.ON),
        (MEAN, [(600, 1), (900, 1)], 610, Standing.NEAR),
        (imported("unheard of"), [(600, 1), (620, 1), (600, 1), (900, 1)], 610, Standing.ABOVE),
    ],
)
def test_a_figure_stands_by_target_and_chance(
    metric: Metric, trend: list[tuple[float, float]], target: float | None, said: Standing | None
) -> None:
    assert Series(metric, trend, target).standing == said


def test_what_is_usual_for_a_mean_follows_from_how_its_months_differ() -> None:
    found = natural_limits([600, 620, 600])
    assert found is not None
    assert (found.middle, found.high - found.middle) == (pytest.approx(606.667, abs=1e-3), pytest.approx(2.66 * 20))
    assert natural_limits([600, 620]) is None


def test_a_unit_is_what_was_told_of_it_else_what_is_below_it() -> None:
    told = {2: [(1, 2), (0, 0)], 3: [(5, 10), (6, 10)], 4: [(1, 10), (2, 10)]}
    below = {1: [2, 4], 2: [3]}
    assert rolled_up(told, below, 2, 2) == [(1, 2), (6, 10)]
    assert rolled_up(told, below, 1, 2) == [(2, 12), (8, 20)]
    assert rolled_up(told, below, 9, 2) == [(0, 0), (0, 0)]
