"""Deeds: nominating people, approving for the partner and for the programme, and who gets a seat. Nothing here commits."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import record
from app.accounts.models import User
from app.accounts.queries import belongings
from app.cohorts.programmes import rules
from app.cohorts.programmes.models import Cohort, Enrolment
from app.cohorts.programmes.rules import OPEN_STAGES, Side, Stage, Waiting
from app.core.clock import day_of
from app.core.errors import Refused
from app.curriculum import services as curriculum
from app.curriculum.models import AssignmentReason


def nominate(
    session: Session, cohort: Cohort, person: User, *, reason: str, approves: Collection[Side], by: User, on: datetime
) -> Enrolment:
    """Propose somebody for a cohort. Who nominates and may approve for one side has approved with it; never for oneself.

    `Refused` when the cohort is over or called off, or the person is in it or on its way already, or of a partner without
    seats.
    """
    _must_take(cohort, on)
    place = belongings(session, [person.id], day_of(on, cohort.time_zone)).get(person.id)
    partner = place.partner_id if place is not None else None
    if partner is not None and partner not in {one.unit_id for one in cohort.budgets}:
        raise Refused(_("The partner of %(name)s has no seats in this cohort.", name=person.name))
    known = session.scalar(select(Enrolment).where(Enrolment.cohort_id == cohort.id, Enrolment.person_id == person.id))
    if known is not None and known.stage in OPEN_STAGES:
        raise Refused(_("%(name)s has been nominated for this cohort already.", name=person.name))
    made = known or Enrolment(cohort=cohort, person=person)
    made.partner_id, made.stage, made.reason = partner, Stage.NOMINATED, reason
    made.nominated_by_id, made.nominated_at = by.id, on
    made.partner_approved_at = made.partner_approved_by_id = None
    made.programme_approved_at = made.programme_approved_by_id = made.approved_at = None
    made.closed_at = made.closed_by_id = made.closed_reason = None
    session.add(made)
    session.flush()
    record.log(session, "enrolment.nominated", made, by=by, on=on, person_id=person.id, name=cohort.name)
    own = [side for side in Side if side in approves] if by.id != person.id else []
    if own:
        approve(session, made, own[0], by=by, on=on)
    return made


def missing(enrolment: Enrolment) -> list[Side]:
    """The sides that have not approved yet; who is of no partner needs the programme's approval alone."""
    found = []
    if enrolment.partner_approved_at is None and enrolment.partner_id is not None:
        found.append(Side.PARTNER)
    if enrolment.programme_approved_at is None:
        found.append(Side.PROGRAMME)
    return found


def approve(session: Session, enrolment: Enrolment, side: Side, *, by: User, on: datetime) -> None:
    """Approve for one side; with the last approval the person gets a seat or waits for one.

    `Refused` for oneself, for a side that needs nothing, and for who approved for the other side: two people look.
    """
    if enrolment.person_id == by.id:
        raise Refused(_("Nobody can approve their own nomination."))
    if enrolment.stage is not Stage.NOMINATED or side not in missing(enrolment):
        raise Refused(_("This nomination does not wait for that approval."))
    if by.id in (enrolment.partner_approved_by_id, enrolment.programme_approved_by_id):
        raise Refused(_("You approved for the other side; a second person approves for this one."))
    _must_take(enrolment.cohort, on)
    if side is Side.PARTNER:
        enrolment.partner_approved_at, enrolment.partner_approved_by_id = on, by.id
    else:
        enrolment.programme_approved_at, enrolment.programme_approved_by_id = on, by.id
    facts = {"person_id": enrolment.person_id, "side": side.value, "name": enrolment.cohort.name}
    record.log(session, "enrolment.approved", enrolment, by=by, on=on, **facts)
    if not missing(enrolment):
        enrolment.stage, enrolment.approved_at = Stage.WAITING, on
        session.flush()
        fill_seats(session, enrolment.cohort, on=on)


def close(session: Session, enrolment: Enrolment, stage: Stage, *, reason: str, by: User, on: datetime) -> None:
    """Decline a nomination or withdraw somebody; a seat that comes free goes to who waits longest."""
    if enrolment.stage not in OPEN_STAGES or enrolment.outcome is not None:
        raise Refused(_("This is settled already."))
    enrolment.stage, enrolment.closed_at, enrolment.closed_by_id = stage, on, by.id
    enrolment.closed_reason = reason
    facts = {"person_id": enrolment.person_id, "reason": reason, "name": enrolment.cohort.name}
    record.log(session, f"enrolment.{stage.value}", enrolment, by=by, on=on, **facts)
    session.flush()
    fill_seats(session, enrolment.cohort, on=on)


def fill_seats(session: Session, cohort: Cohort, *, on: datetime) -> list[Enrolment]:
    """Give the free seats to who waits, in order of approval; they are told, and get the module of the check."""
    session.execute(
        select(Cohort.id).where(Cohort.id == cohort.id).with_for_update()
    )  # one at a time: seats are counted
    rows = session.scalars(
        select(Enrolment)
        .where(Enrolment.cohort_id == cohort.id, Enrolment.stage.in_((Stage.WAITING, Stage.SEATED)))
        .order_by(Enrolment.approved_at, Enrolment.id)
        .execution_options(populate_existing=True)
    ).all()
    chosen = rules.seated(
        (Waiting(one.id, one.partner_id) for one in rows if one.stage is Stage.WAITING),
        seats=cohort.seats if cohort.cancelled_at is None else 0,
        taken=[one.partner_id for one in rows if one.stage is Stage.SEATED],
        budgets={one.unit_id: one.seats for one in cohort.budgets},
    )
    given = [one for one in rows if one.id in set(chosen)]
    for one in given:
        one.stage = Stage.SEATED
    _seated(session, cohort, given, on=on)
    return given


def _seated(session: Session, cohort: Cohort, given: list[Enrolment], *, on: datetime) -> None:
    from app.cohorts.programmes.sessions import invite_to_all

    if not given:
        return
    people = [one.person_id for one in given]
    key = f"cohort-seat:{cohort.id}"
    record.tell(session, people, "cohort.seated", key=key, path=f"/cohorts/{cohort.id}", on=on, name=cohort.name)
    if cohort.programme.module_id is not None:
        day = curriculum.programme_day(on)
        due = max(cohort.ends_on, day + timedelta(days=1))
        facts = {"module_id": cohort.programme.module_id, "reason": AssignmentReason.MANUAL, "assigned_on": day}
        rows = [{**facts, "person_id": person, "due_on": due} for person in people]
        curriculum.assign_many(session, rows, by=None, on=on)
    invite_to_all(session, cohort, people, on=on)


def _must_take(cohort: Cohort, on: datetime) -> None:
    if cohort.cancelled_at is not None:
        raise Refused(_("This cohort was cancelled."))
    if day_of(on, cohort.time_zone) > cohort.ends_on:
        raise Refused(_("This cohort is over."))
