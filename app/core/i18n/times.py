"""Days, moments and lengths of time as the reader writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from babel.dates import format_date, format_datetime, get_timezone_location
from flask_babel import gettext as _

from app.core.clock import now, zone
from app.core.i18n.numbers import NBSP, number
from app.core.i18n.reader import LOCALES, language, locale_of, time_zone


def local_to(value: datetime, zone_name: str) -> str:
    """A moment as the clock of a zone shows it: `5 Nov 2026, 10:30`."""
    here = value.astimezone(zone(zone_name))
    return f"{day(here.date())}, {here:%H:%M}"


def local(moment: datetime) -> datetime:
    """The moment in the reader's time zone."""
    return moment.astimezone(zone(time_zone()))


def day(value: date | datetime | None, style: str = "medium") -> str:
    """A day with the month's name: `28 Oct 2026`.

    Style `short` leaves out the year, `long` names the weekday, `month` leaves out the day.
    """
    if value is None:
        return "–"
    if isinstance(value, datetime):
        value = local(value).date()
    patterns = {"short": "d MMM", "medium": "d MMM y", "long": "EEE d MMM", "month": "MMM y", "iso": "yyyy-MM-dd"}
    return format_date(value, patterns[style], locale=locale_of(LOCALES[language()])).replace(".", "")


def moment(value: datetime | None, style: str = "medium") -> str:
    """A day and time in the reader's zone: `28 Oct 2026, 09:14`; style `short`: `Thu 28 Oct, 09:14`."""
    if value is None:
        return "–"
    pattern = "d MMM y, HH:mm" if style == "medium" else "EEE d MMM, HH:mm"
    return format_datetime(local(value).replace(tzinfo=None), pattern, locale=locale_of(LOCALES[language()])).replace(
        ".", ""
    )


def city(time_zone_name: str) -> str:
    """A time zone by its city: `America/Bogota` is `Bogotá` in Spanish."""
    place = get_timezone_location(time_zone_name, locale=locale_of(LOCALES[language()]), return_city=True)
    return place.split("/")[-1]


def clock_time(value: datetime) -> str:
    """The time of day in the reader's zone: `09:14`."""
    return f"{local(value):%H:%M}"


def month_name(value: date) -> str:
    """`October 2026`, `octubre de 2026`."""
    pattern = "MMMM 'de' y" if language() == "es" else "MMMM y"
    return format_date(value, pattern, locale=locale_of(LOCALES[language()]))


def month_short(value: date) -> str:
    """`Oct 26`, `oct 26`: for heads of narrow columns and axes."""
    return format_date(value, "MMM yy", locale=locale_of(LOCALES[language()])).replace(".", "")


def weekday_names() -> list[str]:
    """The days of the week from Monday on, as they stand alone."""
    names = locale_of(LOCALES[language()]).days["stand-alone"]["wide"]
    return [names[day][:1].upper() + names[day][1:] for day in range(7)]


def hours(value: float | None) -> str:
    """A length of time in hours or days: `31 h`, `4 d`."""
    if value is None:
        return "–"
    return f"{number(value)}{NBSP}h" if value < 96 else f"{number(value / 24)}{NBSP}d"


def ago(value: datetime | None, at: datetime | None = None) -> str:
    """How long before or after `at` (now, when left out): `18 h ago`, `in 3 d`."""
    if value is None:
        return "–"
    gap = (at or now()) - value
    length = _length(abs(gap))
    return _("%(length)s ago", length=length) if gap >= timedelta() else _("in %(length)s", length=length)


def _length(gap: timedelta) -> str:
    if gap < timedelta(hours=1):
        return f"{int(gap.total_seconds() // 60)}{NBSP}min"
    if gap < timedelta(hours=48):
        return f"{int(gap.total_seconds() // 3600)}{NBSP}h"
    return f"{gap.days}{NBSP}d"


def weekday_or_day(value: datetime, at: datetime | None = None) -> str:
    """Near days by name: `today, 16:00`, `tomorrow, 09:00`, `Thu 5 Nov, 10:30`."""
    here, today = local(value), local(at or now()).date()
    names = {0: _("today"), 1: _("tomorrow"), -1: _("yesterday")}
    near = names.get((here.date() - today).days)
    return f"{near}, {here:%H:%M}" if near else moment(value, "short")


def aware(day_and_time: datetime, time_zone_name: str) -> datetime:
    """A naive local time of that zone, in UTC."""
    return day_and_time.replace(tzinfo=zone(time_zone_name)).astimezone(UTC)
