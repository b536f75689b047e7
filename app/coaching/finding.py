"""What the search finds here: coaching sessions, by agent or coach."""

from __future__ import annotations

from collections.abc import Sequence

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import func, select, union
from sqlalchemy.orm import joinedload

from app.accounts.filters import called
from app.accounts.models import User
from app.coaching import labels
from app.coaching.models import CoachingSession, SessionRecord
from app.core.finding import Asked, Finder, Hit
from app.core.i18n import day


def _sessions(asked: Asked) -> Sequence[Hit]:
    """The latest first, of those of which the viewer sees somebody's record."""
    when = func.coalesce(CoachingSession.held_at, CoachingSession.scheduled_for).label("at")
    seen = SessionRecord.visible_to(asked.viewer)
    held = seen.join(SessionRecord.session).with_only_columns(CoachingSession.id, when)
    there = seen.where(SessionRecord.session_id == CoachingSession.id).correlate(CoachingSession).exists()
    given = select(CoachingSession.id, when).where(called(CoachingSession.coach_id, asked.words), there)
    named = union(held.where(called(SessionRecord.person_id, asked.words)), given).subquery()
    found = (
        select(CoachingSession)
        .join(named, named.c.id == CoachingSession.id)
        .order_by(named.c.at.desc(), CoachingSession.id.desc())
        .options(joinedload(CoachingSession.coach))
    )
    sessions = asked.first(found)
    agents = _agents(asked, [one.id for one in sessions])
    return [_hit(one, agents.get(one.id, [])) for one in sessions]


def _agents(asked: Asked, session_ids: list[int]) -> dict[int, list[str]]:
    """The names of the agents in each that the viewer may see: of a group, not the others."""
    if not session_ids:
        return {}
    seen = SessionRecord.visible_to(asked.viewer).where(SessionRecord.session_id.in_(session_ids))
    names: dict[int, list[str]] = {}
    rows = seen.join(SessionRecord.person).order_by(User.name).with_only_columns(SessionRecord.session_id, User.name)
    for session_id, name in asked.session.execute(rows):
        names.setdefault(session_id, []).append(name)
    return names


def _hit(one: CoachingSession, agents: list[str]) -> Hit:
    at = one.held_at or one.scheduled_for
    kind = str(labels.SESSION_KINDS[one.kind])
    return Hit(
        url_for("coaching.session", session_id=one.id),
        _("%(kind)s: %(agents)s", kind=kind, agents=", ".join(agents)) if agents else kind,
        " · ".join(filter(None, [one.coach.name, day(at) if at else ""])),
        (labels.SESSION_LOOKS[one.state], labels.SESSION_STATES[one.state]),
    )


FINDERS = (
    Finder("sessions", lazy_gettext("Sessions"), _sessions, lambda words: url_for("coaching.sessions", q=words)),
)
