"""Pure decisions: until when a licence holds, by its expiry and by what its holder taught."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

SOON = timedelta(days=60)


class Level(StrEnum):
    """What somebody may do: teach, or also teach those who will teach."""

    TRAINER = "trainer"
    MASTER = "master"


class Standing(StrEnum):
    """Where a licence stands on a day."""

    IN_FORCE = "in_force"
    LAPSING = "lapsing"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class Kept:
    """Until when a licence holds: by its date, and by activity (None where none is asked for)."""

    expires_on: date
    active_until: date | None

    @property
    def until(self) -> date:
        """The last day it holds."""
        return min(self.expires_on, self.active_until or self.expires_on)

    @property
    def by_activity(self) -> bool:
        """Whether it ends for want of teaching rather than by its date."""
        return self.active_until is not None and self.active_until < self.expires_on

    def standing(self, day: date) -> Standing:
        """Where it stands on a day."""
        if self.until < day:
            return Standing.LAPSED
        return Standing.LAPSING if self.until <= day + SOON else Standing.IN_FORCE


def kept(issued_on: date, expires_on: date, taught: Iterable[date], *, deliveries: int, days: int) -> Kept:
    """Until when a licence holds with these days of teaching: so many in so many days, counted from its issue at first."""
    if not deliveries:
        return Kept(expires_on, None)
    newest = sorted(taught, reverse=True)
    since = max(newest[deliveries - 1], issued_on) if len(newest) >= deliveries else issued_on
    return Kept(expires_on, since + timedelta(days=days))
