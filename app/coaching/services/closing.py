"""How an obligation ends other than by a session: waived, void because its cause fell away, or missed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import Update, func, select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.record import log
from app.coaching.models import CoachingSession, Obligation, SessionRecord
from app.coaching.rules import ObligationKind, ObligationState, SessionState, sources
from app.coaching.services.sessions import cancel
from app.core.bulk import chunks
from app.core.clock import month_start
from app.core.database import affected
from app.core.errors import Refused

NO_LONGER_FATAL, LEFT = "no_longer_fatal", "left"
"""Reasons of a voiding, as kept; what they are called is in `labels`."""


def waive(session: Session, obligation: Obligation, *, reason: str, by: User, on: datetime) -> None:
    """Let an open obligation go, with a reason: it no longer counts. `Refused` once it is not open any more."""
    reason = reason.strip()
    if not reason:
        raise Refused(_("A waiver needs a reason."))
    changed = affected(
        session,
        _become(ObligationState.WAIVED, on)
        .where(Obligation.id == obligation.id)
        .values(waived_by_id=by.id, reason=reason),
    )
    if changed != 1:
        raise Refused(_("This obligation is no longer open, so it can't be waived."))
    session.refresh(obligation)
    log(session, "obligation.waived", obligation, by=by, on=on, person_id=obligation.person_id, reason=reason)


def void_for_audits(session: Session, *, audit_ids: Collection[int], on: datetime) -> None:
    """Audits are no longer fatal after a correction: what is still owed for their fatal error is void."""
    for block in chunks(sorted(audit_ids)):
        session.execute(
            _become(ObligationState.VOID, on)
            .where(Obligation.kind == ObligationKind.FATAL, Obligation.audit_id.in_(block))
            .values(reason=NO_LONGER_FATAL)
        )


def person_left(session: Session, *, person_id: int, day: date, on: datetime) -> None:
    """Somebody left: what is still owed to them is void, and sessions planned with them alone are called off."""
    session.execute(_become(ObligationState.VOID, on).where(Obligation.person_id == person_id).values(reason=LEFT))
    theirs = select(SessionRecord.session_id).where(SessionRecord.person_id == person_id)
    alone = (
        select(SessionRecord.session_id)
        .where(SessionRecord.session_id.in_(theirs))
        .group_by(SessionRecord.session_id)
        .having(func.count() == 1)
    )
    planned = select(CoachingSession).where(
        CoachingSession.id.in_(alone), CoachingSession.state == SessionState.SCHEDULED
    )
    for one in session.scalars(planned).all():
        cancel(session, one, by=None, on=on)


def close_months(session: Session, day: date, *, on: datetime) -> int:
    """Whatever is still open from months before that of `day` is missed; returns how many became so.

    Where a site's month ends some hours later, a session held by its end still counts as in time (`rules.MOVES`).
    """
    return affected(
        session,
        update(Obligation)
        .where(
            Obligation.state.in_(sources(ObligationState.MISSED)),
            Obligation.due_month < month_start(day),
        )
        .values(state=ObligationState.MISSED),
    )


def _become(state: ObligationState, on: datetime) -> Update:
    """The change of whatever may still become `state`, and of nothing else."""
    return update(Obligation).where(Obligation.state.in_(sources(state))).values(state=state, closed_at=on)
