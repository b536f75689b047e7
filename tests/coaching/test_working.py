"""Working time: hours of opening, public holidays, changes of the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.coaching.rules import ObligationKind, Terms, event_due, put_off
from app.coaching.working import WorkTime, public_holidays


def local(zone: str, *parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("zone", "market", "opened", "hours", "due"),
    [
        ("America/Bogota", "CO", (2026, 10, 5, 10), 8, (2026, 10, 5, 18)),
        ("America/Bogota", "CO", (2026, 10, 5, 17), 2, (2026, 10, 6, 10)),
        ("America/Bogota", "CO", (2026, 10, 9, 17), 2, (2026, 10, 13, 10)),  # Friday; the 12th is a holiday
        ("America/Bogota", None, (2026, 10, 9, 17), 2, (2026, 10, 12, 10)),
        ("America/Bogota", "CO", (2026, 10, 10, 3), 9, (2026, 10, 13, 18)),
        ("America/Mexico_City", "MX", (2026, 11, 13, 17), 10, (2026, 11, 17, 18)),  # Revolution Day on the 16th
        ("Europe/Madrid", "ES", (2026, 10, 23, 17), 2, (2026, 10, 26, 10)),  # the clocks change on the 25th
        ("America/Los_Angeles", "US", (2026, 10, 30, 17), 2, (2026, 11, 2, 10)),
    ],
)
def test_a_working_clock_runs_while_the_site_is_open(
    zone: str, market: str | None, opened: tuple[int, ...], hours: int, due: tuple[int, ...]
) -> None:
    assert WorkTime(zone, market=market).after(local(zone, *opened), hours) == local(zone, *due)


def test_hours_may_close_after_midnight_and_last_as_long_as_they_last() -> None:
    night = WorkTime("Europe/Madrid", dict.fromkeys(range(7), (22 * 60, 30 * 60)))
    assert night.after(local("Europe/Madrid", 2026, 10, 20, 1), 6) == local("Europe/Madrid", 2026, 10, 20, 23)
    # The night of the change has nine hours of work
    assert night.after(local("Europe/Madrid", 2026, 10, 24, 22), 9) == local("Europe/Madrid", 2026, 10, 25, 6)


@settings(max_examples=60)
@given(
    st.integers(0, 330 * 24 * 60).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)),
    st.integers(1, 200),
    st.integers(1, 60),
)
def test_more_hours_are_never_sooner_and_a_due_time_is_while_open(start: datetime, hours: int, more: int) -> None:
    work = WorkTime("America/Los_Angeles", market="US")
    first, later = work.after(start, hours), work.after(start, hours + more)
    assert start < first < later
    span = work.span(first.astimezone(ZoneInfo("America/Los_Angeles")).date())
    assert span is not None
    assert span[0] <= first <= span[1]


def test_a_follow_up_falls_due_on_a_day_of_work() -> None:
    work = WorkTime("America/Bogota", market="CO")
    due = event_due(
        ObligationKind.FOLLOW_UP,
        local("America/Bogota", 2026, 10, 3, 9),
        Terms(follow_up_days=7),
        "America/Bogota",
        work=work,
    )
    assert due == local("America/Bogota", 2026, 10, 13, 23, 59, 59)


def test_a_market_nobody_knows_has_no_holidays() -> None:
    assert public_holidays("XX", 2026) == {}
    assert public_holidays("CO", 2026, "es")[date(2026, 11, 2)].startswith("Día de Todos los Santos")


def test_putting_off_keeps_the_time_of_day_over_a_change_of_the_clock() -> None:
    due = local("Europe/Madrid", 2026, 10, 24, 23, 59, 59)
    assert put_off(due, "Europe/Madrid") == local("Europe/Madrid", 2026, 10, 25, 23, 59, 59)
    assert put_off(due, "Europe/Madrid") - due == timedelta(hours=25)
