"""What the daily run tells people: what falls due, what fell overdue, what waits to be confirmed.

Each is told on the day it happens and, while it stays so, once more a week later (three days for a confirmation). A
notice says what happened on a day, so that it stays true when the matter is settled afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from app.accounts.models import Grant, Letters, Membership, Notice, UnitTree, User
from app.accounts.permissions import Role
from app.accounts.queries import valid_on
from app.coaching.models import Obligation, SessionRecord
from app.coaching.rules import NOT_COUNTED, ObligationState
from app.core import jobs
from app.core.bulk import chunks
from app.core.clock import day_of, end_of, month_start, next_month, start_of
from app.curriculum.certificates.models import Certificate
from app.curriculum.following.rules import MODULE_OVERDUE, PATH_OVERDUE
from app.curriculum.models import Assignment, Module
from app.curriculum.paths.models import Path, PathAssignment
from app.curriculum.paths.queries import is_open as path_is_open
from app.curriculum.queries import is_open
from app.home import governing
from app.home.lapsing import licences

SESSION_OVERDUE = "obligation.overdue"
ESCALATED = "obligation.escalated"
MODULE_DUE_SOON = "assignment.due_soon"
PATH_DUE_SOON = "path.due_soon"
CERTIFICATE_EXPIRES = "certificate.expires"
CERTIFICATES_EXPIRE = "certificates.expire"
TO_CONFIRM = "session.unconfirmed"

SOON = timedelta(days=2)
AGAIN = timedelta(days=7)
CONFIRM_AGAIN = timedelta(days=3)
ONE_DAY = timedelta(days=1)
MONDAY, SUNDAY = 0, 6
BEFORE_EXPIRY = (30, 7)
"""So many days before a certificate expires, its holder is told."""
LADDER = {
    3: (Role.PARTNER_MANAGER, 1),
    10: (Role.PARTNER_MANAGER, 2),
    14: (Role.PROGRAM_MANAGER, 1),
    21: (Role.PROGRAM_MANAGER, 2),
}
"""By days overdue, who else is told of a session nobody has held, and for which time: the lead first, and twice."""
DIGEST = "home.digest"
STANDING = "coaching.standing"
BEFORE_CLOSE = timedelta(days=5)
"""So long before a month closes its leads are told how they stand, before anybody else reads it."""

Told = dict[str, Any]


def remind(session: Session, day: date, *, on: datetime) -> int:
    """Give everybody the notices of this day, set by set; returns how many are new."""
    told = [
        *_sessions_overdue(session, day),
        *_escalated(session, day),
        *_modules(session, day),
        *_paths(session, day),
        *_to_confirm(session, day),
        *_standing(session, day),
        *_certificates(session, day),
        *governing.reminders(session, day, _all_here(day)),
        *licences(session, day),
    ]
    return _tell(session, [{**one, "created_at": on} for one in told])


def mail(session: Session, day: date) -> None:
    """Have what is new of this day mailed, one letter each, to those who can sign in."""
    news = Notice.created_at >= start_of(first_day(day, None), _zone())
    week = Notice.created_at >= start_of(first_day(day, Letters.WEEKLY), _zone())
    wanted = [and_(User.letters.is_(None), User.id.in_(_unmailed(news)))]
    if day.weekday() == SUNDAY:
        wanted.append(and_(User.letters == Letters.WEEKLY, User.id.in_(_unmailed(week))))
    statement = (
        select(User.id)
        .where(or_(*wanted))
        .where(User.email.is_not(None), User.password_hash.is_not(None), _here(day))
        .order_by(User.id)
    )
    for person in session.scalars(statement).all():
        jobs.enqueue(session, DIGEST, key=f"{person}:{day}", person_id=person, day=day.isoformat())


def first_day(day: date, letters: Letters | None) -> date:
    """From when on a letter of this day tells what is new."""
    return day if letters is None else day - timedelta(days=6)


def _unmailed(news: ColumnElement[bool]) -> Select[int]:
    return select(Notice.person_id).where(Notice.mailed_at.is_(None), news)


def _escalated(session: Session, day: date) -> Iterator[Told]:
    """To managers, what has been overdue for some days and nobody has settled: one notice a step, with how many."""
    for days_late, (role, stage) in LADDER.items():
        due_day = day - timedelta(days=days_late)
        team = func.coalesce(Obligation.now_team_id, Obligation.team_id)
        statement = (
            select(Grant.user_id, func.count(Obligation.id.distinct()))
            .join(UnitTree, UnitTree.ancestor_id == Grant.unit_id)
            .join(Obligation, UnitTree.unit_id == team)
            .where(Grant.role == role, valid_on(Grant, day), Grant.user_id.in_(_all_here(day)))
            .where(Obligation.state == ObligationState.OPEN)
            .where(Obligation.due_at >= start_of(due_day, _zone()), Obligation.due_at < end_of(due_day, _zone()))
            .group_by(Grant.user_id)
            .order_by(Grant.user_id)
        )
        for person, count in session.execute(statement):
            detail = {"count": count, "days": days_late}
            key = f"{ESCALATED}:{role.value}:{stage}:{due_day}"
            path = "/coaching/obligations?state=overdue"
            yield {"person_id": person, "kind": ESCALATED, "key": key, "path": path, "detail": detail}


def _sessions_overdue(session: Session, day: date) -> Iterator[Told]:
    """To the lead: an obligation whose due time was on this day, or a week before, and that is still open."""
    lead = aliased(User)
    for stage, due_day in enumerate((day, day - AGAIN), start=1):
        statement = (  # joined to the lead: asked for a set of leads, a database reads all they were ever owed
            select(Obligation.id, lead.id, Obligation.kind, Obligation.due_at, User.name)
            .join(User, User.id == Obligation.person_id)
            .join(lead, lead.id == Obligation.owner_id)
            .where(Obligation.state == ObligationState.OPEN, or_(lead.left_on.is_(None), lead.left_on > day))
            .where(Obligation.due_at >= start_of(due_day, _zone()), Obligation.due_at < end_of(due_day, _zone()))
            .order_by(Obligation.id)
        )
        for number, whose, kind, due_at, name in session.execute(statement):
            detail = {"name": name, "obligation": kind.value, "due_at": due_at.isoformat()}
            yield _notice(whose, SESSION_OVERDUE, number, stage, f"/coaching/obligations/{number}", detail)


def _stages(day: date, soon: str, overdue: str) -> dict[date, tuple[str, int]]:
    """By due date, what is told of it on this day, and for which time."""
    return {day + SOON: (soon, 1), day - ONE_DAY: (overdue, 1), day - ONE_DAY - AGAIN: (overdue, 2)}


def _modules(session: Session, day: date) -> Iterator[Told]:
    """To the agent: an assignment that is due in two days, was due yesterday, or a week before that.

    Of the steps of a path nothing is told: the path is, as a whole.
    """
    stages = _stages(day, MODULE_DUE_SOON, MODULE_OVERDUE)
    statement = (
        select(Assignment.id, Assignment.person_id, Assignment.due_on, Module.title_en, Module.title_es)
        .join(Module, Module.id == Assignment.module_id)
        .where(is_open(), Assignment.path_assignment_id.is_(None))
        .where(Assignment.due_on.in_(stages), Assignment.person_id.in_(_all_here(day)))
        .order_by(Assignment.id)
    )
    for number, person, due_on, title_en, title_es in session.execute(statement):
        if due_on is None:
            continue
        kind, stage = stages[due_on]
        detail = {"module_en": title_en, "module_es": title_es, "due_on": due_on.isoformat()}
        yield _notice(person, kind, number, stage, f"/curriculum/learn/{number}", detail)


def _paths(session: Session, day: date) -> Iterator[Told]:
    """To the agent: a path that is due in two days, was due yesterday, or a week before that."""
    stages = _stages(day, PATH_DUE_SOON, PATH_OVERDUE)
    statement = (
        select(PathAssignment.id, PathAssignment.person_id, PathAssignment.due_on, Path.title_en, Path.title_es)
        .join(Path, Path.id == PathAssignment.path_id)
        .where(path_is_open(), PathAssignment.due_on.in_(stages), PathAssignment.person_id.in_(_all_here(day)))
        .order_by(PathAssignment.id)
    )
    for number, person, due_on, title_en, title_es in session.execute(statement):
        if due_on is None:
            continue
        kind, stage = stages[due_on]
        detail = {"path_en": title_en, "path_es": title_es, "due_on": due_on.isoformat()}
        yield _notice(person, kind, number, stage, f"/curriculum/learn/paths/{number}", detail)


def _to_confirm(session: Session, day: date) -> Iterator[Told]:
    """To the agent: a record that should have been confirmed by a time on this day, or three days before."""
    stages = {day: 1, day - CONFIRM_AGAIN: 2}
    first, last = start_of(day - CONFIRM_AGAIN, _zone()), end_of(day, _zone())
    statement = (
        select(SessionRecord.id, SessionRecord.person_id, SessionRecord.session_id, SessionRecord.acknowledge_by)
        .join(User, User.id == SessionRecord.person_id)
        .where(SessionRecord.acknowledged_at.is_(None), _here(day))
        .where(SessionRecord.acknowledge_by >= first, SessionRecord.acknowledge_by < last)
        .order_by(SessionRecord.id)
    )
    for number, person, held, by_when in session.execute(statement):
        stage = None if by_when is None else stages.get(day_of(by_when, _zone()))
        if by_when is not None and stage is not None:
            detail = {"acknowledge_by": by_when.isoformat()}
            yield _notice(person, TO_CONFIRM, number, stage, f"/coaching/sessions/{held}", detail)


def _standing(session: Session, day: date) -> Iterator[Told]:
    """To each lead, some days before the month closes: what was in time so far, and what can still be."""
    month = month_start(day)
    if day != next_month(month) - BEFORE_CLOSE:
        return
    mine = and_(Obligation.due_month == month, Obligation.state.not_in(NOT_COUNTED))
    in_time = func.count().filter(Obligation.state == ObligationState.MET)
    still = func.count().filter(Obligation.state == ObligationState.OPEN, Obligation.due_at >= end_of(day, _zone()))
    statement = (
        select(Obligation.lead_id, in_time, func.count(), still)
        .where(mine, Obligation.lead_id.in_(_all_here(day)))
        .group_by(Obligation.lead_id)
        .order_by(Obligation.lead_id)
    )
    for lead, done, due, left in session.execute(statement):
        if lead is not None:
            detail = {"in_time": done, "due": due, "left": left, "month": month.isoformat()}
            path = f"/coaching/obligations?month={month:%Y-%m}&lead={lead}&state=counted"
            yield {"person_id": lead, "kind": STANDING, "key": f"{STANDING}:{month}", "path": path, "detail": detail}


def _certificates(session: Session, day: date) -> Iterator[Told]:
    """To the holder, a certificate that expires in 30 days or in 7; to trainers on Mondays, how many do in 30 days."""
    stages = {day + timedelta(days=days): stage for stage, days in enumerate(BEFORE_EXPIRY, start=1)}
    statement = (
        select(
            Certificate.id, Certificate.person_id, Certificate.expires_on, Certificate.title_en, Certificate.title_es
        )
        .where(Certificate.is_latest.is_(True), Certificate.expires_on.in_(stages))
        .where(Certificate.person_id.in_(_all_here(day)))
        .order_by(Certificate.id)
    )
    for number, person, expires_on, title_en, title_es in session.execute(statement):
        if expires_on is not None:
            detail = {"module_en": title_en, "module_es": title_es, "due_on": expires_on.isoformat()}
            page = f"/curriculum/certificates/{number}.pdf"
            yield _notice(person, CERTIFICATE_EXPIRES, number, stages[expires_on], page, detail)
    if day.weekday() == MONDAY:
        yield from _certificates_of_others(session, day)


def _certificates_of_others(session: Session, day: date) -> Iterator[Told]:
    """To each trainer, one notice with how many certificates of people in their units expire and were not renewed."""
    count = func.count(Certificate.id.distinct())
    statement = (
        select(Grant.user_id, count)
        .join(UnitTree, UnitTree.ancestor_id == Grant.unit_id)
        .join(Membership, Membership.team_id == UnitTree.unit_id)
        .join(Certificate, Certificate.person_id == Membership.user_id)
        .where(Grant.role == Role.TRAINER, valid_on(Grant, day), Grant.user_id.in_(_all_here(day)))
        .where(valid_on(Membership, day), Certificate.is_latest.is_(True))
        .where(Certificate.expires_on.between(day, day + timedelta(days=max(BEFORE_EXPIRY))))
        .group_by(Grant.user_id)
        .order_by(Grant.user_id)
    )
    for person, expiring in session.execute(statement):
        detail = {"count": expiring, "days": max(BEFORE_EXPIRY)}
        page, key = "/curriculum/certificates?expires=30", f"{CERTIFICATES_EXPIRE}:{day}"
        yield {"person_id": person, "kind": CERTIFICATES_EXPIRE, "key": key, "path": page, "detail": detail}


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
