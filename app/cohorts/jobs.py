"""Jobs: invitations to what is held live, one letter for each who takes part."""

from __future__ import annotations

from datetime import datetime

from flask import current_app
from flask_babel import gettext as _

from app.accounts.models import User
from app.accounts.record import sent
from app.cohorts.deliveries.models import Delivery
from app.cohorts.deliveries.services import INVITE as INVITE_DELIVERY
from app.cohorts.programmes.models import CohortSession
from app.cohorts.programmes.sessions import INVITE
from app.cohorts.teachbacks.models import TeachBack
from app.cohorts.teachbacks.services import INVITE as INVITE_TEACH_BACK
from app.core import calendars, mail
from app.core.calendars import Entry, Method, Reader
from app.core.clock import now
from app.core.database import db
from app.core.i18n import local_to, speak
from app.core.jobs import job


@job(INVITE, attempts=4)
def invite(session_id: int, person_id: int, revision: int) -> None:
    """Mail somebody that a session of a cohort is planned, moved or called off; a change overtaken by a later one is not."""
    planned, reader = db.session.get(CohortSession, session_id), db.session.get(User, person_id)
    if planned is None or reader is None or planned.revision != revision:
        return
    organiser = planned.cohort.facilitators[0].name if planned.cohort.facilitators else "Hilo"
    entry = Entry(
        key=f"cohort-session-{planned.id}",
        begins=planned.starts_at,
        minutes=planned.minutes,
        revision=planned.revision,
        title=f"{planned.cohort.name}: {planned.title}",
        path=f"/cohorts/{planned.cohort_id}",
        off=planned.cancelled_at is not None,
        place=planned.place,
    )
    write(entry, reader, organiser, on=now())


@job(INVITE_TEACH_BACK, attempts=4)
def invite_teach_back(teach_back_id: int, person_id: int) -> None:
    """Mail somebody who teaches back, or observes, when it is."""
    planned, reader = db.session.get(TeachBack, teach_back_id), db.session.get(User, person_id)
    if planned is None or reader is None:
        return
    with speak(reader.language):
        title = _("Teach-back of %(name)s", name=planned.person.name)
    entry = Entry(
        key=f"teach-back-{planned.id}",
        begins=planned.planned_for,
        minutes=planned.minutes,
        revision=0,
        title=title,
        path=f"/cohorts/teach-backs/{planned.id}",
        place=planned.place,
    )
    write(entry, reader, "Hilo", on=now())


@job(INVITE_DELIVERY, attempts=4)
def invite_delivery(delivery_id: int, person_id: int, revision: int) -> None:
    """Mail somebody that a delivery is planned, moved or called off; a change overtaken by a later one is not."""
    planned, reader = db.session.get(Delivery, delivery_id), db.session.get(User, person_id)
    if planned is None or reader is None or planned.revision != revision:
        return
    entry = Entry(
        key=f"delivery-{planned.id}",
        begins=planned.starts_at,
        minutes=planned.minutes,
        revision=planned.revision,
        title=planned.title,
        path=f"/cohorts/deliveries/{planned.id}",
        off=planned.cancelled_at is not None,
        place=planned.place,
    )
    write(entry, reader, planned.trainer.name, on=now())


def write(entry: Entry, reader: User, organiser: str, *, on: datetime) -> None:
    """Send somebody an invitation in their language and zone; who cannot sign in any more gets none."""
    if not reader.email or not reader.is_active:
        return
    zone = reader.time_zone or str(current_app.config["PROGRAMME_TIME_ZONE"])
    method = Method.CANCEL if entry.off else Method.REQUEST
    with speak(reader.language):
        told = Reader(reader.name, reader.email, zone)
        written = calendars.invitation(entry, told, organiser, method, on=on)
        when = local_to(entry.begins, zone)
    letter = mail.compose(
        reader.email,
        reader.language,
        lambda: _("Called off: %(what)s", what=entry.title) if entry.off else entry.title,
        "cohorts/invitation.txt",
        name=reader.first_name,
        entry=entry,
        when=when,
        zone=zone,
    )
    mail.send(mail.with_calendar(letter, written, method.value))
    sent(db.session(), reader, INVITE, letter.subject, on=on)
