"""What a trial says, for its reader: agents within reach only."""

from __future__ import annotations

from flask import flash
from flask_babel import gettext as _
from sqlalchemy import select

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.reach import agents_in
from app.core.database import db
from app.curriculum.models import Competency
from app.gaps.redefining.trial import Difference, Trial

SHOWN = 100


def asked_later() -> None:
    """Say what becomes of a change that a job saves."""
    flash(_("This takes some minutes, as all evidence is derived again. A notice tells you when it is saved."))


def people(tried: Trial | None, viewer: User) -> list[tuple[User, Competency, Difference]]:
    """The first of those who would stand otherwise, of people whose gaps the viewer sees."""
    some = [] if tried is None else tried.differences[:SHOWN]
    if not some:
        return []
    seen = agents_in(viewer, Permission.SEE_GAPS)
    wanted = select(User).where(User.id.in_({one.person_id for one in some}), User.id.in_(seen))
    known = {one.id: one for one in db.session.scalars(wanted)}
    abouts = select(Competency).where(Competency.id.in_({one.competency_id for one in some}))
    names = {one.id: one for one in db.session.scalars(abouts)}
    return [(known[one.person_id], names[one.competency_id], one) for one in some if one.person_id in known]
