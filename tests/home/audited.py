"""A small programme that has been audited for some weeks, and in which no day has been run yet."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from app.accounts import settings
from app.home import daily
from app.home.demo import programme

FIRST = date(2026, 3, 2)
WEEKS = 9
LIVE = FIRST + timedelta(weeks=6)
"""A Monday: the weeks before are history."""
LAST = FIRST + timedelta(weeks=WEEKS) - timedelta(days=1)


def make_audited(session: Any) -> None:
    """People and audits of nine weeks from Monday 2 March 2026, the same each time; live from the seventh week on."""
    built = programme.set_up(session, 20, FIRST, LAST, seed=5)
    for week in range(WEEKS):
        built.audit_week(FIRST + timedelta(weeks=week))
    settings.put(session, "live_from", LIVE.isoformat(), by=None, on=daily.moment_of(FIRST))
    session.commit()
