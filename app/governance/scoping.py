"""Who sees what the desk keeps of units, who may answer for it, and who may write it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.accounts.access import may
from app.accounts.models import Activity, Grant, UnitTree, User
from app.accounts.permissions import Permission, Role, roles_with
from app.accounts.queries import valid_on
from app.accounts.reach import everywhere, unit_scope
from app.core.errors import Refused

SEES, WRITES = Permission.SEE_REPORTS, Permission.SET_POLICIES
OWNING = [role for role in roles_with(SEES) if role is not Role.TEAM_LEAD]
"""Whose names are offered as owners: a team lead sees but a team."""


def writes(viewer: User) -> bool:
    """Whether somebody may put something down for some unit."""
    return may(viewer, WRITES)


def owners(viewer: User, today: date) -> Select[User]:
    """Who may be made the owner of something: who holds a role over a unit where the viewer writes or reads, or above it."""
    to = WRITES if writes(viewer) else SEES
    holders = select(Grant.user_id).where(Grant.role.in_(OWNING), valid_on(Grant, today))
    if not everywhere(viewer, to):
        scope = unit_scope(viewer, to)
        above = select(UnitTree.ancestor_id).where(UnitTree.unit_id.in_(scope))
        holders = holders.where(or_(Grant.unit_id.in_(scope), Grant.unit_id.in_(above)))
    return select(User).where(User.id.in_(holders), is_here(today)).order_by(User.name)


def answering(units: Collection[int], today: date) -> Select[int]:
    """Ids of those who hold a role over all of these units: nobody answers for what they can't see."""
    return (
        select(Grant.user_id)
        .join(UnitTree, UnitTree.ancestor_id == Grant.unit_id)
        .where(UnitTree.unit_id.in_(units), Grant.role.in_(roles_with(SEES)), valid_on(Grant, today))
        .group_by(Grant.user_id)
        .having(func.count(UnitTree.unit_id.distinct()) == len(set(units)))
    )


def must_see(session: Session, owner: User, units: Collection[int], today: date) -> None:
    """Raises `Refused` unless the owner may answer for all of these units."""
    if session.scalar(answering(units, today).where(Grant.user_id == owner.id)) is None:
        raise Refused(_("%(name)s does not see all of these units, so cannot answer for them.", name=owner.name))


def is_here(day: date) -> ColumnElement[bool]:
    """Whether somebody has not left."""
    return or_(User.left_on.is_(None), User.left_on > day)


def trail(session: Session, subject: Any) -> list[Activity]:
    """What was done about something, the newest first."""
    wanted = select(Activity).where(Activity.subject_kind == subject.__tablename__, Activity.subject_id == subject.id)
    return list(session.scalars(wanted.order_by(Activity.id.desc()).options(joinedload(Activity.actor))))
