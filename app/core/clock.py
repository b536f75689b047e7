"""The one clock. Doors (views, commands, jobs) ask it; services and rules are told the time."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


@lru_cache(maxsize=512)
def zone(name: str) -> ZoneInfo:
    """The time zone of this IANA name; raises `ZoneInfoNotFoundError` or `ValueError` for an unknown one."""
    return ZoneInfo(name)


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """Names a person may choose from."""
    return frozenset(n for n in available_timezones() if "/" in n and not n.startswith(("Etc/", "posix/", "right/")))


def start_of(day: date, time_zone: str) -> datetime:
    """The first moment of `day` in that zone, in UTC."""
    return datetime.combine(day, time.min, zone(time_zone)).astimezone(UTC)


def end_of(day: date, time_zone: str) -> datetime:
    """The first moment after `day` in that zone, in UTC."""
    return start_of(day + timedelta(days=1), time_zone)


def day_of(moment: datetime, time_zone: str) -> date:
    """The calendar day of `moment` in that zone."""
    return moment.astimezone(zone(time_zone)).date()


def monday_of(day: date) -> date:
    """The Monday of the ISO week of `day`."""
    return day - timedelta(days=day.weekday())


def week_number(day: date) -> int:
    """The ISO week of `day`, counted from the first Monday of the calendar."""
    return (day.toordinal() - 1) // 7


def monday_of_number(week: int) -> date:
    """The Monday of a week by its number."""
    return date.fromordinal(1 + 7 * int(week))


def month_start(day: date) -> date:
    """The first day of the month of `day`."""
    return day.replace(day=1)


def next_month(day: date) -> date:
    """The first day of the month after the month of `day`."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def last_month(day: date) -> date:
    """The first day of the month before the month of `day`."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


def months_up_to(last: date, count: int) -> list[date]:
    """The first days of so many months up to that of `last`, and of the one after."""
    found = [next_month(last), last.replace(day=1)]
    while len(found) <= count:
        found.append(last_month(found[-1]))
    return found[::-1]


def month_of(text: str) -> date:
    """The first day of a month written as `2026-10`; `ValueError` for anything else, and for years nobody asks about."""
    if not re.fullmatch(r"2[01]\d\d-\d\d", text, re.ASCII):
        raise ValueError(text)
    return date.fromisoformat(f"{text}-01")
