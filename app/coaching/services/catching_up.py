"""Days made up after the fact: a session taken in from a file meets what was owed when it was held.

Such sessions come in before the days they fall on are made up, so nothing was owed yet that they could name. What each
can stand for follows from what it was: any talk keeps the cadence, one on the competency answers its gap, one held for a fatal
error answers that error.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import and_, exists, or_, select, update
from sqlalchemy.orm import Session

from app.coaching.models import CoachingSession, Obligation, SessionRecord, SessionTopic
from app.coaching.rules import ObligationKind, SessionKind, SessionState, met_as, sources
from app.gaps.models import Gap


def meet_with_history(session: Session, day: date) -> int:
    """Let the sessions taken in from files that were held on this day meet what their agents were owed; returns how much."""
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
        select(Obligation.id, Obligation.due_at, CoachingSession.id, CoachingSession.held_at)
        .join(SessionRecord, SessionRecord.person_id == Obligation.person_id)
        .join(CoachingSession, CoachingSession.id == SessionRecord.session_id)
        .where(
            CoachingSession.from_history,
            CoachingSession.state == SessionState.HELD,
            CoachingSession.held_on == day,
            Obligation.session_id.is_(None),
            Obligation.opened_at <= CoachingSession.held_at,
            answers,
        )
        .order_by(CoachingSession.held_at.desc(), CoachingSession.id.desc())
    ).all()
    first = {obligation: (due, met_by, held) for obligation, due, met_by, held in pairs}
    met = 0
    for obligation, (due, met_by, held) in first.items():
        state = met_as(held, due)
        change = (
            update(Obligation)
            .where(Obligation.id == obligation, Obligation.state.in_(sources(state)))
            .values(state=state, closed_at=held, session_id=met_by)
        )
        met += session.execute(change).rowcount
    return met
