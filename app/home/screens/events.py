"""All threads of a person as one: decisions, sessions, modules and audits, newest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.audits.models import Audit
from app.coaching.labels import SESSION_KINDS
from app.coaching.models import CoachingSession, SessionRecord
from app.coaching.rules import SessionState
from app.core.clock import day_of
from app.core.i18n import day, number
from app.curriculum.models import Assignment, AssignmentState
from app.gaps.labels import STATES
from app.gaps.models import Gap, Transition
from app.gaps.rules import GapState
from app.home.queries import to_the_agent
from app.remedies.labels import DRAWINGS, sure, tone

MOST = 30
"""So many are shown, and so many of each kind are asked for."""


@dataclass(frozen=True, slots=True)
class Event:
    """One knot of the thread: `rank` orders what happened on one day, the last first."""

    day: date
    rank: int
    drawing: str
    title: str
    text: str
    url: str
    tone: str | None = None


def thread(session: Session, viewer: User, person_id: int, *, time_zone: str) -> list[Event]:
    """What happened to a person, as far as the viewer may see it; days are those of this zone."""
    found = [
        *_decisions(session, viewer, person_id),
        *_sessions(session, viewer, person_id, time_zone),
        *_modules(session, viewer, person_id),
        *_audits(session, viewer, person_id, time_zone),
    ]
    return sorted(found, key=lambda one: (one.day, one.rank), reverse=True)[:MOST]


def _decisions(session: Session, viewer: User, person_id: int) -> Iterator[Event]:
    mine = Gap.visible_to(viewer, Permission.SEE_GAPS).where(Gap.person_id == person_id).with_only_columns(Gap.id)
    statement = (
        select(Transition)
        .join(Transition.gap)
        .where(Transition.gap_id.in_(mine))
        .order_by(Transition.week.desc(), Transition.id.desc())
        .limit(MOST)
        .options(contains_eager(Transition.gap).joinedload(Gap.competency))
    )
    for one in session.scalars(statement):
        name = one.gap.competency.name.text
        yield Event(
            day=one.week + timedelta(days=6),
            rank=9,
            drawing=DRAWINGS[one.to_state],
            title=_("%(competency)s: %(state)s", competency=name, state=STATES[one.to_state]),
            text=_decided_on(one),
            url=url_for("thread.gap", gap_id=one.gap_id),
            tone=tone(one.to_state),
        )


def _decided_on(one: Transition) -> str:
    if one.to_state is GapState.ARCHIVED:
        return _("No check for 13 weeks.")
    return ngettext(
        "%(missed)s of %(count)s check missed in 13 weeks; %(share)s.",
        "%(missed)s of %(count)s checks missed in 13 weeks; %(share)s.",
        one.checks13,
        missed=number(one.fails13),
        count=number(one.checks13),
        share=sure(one.probability),
    )


def _sessions(session: Session, viewer: User, person_id: int, time_zone: str) -> Iterator[Event]:
    statement = (
        SessionRecord.visible_to(viewer)
        .join(SessionRecord.session)
        .where(SessionRecord.person_id == person_id, CoachingSession.state == SessionState.HELD)
        .order_by(CoachingSession.held_at.desc(), SessionRecord.id.desc())
        .limit(MOST)
        .options(contains_eager(SessionRecord.session).joinedload(CoachingSession.coach))
    )
    for record in session.scalars(statement):
        held = record.session
        if held.held_at is None:
            continue
        confirmed = record.acknowledged_at is not None
        yield Event(
            day=day_of(held.held_at, time_zone),
            rank=6,
            drawing="talk",
            title=_("Session held by %(name)s", name=held.coach.name),
            text=_("%(kind)s; confirmed", kind=SESSION_KINDS[held.kind])
            if confirmed
            else str(SESSION_KINDS[held.kind]),
            url=url_for("coaching.session", session_id=held.id),
            tone="state",
        )


def _modules(session: Session, viewer: User, person_id: int) -> Iterator[Event]:
    statement = (
        Assignment.visible_to(viewer, Permission.SEE_LEARNING)
        .where(Assignment.person_id == person_id, Assignment.state != AssignmentState.CANCELLED)
        .order_by(func.coalesce(Assignment.completed_on, Assignment.assigned_on).desc(), Assignment.id.desc())
        .limit(MOST)
        .options(joinedload(Assignment.module))
    )
    own = person_id == viewer.id
    for one in session.scalars(statement):
        title = one.module.title.text
        url = url_for("curriculum.learn" if own else "curriculum.assignment", assignment_id=one.id)
        if one.completed_on is not None:
            yield Event(one.completed_on, 5, "book", _("Module completed: “%(module)s”", module=title), "", url, "good")
        due = _("due %(day)s", day=day(one.due_on, "long")) if one.due_on is not None else ""
        yield Event(one.assigned_on, 4, "book", _("Module assigned: “%(module)s”", module=title), due, url)


def _audits(session: Session, viewer: User, person_id: int, time_zone: str) -> Iterator[Event]:
    statement = (
        Audit.visible_to(viewer)
        .where(Audit.person_id == person_id, to_the_agent())
        .order_by(Audit.contact_at.desc(), Audit.id.desc())
        .limit(MOST)
    )
    for audit in session.scalars(statement):
        checks = ngettext(
            "%(missed)s of %(count)s check missed",
            "%(missed)s of %(count)s checks missed",
            audit.checks,
            missed=number(audit.fails),
            count=number(audit.checks),
        )
        yield Event(
            day=day_of(audit.contact_at, time_zone),
            rank=0,
            drawing="late" if audit.fatal else "no" if audit.fails else "ok",
            title=_("Audit %(ref)s", ref=audit.reference),
            text=_("Fatal error; %(checks)s", checks=checks) if audit.fatal else checks,
            url=url_for("audits.audit", audit_id=audit.id),
            tone="bad" if audit.fails else None,
        )
