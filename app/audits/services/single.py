"""One check of a released audit: what it says now, and its correction on screen, which everything follows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.audits import catalog as catalogs
from app.audits.models import Audit, Cause, Correction, Finding, Result
from app.audits.services.changes import Change
from app.audits.services.correcting import correct
from app.core.clock import week_number
from app.core.follow import Event, announce

Words = Mapping[str, Any]


def words_now(session: Session, audit_id: int, criterion_id: int) -> dict[str, Any]:
    """What a check says now."""
    found = session.get(Finding, (audit_id, criterion_id))
    if found is None:
        return as_words(Result.PASS)
    return as_words(found.result, found.cause, found.comment)


def as_words(result: Result, cause: Cause | None = None, comment: str | None = None) -> dict[str, Any]:
    """What a check says, as corrections keep it."""
    return {"result": result.value, "cause": cause.value if cause else None, "comment": comment}


def correct_check(
    session: Session, audit: Audit, criterion_id: int, before: Words, after: Words, *, by: User, on: datetime
) -> int | None:
    """Correct a check openly, along the road of imported corrections; returns the number of the correction."""
    change = Change(
        audit_id=audit.id,
        person_id=audit.person_id,
        week=week_number(audit.week),
        version_id=audit.version_id,
        criterion_id=criterion_id,
        before=dict(before),
        after=dict(after),
    )
    versions = {audit.version_id: catalogs.version(session, audit.version_id)}
    touched = correct(session, [change], versions, import_id=None, by_id=by.id, on=on)
    announce(session, Event.FINDINGS_CHANGED, touched=sorted(touched), on=on)
    made = select(Correction.id).where(Correction.audit_id == audit.id, Correction.criterion_id == criterion_id)
    return session.scalar(made.order_by(Correction.id.desc()).limit(1))
