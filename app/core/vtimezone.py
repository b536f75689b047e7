"""The rules of a time zone as calendar files carry them (VTIMEZONE): one plain entry for each change of the clock.

Generated lists of dates (RDATE) and rules for ever are read differently by different programs; a single dated entry for each
change around the events of a file is read alike by all.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from app.core.clock import zone

if TYPE_CHECKING:
    from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

ONE_DAY = timedelta(days=1)
NONE = timedelta(0)


def rules_of(time_zone: str, first: date, last: date) -> Timezone:
    """The component for a zone, right from a year before the first day to a year after the last."""
    from icalendar import Timezone

    begins = datetime(first.year - 1, 1, 1, tzinfo=UTC)
    found = Timezone()
    found.add("tzid", time_zone)
    offset = _offset(begins, time_zone)
    found.add_component(_entry(begins, offset, offset, time_zone))
    for moment, before, after in changes(time_zone, begins, datetime(last.year + 2, 1, 1, tzinfo=UTC)):
        found.add_component(_entry(moment, before, after, time_zone))
    return found


def changes(time_zone: str, first: datetime, last: datetime) -> Iterator[tuple[datetime, timedelta, timedelta]]:
    """The moments between two at which the clocks of a zone change: (moment, offset before, offset after)."""
    moment, before = first, _offset(first, time_zone)
    while moment < last:
        after = _offset(moment + ONE_DAY, time_zone)
        if after != before:
            low, high = moment, moment + ONE_DAY
            while high - low > timedelta(seconds=1):
                middle = (low + (high - low) / 2).replace(microsecond=0)
                low, high = (middle, high) if _offset(middle, time_zone) == before else (low, middle)
            yield high, before, after
            before = after
        moment += ONE_DAY


def _offset(moment: datetime, time_zone: str) -> timedelta:
    return moment.astimezone(zone(time_zone)).utcoffset() or NONE


def _entry(
    moment: datetime, before: timedelta, after: timedelta, time_zone: str
) -> TimezoneDaylight | TimezoneStandard:
    from icalendar import TimezoneDaylight, TimezoneStandard

    here = moment.astimezone(zone(time_zone))
    entry = TimezoneDaylight() if here.dst() else TimezoneStandard()
    # By RFC 5545, on the clock as it was before
    entry.add("dtstart", (moment + before).replace(tzinfo=None))
    entry.add("tzoffsetfrom", before)
    entry.add("tzoffsetto", after)
    entry.add("tzname", here.tzname())
    return entry
