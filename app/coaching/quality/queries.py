"""What is counted of each coach."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Select, func, select

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.reach import unit_scope
from app.coaching.models import CoachingSession, SessionRecord
from app.coaching.quality.models import Review
from app.coaching.rules import SessionKind, SessionState


def sessions_of_coaches(viewer: User, since: date) -> Select[int, int, int, Any, int, Any, int]:
    """(coach id, sessions, agents, sum and number of `useful`, of `applicable`) since a day, in the teams in scope."""
    return (
        select(
            CoachingSession.coach_id,
            func.count(CoachingSession.id.distinct()),
            func.count(SessionRecord.person_id.distinct()),
            func.coalesce(func.sum(SessionRecord.useful), 0),
            func.count(SessionRecord.useful),
            func.coalesce(func.sum(SessionRecord.applicable), 0),
            func.count(SessionRecord.applicable),
        )
        .join(SessionRecord, SessionRecord.session_id == CoachingSession.id)
        .where(
            CoachingSession.state == SessionState.HELD,
            CoachingSession.from_history.is_(False),
            CoachingSession.kind != SessionKind.COACH_THE_COACH,
            CoachingSession.held_on >= since,
            SessionRecord.absent.is_(False),
            SessionRecord.team_id.in_(unit_scope(viewer, Permission.SEE_COACHING)),
        )
        .group_by(CoachingSession.coach_id)
    )


def reviews_of_coaches(viewer: User, since: date) -> Select[int, int, Any, Any]:
    """(coach id, reviews, points, points there were to reach) of the months since a day, as far as the viewer may see."""
    seen = Review.visible_to(viewer).with_only_columns(Review.id)
    return (
        select(Review.coach_id, func.count(), func.sum(Review.points), func.sum(Review.points_of))
        .where(Review.id.in_(seen), Review.reviewed_at.is_not(None), Review.month >= since)
        .group_by(Review.coach_id)
    )
