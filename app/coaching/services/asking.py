"""Sessions that somebody asks for: the agent for oneself, or quality for an agent. Both are owed with a clock of their own."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.record import log, tell
from app.audits.models import Audit
from app.coaching.models import Obligation
from app.coaching.rules import ObligationKind, ObligationState
from app.coaching.services.owing import owe
from app.core.errors import Refused


def ask(session: Session, *, reason: str, by: User, on: datetime) -> Obligation:
    """An agent asks for a session: the lead owes it and is told. `Refused` while one asked for is still to come."""
    reason = reason.strip()
    if not reason:
        raise Refused(_("Say in a few words what the session should be about."))
    waiting = select(Obligation.id).where(
        Obligation.person_id == by.id,
        Obligation.kind == ObligationKind.ASKED,
        Obligation.state == ObligationState.OPEN,
    )
    if session.scalar(waiting.limit(1)) is not None:
        raise Refused(_("A session has already been requested and not held yet."))
    owed = owe(session, person_id=by.id, kind=ObligationKind.ASKED, key=f"asked:{on.isoformat()}", opened_at=on)
    return _told(session, owed, "session.asked", by.id, reason, by=by, on=on)


def nominate(
    session: Session, *, person: User, reason: str, by: User, on: datetime, audit: Audit | None = None
) -> Obligation:
    """Quality proposes a session with an agent, because of an audit or in general: the lead owes it and is told.

    Once for each audit, or day; `Refused` without a reason and the second time.
    """
    reason = reason.strip()
    if not reason:
        raise Refused(_("Say in a few words what the session should be about."))
    cause = f"audit:{audit.id}" if audit is not None else f"{on:%Y-%m-%d}"
    owed = owe(
        session,
        person_id=person.id,
        kind=ObligationKind.NOMINATED,
        key=f"nominated:{cause}",
        opened_at=on,
        audit_id=audit.id if audit is not None else None,
    )
    return _told(session, owed, "session.nominated", person.id, reason, by=by, on=on)


def _told(
    session: Session, owed: Obligation | None, verb: str, person_id: int, reason: str, *, by: User, on: datetime
) -> Obligation:
    if owed is None:
        raise Refused(_("Nothing new is owed: it was already proposed, or the agent is not in a team now."))
    owed.reason = reason
    log(session, verb, owed, by=by, on=on, person_id=person_id, reason=reason)
    if owed.owner_id is not None:
        name = session.get_one(User, person_id).name
        facts = {"name": name, "reason": reason, "due_at": owed.due_at.isoformat()}
        path = f"/coaching/obligations/{owed.id}"
        tell(session, [owed.owner_id], verb, key=f"{verb}:{owed.id}", path=path, on=on, **facts)
    return owed
