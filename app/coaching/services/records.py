"""What comes after a session: the agent confirms the own record, and commitments are kept or not."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.record import log
from app.coaching.models import Commitment, SessionRecord
from app.coaching.rules import RATINGS, CommitmentState, SessionState
from app.core.database import affected
from app.core.errors import Refused


def acknowledge(
    session: Session,
    record: SessionRecord,
    *,
    comment: str | None = None,
    disagrees: bool = False,
    useful: int | None = None,
    applicable: int | None = None,
    by: User,
    on: datetime,
) -> None:
    """Confirm having read one's own record of a held session, agreeing or not, with a comment and a rating (1 to 5).

    `Refused` for another's record, before the session is held, a second time, or for disagreeing without a word.
    """
    if record.person_id != by.id:
        raise Refused(_("Only the agent can confirm their own record of a session."))
    if record.session.state is not SessionState.HELD or record.absent:
        raise Refused(_("A session can be confirmed once it has been held."))
    if any(rating is not None and rating not in RATINGS for rating in (useful, applicable)):
        raise Refused(_("A rating is a number from 1 to 5."))
    comment = (comment or "").strip() or None
    if disagrees and comment is None:
        raise Refused(_("If you disagree, say in the comment what was different."))
    changed = affected(
        session,
        update(SessionRecord)
        .where(SessionRecord.id == record.id, SessionRecord.acknowledged_at.is_(None))
        .values(acknowledged_at=on, comment=comment, disagrees=disagrees, useful=useful, applicable=applicable),
    )
    if changed != 1:
        raise Refused(_("This session has already been confirmed."))
    session.refresh(record)
    log(session, "session.acknowledged", record.session, by=by, on=on, person_id=by.id, disagrees=disagrees)


def settle_commitment(
    session: Session, commitment: Commitment, *, state: CommitmentState, by: User, on: datetime
) -> None:
    """Say whether a commitment was kept. The same said twice is no news; `Refused` when another said otherwise."""
    changed = affected(
        session,
        update(Commitment)
        .where(Commitment.id == commitment.id, Commitment.state == CommitmentState.OPEN)
        .values(state=state, settled_at=on),
    )
    session.refresh(commitment)
    if commitment.state is not state:
        raise Refused(_("This commitment was settled otherwise by somebody else."))
    if changed == 1:
        verb = "commitment.kept" if state is CommitmentState.KEPT else "commitment.not_kept"
        log(session, verb, commitment, by=by, on=on, person_id=commitment.person_id)
