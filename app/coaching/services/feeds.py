"""The secret address of somebody's calendar: made, replaced, revoked, and read by whoever has it."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.accounts.models import User
from app.accounts.record import log
from app.coaching.models import CalendarFeed, CoachingSession, SessionRecord
from app.coaching.rules import SessionState

LOOKS_BACK = timedelta(days=60)
MOST = 500


def make_feed(session: Session, *, by: User, on: datetime) -> str:
    """Make an address for one's own calendar; one made before no longer answers. The secret is told this once."""
    revoke_feed(session, by=by, on=on, silent=True)
    token = secrets.token_urlsafe(32)
    session.add(CalendarFeed(user_id=by.id, token_hash=_hash(token), made_at=on))
    session.flush()
    log(session, "calendar.made", by, by=by, on=on, person_id=by.id)
    return token


def revoke_feed(session: Session, *, by: User, on: datetime, silent: bool = False) -> None:
    """Let the address of one's calendar answer no longer."""
    session.execute(delete(CalendarFeed).where(CalendarFeed.user_id == by.id))
    if not silent:
        log(session, "calendar.revoked", by, by=by, on=on, person_id=by.id)


def reader_of(session: Session, token: str, *, on: datetime) -> User | None:
    """Whose calendar an address is, while it is not revoked and that person may still sign in."""
    found = session.scalars(select(CalendarFeed).where(CalendarFeed.token_hash == _hash(token))).first()
    reader = session.get(User, found.user_id) if found is not None else None
    if found is None or reader is None or not reader.is_active:
        return None
    if found.read_at is None or on - found.read_at > timedelta(hours=1):
        found.read_at = on
    return reader


def sessions_of(session: Session, reader: User, *, on: datetime) -> list[tuple[CoachingSession, list[User]]]:
    """Somebody's own sessions from two months back on, with the agents as the coach reads them."""
    mine = select(SessionRecord.session_id).where(SessionRecord.person_id == reader.id, SessionRecord.absent.is_(False))
    shown = or_(CoachingSession.scheduled_for >= on - LOOKS_BACK, CoachingSession.held_at >= on - LOOKS_BACK)
    statement = (
        select(CoachingSession)
        .where(or_(CoachingSession.coach_id == reader.id, CoachingSession.id.in_(mine)), shown)
        .where(CoachingSession.state.in_((SessionState.SCHEDULED, SessionState.HELD)))
        .where(and_(CoachingSession.from_history.is_(False)))
        .order_by(CoachingSession.id.desc())
        .limit(MOST)
        .options(joinedload(CoachingSession.coach))
        .options(selectinload(CoachingSession.records).joinedload(SessionRecord.person))
    )
    return [(one, [record.person for record in one.records]) for one in session.scalars(statement)]


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
