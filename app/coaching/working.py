"""Working time: when a site is open, which days its market keeps, and how a clock runs that stops while it is closed.

Hours of opening are minutes after local midnight; a moment in between that a change of the clock leaves out or doubles
is where the zone puts it, and what elapses is real time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from app.core.clock import day_of, zone

MINUTES_A_DAY = 24 * 60
WEEK: dict[int, tuple[int, int]] = dict.fromkeys(range(5), (9 * 60, 18 * 60))
"""Where no hours are set: Monday to Friday, 9:00 to 18:00."""
LONGEST_SEARCH = 3 * 366
"""Days looked through for the next open one: a site that never opens stops no clock for good."""

Hours = Mapping[int, tuple[int, int]]
"""By weekday (Monday is 0): opens, closes. A weekday that is missing is closed."""


@lru_cache(maxsize=256)
def public_holidays(market: str, year: int, language: str = "en") -> Mapping[date, str]:
    """The public holidays of a market (a country's code) in a year by name; none where the market is not known."""
    import holidays

    try:
        return dict(holidays.country_holidays(market, years=year, language=_spoken(market, language)))
    except NotImplementedError:  # what the library says of a country it does not know
        return {}


@lru_cache(maxsize=64)
def _spoken(market: str, language: str) -> str | None:
    """The closest language the holidays of a market are named in; None for their own."""
    import holidays

    known = holidays.list_localized_countries().get(market, [])
    return next((one for one in sorted(known) if one.startswith(language)), None)


@dataclass(frozen=True, slots=True)
class WorkTime:
    """When work is done at a site."""

    time_zone: str
    hours: Hours = field(default_factory=lambda: WEEK)
    market: str | None = None

    def is_open(self, day: date) -> bool:
        """Whether the site opens on a day at all."""
        if day.weekday() not in self.hours:
            return False
        return self.market is None or day not in public_holidays(self.market, day.year)

    def span(self, day: date) -> tuple[datetime, datetime] | None:
        """From when to when the site is open on a day; none when it is closed."""
        if not self.is_open(day):
            return None
        opens, closes = self.hours[day.weekday()]
        return self._moment(day, opens), self._moment(day, closes)

    def covers(self, begins: datetime, ends: datetime) -> bool:
        """Whether the site is open all the time from one moment to another."""
        first = day_of(begins, self.time_zone)
        for day in (first - timedelta(days=1), first):  # hours that close after midnight began the day before
            span = self.span(day)
            if span is not None and span[0] <= begins and ends <= span[1]:
                return True
        return False

    def _moment(self, day: date, minutes: int) -> datetime:
        later, rest = divmod(minutes, MINUTES_A_DAY)
        local = datetime.combine(day + timedelta(days=later), time(rest // 60, rest % 60), zone(self.time_zone))
        return local.astimezone(zone("UTC"))

    def after(self, start: datetime, hours: float) -> datetime:
        """The moment at which so many hours of work have passed since `start`."""
        left = timedelta(hours=hours)
        # Hours that close after midnight began the day before
        for day in self._days(day_of(start, self.time_zone) - timedelta(days=1)):
            span = self.span(day)
            if span is None:
                continue
            begins = max(span[0], start)
            if span[1] - begins >= left and span[1] > begins:
                return begins + left
            left -= max(span[1] - begins, timedelta(0))
        return start + timedelta(hours=hours)

    def open_day(self, day: date) -> date:
        """The day itself, or the next on which the site opens."""
        return next((one for one in self._days(day) if self.is_open(one)), day)

    def _days(self, first: date) -> Iterator[date]:
        return (first + timedelta(days=number) for number in range(LONGEST_SEARCH))
