"""Reads other rooms share: membership and leadership at a day, and what a unit inherits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from app.accounts.models import Grant, Membership, Unit, UnitKind, UnitTree, User
from app.accounts.permissions import Role


def valid_on(row: type[Grant] | type[Membership] | Any, day: Any) -> ColumnElement[bool]:
    """Whether a membership or grant holds on a day (a value or an expression)."""
    return (row.valid_from <= day) & or_(row.valid_to.is_(None), row.valid_to > day)


def members_on(day: date) -> Select[int, int]:
    """(person id, team id) of everybody who is in a team on that day and has not left."""
    return (
        select(Membership.user_id, Membership.team_id)
        .join(User, User.id == Membership.user_id)
        .where(is_member_on(day))
    )


def is_member_on(day: date) -> ColumnElement[bool]:
    """Whether a membership, joined with its person, holds on that day and the person has not left."""
    return and_(valid_on(Membership, day), or_(User.left_on.is_(None), User.left_on > day))


def leads_on(day: date) -> Select[int, int]:
    """(team id, person id) of the team leads of that day; the earliest grant first."""
    return (
        select(UnitTree.unit_id, Grant.user_id)
        .join(Grant, Grant.unit_id == UnitTree.ancestor_id)
        .join(Unit, Unit.id == UnitTree.unit_id)
        .where(Grant.role == Role.TEAM_LEAD, Unit.kind == UnitKind.TEAM, valid_on(Grant, day))
        .order_by(UnitTree.unit_id, UnitTree.depth, Grant.valid_from, Grant.id)
    )


def subtree(unit_id: int) -> Select[int]:
    """Ids of a unit and all below it."""
    return select(UnitTree.unit_id).where(UnitTree.ancestor_id == unit_id)


def programme() -> Select[Unit]:
    """The root of the organisation."""
    return select(Unit).where(Unit.kind == UnitKind.PROGRAMME)


@dataclass(frozen=True, slots=True)
class Place:
    """What holds for a unit once inheritance is settled."""

    id: int
    name: str
    path: str
    kind: UnitKind
    parent_id: int | None
    ancestors: tuple[int, ...]
    """Ids from the programme down to the unit itself."""
    market: str | None
    time_zone: str
    line_of_business: str | None
    language: str

    @property
    def site_id(self) -> int:
        """The unit above a team, itself for a site; two teams of one site share it."""
        return self.ancestors[-2] if self.kind is UnitKind.TEAM and len(self.ancestors) > 1 else self.id

    @property
    def partner_id(self) -> int | None:
        """The partner it is or belongs to; None for the programme."""
        return self.ancestors[1] if len(self.ancestors) > 1 else None


def places(session: Session) -> dict[int, Place]:
    """All units by id, with what they inherit: one query, parents before what is below them."""
    columns = (Unit.id, Unit.name, Unit.path, Unit.kind, Unit.parent_id, Unit.market, Unit.time_zone)
    units = session.execute(select(*columns, Unit.line_of_business, Unit.language)).all()
    zone = current_app.config["PROGRAMME_TIME_ZONE"]
    found: dict[int, Place] = {}
    for unit in sorted(units, key=lambda unit: (unit.path != "", unit.path.count("/"))):
        above = found.get(unit.parent_id) if unit.parent_id is not None else None
        found[unit.id] = Place(
            id=unit.id,
            name=unit.name,
            path=unit.path,
            kind=unit.kind,
            parent_id=unit.parent_id,
            ancestors=(*(above.ancestors if above else ()), unit.id),
            market=unit.market or (above.market if above else None),
            time_zone=unit.time_zone or (above.time_zone if above else zone),
            line_of_business=unit.line_of_business or (above.line_of_business if above else None),
            language=unit.language or (above.language if above else "en"),
        )
    return found


def people_by_number(session: Session, numbers: Iterable[str]) -> dict[str, int]:
    """Ids by employee number, of those known."""
    wanted = list(dict.fromkeys(numbers))
    found: dict[str, int] = {}
    for start in range(0, len(wanted), 5_000):
        block = wanted[start : start + 5_000]
        rows = session.execute(select(User.employee_no, User.id).where(User.employee_no.in_(block)))
        found.update((number, person) for number, person in rows)
    return found


def belongings(session: Session, person_ids: Iterable[int], day: date) -> dict[int, Place]:
    """Where each of these people belongs on that day: the team, else the deepest unit of a role; two queries."""
    wanted, units = set(person_ids), places(session)
    found: dict[int, Place] = {}
    for model, unit in ((Grant, Grant.unit_id), (Membership, Membership.team_id)):
        rows = session.execute(select(model.user_id, unit).where(model.user_id.in_(wanted), valid_on(model, day)))
        for person, unit_id in sorted((tuple(row) for row in rows), key=lambda row: len(units[row[1]].ancestors)):
            found[person] = units[unit_id]
    return found
