"""Jobs: invitations to what is held live, one letter for each who takes part."""

from __future__ import annotations

from app.accounts import invitations
from app.accounts.models import User
from app.cohorts import entries
from app.cohorts.deliveries.models import Delivery
from app.cohorts.deliveries.services import INVITE as INVITE_DELIVERY
from app.cohorts.programmes.models import CohortSession
from app.cohorts.programmes.sessions import INVITE
from app.cohorts.teachbacks.models import TeachBack
from app.cohorts.teachbacks.services import INVITE as INVITE_TEACH_BACK
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
    invitations.send(db.session(), entries.of_session(planned), reader, organiser, kind=INVITE, on=now())


@job(INVITE_TEACH_BACK, attempts=4)
def invite_teach_back(teach_back_id: int, person_id: int) -> None:
    """Mail somebody who teaches back, or observes, when it is."""
    planned, reader = db.session.get(TeachBack, teach_back_id), db.session.get(User, person_id)
    if planned is None or reader is None:
        return
    with speak(reader.language):
        entry = entries.of_teach_back(planned)
    invitations.send(db.session(), entry, reader, "Hilo", kind=INVITE, on=now())


@job(INVITE_DELIVERY, attempts=4)
def invite_delivery(delivery_id: int, person_id: int, revision: int) -> None:
    """Mail somebody that a delivery is planned, moved or called off; a change overtaken by a later one is not."""
    planned, reader = db.session.get(Delivery, delivery_id), db.session.get(User, person_id)
    if planned is None or reader is None or planned.revision != revision:
        return
    entry = entries.of_delivery(planned)
    invitations.send(db.session(), entry, reader, planned.trainer.name, kind=INVITE, on=now())
