"""Pure decisions: until when a certificate is valid, and where it stands on a day."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol

SOON = timedelta(days=60)


class Basis(StrEnum):
    """What the validity is counted from."""

    COMPLETION = "completion"
    PREVIOUS = "previous"  # the expiry before, when renewed in the window before it; else the completion
    FIXED = "fixed"  # the same day each year
    NEVER = "never"  # does not expire


class Validity(StrEnum):
    """Where a certificate stands."""

    VALID = "valid"
    EXPIRING = "expiring"
    EXPIRED = "expired"


class TermsLike(Protocol):
    basis: Basis
    months: int
    fixed_month: int
    fixed_day: int
    window_days: int


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or the last one of a shorter month."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def expiry(terms: TermsLike, completed_on: date, previous: date | None) -> date | None:
    """The last valid day of a certificate for a completion on that day; `previous` is the last valid day of the one before."""
    if terms.basis is Basis.NEVER:
        return None
    if terms.basis is Basis.FIXED:
        return _fixed(terms, completed_on)
    opens = previous - timedelta(days=terms.window_days) if previous is not None else None
    renewed = previous is not None and opens is not None and opens <= completed_on <= previous
    start = previous if terms.basis is Basis.PREVIOUS and renewed and previous is not None else completed_on
    return add_months(start, terms.months)


def _fixed(terms: TermsLike, completed_on: date) -> date:
    """The next fixed day that is farther away than the window: who completes just before it is not asked again at once."""
    year = completed_on.year
    while True:
        last = calendar.monthrange(year, terms.fixed_month)[1]
        day = date(year, terms.fixed_month, min(terms.fixed_day, last))
        if day > completed_on + timedelta(days=terms.window_days):
            return day
        year += 1


def is_too_soon(least_days: int, completed_on: date, issued_on: date | None) -> bool:
    """Whether a completion falls into the least period after the certificate before it, so that it gives no new one."""
    return issued_on is not None and completed_on < issued_on + timedelta(days=least_days)


def validity(expires_on: date | None, day: date) -> Validity:
    """Where a certificate stands on a day; it is valid on its last day too."""
    if expires_on is None or expires_on > day + SOON:
        return Validity.VALID
    return Validity.EXPIRED if expires_on < day else Validity.EXPIRING
