"""Jobs of coaching: invitations to sessions, one letter for each who takes part."""

from __future__ import annotations

from flask_babel import gettext as _

from app.accounts.models import Letters, User
from app.accounts.record import sent
from app.coaching import calendars
from app.coaching.calendars import Method
from app.coaching.models import CoachingSession
from app.coaching.rules import SessionState
from app.coaching.services.planning import INVITE
from app.core import mail
from app.core.clock import now
from app.core.database import db
from app.core.i18n import local_to, speak
from app.core.jobs import job


@job(INVITE, attempts=4)
def invite(session_id: int, person_id: int, revision: int) -> None:
    """Mail somebody that a session is planned, moved or called off, with the file their calendar reads.

    A change that was overtaken by a later one is not mailed: that one has its own letter. Who no longer takes part is told
    that it is called off; who wants no letters gets none, and finds the session in Hilo and in the own calendar feed.
    """
    planned, reader = db.session.get(CoachingSession, session_id), db.session.get(User, person_id)
    if planned is None or reader is None or not reader.email or not reader.is_active or planned.revision != revision:
        return
    if reader.letters is Letters.NEVER:
        return
    agents = [record.person for record in planned.records]
    out = reader.id != planned.coach_id and reader not in agents
    off = out or planned.state is SessionState.CANCELLED
    method = Method.CANCEL if off else Method.REQUEST
    with speak(reader.language):
        written = calendars.invitation(planned, reader, agents, method, on=now(), out=out)
        when = local_to(planned.scheduled_for or now(), calendars.zone_of(reader))
        what = calendars.title(planned, reader, agents)
    letter = mail.compose(
        reader.email,
        reader.language,
        lambda: _("Called off: %(what)s", what=what) if off else what,
        "coaching/invitation.txt",
        name=reader.first_name,
        what=what,
        when=when,
        zone=calendars.zone_of(reader),
        off=off,
        moved=revision > 0,
        path=f"/coaching/sessions/{session_id}",
    )
    mail.send(mail.with_calendar(letter, written, method.value))
    sent(db.session(), reader, INVITE, letter.subject, on=now())
