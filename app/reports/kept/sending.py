"""Mailing reports: what is due, and each letter, computed for its recipient at the time of sending.

A letter is known by schedule, recipient and day: written down once in `ReportSend`, whoever asks and however often. Its
recipient's language, zone and scope are those of the moment it is sent, not of the day it was asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from urllib.parse import urlencode

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.accounts.access import may
from app.accounts.models import Unit, UnitTree, User
from app.accounts.queries import subtree
from app.accounts.reach import unit_scope
from app.accounts.record import sent
from app.core import jobs, mail
from app.core.clock import day_of, now, zone
from app.core.database import reading
from app.core.exports import MIME
from app.core.i18n import aware, speak_to
from app.reports import documents
from app.reports.declared import Declared, Question
from app.reports.gallery import REPORTS
from app.reports.kept.models import Recipient, ReportSend, SavedView, Schedule
from app.reports.kept.rules import BIGGEST, LATEST, Outcome, last_due, month_told

JOB = "reports.send"


def find_due(session: Session, at: datetime) -> int:
    """Write down what is due by now and was not yet, and have it sent; returns how many letters are new."""
    rows = list(_due(session, at))
    if not rows:
        return 0
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    new = session.scalars(make(ReportSend).on_conflict_do_nothing().returning(ReportSend.id), rows).all()
    for number in new:
        jobs.enqueue(session, JOB, key=str(number), send_id=number)
    return len(new)


def _due(session: Session, at: datetime) -> Iterator[dict[str, Any]]:
    statement = (
        select(Schedule, User.id, User.time_zone)
        .join(Recipient, Recipient.schedule_id == Schedule.id)
        .join(User, User.id == Recipient.person_id)
        .where(Schedule.paused_at.is_(None), Recipient.stopped_at.is_(None))
        .order_by(Schedule.id, User.id)
    )
    for one, person, zone_name in session.execute(statement).all():
        name = zone_name or str(current_app.config["PROGRAMME_TIME_ZONE"])
        day = last_due(one.every, one.day, one.hour, at.astimezone(zone(name)))
        due_at = aware(datetime.combine(day, time(one.hour)), name)
        if max(one.active_from, at - LATEST) <= due_at <= at:
            yield {
                "schedule_id": one.id, "person_id": person, "due_on": day, "due_at": due_at,
                "month": month_told(one.told, day), "outcome": Outcome.WAITING, "scope": "", "file_name": "",
            }  # fmt: skip


# --- One letter ---


@dataclass(frozen=True, slots=True)
class Prepared:
    """What becomes of a letter: the letter itself, or why there is none."""

    outcome: Outcome
    letter: mail.Letter | None = None
    scope: str = ""
    file_name: str = ""


def deliver(session: Session, send_id: int) -> None:
    """Send a letter that waits, or note why it is not sent."""
    with reading():  # the figures may take a while: nobody waits for them
        prepared = _prepare(session, send_id)
        session.rollback()
    if prepared is None:
        return
    if prepared.letter is not None:
        mail.send(prepared.letter)
    one = session.get_one(ReportSend, send_id)
    at = now()
    one.outcome, one.settled_at, one.scope, one.file_name = prepared.outcome, at, prepared.scope, prepared.file_name
    if prepared.letter is not None:
        sent(session, one.person, JOB, prepared.letter.subject, on=at)


def _prepare(session: Session, send_id: int) -> Prepared | None:
    one = session.get(ReportSend, send_id)
    if one is None or one.outcome is not Outcome.WAITING:
        return None
    view, declared = one.schedule.view, REPORTS.get(one.schedule.view.report)
    refused = _refused(session, one, declared)
    if refused is not None or declared is None:
        return Prepared(refused or Outcome.OUT_OF_REACH)
    person = one.person
    zone_name = person.time_zone or str(current_app.config["PROGRAMME_TIME_ZONE"])
    with speak_to(person.language, zone_name, person.number_format):
        return _written(session, one, view, declared, zone_name)


def _refused(session: Session, one: ReportSend, declared: Declared | None) -> Outcome | None:
    """Why this recipient gets nothing, as things stand now."""
    mine = session.get(Recipient, (one.schedule_id, one.person_id))
    if one.schedule.paused_at is not None or mine is None or mine.stopped_at is not None:
        return Outcome.STOPPED
    if one.person.has_left:
        return Outcome.LEFT
    if not one.person.email:
        return Outcome.NO_ADDRESS
    if declared is None or not may(one.person, declared.may):
        return Outcome.NOT_ALLOWED
    unit = _unit(session, one.schedule.view)
    scope = unit_scope(one.person, declared.may)
    within = scope if unit is None else subtree(unit.id).where(UnitTree.unit_id.in_(scope))
    return None if session.scalar(within.limit(1)) is not None else Outcome.OUT_OF_REACH


def _unit(session: Session, view: SavedView) -> Unit | None:
    number = str(view.query.get("unit", ""))
    return session.get(Unit, int(number)) if number.isdecimal() else None


def _written(session: Session, one: ReportSend, view: SavedView, declared: Declared, zone_name: str) -> Prepared:
    """The letter with the report as this recipient would read it now."""
    unit, at = _unit(session, view), now()
    place, whole = _place(session, one.person, declared, unit)
    question = Question(
        session, one.person, one.month, at, day_of(at, zone_name), unit=unit, place=place, options=dict(view.query)
    )
    report = declared.answer(question)
    content = documents.as_file(report, one.schedule.file_format)
    fits = len(content) <= BIGGEST
    file_name = f"{report.file_name}.{one.schedule.file_format}" if fits else ""
    query = {**view.query, "month": f"{one.month:%Y-%m}"}
    if not whole:
        query.pop("unit", None)
    base = str(current_app.config["BASE_URL"]).rstrip("/")
    letter = mail.compose(
        str(one.person.email), one.person.language, report.title, "reports/letter.txt",
        name=one.person.first_name, report=report, view=view, fits=fits, file_name=file_name,
        added=session.get_one(Recipient, (one.schedule_id, one.person_id)),
        link=f"{base}/reports/{declared.name}?{urlencode(query)}",
        page=f"{base}/reports/schedules/{one.schedule_id}",
    )  # fmt: skip
    begun = one.schedule.active_from
    key = f"report-{one.schedule_id}-{begun:%Y%m%d%H%M%S}-{one.person_id}-{one.due_on:%Y%m%d}"
    attachment = mail.Attachment(file_name, MIME[one.schedule.file_format], content) if fits else None
    return Prepared(Outcome.SENT, mail.with_attachment(letter, attachment, key), place, file_name)


def _place(session: Session, person: User, declared: Declared, unit: Unit | None) -> tuple[str, bool]:
    """What the figures are of, and whether all of the unit is within reach."""
    if unit is None:
        return _("All units within reach"), True
    name = unit.path.replace("/", " · ") or unit.name
    if session.scalar(select(Unit.id).where(Unit.id == unit.id, Unit.id.in_(unit_scope(person, declared.may)))):
        return name, True
    return _("%(unit)s, as far as it is within reach", unit=name), False
