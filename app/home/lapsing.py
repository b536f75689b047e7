"""What the daily run tells of licences to teach: their holders when they lapse soon and have lapsed; on Mondays the partner
and the programme, how many do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Grant, User
from app.accounts.permissions import Role
from app.accounts.queries import belongings, valid_on
from app.cohorts.licences.models import TrainerLicence
from app.cohorts.licences.rules import SOON, Kept, Standing
from app.cohorts.licences.services import holding

LAPSES, LAPSED, OTHERS = "licence.lapses", "licence.lapsed", "licences.lapse"
BEFORE = {timedelta(days=30): 1, timedelta(days=7): 2}
"""So long before its last day the holder is told, and for which time."""
TOLD = (Role.PARTNER_MANAGER, Role.PROGRAM_MANAGER)
MONDAY = 0

Notice = dict[str, Any]


def licences(session: Session, day: date) -> Iterator[Notice]:
    """The notices of a day, by when each licence holds: its date, or what its holder taught."""
    statement = (
        select(TrainerLicence)
        .join(User, User.id == TrainerLicence.person_id)
        .where(TrainerLicence.is_latest, User.left_on.is_(None) | (User.left_on > day))
        .order_by(TrainerLicence.id)
        .options(joinedload(TrainerLicence.programme))
    )
    found = session.scalars(statement).all()
    held = holding(session, found)
    for one in found:
        yield from _of_holder(one, held[one.id], day)
    if day.weekday() == MONDAY:
        lapsing = {one.person_id for one in found if held[one.id].standing(day) is Standing.LAPSING}
        yield from _of_others(session, lapsing, day)


def _of_holder(licence: TrainerLicence, kept: Kept, day: date) -> Iterator[Notice]:
    stage = BEFORE.get(kept.until - day)
    kind = LAPSES if stage else LAPSED
    if stage is None and kept.until != day - timedelta(days=1):
        return
    title = licence.programme.title
    detail = {
        "programme_en": title.en,
        "programme_es": title.es,
        "due_on": kept.until.isoformat(),
        "by_activity": kept.by_activity,
    }
    key = f"{kind}:{licence.id}:{stage or 0}:{kept.until}"
    yield {"person_id": licence.person_id, "kind": kind, "key": key, "path": "/cohorts/mine", "detail": detail}


def _of_others(session: Session, lapsing: set[int], day: date) -> Iterator[Notice]:
    """To managers, how many people of their units hold a licence that lapses soon."""
    people = _by_unit(session, lapsing, day)
    managers: dict[int, set[int]] = defaultdict(set)
    grants = select(Grant.user_id, Grant.unit_id).where(Grant.role.in_(TOLD), valid_on(Grant, day))
    here = select(User.id).where(User.left_on.is_(None) | (User.left_on > day))
    for person, unit in session.execute(grants.where(Grant.user_id.in_(here)).order_by(Grant.user_id)):
        managers[person] |= people.get(unit, set())
    for person, reached in managers.items():
        if reached:
            detail = {"count": len(reached), "days": SOON.days}
            page = "/cohorts/trainers?state=lapsing"
            yield {"person_id": person, "kind": OTHERS, "key": f"{OTHERS}:{day}", "path": page, "detail": detail}


def _by_unit(session: Session, people: set[int], day: date) -> Mapping[int, set[int]]:
    """Which of these people belong to each unit, with all below it."""
    found: dict[int, set[int]] = defaultdict(set)
    for person, place in belongings(session, people, day).items():
        for unit in place.ancestors:
            found[unit].add(person)
    return found
