"""Letters with a file for calendars: to who takes part in something held live."""

from __future__ import annotations

from datetime import datetime

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.accounts.models import Letters, User
from app.accounts.record import sent
from app.core import calendars, mail
from app.core.calendars import Entry, Method, Reader
from app.core.i18n import local_to, speak


def send(session: Session, entry: Entry, reader: User, organiser: str, *, kind: str, on: datetime) -> bool:
    """Send somebody an invitation, its change or its end, in their language and zone.

    Who cannot sign in any more gets none, nor who wants no letters: that is found in Hilo and in the own calendar feed.
    `kind` is what the log of sends calls it. Returns whether one was sent.
    """
    if not reader.email or not reader.is_active or reader.letters is Letters.NEVER:
        return False
    zone = reader.time_zone or str(current_app.config["PROGRAMME_TIME_ZONE"])
    method = Method.CANCEL if entry.off else Method.REQUEST
    with speak(reader.language):
        told = Reader(reader.name, reader.email, zone)
        written = calendars.invitation(entry, told, organiser, method, on=on)
        when = local_to(entry.begins, zone)
    letter = mail.compose(
        reader.email,
        reader.language,
        lambda: _("Cancelled: %(what)s", what=entry.title) if entry.off else entry.title,
        "accounts/invitation.txt",
        name=reader.first_name,
        entry=entry,
        when=when,
        zone=zone,
        home=str(current_app.config["BASE_URL"]).rstrip("/"),
    )
    mail.send(mail.with_calendar(letter, written, method.value))
    sent(session, reader, kind, letter.subject, on=on)
    return True
