"""Assigning modules anew to those whose certificates expire."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from app.accounts.models import User
from app.curriculum import services as curriculum
from app.curriculum.certificates.models import Certificate
from app.curriculum.models import AssignmentReason, ModuleState

LEAST_DAYS = 14


def renew(session: Session, certificates: Sequence[Certificate], *, today: date, by: User, on: datetime) -> int:
    """Assign the module of each certificate to its holder, due with its last valid day but in two weeks at the earliest.

    Who has it open already is left out. Returns how many were new.
    """
    rows = [
        {
            "person_id": one.person_id,
            "module_id": one.module_id,
            "reason": AssignmentReason.RECERTIFICATION,
            "assigned_on": today,
            "due_on": max(one.expires_on or today, today + timedelta(days=LEAST_DAYS)),
        }
        for one in certificates
        if one.is_latest and one.module.state is ModuleState.PUBLISHED
    ]
    return curriculum.assign_many(session, rows, by=by, on=on)
