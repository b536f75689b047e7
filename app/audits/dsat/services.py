"""Deeds on cases of dissatisfied customers."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.record import log
from app.audits.dsat.models import DsatCase
from app.audits.models import SYSTEMIC_CAUSES, Cause
from app.core.errors import Refused


def decide(session: Session, case: DsatCase, cause: Cause, note: str, *, by: User, on: datetime) -> None:
    """Say what a case was due to: coachable or not follows from the cause. Raises `Refused` without the reason why not."""
    tidy = note.strip()
    if cause in SYSTEMIC_CAUSES and not tidy:
        raise Refused(_("Say why coaching would not help."))
    if case.person_id == by.id:
        raise Refused(_("Your own cases are decided by somebody else."))
    was = case.cause
    case.cause, case.note, case.decided_by_id, case.decided_at = cause, tidy, by.id, on
    detail = {"reference": case.reference, "cause": cause.value, "before": was.value if was else None}
    log(session, "dsat.decided", case, by=by, on=on, person_id=case.person_id, **detail)
