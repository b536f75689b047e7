"""What is held live as calendars read it: sessions of cohorts, teach-backs and deliveries, by invitation or feed."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from app.cohorts.deliveries.models import Delivery, DeliverySeat
from app.cohorts.programmes.models import Cohort, CohortSession, Enrolment, Facilitator
from app.cohorts.programmes.rules import Stage
from app.cohorts.teachbacks.models import ScoreSheet, TeachBack
from app.core.calendars import Entry

MOST = 200
"""Of each kind in a feed."""


def of_session(planned: CohortSession) -> Entry:
    """A session of a cohort."""
    return Entry(
        key=f"cohort-session-{planned.id}",
        begins=planned.starts_at,
        minutes=planned.minutes,
        revision=planned.revision,
        title=f"{planned.cohort.name}: {planned.title}",
        path=f"/cohorts/{planned.cohort_id}",
        off=planned.cancelled_at is not None,
        place=planned.place,
    )


def of_teach_back(planned: TeachBack) -> Entry:
    """A teach-back, in the language spoken when it is written."""
    return Entry(
        key=f"teach-back-{planned.id}",
        begins=planned.planned_for,
        minutes=planned.minutes,
        revision=0,
        title=_("Teach-back of %(name)s", name=planned.person.name),
        path=f"/cohorts/teach-backs/{planned.id}",
        place=planned.place,
    )


def of_delivery(planned: Delivery) -> Entry:
    """A delivery."""
    return Entry(
        key=f"delivery-{planned.id}",
        begins=planned.starts_at,
        minutes=planned.minutes,
        revision=planned.revision,
        title=planned.title,
        path=f"/cohorts/deliveries/{planned.id}",
        off=planned.cancelled_at is not None,
        place=planned.place,
    )


def entries_of(session: Session, person_id: int, since: datetime) -> list[Entry]:
    """All somebody takes part in from a moment on: seated or facilitating, teaching back or observing, teaching or invited."""
    seated = select(Enrolment.cohort_id).where(Enrolment.person_id == person_id, Enrolment.stage == Stage.SEATED)
    taught = select(Facilitator.cohort_id).where(Facilitator.user_id == person_id)
    observed = select(ScoreSheet.teach_back_id).where(ScoreSheet.observer_id == person_id)
    invited = select(DeliverySeat.delivery_id).where(DeliverySeat.person_id == person_id)
    sessions = (
        select(CohortSession)
        .join(Cohort, Cohort.id == CohortSession.cohort_id)
        .where(or_(Cohort.id.in_(seated), Cohort.id.in_(taught)), Cohort.cancelled_at.is_(None))
        .where(CohortSession.starts_at >= since, CohortSession.cancelled_at.is_(None))
        .order_by(CohortSession.starts_at.desc())
        .options(joinedload(CohortSession.cohort))
    )
    backs = (
        select(TeachBack)
        .where(or_(TeachBack.person_id == person_id, TeachBack.id.in_(observed)), TeachBack.planned_for >= since)
        .order_by(TeachBack.planned_for.desc())
        .options(joinedload(TeachBack.person))
    )
    deliveries = (
        select(Delivery)
        .where(or_(Delivery.trainer_id == person_id, Delivery.id.in_(invited)), Delivery.starts_at >= since)
        .where(Delivery.cancelled_at.is_(None))
        .order_by(Delivery.starts_at.desc())
    )
    return [
        *(of_session(one) for one in session.scalars(sessions.limit(MOST))),
        *(of_teach_back(one) for one in session.scalars(backs.limit(MOST))),
        *(of_delivery(one) for one in session.scalars(deliveries.limit(MOST))),
    ]
