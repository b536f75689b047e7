"""The geometry of sparklines and bars."""

from __future__ import annotations

import pytest

from app.core.marks import HEIGHT, MARGIN, share, spark


def heights(line: str) -> list[float]:
    return [float(point.split(",")[1]) for point in line.split()]


def test_more_stands_higher_and_the_range_fills_the_box() -> None:
    shape = spark([0.2, 0.5, 0.8])
    assert shape is not None
    assert heights(shape.lines[0]) == [HEIGHT - MARGIN, HEIGHT / 2, MARGIN]
    assert shape.last == (100.0, MARGIN)


def test_noise_around_one_value_stays_nearly_flat() -> None:
    shape = spark([0.900, 0.901, 0.900])
    assert shape is not None
    low, high = min(heights(shape.lines[0])), max(heights(shape.lines[0]))
    assert high - low < 0.05 * HEIGHT


def test_a_hole_breaks_the_line_and_the_last_known_value_is_marked() -> None:
    shape = spark([1, 2, None, 3, None])
    assert shape is not None
    assert [len(line.split()) for line in shape.lines] == [2, 1]
    assert shape.last is not None
    assert shape.last[0] == 75.0


def test_target_and_band_are_on_the_scale_of_the_line() -> None:
    shape = spark([0.5, 1.0], target=0.75, band=(0.5, 1.0))
    assert shape is not None
    assert shape.target == HEIGHT / 2
    assert shape.band == (MARGIN, HEIGHT - 2 * MARGIN)


@pytest.mark.parametrize("points", [[], [1.0], [None, 1.0], [None, None]])
def test_fewer_than_two_values_are_no_line(points: list[float | None]) -> None:
    assert spark(points) is None


def test_values_that_are_all_zero_are_drawn_in_the_middle() -> None:
    shape = spark([0, 0])
    assert shape is not None
    assert set(heights(shape.lines[0])) == {HEIGHT / 2}


@pytest.mark.parametrize(
    ("value", "of", "length"), [(0.5, 1, 50), (1.2, 1, 100), (-1, 1, 0), (None, 1, 0), (3, 0, 0), (640, 1000, 64)]
)
def test_a_bar_never_leaves_its_box(value: float | None, of: float, length: float) -> None:
    assert share(value, of) == length
