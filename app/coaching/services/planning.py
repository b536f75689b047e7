"""Sessions to come: planned, moved, called off, or held by nobody because nobody came."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.record import tell
from app.coaching.models import CoachingSession, SessionRecord
from app.coaching.rules import SessionKind, SessionState
from app.coaching.services.sessions import change_planned, log_for_each, session_path
from app.core import jobs
from app.core.errors import Refused

INVITE = "coaching.invite"


def schedule(
    session: Session,
    *,
    by: User,
    kind: SessionKind,
    person_ids: Iterable[int],
    scheduled_for: datetime,
    on: datetime,
    minutes: int = 30,
) -> CoachingSession:
    """Plan a session with one or more agents, who are told. `Refused` for a time that has passed."""
    _still_to_come(scheduled_for, on)
    people = sorted(set(person_ids))
    if not people:
        raise Refused(_("A session needs at least one agent."))
    planned = CoachingSession(
        kind=kind,
        state=SessionState.SCHEDULED,
        coach_id=by.id,
        scheduled_for=scheduled_for,
        logged_at=on,
        minutes=minutes,
    )
    planned.records = [SessionRecord(person_id=person) for person in people]
    session.add(planned)
    session.flush()
    log_for_each(session, "session.scheduled", planned, people, by=by, on=on, scheduled_for=scheduled_for.isoformat())
    _tell_time(session, planned, people, on=on)
    _invite(session, planned)
    return planned


def reschedule(session: Session, planned: CoachingSession, *, scheduled_for: datetime, by: User, on: datetime) -> None:
    """Move a planned session to another time; see `change`."""
    now = _as_planned(planned)
    change(session, planned, now._replace(scheduled_for=scheduled_for), by=by, on=on)


class Plan(NamedTuple):
    """When a session is to be held, by whom, with whom, and as what."""

    scheduled_for: datetime
    minutes: int
    kind: SessionKind
    coach_id: int
    person_ids: frozenset[int]


def change(session: Session, planned: CoachingSession, plan: Plan, *, by: User, on: datetime) -> None:
    """Change time, coach, people or kind of a planned session; whoever takes part, or did until now, is told.

    What it was before stays in the activity log. `Refused` once it is held or called off, for a time that has passed, and
    with nobody left.
    """
    before = _as_planned(planned)
    if plan == before:
        raise Refused(_("Nothing has changed."))
    if plan.scheduled_for != before.scheduled_for:
        _still_to_come(plan.scheduled_for, on)
    if not plan.person_ids:
        raise Refused(_("A session needs at least one agent."))
    if plan.coach_id in plan.person_ids:
        raise Refused(_("Nobody can coach themselves."))
    change_planned(
        session,
        planned,
        SessionState.SCHEDULED,
        scheduled_for=plan.scheduled_for,
        minutes=plan.minutes,
        kind=plan.kind,
        coach_id=plan.coach_id,
        revision=planned.revision + 1,
    )
    for record in [one for one in planned.records if one.person_id not in plan.person_ids]:
        planned.records.remove(record)
        session.delete(record)
    planned.records += [SessionRecord(person_id=new) for new in sorted(plan.person_ids - before.person_ids)]
    session.flush()
    session.refresh(planned)
    _tell_change(session, planned, before, plan, by=by, on=on)


def _as_planned(planned: CoachingSession) -> Plan:
    people = frozenset(record.person_id for record in planned.records)
    when = planned.scheduled_for or planned.logged_at
    return Plan(when, planned.minutes, planned.kind, planned.coach_id, people)


def _tell_change(
    session: Session, planned: CoachingSession, before: Plan, plan: Plan, *, by: User, on: datetime
) -> None:
    """A line for each agent of before and after; notices and letters to all whom it concerns."""
    moved = plan.scheduled_for != before.scheduled_for
    same = plan._replace(scheduled_for=before.scheduled_for) == before
    facts = {"before": before.scheduled_for.isoformat(), "scheduled_for": plan.scheduled_for.isoformat()}
    if not same:
        facts |= {"minutes": str(plan.minutes), "coach": session.get_one(User, plan.coach_id).name}
    verb = "session.moved" if same else "session.changed"
    log_for_each(session, verb, planned, sorted(before.person_ids | plan.person_ids), by=by, on=on, **facts)
    new = sorted(plan.person_ids if moved else plan.person_ids - before.person_ids)
    new += [plan.coach_id] if plan.coach_id not in (before.coach_id, by.id) else []
    _tell_time(session, planned, new, on=on)
    out = sorted((before.person_ids | {before.coach_id}) - plan.person_ids - {plan.coach_id})
    key, path = f"session-out:{planned.id}:{planned.revision}", session_path(planned.id)
    tell(session, [one for one in out if one != by.id], "session.cancelled", key=key, path=path, on=on)
    _invite(session, planned, out)


def cancel(session: Session, planned: CoachingSession, *, by: User | None, on: datetime) -> None:
    """Call a planned session off; it stays on record. `Refused` once it is held or called off.

    The agents are told, or, when nobody did it (the agent left), the coach.
    """
    change_planned(session, planned, SessionState.CANCELLED)
    planned.revision += 1
    people = [record.person_id for record in planned.records]
    log_for_each(session, "session.cancelled", planned, people, by=by, on=on)
    told = people if by is not None else [planned.coach_id]
    path = session_path(planned.id)
    tell(session, told, "session.cancelled", key=f"session-cancelled:{planned.id}", path=path, on=on)
    _invite(session, planned)


def _invite(session: Session, planned: CoachingSession, out: Iterable[int] = ()) -> None:
    """Have everybody who takes part, and who no longer does, told by mail, with the file their calendar reads."""
    session.flush()
    for person in (planned.coach_id, *(record.person_id for record in planned.records), *out):
        facts = {"session_id": planned.id, "person_id": person, "revision": planned.revision}
        jobs.enqueue(session, INVITE, key=f"{planned.id}:{person}:{planned.revision}", **facts)


def no_show(session: Session, planned: CoachingSession, *, by: User, on: datetime) -> None:
    """Note that nobody came to a planned session; what is owed stays owed. `Refused` before its time, and once settled."""
    if planned.scheduled_for is None or planned.scheduled_for > on:
        raise Refused(_("It is still in the future. Until then it can be moved or cancelled."))
    change_planned(session, planned, SessionState.NO_SHOW)
    people = [record.person_id for record in planned.records]
    for record in planned.records:
        record.absent = True
    log_for_each(session, "session.no_show", planned, people, by=by, on=on)
    key = f"session-no-show:{planned.id}"
    when = planned.scheduled_for.isoformat()
    tell(session, people, "session.no_show", key=key, path=session_path(planned.id), on=on, scheduled_for=when)


def _still_to_come(scheduled_for: datetime, on: datetime) -> None:
    if scheduled_for <= on:
        raise Refused(_("This time has passed. A session that was held can be logged."))


def _tell_time(session: Session, planned: CoachingSession, people: Sequence[int], *, on: datetime) -> None:
    if planned.scheduled_for is None:
        return
    when = planned.scheduled_for.isoformat()
    key = f"session-scheduled:{planned.id}:{when}"
    tell(session, people, "session.scheduled", key=key, path=session_path(planned.id), on=on, scheduled_for=when)
