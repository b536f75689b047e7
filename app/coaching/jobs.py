"""Jobs of coaching: invitations to sessions, one letter for each who takes part."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update

from app.accounts import invitations
from app.accounts.models import Notice, User
from app.coaching import calendars
from app.coaching.models import CoachingSession
from app.coaching.services.planning import INVITE
from app.coaching.services.sessions import session_path
from app.core.clock import now
from app.core.database import db
from app.core.i18n import speak
from app.core.jobs import job

PLANS = ("session.scheduled", "session.cancelled")
"""Notices that say what an invitation says."""


@job(INVITE, attempts=4)
def invite(session_id: int, person_id: int, revision: int) -> None:
    """Mail somebody that a session is planned, changed or called off, with the file their calendar reads.

    A change that was overtaken by a later one is not mailed: that one has its own letter. Who no longer takes part is told
    that it is called off.
    """
    planned, reader = db.session.get(CoachingSession, session_id), db.session.get(User, person_id)
    if planned is None or reader is None or planned.revision != revision:
        return
    agents = [record.person for record in planned.records]
    out = reader.id != planned.coach_id and reader not in agents
    with speak(reader.language):
        entry = calendars.entry(planned, reader, agents, out=out)
    on = now()
    if invitations.send(db.session(), entry, reader, planned.coach.name, kind=INVITE, on=on):
        _mailed(person_id, session_id, on)


def _mailed(person_id: int, session_id: int, on: datetime) -> None:
    """The letter of the day need not say it again."""
    said = Notice.kind.in_(PLANS) & (Notice.path == session_path(session_id))
    statement = update(Notice).where(said, Notice.person_id == person_id, Notice.mailed_at.is_(None))
    db.session.execute(statement.values(mailed_at=on))
