"""How compliance went month by month: a line for each month, and the course of each line of a cut."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from statistics import median
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts import settings
from app.accounts.models import User
from app.accounts.queries import places
from app.coaching.compliance.facts import COUNTED, Counting, course, trend_months
from app.coaching.compliance.lines import Compliance, Cut, Line, by_line
from app.coaching.models import Obligation
from app.coaching.rules import Tally, is_tracked
from app.core.clock import last_month


def monthly(session: Session, viewer: User | None, found: Compliance, *, unit_id: int | None = None) -> list[Line]:
    """A line for each of the twelve months up to the one shown, the latest first; those not tracked are left out."""
    counting = Counting.of(session, viewer, found.at, unit_id=unit_id)
    live, months = settings.live_from(session), trend_months(found.month)
    tallies = counting.of_months([last_month(months[0]), *months], live)
    waits: dict[date, list[float]] = defaultdict(list)
    for wait in counting.waits(months):
        waits[wait.month].append(wait.hours)
    since = _since(counting, months)
    lines = []
    for month in reversed(months):
        if not is_tracked(month, live):
            continue
        last, hours = last_month(month), waits[month]
        moved, changed = since.get(month, (Tally(), 0))
        lines.append(
            Line(
                tallies.get(month, Tally()),
                tallies.get(last, Tally()) if is_tracked(last, live) else None,
                median(hours) if hours else None,
                len(hours),
                {**found.total.filters, "month": f"{month:%Y-%m}"},
                month in counting.closed,
                moved,
                changed,
                target=found.target,
                closed_before=last in counting.closed,
                month=month,
            )
        )
    return lines


def _since(counting: Counting, months: Sequence[date]) -> dict[date, tuple[Tally, int]]:
    """By what the figures of closed months differ now, and how many obligations that comes from."""
    closed = [month for month in months if month in counting.closed]
    statement = (
        select(Obligation.due_month, Obligation.frozen, Obligation.state, func.count())
        .where(*counting.due(closed), Obligation.frozen.is_distinct_from(Obligation.state))
        .group_by(Obligation.due_month, Obligation.frozen, Obligation.state)
    )
    found: dict[date, tuple[Tally, int]] = {}
    for month, was, now, count in counting.session.execute(statement) if closed else ():
        moved, changed = found.get(month, (Tally(), 0))
        found[month] = (moved + Tally(*(count * ((s is now) - (s is was)) for s in COUNTED)), changed + count)
    return found


def with_courses(
    session: Session,
    viewer: User | None,
    lines: Sequence[Line],
    by: Cut,
    *,
    month: date,
    at: datetime,
    unit_id: int | None = None,
) -> list[Line]:
    """These lines of a cut, each with its course over the twelve months up to this one."""
    counting = Counting.of(session, viewer, at, unit_id=unit_id)
    live, found = settings.live_from(session), counting.tallies(trend_months(month), by)
    courses: dict[Any, dict[date, Tally]] = defaultdict(lambda: defaultdict(Tally))
    for key, named in by_line(found, by, places(session)):
        for one, tally in found[key].items():
            courses[named][one] += tally
    return [replace(line, course=course(courses.get(line.key(by), {}), month, live)) for line in lines]
