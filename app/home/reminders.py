"""What the daily run tells people: what falls due, what fell overdue, what waits to be confirmed.

Each is told on the day it happens and, while it stays so, once more a week later (three days for a confirmation). A
notice says what happened on a day, so that it stays true when the matter is settled afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import Select, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.accounts.models import Notice, User
from app.coaching.models import Obligation, SessionRecord
from app.coaching.rules import ObligationState
from app.core import jobs
from app.core.bulk import chunks
from app.core.clock import day_of, end_of, start_of
from app.curriculum.models import Assignment, Module
from app.curriculum.queries import is_open

SESSION_OVERDUE = "obligation.overdue"
MODULE_DUE_SOON = "assignment.due_soon"
MODULE_OVERDUE = "assignment.overdue"
TO_CONFIRM = "session.unconfirmed"

SOON = timedelta(days=2)
AGAIN = timedelta(days=7)
CONFIRM_AGAIN = timedelta(days=3)
ONE_DAY = timedelta(days=1)
DIGEST = "home.digest"

Told = dict[str, Any]


def remind(session: Session, day: date, *, on: datetime) -> int:
    """Give everybody the notices of this day, set by set; returns how many are new."""
    told = [*_sessions_overdue(session, day), *_modules(session, day), *_to_confirm(session, day)]
    return _tell(session, [{**one, "created_at": on} for one in told])


def mail(session: Session, day: date) -> None:
    """Have what is new of this day mailed, one letter each, to those who can sign in."""
    news = Notice.created_at >= start_of(day, _zone())
    statement = (
        select(User.id)
        .where(User.id.in_(select(Notice.person_id).where(Notice.mailed_at.is_(None), news)))
        .where(User.email.is_not(None), User.password_hash.is_not(None), _here(day))
        .order_by(User.id)
    )
    for person in session.scalars(statement).all():
        jobs.enqueue(session, DIGEST, key=f"{person}:{day}", person_id=person, day=day.isoformat())


def _sessions_overdue(session: Session, day: date) -> Iterator[Told]:
    """To the lead: an obligation whose due time was on this day, or a week before, and that is still open."""
    for stage, due_day in enumerate((day, day - AGAIN), start=1):
        statement = (
            select(Obligation.id, Obligation.owner_id, Obligation.kind, Obligation.due_at, User.name)
            .join(User, User.id == Obligation.person_id)
            .where(Obligation.state == ObligationState.OPEN, Obligation.owner_id.in_(_all_here(day)))
            .where(Obligation.due_at >= start_of(due_day, _zone()), Obligation.due_at < end_of(due_day, _zone()))
            .order_by(Obligation.id)
        )
        for number, lead, kind, due_at, name in session.execute(statement):
            if lead is None:
                continue
            detail = {"name": name, "obligation": kind.value, "due_at": due_at.isoformat()}
            yield _notice(lead, SESSION_OVERDUE, number, stage, f"/coaching/obligations/{number}", detail)


def _modules(session: Session, day: date) -> Iterator[Told]:
    """To the agent: an assignment that is due in two days, was due yesterday, or a week before that."""
    stages = {
        day + SOON: (MODULE_DUE_SOON, 1),
        day - ONE_DAY: (MODULE_OVERDUE, 1),
        day - ONE_DAY - AGAIN: (MODULE_OVERDUE, 2),
    }
    statement = (
        select(Assignment.id, Assignment.person_id, Assignment.due_on, Module.title_en, Module.title_es)
        .join(Module, Module.id == Assignment.module_id)
        .where(is_open(), Assignment.due_on.in_(stages), Assignment.person_id.in_(_all_here(day)))
        .order_by(Assignment.id)
    )
    for number, person, due_on, title_en, title_es in session.execute(statement):
        if due_on is None:
            continue
        kind, stage = stages[due_on]
        detail = {"module_en": title_en, "module_es": title_es, "due_on": due_on.isoformat()}
        yield _notice(person, kind, number, stage, f"/curriculum/learn/{number}", detail)


def _to_confirm(session: Session, day: date) -> Iterator[Told]:
    """To the agent: a record that should have been confirmed by a time on this day, or three days before."""
    stages = {day: 1, day - CONFIRM_AGAIN: 2}
    first, last = start_of(day - CONFIRM_AGAIN, _zone()), end_of(day, _zone())
    statement = (
        select(SessionRecord.id, SessionRecord.person_id, SessionRecord.session_id, SessionRecord.acknowledge_by)
        .where(SessionRecord.acknowledged_at.is_(None), SessionRecord.person_id.in_(_all_here(day)))
        .where(SessionRecord.acknowledge_by >= first, SessionRecord.acknowledge_by < last)
        .order_by(SessionRecord.id)
    )
    for number, person, held, by_when in session.execute(statement):
        stage = None if by_when is None else stages.get(day_of(by_when, _zone()))
        if by_when is not None and stage is not None:
            detail = {"acknowledge_by": by_when.isoformat()}
            yield _notice(person, TO_CONFIRM, number, stage, f"/coaching/sessions/{held}", detail)


def _notice(person: int, kind: str, number: int, stage: int, path: str, detail: Told) -> Told:
    return {"person_id": person, "kind": kind, "key": f"{kind}:{number}:{stage}", "path": path, "detail": detail}


def _tell(session: Session, told: Sequence[Told]) -> int:
    """Write notices, each key once for each person, in as many statements as there are blocks."""
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = make(Notice).on_conflict_do_nothing().returning(Notice.id)
    return sum(len(session.execute(statement, block).all()) for block in chunks(told, 1_000))


def _all_here(day: date) -> Select[int]:
    return select(User.id).where(_here(day))


def _here(day: date) -> Any:
    return or_(User.left_on.is_(None), User.left_on > day)


def _zone() -> str:
    return str(current_app.config["PROGRAMME_TIME_ZONE"])
