"""Whose records may I see. Every list, count, export and single read starts from here.

- `unit_scope(viewer, to)`: units where a role of the viewer that carries the permission holds, with all below.
- `reach(viewer, to)`: the people who belong there (or did last), and the viewer.
- `AboutPerson`: a record about one person is seen by who reaches the person.
"""

from __future__ import annotations

from typing import Self

from sqlalchemy import ColumnElement, ForeignKey, ScalarSelect, Select, and_, exists, func, or_, select, union
from sqlalchemy.orm import Mapped, aliased, declared_attr, mapped_column

from app.accounts.models import Grant, Membership, Unit, UnitKind, UnitTree, User
from app.accounts.permissions import Permission, roles_with
from app.core.clock import now


def grants_of(viewer: User, to: Permission) -> list[ColumnElement[bool]]:
    """Conditions for the grants of the viewer that hold today and carry the permission."""
    today = now().date()
    return [
        Grant.user_id == viewer.id,
        Grant.role.in_(roles_with(to)),
        Grant.valid_from <= today,
        or_(Grant.valid_to.is_(None), Grant.valid_to > today),
    ]


def unit_scope(viewer: User, to: Permission = Permission.USE) -> Select[tuple[int]]:
    """Ids of the units where the viewer holds a role with this permission, and of all below them."""
    return (
        select(UnitTree.unit_id)
        .join(Grant, Grant.unit_id == UnitTree.ancestor_id)
        .where(*grants_of(viewer, to))
        .distinct()
    )


def last_membership() -> ScalarSelect[int]:
    """The present (or, of somebody who left, the last) membership of the user of an enclosing query."""
    later = aliased(Membership)
    return (
        select(func.max(later.valid_from))
        .where(later.user_id == Membership.user_id, later.valid_from <= now().date())
        .correlate(Membership)
        .scalar_subquery()
    )


def reach(viewer: User, to: Permission = Permission.SEE_PEOPLE) -> Select[tuple[int]]:
    """Ids of the people the viewer may do this to: those whose team is in scope, those who hold roles in it, and oneself.

    A person's records go along when the person changes teams, so the last team counts, not the ones before.
    """
    if to is Permission.USE:
        to = Permission.SEE_PEOPLE
    scope = unit_scope(viewer, to)
    members = select(Membership.user_id).where(
        Membership.team_id.in_(scope), Membership.valid_from == last_membership()
    )
    holders = select(Grant.user_id).where(Grant.unit_id.in_(scope))
    everyone = select(User.id).where(holds_everywhere(viewer, to))
    own = select(User.id).where(User.id == viewer.id)
    people = union(members, holders, everyone, own).subquery("reached")
    return select(people.c[0])


def agents_in(viewer: User, to: Permission = Permission.SEE_PEOPLE) -> Select[tuple[int]]:
    """Ids of the people with a team in the viewer's scope: oneself and holders of roles left out."""
    scope = unit_scope(viewer, to)
    return select(Membership.user_id).where(Membership.team_id.in_(scope), Membership.valid_from == last_membership())


def holds(viewer: User, permission: Permission) -> ColumnElement[bool]:
    """Whether the viewer holds the permission anywhere."""
    return exists(select(Grant.id).where(*grants_of(viewer, permission)))


def holds_everywhere(viewer: User, permission: Permission) -> ColumnElement[bool]:
    """Whether the viewer holds the permission over the whole programme."""
    return exists(
        select(Grant.id)
        .join(Unit, Unit.id == Grant.unit_id)
        .where(and_(*grants_of(viewer, permission)), Unit.kind == UnitKind.PROGRAMME)
    )


class AboutPerson:
    """A record about one person (`person_id`): seen by whoever reaches the person."""

    @declared_attr
    def person_id(cls) -> Mapped[int]:
        return mapped_column(ForeignKey("user.id"), index=True)

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.SEE_PEOPLE) -> Select[tuple[Self]]:
        """The rows about the people the viewer reaches with this permission, and about oneself."""
        return select(cls).where(cls.person_id.in_(reach(viewer, to)))
