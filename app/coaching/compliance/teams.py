"""Sessions held in time by team and month: what figures of other rooms start from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.accounts import settings
from app.coaching.compliance.facts import Counting
from app.coaching.models import CoachingMonth, Obligation
from app.coaching.rules import Tally, is_tracked


def in_time_by_team(
    session: Session, teams: Select[int] | None, months: Sequence[date], *, at: datetime
) -> dict[tuple[int, date], Tally]:
    """By team and month, of these months, what was due by a moment and became of it; of closed months as they closed."""
    live = settings.live_from(session)
    tracked = [month for month in months if is_tracked(month, live)]
    closed = session.execute(select(CoachingMonth.month, CoachingMonth.closed_at).where(CoachingMonth.closed_at <= at))
    counting = Counting(session, at, [] if teams is None else [Obligation.team_id.in_(teams)], dict(closed.all()))
    found: dict[tuple[int, date], Tally] = defaultdict(Tally)
    for fact in counting.facts(tracked) if tracked else ():
        found[fact.team_id, fact.month] += Tally(*fact.counts)
    return dict(found)
