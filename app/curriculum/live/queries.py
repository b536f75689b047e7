"""Reads of live sessions. Each returns a `Select`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import joinedload

from app.accounts.models import Grant, User
from app.accounts.permissions import Permission, roles_with
from app.accounts.reach import current, unit_scope
from app.curriculum.live.models import LiveSeat, LiveSession
from app.curriculum.live.rules import HOLDS, Stage
from app.curriculum.models import Assignment
from app.curriculum.queries import candidates, is_open


def is_to_come(on: datetime) -> ColumnElement[bool]:
    """Whether a session has neither begun nor been called off."""
    return (LiveSession.starts_at > on) & LiveSession.cancelled_at.is_(None)


def offered(viewer: User, module_id: int, on: datetime) -> Select[LiveSession]:
    """The sessions of a module to come that somebody may sign up for, the first one first."""
    wanted = LiveSession.visible_to(viewer).where(LiveSession.module_id == module_id, is_to_come(on))
    return wanted.order_by(LiveSession.starts_at, LiveSession.id).options(joinedload(LiveSession.trainer))


def taken(session_ids: Iterable[int]) -> Select[int, Stage, int]:
    """(session id, stage, how many hold it)."""
    return (
        select(LiveSeat.session_id, LiveSeat.stage, func.count())
        .where(LiveSeat.session_id.in_(session_ids), LiveSeat.stage.in_(HOLDS))
        .group_by(LiveSeat.session_id, LiveSeat.stage)
    )


def held_by(person_id: int, module_ids: Iterable[int], on: datetime) -> Select[LiveSeat]:
    """Somebody's seats, and places on waiting lists, in sessions of these modules that are not over."""
    return (
        select(LiveSeat)
        .join(LiveSeat.live)
        .where(
            LiveSeat.person_id == person_id,
            LiveSeat.stage.in_(HOLDS),
            LiveSession.module_id.in_(module_ids),
            LiveSession.cancelled_at.is_(None),
            LiveSession.starts_at > on - timedelta(hours=10),  # none is longer
        )
        .order_by(LiveSession.starts_at)
        .options(joinedload(LiveSeat.live))
    )


def of_reader(person_id: int, since: datetime) -> Select[LiveSession]:
    """The sessions somebody has a seat in or teaches, from then on: what a calendar reads."""
    seated = select(LiveSeat.session_id).where(LiveSeat.person_id == person_id, LiveSeat.stage == Stage.SEATED)
    return (
        select(LiveSession)
        .where(LiveSession.starts_at >= since, LiveSession.cancelled_at.is_(None))
        .where(or_(LiveSession.trainer_id == person_id, LiveSession.id.in_(seated)))
        .order_by(LiveSession.starts_at.desc(), LiveSession.id)
        .options(joinedload(LiveSession.module))
    )


def trainers(viewer: User, day: date) -> Select[User]:
    """Who may teach a session: who writes modules in the units where the viewer does."""
    roles = roles_with(Permission.WRITE_MODULES)
    within = Grant.unit_id.in_(unit_scope(viewer, Permission.WRITE_MODULES))
    granted = select(Grant.user_id).where(Grant.role.in_(roles), within, current(Grant, day))
    there = or_(User.left_on.is_(None), User.left_on > day)
    return select(User).where(or_(User.id.in_(granted), User.id == viewer.id), there).order_by(User.name, User.id)


def without_seat(viewer: User, live: LiveSession, day: date) -> Select[User]:
    """The people within reach who have the module open and neither seat nor place in this session, by name."""
    having = select(Assignment.person_id).where(Assignment.module_id == live.module_id, is_open())
    there = select(LiveSeat.person_id).where(LiveSeat.session_id == live.id, LiveSeat.stage.in_(HOLDS))
    return candidates(viewer, day).where(User.id.in_(having), User.id.not_in(there), User.id != viewer.id)
