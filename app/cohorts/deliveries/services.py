"""Deeds of deliveries: planned, moved, called off, attended, thought about. Nothing here commits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.accounts import record
from app.accounts.models import Membership, Unit, User
from app.accounts.queries import members_on, subtree
from app.cohorts.deliveries.cascade import reached_people
from app.cohorts.deliveries.models import Delivery, DeliverySeat
from app.cohorts.licences.models import TrainerLicence
from app.cohorts.programmes.rules import code_is_taken
from app.cohorts.programmes.sessions import draw_code
from app.core import jobs
from app.core.clock import monday_of
from app.core.errors import Refused
from app.curriculum.services import programme_day

INVITE = "cohorts.invite_delivery"


@dataclass(frozen=True, slots=True)
class Seen:
    """What the list says of one person: there or not, and the quiz before and after as fractions."""

    present: bool
    before: float | None = None
    after: float | None = None


def plan(
    session: Session,
    licence: TrainerLicence,
    unit: Unit,
    *,
    title: str,
    starts_at: datetime,
    minutes: int,
    place: str,
    only_left: bool = False,
    by: User,
    on: datetime,
) -> Delivery:
    """Plan a delivery for a unit: everybody who is in it that day, or `only_left` those the trainer's cohort has not reached.

    `Refused` when the licence does not hold on that day, or nobody is there to be taught.
    """
    day = programme_day(starts_at)
    _must_be_licensed(session, licence.person, licence.programme_id, day)
    members = members_on(day).where(Membership.team_id.in_(subtree(unit.id)))
    there = {person for person, _team in session.execute(members)} - {licence.person_id}
    reached = set(session.scalars(reached_people(licence.enrolment.cohort_id))) if only_left else set()
    chosen = sorted(there - reached)
    if not chosen:
        raise Refused(_("Nobody is left to teach in %(unit)s on that day.", unit=unit.name))
    made = Delivery(
        programme_id=licence.programme_id,
        cohort_id=licence.enrolment.cohort_id,
        trainer=licence.person,
        unit=unit,
        title=title,
        starts_at=starts_at,
        minutes=minutes,
        place=place,
        code=draw_code(),
    )
    made.seats = [DeliverySeat(person_id=person) for person in chosen]
    session.add(made)
    session.flush()
    record.log(session, "delivery.planned", made, by=by, on=on, person_id=licence.person_id, name=title)
    _invite(session, made, on=on)
    return made


def change(
    session: Session,
    delivery: Delivery,
    *,
    title: str,
    starts_at: datetime,
    minutes: int,
    place: str,
    by: User,
    on: datetime,
) -> None:
    """Move a delivery or say where it is. `Refused` once it was held or called off, and to where the licence does not hold."""
    _must_be_open(delivery)
    if programme_day(starts_at) != programme_day(delivery.starts_at):
        _must_be_licensed(session, delivery.trainer, delivery.programme_id, programme_day(starts_at))
    delivery.title, delivery.starts_at, delivery.minutes, delivery.place = title, starts_at, minutes, place
    delivery.revision += 1
    record.log(session, "delivery.changed", delivery, by=by, on=on, person_id=delivery.trainer_id, name=title)
    _invite(session, delivery, on=on)


def call_off(session: Session, delivery: Delivery, *, by: User, on: datetime) -> None:
    """Call a delivery off; it stays on record. `Refused` once it was held."""
    _must_be_open(delivery)
    delivery.cancelled_at = on
    delivery.revision += 1
    facts = {"person_id": delivery.trainer_id, "name": delivery.title}
    record.log(session, "delivery.cancelled", delivery, by=by, on=on, **facts)
    _invite(session, delivery, on=on)


def keep_list(session: Session, delivery: Delivery, seen: Mapping[int, Seen], *, by: User, on: datetime) -> int:
    """Write down who was there and what they knew, by person; it is held with it. Returns how many were there.

    Who is not among them keeps what is known, or was not there. May be done again to mend it. `Refused` before it begins
    and once it was called off.
    """
    if delivery.cancelled_at is not None:
        raise Refused(_("This delivery was cancelled."))
    if delivery.starts_at > on:
        raise Refused(_("This delivery has not begun yet."))
    for seat in delivery.seats:
        if seat.person_id not in seen and seat.present is not None:
            continue
        told = seen.get(seat.person_id, Seen(False))
        seat.by_code = seat.by_code and told.present
        seat.present = told.present
        seat.before, seat.after = (told.before, told.after) if told.present else (None, None)
    day = programme_day(delivery.starts_at)
    delivery.held_on, delivery.held_week = day, monday_of(day)
    facts = {"person_id": delivery.trainer_id, "name": delivery.title}
    record.log(session, "delivery.held", delivery, by=by, on=on, **facts)
    return sum(1 for seat in delivery.seats if seat.present)


def check_in(session: Session, code: str, *, by: User, on: datetime) -> Delivery | None:
    """Say of oneself that one is there; None when the code is of no delivery one is invited to, or out of its time."""
    found = session.execute(
        select(Delivery, DeliverySeat)
        .join(DeliverySeat, DeliverySeat.delivery_id == Delivery.id)
        .where(Delivery.code == code, DeliverySeat.person_id == by.id, Delivery.cancelled_at.is_(None))
    ).first()
    if found is None or not code_is_taken(found[0].starts_at, found[0].minutes, on):
        return None
    delivery, seat = found
    seat.present = seat.by_code = True
    record.log(session, "delivery.checked_in", delivery, by=by, on=on, person_id=by.id, name=delivery.title)
    return delivery


def give_feedback(
    session: Session, seat: DeliverySeat, *, useful: int, applicable: int, comment: str, by: User, on: datetime
) -> None:
    """Say how useful and applicable it was, 1 to 5. `Refused` for who was not there."""
    if seat.person_id != by.id or not seat.present:
        raise Refused(_("Only people who attended can rate it."))
    seat.useful, seat.applicable, seat.comment = useful, applicable, comment
    record.log(session, "delivery.rated", seat.delivery, by=by, on=on, person_id=by.id)


def _must_be_licensed(session: Session, trainer: User, programme_id: int, day: date) -> None:
    from app.cohorts.licences.services import holding

    own = select(TrainerLicence).where(
        TrainerLicence.person_id == trainer.id,
        TrainerLicence.programme_id == programme_id,
        TrainerLicence.is_latest,
    )
    held = holding(session, session.scalars(own.options(joinedload(TrainerLicence.programme))).all())
    if not any(one.until >= day for one in held.values()):
        raise Refused(_("The licence of %(name)s is not valid on that day.", name=trainer.name))


def _must_be_open(delivery: Delivery) -> None:
    if delivery.cancelled_at is not None:
        raise Refused(_("This delivery was cancelled."))
    if delivery.held_on is not None:
        raise Refused(_("This delivery has already been held."))


def _invite(session: Session, delivery: Delivery, *, on: datetime) -> None:
    session.flush()
    if delivery.starts_at <= on:
        return
    for person in (delivery.trainer_id, *(seat.person_id for seat in delivery.seats)):
        facts = {"delivery_id": delivery.id, "person_id": person, "revision": delivery.revision}
        jobs.enqueue(session, INVITE, key=f"{delivery.id}:{person}:{delivery.revision}", **facts)
