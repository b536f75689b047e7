"""Whose records may I see. Every list, count, export and single read starts from here.

- `unit_scope(viewer, to)`: units where a role of the viewer that carries the permission holds, with all below.
- `reach(viewer, to)`: the people who belong there, and the viewer.
- `agents_in(viewer, to)`: the people whose last team is there.
- `AboutPerson`: a record about one person is seen by who reaches the person.

What the viewer holds is looked up once a request; the rest are conditions of the queries that ask.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self, TypeVar

from flask import g, has_request_context
from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    ScalarSelect,
    Select,
    and_,
    exists,
    false,
    func,
    or_,
    select,
    true,
    union,
)
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from app.accounts.models import Grant, Membership, Unit, UnitKind, UnitTree, User
from app.accounts.permissions import GRANTS, Permission, Role
from app.core.clock import now
from app.core.database import db

Made = TypeVar("Made")

OTHERS = tuple(table.__table__.alias(f"other_{table.__tablename__}").c for table in (Membership, Grant))
"""Other places of the person of an enclosing query."""


@dataclass(frozen=True, slots=True)
class Held:
    """A role somebody holds today, and over what."""

    role: Role
    unit_id: int
    everywhere: bool
    """Over the whole programme."""


def held(viewer: User) -> Sequence[Held]:
    """The roles the viewer holds today; asked of the database once a request."""

    def look_up() -> Sequence[Held]:
        rows = db.session.execute(
            select(Grant.role, Grant.unit_id, Unit.kind)
            .join(Unit, Unit.id == Grant.unit_id)
            .where(Grant.user_id == viewer.id, current(Grant, now().date()))
            .order_by(Grant.id)
        )
        return [Held(role, unit, kind is UnitKind.PROGRAMME) for role, unit, kind in rows]

    return _once_a_request(("held", viewer.id), look_up)


def _once_a_request(key: tuple[object, ...], make: Callable[[], Made]) -> Made:
    known: dict[tuple[object, ...], Any] = g.setdefault("reach", {}) if has_request_context() else {}
    if key not in known:
        known[key] = make()
    return known[key]


def holds(viewer: User, permission: Permission) -> ColumnElement[bool]:
    """Whether the viewer holds the permission anywhere, as a condition."""
    return true() if _carrying(viewer, permission) else false()


def holds_everywhere(viewer: User, permission: Permission) -> ColumnElement[bool]:
    """Whether the viewer holds the permission over the whole programme, as a condition."""
    return true() if everywhere(viewer, permission) else false()


def everywhere(viewer: User, permission: Permission) -> bool:
    """Whether the viewer holds the permission over the whole programme."""
    return any(one.everywhere for one in _carrying(viewer, permission))


def _carrying(viewer: User, permission: Permission) -> list[Held]:
    return [one for one in held(viewer) if permission in GRANTS[one.role]]


def unit_scope(viewer: User, to: Permission = Permission.USE) -> Select[int]:
    """Ids of the units where the viewer holds a role with this permission, and of all below them."""
    if everywhere(viewer, to):
        return select(Unit.id)
    units = {one.unit_id for one in _carrying(viewer, to)}
    return select(UnitTree.unit_id).where(UnitTree.ancestor_id.in_(sorted(units))).distinct()


def reach(viewer: User, to: Permission = Permission.SEE_PEOPLE) -> Select[int]:
    """Ids of the people the viewer may do this to: those who belong to a unit in scope, and oneself.

    One belongs to the present team and to the units of present roles; who has none of these yet, to those to come; who
    has left, to the last ones. So a person's records go along when the person changes teams.
    """
    to = Permission.SEE_PEOPLE if to is Permission.USE else to
    return _once_a_request(("reach", viewer.id, to), lambda: _reach(viewer, to))


def _reach(viewer: User, to: Permission) -> Select[int]:
    if everywhere(viewer, to):
        return select(User.id)
    scope = unit_scope(viewer, to)
    members = select(Membership.user_id).where(Membership.team_id.in_(scope), belongs(Membership))
    holders = select(Grant.user_id).where(Grant.unit_id.in_(scope), belongs(Grant))
    own = select(User.id).where(User.id == viewer.id)
    people = union(members, holders, own).subquery("reached")
    return select(people.c[0])


def agents_in(viewer: User, to: Permission = Permission.SEE_PEOPLE) -> Select[int]:
    """Ids of the people whose last team is in the viewer's scope: oneself and holders of roles left out.

    Who became a lead or left stays, as an agent of old, with that team.
    """
    if everywhere(viewer, to):
        return select(Membership.user_id)
    scope = unit_scope(viewer, to)
    return select(Membership.user_id).where(Membership.team_id.in_(scope), Membership.valid_from == last_membership())


def last_membership() -> ScalarSelect[date]:
    """Since when the user of an enclosing query has been in the last team: the newest begun, else the first to come."""
    today, team = now().date(), OTHERS[0]
    begun = func.max(team.valid_from).filter(team.valid_from <= today)
    return (
        select(func.coalesce(begun, func.min(team.valid_from)))
        .where(team.user_id == Membership.user_id)
        .correlate(Membership)
        .scalar_subquery()
    )


def current(row: Any, today: date) -> ColumnElement[bool]:
    """Whether a membership or grant holds on that day."""
    return (row.valid_from <= today) & or_(row.valid_to.is_(None), row.valid_to > today)


def belongs(row: type[Membership] | type[Grant]) -> ColumnElement[bool]:
    """Whether this membership or grant says where its person belongs (see `reach`)."""
    today = now().date()

    def another(condition: Callable[[Any], ColumnElement[bool]]) -> ColumnElement[bool]:
        return or_(*(exists().where(one.user_id == row.user_id, condition(one)) for one in OTHERS))

    return or_(
        current(row, today),
        and_(row.valid_from > today, ~another(lambda one: current(one, today))),
        and_(row.valid_to <= today, ~another(lambda one: or_(one.valid_to.is_(None), one.valid_to > row.valid_to))),
    )


class AboutPerson:
    """A record about one person (`person_id`): seen by whoever reaches the person."""

    @declared_attr
    def person_id(cls) -> Mapped[int]:
        return mapped_column(ForeignKey("user.id"), index=True)

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.SEE_PEOPLE) -> Select[Self]:
        """The rows about the people the viewer reaches with this permission, and about oneself."""
        return select(cls).where(cls.person_id.in_(reach(viewer, to)))
