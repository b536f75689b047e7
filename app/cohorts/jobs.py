"""Jobs: invitations to what is held live, one letter for each who takes part."""

from __future__ import annotations

from flask_babel import gettext as _

from app.accounts import invitations
from app.accounts.models import User
from app.cohorts.deliveries.models import Delivery
from app.cohorts.deliveries.services import INVITE as INVITE_DELIVERY
from app.cohorts.programmes.models import CohortSession
from app.cohorts.programmes.sessions import INVITE
from app.cohorts.teachbacks.models import TeachBack
from app.cohorts.teachbacks.services import INVITE as INVITE_TEACH_BACK
from app.core.calendars import Entry
from app.core.clock import now
from app.core.database import db
from app.core.i18n import speak
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
    invitations.send(db.session(), entry, reader, organiser, kind=INVITE, on=now())


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
    invitations.send(db.session(), entry, reader, "Hilo", kind=INVITE, on=now())


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
    invitations.send(db.session(), entry, reader, planned.trainer.name, kind=INVITE, on=now())
