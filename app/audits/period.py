"""The months a page of figures is about, as its address asks for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from flask import current_app, request

from app.core.clock import day_of, last_month, month_of, next_month, now, start_of
from app.core.i18n import time_zone

LONGEST = 24
"""Months."""


@dataclass(frozen=True, slots=True)
class Period:
    """Whole months, the last one included."""

    first: date
    last: date
    """The first day of the last month."""
    zone: str

    @property
    def since(self) -> datetime:
        return start_of(self.first, self.zone)

    @property
    def until(self) -> datetime:
        return start_of(next_month(self.last), self.zone)

    @property
    def months(self) -> list[date]:
        """The first days of its months."""
        found = [self.first]
        while found[-1] < self.last:
            found.append(next_month(found[-1]))
        return found

    @property
    def asked(self) -> dict[str, str]:
        """As addresses have it."""
        return {"from": f"{self.first:%Y-%m}", "to": f"{self.last:%Y-%m}"}


def asked_period(months: int = 6) -> Period:
    """From `from` to `to` of the address; the months up to now where it says nothing that makes sense."""
    last = _month(request.args.get("to", "")) or day_of(now(), time_zone()).replace(day=1)
    first = _month(request.args.get("from", "")) or _back(last, months - 1)
    first = max(min(first, last), _back(last, LONGEST - 1))
    return Period(first, last, str(current_app.config["PROGRAMME_TIME_ZONE"]))


def _month(typed: str) -> date | None:
    try:
        return month_of(typed.strip())
    except ValueError:
        return None


def _back(month: date, count: int) -> date:
    for _number in range(count):
        month = last_month(month)
    return month
