"""When coaching is owed, when due, what may become of it, and how compliance counts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.coaching import rules
from app.coaching.rules import MOVES, Away, Clock, ObligationKind, ObligationState, Tally, Terms
from app.core.clock import day_of

few = settings(max_examples=50)
ZONES = ["America/Bogota", "America/Mexico_City", "Europe/Madrid", "Asia/Manila", "America/Sao_Paulo"]
days = st.dates(date(2024, 1, 1), date(2028, 12, 31))
zones = st.sampled_from(ZONES)
HIRED = date(2026, 1, 31)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 10, 15), 2, date(2026, 12, 15)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
    ],
)
def test_months_are_added_on_the_calendar(day: date, months: int, expected: date) -> None:
    assert rules.add_months(day, months) == expected


@pytest.mark.parametrize(
    ("day", "active_gap", "expected"),
    [
        (date(2026, 1, 31), False, 7),
        (date(2026, 4, 29), False, 7),
        (date(2026, 4, 30), False, 14),  # three months on the calendar, January's last day to April's
        (date(2027, 1, 30), False, 14),
        (date(2027, 1, 31), False, 30),
        (date(2027, 1, 31), True, 14),
        (date(2026, 2, 28), True, 7),  # already sooner
    ],
)
def test_cadence_by_tenure_and_gap(day: date, active_gap: bool, expected: int) -> None:
    assert rules.cadence_days(HIRED, day, Terms(), active_gap=active_gap) == expected


def test_somebody_of_unknown_tenure_counts_as_settled() -> None:
    assert rules.cadence_days(None, date(2026, 1, 1), Terms(), active_gap=False) == 30


def test_a_period_that_begins_on_a_monday_ends_with_sunday_at_the_site() -> None:
    due = rules.cadence_due(date(2026, 10, 5), 7, "America/Bogota")
    assert due == datetime(2026, 10, 12, 4, 59, 59, tzinfo=UTC)
    assert rules.due_month(due, "America/Bogota") == date(2026, 10, 1)


def test_what_is_due_on_the_last_day_counts_in_that_month_and_not_in_the_next() -> None:
    due = rules.last_moment(date(2026, 10, 31), "America/Bogota")
    assert due.date() == date(2026, 11, 1)  # in UTC it is November already
    assert rules.due_month(due, "America/Bogota") == date(2026, 10, 1)


@few
@given(st.lists(st.integers(1, 40), min_size=1, max_size=12), days, zones)
def test_periods_follow_each_other_without_overlap_or_hole(lengths: list[int], first: date, zone: str) -> None:
    """Asked every day, a new period begins the day after the last one ended, and never before."""
    day, due, begun = first, None, []
    for length in lengths:
        while not rules.cadence_begins(day, due, zone):
            day += timedelta(days=1)
        begun.append(day)
        due = rules.cadence_due(day, length, zone)
    expected = [first]
    for length in lengths[:-1]:
        expected.append(expected[-1] + timedelta(days=length))
    assert begun == expected
    assert len({rules.cadence_key(d) for d in begun}) == len(begun)


@few
@given(days, st.integers(1, 60), zones)
def test_a_cadence_is_due_on_its_last_local_day_whatever_the_clocks_do(day: date, length: int, zone: str) -> None:
    due = rules.cadence_due(day, length, zone)
    assert day_of(due, zone) == day + timedelta(days=length - 1)
    assert day_of(due + timedelta(seconds=1), zone) == day + timedelta(days=length)


@pytest.mark.parametrize(
    ("kind", "hours", "expected"),
    [
        (ObligationKind.FATAL, None, datetime(2026, 10, 30, 20, 14, tzinfo=UTC)),
        (ObligationKind.GAP, None, datetime(2026, 11, 4, 20, 14, tzinfo=UTC)),
        (ObligationKind.GAP, 72, datetime(2026, 10, 31, 20, 14, tzinfo=UTC)),
        (ObligationKind.FOLLOW_UP, None, datetime(2026, 11, 12, 4, 59, 59, tzinfo=UTC)),
        (ObligationKind.FOLLOW_UP, 24, datetime(2026, 10, 29, 20, 14, tzinfo=UTC)),
    ],
)
def test_due_after_an_event(kind: ObligationKind, hours: int | None, expected: datetime) -> None:
    opened = datetime(2026, 10, 28, 20, 14, tzinfo=UTC)
    assert rules.event_due(kind, opened, Terms(), "America/Bogota", hours) == expected


def test_no_event_opens_a_cadence() -> None:
    with pytest.raises(KeyError):
        rules.event_due(ObligationKind.CADENCE, datetime(2026, 10, 28, tzinfo=UTC), Terms(), "UTC")


def test_terms_take_what_a_row_says() -> None:
    class Row:
        days_new, days_settling, days_settled, days_with_gap = 5, 10, 20, 9
        fatal_hours, gap_hours, follow_up_days, acknowledge_hours = 24, 72, 7, 48
        asked_hours, nominated_hours = 96, 60
        failed_hours, failed_below, dsat_hours, repeat_hours, repeat_times, repeat_days = 36, 70, 40, 50, 4, 20
        clock, away = Clock.WORKING, Away.WAIVES

    numbers = (5, 10, 20, 9, 24, 72, 7, 48, 96, 60, 36, 70, 40, 50, 4, 20)
    assert Terms.of(Row()) == Terms(*numbers, Clock.WORKING, Away.WAIVES)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (ObligationState.MET, [ObligationState.OPEN, ObligationState.MISSED]),
        (ObligationState.MET_LATE, [ObligationState.OPEN, ObligationState.MISSED]),
        (ObligationState.MISSED, [ObligationState.OPEN]),
        (ObligationState.WAIVED, [ObligationState.OPEN]),
        (ObligationState.VOID, [ObligationState.OPEN]),
        (ObligationState.OPEN, []),
    ],
)
def test_what_may_become_of_an_obligation(target: ObligationState, expected: list[ObligationState]) -> None:
    assert rules.sources(target) == expected


def test_every_state_says_where_it_leads_and_settled_ones_stay() -> None:
    assert set(MOVES) == set(ObligationState)
    assert all(not MOVES[s] for s in set(ObligationState) - {ObligationState.OPEN, ObligationState.MISSED})


@few
@given(st.timedeltas(timedelta(days=-30), timedelta(days=30)))
def test_in_time_is_held_by_the_due_time(late_by: timedelta) -> None:
    due = datetime(2026, 10, 28, 20, 14, tzinfo=UTC)
    expected = ObligationState.MET if late_by <= timedelta() else ObligationState.MET_LATE
    assert rules.met_as(due + late_by, due) is expected


@few
@given(st.lists(st.sampled_from(list(ObligationState))))
def test_compliance_counts_each_obligation_once(states: list[ObligationState]) -> None:
    total = sum((rules.tally(s, 1) for s in states), Tally())
    left_out = [s for s in states if s in rules.NOT_COUNTED]
    assert total.all == len(states)
    assert total.due == len(states) - len(left_out)
    assert total.in_time == states.count(ObligationState.MET)
    assert total.rate is None if not total.due else 0 <= total.rate <= 1


def test_the_share_waived_and_void_are_not_held_against_anyone() -> None:
    total = Tally(in_time=11, late=1, missed=0, open=0, waived=2, void=3)
    assert (total.due, total.all) == (12, 17)
    assert total.rate == pytest.approx(11 / 12)


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        (Tally(in_time=9, late=1), Tally(in_time=8, missed=2), 0.1),
        (Tally(in_time=9, late=1), None, None),
        (Tally(waived=1), Tally(in_time=1), None),
    ],
)
def test_change_on_the_month_before(now: Tally, before: Tally | None, expected: float | None) -> None:
    assert rules.change(now, before) == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("month", "live", "expected"),
    [
        (date(2026, 9, 1), date(2026, 10, 15), False),
        (date(2026, 10, 1), date(2026, 10, 15), True),
        (date(2026, 9, 1), None, False),
    ],
)
def test_months_before_going_live_are_not_tracked(month: date, live: date | None, expected: bool) -> None:
    assert rules.is_tracked(month, live) is expected
