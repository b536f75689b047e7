"""Deeds and reads of licences: issuing, renewing, and until when each holds. Nothing here commits."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, select, tuple_
from sqlalchemy.orm import Session

from app.accounts import record
from app.accounts.models import User
from app.cohorts.deliveries.models import Delivery
from app.cohorts.licences import rules
from app.cohorts.licences.models import TrainerLicence
from app.cohorts.licences.rules import Kept, Level, Standing
from app.cohorts.programmes.models import Enrolment
from app.cohorts.programmes.rules import ALPHABET
from app.core.errors import Refused
from app.curriculum.certificates.rules import add_months
from app.curriculum.services import programme_day

LENGTH = 12


def issue(session: Session, enrolment: Enrolment, *, level: Level, by: User, on: datetime) -> TrainerLicence:
    """The licence of somebody who was certified; one of before is renewed by it."""
    day, programme = programme_day(on), enrolment.cohort.programme
    return _issue(
        session, enrolment, level, enrolment.cohort.language, day, add_months(day, programme.months), by=by, on=on
    )


def renew(session: Session, licence: TrainerLicence, *, by: User, on: datetime) -> TrainerLicence:
    """Renew a licence that ends soon and was kept by teaching, from its expiry; none of its days is lost.

    `Refused` before that, once it has lapsed (then it is earned again in a teach-back), and for one's own.
    """
    today, found = programme_day(on), holding(session, [licence])[licence.id]
    if licence.person_id == by.id:
        raise Refused(_("Nobody can renew their own licence."))
    if not licence.is_latest or found.standing(today) is Standing.LAPSED:
        raise Refused(_("This licence has lapsed: it is earned again in a teach-back."))
    if licence.expires_on > today + rules.SOON:
        raise Refused(_("This licence can be renewed from 60 days before it expires."))
    until = add_months(licence.expires_on, licence.programme.months)
    return _issue(session, licence.enrolment, licence.level, licence.language, today, until, by=by, on=on)


def _issue(
    session: Session,
    enrolment: Enrolment,
    level: Level,
    language: str,
    issued_on: date,
    expires_on: date,
    *,
    by: User,
    on: datetime,
) -> TrainerLicence:
    programme, person = enrolment.cohort.programme, enrolment.person_id
    before = select(TrainerLicence).where(
        TrainerLicence.person_id == person,
        TrainerLicence.programme_id == programme.id,
        TrainerLicence.is_latest,
    )
    for one in session.scalars(before):
        one.is_latest = False
    made = TrainerLicence(
        number="T" + "".join(secrets.choice(ALPHABET) for _place in range(LENGTH)),
        person_id=person,
        programme=programme,
        enrolment=enrolment,
        level=level,
        language=language,
        issued_on=issued_on,
        expires_on=expires_on,
    )
    session.add(made)
    session.flush()
    facts = {"person_id": person, "name": programme.code, "valid_to": expires_on.isoformat()}
    record.log(session, "licence.issued", made, by=by, on=on, **facts)
    path = "/cohorts/mine"
    record.tell(session, [person], "licence.issued", key=f"licence:{made.id}", path=path, on=on, day=str(expires_on))
    return made


def holding(session: Session, licences: Collection[TrainerLicence]) -> dict[int, Kept]:
    """Until when each holds, by its date and by what its holder taught: one query. Their programmes are loaded."""
    asked = {(one.person_id, one.programme_id) for one in licences}
    taught: dict[tuple[int, int], list[date]] = defaultdict(list)
    rows = session.execute(
        select(Delivery.trainer_id, Delivery.programme_id, Delivery.held_on).where(
            Delivery.held_on.is_not(None), tuple_(Delivery.trainer_id, Delivery.programme_id).in_(asked)
        )
    )
    for trainer, programme, day in rows:
        if day is not None:
            taught[trainer, programme].append(day)
    return {
        one.id: rules.kept(
            one.issued_on,
            one.expires_on,
            taught[one.person_id, one.programme_id],
            deliveries=one.programme.activity_deliveries,
            days=one.programme.activity_days,
        )
        for one in licences
    }


def with_standing(session: Session, statement: Any, standing: Standing, day: date) -> ColumnElement[bool]:
    """Whether a licence of the statement stands so on that day, as a condition."""
    licences = session.scalars(statement).all()
    found = holding(session, licences)
    return TrainerLicence.id.in_([one.id for one in licences if found[one.id].standing(day) is standing])
