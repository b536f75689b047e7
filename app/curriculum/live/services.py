"""Deeds: planning a live session, giving out its seats, and writing down who was there. Nothing here commits."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.accounts import record
from app.accounts.models import User
from app.core import jobs
from app.core.errors import Refused
from app.core.i18n import aware
from app.curriculum import services as learning
from app.curriculum.live import queries, rules
from app.curriculum.live.models import LiveSeat, LiveSession
from app.curriculum.live.rules import HOLDS, Stage
from app.curriculum.models import Assignment, Module, ModuleState
from app.curriculum.queries import is_open
from app.curriculum.quizzes.models import Quiz

INVITE = "curriculum.invite_live"


# --- Planning ---


def plan(session: Session, module: Module, facts: Mapping[str, Any], *, by: User, on: datetime) -> LiveSession:
    """Plan a session of a published module. One that was held already may be written down too."""
    if module.state is not ModuleState.PUBLISHED:
        raise Refused(_("Sessions are planned once the module is published."))
    made = LiveSession(module=module, revision=0, **facts)
    session.add(made)
    session.flush()
    record.log(session, "live.planned", made, by=by, on=on, module=module.code)
    _invite(session, made, [made.trainer_id], on=on)
    return made


def change(session: Session, live: LiveSession, facts: Mapping[str, Any], *, by: User, on: datetime) -> None:
    """Move a session, say where it is, or change its seats; calendars are told. `Refused` once it was called off."""
    _hold(session, live)
    before = live.trainer_id
    for name, value in facts.items():
        setattr(live, name, value)
    live.revision += 1
    session.flush()
    record.log(session, "live.changed", live, by=by, on=on, module=live.module.code)
    _invite(session, live, [*_people(session, live), *({before} - {live.trainer_id})], on=on)
    _move_up(session, live, on=on)


def call_off(session: Session, live: LiveSession, *, by: User, on: datetime) -> None:
    """Call a session off; it stays on record, and who had a seat is told. `Refused` once it has begun."""
    _hold(session, live)
    if live.starts_at <= on:
        raise Refused(_("This session has begun."))
    live.cancelled_at, live.revision = on, live.revision + 1
    record.log(session, "live.cancelled", live, by=by, on=on, module=live.module.code)
    holding = session.scalars(select(LiveSeat.person_id).where(LiveSeat.session_id == live.id, _holds())).all()
    _tell(session, live, holding, "live.cancelled", on=on)
    _invite(session, live, _people(session, live), on=on)


# --- Seats ---


def sign_up(session: Session, live: LiveSession, *, by: User, on: datetime) -> LiveSeat:
    """Take a seat, or the next place on the waiting list; who does not have the module yet takes it with that.

    `Refused` once the session has begun, and for who has a seat in another session of the module.
    """
    _hold(session, live)
    if live.starts_at <= on:
        raise Refused(_("This session has begun."))
    others = queries.held_by(by.id, [live.module_id], on).where(LiveSeat.session_id != live.id)
    if session.scalars(others).first() is not None:
        raise Refused(_("You already have a seat in another session of this module. Give it up first."))
    learning.take(session, live.module, by=by, on=on)
    return _put(session, live, by.id, by=by, on=on)


def add(session: Session, live: LiveSession, people: Iterable[User], *, by: User, on: datetime) -> int:
    """Put people who have the module open on the list; once the session has begun, whatever its seats. How many."""
    _hold(session, live)
    wanted = [one.id for one in people]
    having = set(
        session.scalars(
            select(Assignment.person_id).where(
                Assignment.module_id == live.module_id, Assignment.person_id.in_(wanted), is_open()
            )
        )
    )
    for person in wanted:
        if person not in having:
            raise Refused(_("Only people who have the module open can be put on the list."))
        _put(session, live, person, by=by, on=on)
    return len(wanted)


def give_back(session: Session, seat: LiveSeat, *, by: User, on: datetime) -> None:
    """Free a seat, or leave the waiting list; who waits moves up. `Refused` once the session has begun."""
    live = seat.live
    _hold(session, live)
    session.refresh(seat, ["stage"])
    if live.starts_at <= on or seat.stage not in HOLDS:
        raise Refused(_("This seat can no longer be given up."))
    _free(session, seat, by=by, on=on)


def person_left(session: Session, *, person_id: int, day: date, on: datetime) -> None:
    """Somebody left: the seats they have in sessions to come are free."""
    wanted = select(LiveSeat).join(LiveSeat.live).where(LiveSeat.person_id == person_id, _holds())
    for seat in session.scalars(wanted.where(queries.is_to_come(on)).options(joinedload(LiveSeat.live))):
        _free(session, seat, by=None, on=on)


def _put(session: Session, live: LiveSession, person_id: int, *, by: User, on: datetime) -> LiveSeat:
    known = session.scalar(select(LiveSeat).where(LiveSeat.session_id == live.id, LiveSeat.person_id == person_id))
    if known is not None and known.stage in HOLDS:
        return known
    seat = known or LiveSeat(live=live, person_id=person_id)
    full = _count(session, live, Stage.SEATED) >= live.seats and live.starts_at > on
    seat.stage, seat.asked_at = (Stage.WAITING if full else Stage.SEATED), on
    session.add(seat)
    session.flush()
    record.log(session, "live.signed_up", live, by=by, on=on, person_id=person_id, module=live.module.code)
    if not full:
        _invite(session, live, [person_id], on=on)
    if person_id != by.id and live.starts_at > on:
        _tell(session, live, [person_id], "live.waiting" if full else "live.seated", on=on)
    return seat


def _free(session: Session, seat: LiveSeat, *, by: User | None, on: datetime) -> None:
    live, had = seat.live, seat.stage
    seat.stage = Stage.GIVEN_BACK
    session.flush()
    facts = {"person_id": seat.person_id, "module": live.module.code}
    record.log(session, "live.given_back", live, by=by, on=on, **facts)
    if had is Stage.SEATED:
        _invite(session, live, [seat.person_id], on=on)
        _move_up(session, live, on=on)


def _move_up(session: Session, live: LiveSession, *, on: datetime) -> None:
    """Seat who waits, as far as there are seats, and tell them."""
    if live.starts_at <= on:
        return
    line = select(LiveSeat).where(LiveSeat.session_id == live.id, LiveSeat.stage == Stage.WAITING)
    waiting = {seat.id: seat for seat in session.scalars(line.order_by(LiveSeat.asked_at, LiveSeat.id))}
    moved = rules.next_seated(list(waiting), seats=live.seats, taken=_count(session, live, Stage.SEATED))
    for number in moved:
        waiting[number].stage = Stage.SEATED
    session.flush()
    people = [waiting[number].person_id for number in moved]
    _tell(session, live, people, "live.seated", on=on)
    _invite(session, live, people, on=on)


# --- Attendance ---


def attended(session: Session, live: LiveSession, present: Collection[int], *, by: User, on: datetime) -> int:
    """Write down who of the seated was there: they have completed the module, or may take its quiz. Returns how many.

    Who completed it by having been there keeps that. `Refused` before the session begins, and for one's own seat.
    """
    _hold(session, live)
    if live.starts_at > on:
        raise Refused(_("This session has not begun yet."))
    seats = _seated(session, live)
    new = [seat for seat in seats if seat.person_id in present and not seat.present]
    if any(seat.person_id == by.id for seat in new):
        raise Refused(_("Somebody else has to record your own attendance."))
    still_open = _open_of(session, live, [seat.person_id for seat in seats])
    for seat in seats:
        there = seat.person_id in present or (bool(seat.present) and seat.person_id not in still_open)
        if seat.present is not there:
            seat.present, seat.marked_at, seat.marked_by_id = there, on, by.id
    session.flush()
    quiz = session.get(Quiz, live.module_id) is not None
    for seat in new:
        given = still_open.get(seat.person_id)
        if given is not None and quiz:
            learning.start(session, given, on=on)
        elif given is not None:
            learning.complete(session, given, on=on, language=live.language, proven=True)
    record.log(session, "live.attended", live, by=by, on=on, module=live.module.code)
    return sum(bool(seat.present) for seat in seats)


def was_there(session: Session, assignment: Assignment) -> bool:
    """Whether somebody was at a session of the module since it was assigned."""
    since = aware(datetime.combine(assignment.assigned_on, time.min), current_app.config["PROGRAMME_TIME_ZONE"])
    seen = select(LiveSeat.id).join(LiveSeat.live).where(LiveSession.module_id == assignment.module_id)
    seen = seen.where(LiveSeat.person_id == assignment.person_id, LiveSeat.present.is_(True))
    return session.scalars(seen.where(LiveSeat.marked_at >= since).limit(1)).first() is not None


def _open_of(session: Session, live: LiveSession, people: Sequence[int]) -> dict[int, Assignment]:
    wanted = select(Assignment).where(
        Assignment.module_id == live.module_id, Assignment.person_id.in_(people), is_open()
    )
    loaded = wanted.options(joinedload(Assignment.module), joinedload(Assignment.person))
    return {one.person_id: one for one in session.scalars(loaded.order_by(Assignment.id.desc()))}


# --- Who is told ---


def _seated(session: Session, live: LiveSession) -> Sequence[LiveSeat]:
    wanted = select(LiveSeat).where(LiveSeat.session_id == live.id, LiveSeat.stage == Stage.SEATED)
    return session.scalars(wanted.order_by(LiveSeat.id)).all()


def _people(session: Session, live: LiveSession) -> list[int]:
    return [live.trainer_id, *(seat.person_id for seat in _seated(session, live))]


def _count(session: Session, live: LiveSession, stage: Stage) -> int:
    there = LiveSeat.session_id == live.id, LiveSeat.stage == stage
    return session.scalar(select(func.count()).select_from(LiveSeat).where(*there)) or 0


def _holds() -> Any:
    return LiveSeat.stage.in_(HOLDS)


def _tell(session: Session, live: LiveSession, people: Iterable[int], kind: str, *, on: datetime) -> None:
    facts = {"module_en": live.module.title_en, "module_es": live.module.title_es, "at": live.starts_at.isoformat()}
    key, path = f"{kind}:{live.id}:{on.isoformat()}", f"/curriculum/modules/{live.module_id}"
    record.tell(session, people, kind, key=key, path=path, on=on, **facts)


def _invite(session: Session, live: LiveSession, people: Iterable[int], *, on: datetime) -> None:
    """A letter for the calendar of each; none once the session has begun."""
    if live.starts_at <= on:
        return
    for person in sorted(set(people)):
        facts = {"live_id": live.id, "person_id": person, "revision": live.revision, "asked": on.isoformat()}
        jobs.enqueue(session, INVITE, key=f"{live.id}:{person}:{live.revision}:{on.isoformat()}", **facts)


def _hold(session: Session, live: LiveSession) -> None:
    """Take the row for this transaction, so that the last seat is given once. `Refused` when it was called off."""
    session.refresh(live, ["seats", "cancelled_at", "revision"], with_for_update=True)
    if live.cancelled_at is not None:
        raise Refused(_("This session was cancelled."))
