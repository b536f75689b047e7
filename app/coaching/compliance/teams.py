"""Sessions held in time by team and month: what figures of other rooms start from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Select
from sqlalchemy.orm import Session

from app.accounts import settings
from app.coaching.compliance.facts import Counting
from app.coaching.compliance.lines import Cut
from app.coaching.models import Obligation
from app.coaching.rules import Tally, is_tracked


def in_time_by_team(
    session: Session, teams: Select[int] | None, months: Sequence[date], *, at: datetime
) -> dict[tuple[int, date], Tally]:
    """By team and month, of these months, what was due by a moment and became of it; of closed months as they closed."""
    live = settings.live_from(session)
    tracked = [month for month in months if is_tracked(month, live)]
    counting = Counting.by_teams(session, at, [] if teams is None else [Obligation.team_id.in_(teams)])
    found = counting.tallies(tracked, Cut.UNIT) if tracked else {}
    return {(team, month): tally for team, of_months in found.items() for month, tally in of_months.items()}
