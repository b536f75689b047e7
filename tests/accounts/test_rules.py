"""Memberships and roles over time, as told by one file after the other."""

from __future__ import annotations

from datetime import date

import pytest

from app.accounts.rules import Span, timeline

JAN, MAR, JUN, SEP, DEC = (date(2026, month, 1) for month in (1, 3, 6, 9, 12))
A, B = (1, None), (2, None)


def test_what_is_told_first_begins_and_has_no_end() -> None:
    assert timeline([], [Span(A, JAN)]) == [Span(A, JAN)]


def test_what_is_told_again_is_no_news() -> None:
    known = [Span(A, JAN, JUN), Span(B, JUN)]
    assert timeline(known, [Span(A, JAN)]) == known
    assert timeline(known, [Span(B, JUN)]) == known
    assert timeline(known, [Span(A, MAR)]) == known


def test_another_team_ends_the_one_before_on_the_day_it_begins() -> None:
    assert timeline([Span(A, JAN)], [Span(B, JUN)]) == [Span(A, JAN, JUN), Span(B, JUN)]


def test_a_move_told_late_goes_between() -> None:
    known = [Span(A, JAN, SEP), Span(B, SEP)]
    assert timeline(known, [Span((3, None), MAR)]) == [Span(A, JAN, MAR), Span((3, None), MAR, SEP), Span(B, SEP)]


def test_an_earlier_beginning_lengthens() -> None:
    assert timeline([Span(A, JUN)], [Span(A, JAN)]) == [Span(A, JAN)]


def test_another_team_from_the_same_day_corrects() -> None:
    assert timeline([Span(A, JAN)], [Span(B, JAN)]) == [Span(B, JAN)]


def test_another_line_of_business_is_another_place() -> None:
    assert timeline([Span(A, JAN)], [Span((1, "Sellers"), JUN)]) == [Span(A, JAN, JUN), Span((1, "Sellers"), JUN)]


def test_several_moves_in_one_file_follow_each_other() -> None:
    told = [Span(A, SEP), Span(A, JAN), Span(B, MAR)]
    assert timeline([], told) == [Span(A, JAN, MAR), Span(B, MAR, SEP), Span(A, SEP)]


def test_leaving_ends_what_holds_and_is_not_news_twice() -> None:
    once = timeline([Span(A, JAN)], [Span(A, JAN)], left=JUN)
    assert once == [Span(A, JAN, JUN)]
    assert timeline(once, [Span(A, JAN)], left_before=JUN, left=JUN) == once


def test_leaving_later_than_thought_or_not_at_all() -> None:
    known = [Span(A, JAN, JUN)]
    assert timeline(known, [Span(A, JAN)], left_before=JUN, left=SEP) == [Span(A, JAN, SEP)]
    assert timeline(known, [Span(A, JAN)], left_before=JUN) == [Span(A, JAN)]


def test_coming_back_keeps_the_time_away() -> None:
    assert timeline([Span(A, JAN, JUN)], [Span(A, SEP)]) == [Span(A, JAN, JUN), Span(A, SEP)]


def test_an_end_somebody_set_stays() -> None:
    known = [Span(A, JAN, JUN)]
    assert timeline(known, [Span(A, JAN)]) == known


def test_leaving_on_the_first_day_leaves_an_empty_span() -> None:
    assert timeline([], [Span(A, JAN)], left=JAN) == [Span(A, JAN, JAN)]


@pytest.mark.parametrize(
    ("stop", "expected"),
    [(MAR, [Span(A, JAN, MAR), Span(B, SEP)]), (DEC, [Span(A, JAN, SEP), Span(B, SEP, DEC)])],
)
def test_a_stop_ends_what_holds_and_leaves_what_comes(stop: date, expected: list[Span]) -> None:
    assert timeline([Span(A, JAN, SEP), Span(B, SEP)], [], stops=stop) == expected
