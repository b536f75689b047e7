"""Deeds on decisions: made, superseded, looked at again. There is none that edits one. Nothing here commits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import record
from app.accounts.models import User
from app.core.errors import Refused
from app.governance import scoping
from app.governance.decisions.models import Resolution, ResolutionLook


def path_of(one: Resolution) -> str:
    """Where a decision is read."""
    return f"/governance/decisions/{one.id}"


def decide(
    session: Session,
    facts: Mapping[str, Any],
    *,
    decided_by: User,
    instead_of: Resolution | None = None,
    by: User,
    on: datetime,
) -> Resolution:
    """Write a decision down, in place of an earlier one where there is one.

    `Refused` for a day to come, a review before the decision, who does not see the unit, and an earlier one that is
    superseded already or of another unit.
    """
    if facts["decided_on"] > on.date():
        raise Refused(_("A decision can't be dated in the future."))
    if facts["review_on"] is not None and facts["review_on"] <= facts["decided_on"]:
        raise Refused(_("The review must be after the day of the decision."))
    scoping.must_see(session, decided_by, [facts["unit_id"]], on.date())
    if instead_of is not None:
        _must_stand(session, instead_of)
        if instead_of.unit_id != facts["unit_id"]:
            raise Refused(_("A decision can only replace one of the same unit."))
    made = Resolution(**facts, decided_by=decided_by, supersedes=instead_of, made_at=on)
    session.add(made)
    session.flush()
    record.log(session, "decision.made", made, by=by, on=on, name=made.title_en or made.title_es)
    if instead_of is not None:
        record.log(session, "decision.superseded", instead_of, by=by, on=on, name=made.title_en or made.title_es)
    return made


def look(session: Session, one: Resolution, note: str, *, next_on: date | None, by: User, on: datetime) -> None:
    """Say that it stands, why, and when it is looked at next, if it is."""
    _must_stand(session, one)
    if not note.strip():
        raise Refused(_("Say why it still stands: the reason stays with the decision."))
    if next_on is not None and next_on <= on.date():
        raise Refused(_("The next review must be after today."))
    session.add(ResolutionLook(resolution_id=one.id, note=note.strip(), next_on=next_on, at=on, by_id=by.id))
    one.review_on = next_on
    session.flush()
    session.expire(one, ["looks"])
    record.log(session, "decision.looked_at", one, by=by, on=on, name=one.title_en or one.title_es)


def later(session: Session, one: Resolution) -> Resolution | None:
    """What took its place."""
    return session.scalar(select(Resolution).where(Resolution.supersedes_id == one.id))


def _must_stand(session: Session, one: Resolution) -> None:
    if later(session, one) is not None:
        raise Refused(_("Another decision has replaced this one."))
