"""Days made up after the fact: a session taken in from a file meets what was owed when it was held.

Such sessions come in before the days they fall on are made up, so nothing was owed yet that they could name. What each
can stand for follows from what it was: any talk keeps the cadence, one on the competency answers its gap, one held for a fatal
error answers that error.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session

from app.coaching.models import CoachingSession, Obligation, SessionRecord, SessionTopic
from app.coaching.rules import ObligationKind, SessionKind, SessionState, met_as, sources
from app.core.bulk import chunks
from app.gaps.models import Gap


def meet_with_history(session: Session, day: date) -> int:
    """Let the sessions taken in from files that were held on this day meet what their agents were owed; returns how much."""
    taken_in = CoachingSession.from_history & (CoachingSession.state == SessionState.HELD)
    held = select(CoachingSession.id).where(CoachingSession.held_on == day, taken_in)
    in_order = session.scalars(held.order_by(CoachingSession.held_at, CoachingSession.id)).all()
    return sum(_meet(session, block) for block in chunks(in_order))


def _meet(session: Session, sessions: Sequence[int]) -> int:
    on_topic = exists(
        select(SessionTopic.session_id)
        .join(Gap, Gap.competency_id == SessionTopic.competency_id)
        .where(SessionTopic.session_id == CoachingSession.id, Gap.id == Obligation.gap_id)
    )
    answers = or_(
        Obligation.kind == ObligationKind.CADENCE,
        and_(Obligation.kind == ObligationKind.GAP, on_topic),
        and_(Obligation.kind == ObligationKind.FATAL, CoachingSession.kind == SessionKind.FATAL),
        and_(Obligation.kind == ObligationKind.FOLLOW_UP, CoachingSession.kind == SessionKind.FOLLOW_UP),
    )
    pairs = session.execute(
        select(Obligation, CoachingSession)
        .join(SessionRecord, SessionRecord.person_id == Obligation.person_id)
        .join(CoachingSession, CoachingSession.id == SessionRecord.session_id)
        .where(
            CoachingSession.id.in_(sessions),
            SessionRecord.absent.is_(False),
            Obligation.session_id.is_(None),
            Obligation.opened_at <= CoachingSession.held_at,
            answers,
        )
        .order_by(CoachingSession.held_at, CoachingSession.id)
    ).all()
    met = 0
    for obligation, held in pairs:
        if held.held_at is None:
            continue
        state = met_as(held.held_at, obligation.due_at)
        if obligation.session_id is None and obligation.state in sources(state):
            obligation.state, obligation.closed_at, obligation.session_id = state, held.held_at, held.id
            met += 1
    session.flush()
    return met
