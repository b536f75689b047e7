"""How an obligation ends other than by a session: waived, void because its cause fell away, or missed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import Update, func, select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.record import log
from app.accounts.settings import live_from
from app.coaching.models import CoachingMonth, CoachingSession, Obligation, SessionRecord
from app.coaching.rules import ObligationKind, ObligationState, SessionState, sources
from app.coaching.services.clashes import settled_by_another
from app.coaching.services.planning import cancel
from app.core.bulk import chunks
from app.core.clock import month_start, next_month
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
        raise settled_by_another(session, obligation.id)
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
    """Close the months before that of `day`: what is still open in them is missed; returns how many became so.

    Each obligation keeps what it was at that moment, so that the figures of the month never move; what becomes of it
    later is an adjustment. Where a site's month ends some hours later, a session held by its end still counts as in
    time there (`rules.MOVES`), as one that is logged late does.
    """
    this = month_start(day)
    missed = affected(
        session,
        update(Obligation)
        .where(Obligation.state.in_(sources(ObligationState.MISSED)), Obligation.due_month < this)
        .values(state=ObligationState.MISSED),
    )
    last = session.scalar(select(func.max(CoachingMonth.month))) or date.min
    open_months = Obligation.due_month.between(last + timedelta(days=1), this - timedelta(days=1))
    owed = session.scalars(select(Obligation.due_month).where(open_months).distinct())
    for month in sorted({*owed, *(month for month in _months(live_from(session), this) if month > last)}):
        session.execute(update(Obligation).where(Obligation.due_month == month).values(frozen=Obligation.state))
        kept = select(Obligation.state, func.count()).where(Obligation.due_month == month).group_by(Obligation.state)
        counts = {state.value: count for state, count in session.execute(kept)}
        session.add(CoachingMonth(month=month, closed_at=on, counts=counts))
    return missed


def _months(live: date | None, until: date) -> Iterator[date]:
    """The months from the one Hilo went live in, which close even if nothing was owed in them."""
    month = until if live is None else month_start(live)
    while month < until:
        yield month
        month = next_month(month)


def _become(state: ObligationState, on: datetime) -> Update:
    """The change of whatever may still become `state`, and of nothing else."""
    return update(Obligation).where(Obligation.state.in_(sources(state))).values(state=state, closed_at=on)
