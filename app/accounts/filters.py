"""How lists of every room are narrowed to a unit or to people by name, and how a person's team is named in them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import LazyString, lazy_gettext
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session, aliased

from app.accounts.models import Membership, Unit, User
from app.accounts.permissions import Permission
from app.accounts.queries import subtree
from app.accounts.reach import last_membership, unit_scope
from app.core.database import db
from app.core.tables import Filter
from app.core.web import row_number
from app.core.words import every_word


def unit_options(viewer: User, to: Permission) -> list[tuple[str, str]]:
    """The units in the viewer's scope, by path; the programme by its name."""
    rows = db.session.execute(
        select(Unit.id, Unit.name, Unit.path).where(Unit.id.in_(unit_scope(viewer, to))).order_by(Unit.path)
    )
    return [(str(unit_id), path.replace("/", " · ") or name) for unit_id, name, path in rows]


def belonging_to(unit_id: int) -> Select[int]:
    """Ids of the people whose last team is that unit or below it."""
    return select(Membership.user_id).where(
        Membership.team_id.in_(subtree(unit_id)), Membership.valid_from == last_membership()
    )


def by_unit(person_id: Any, viewer: User, to: Permission, label: LazyString | None = None) -> Filter:
    """A filter for rows about the people of a unit; `person_id` is the column that names the person."""
    return Filter(
        "unit",
        label or lazy_gettext("Unit"),
        lambda value: person_id.in_(belonging_to(row_number(value))),
        lambda: unit_options(viewer, to),
    )


def called(person_id: Any, words: str) -> ColumnElement[bool]:
    """Whether the person that column names has each word in the name or the employee number, accents and case aside."""
    named = select(User.id).where(every_word(words, User.name, User.employee_no))
    ahead = named.cte()  # deep inside of a statement, folding is more than SQLite's parser can stack
    return person_id.in_(select(ahead.c.id))


def by_name(person_id: Any, label: LazyString | None = None) -> Filter:
    """A filter for rows about people who are called so; `person_id` is the column that names the person."""
    return Filter("q", label or lazy_gettext("Search people"), lambda value: called(person_id, value), kind="text")


def name_of(person_id: Any) -> Any:
    """The name of the person that column names, to sort rows by."""
    person = aliased(User)
    return select(person.name).where(person.id == person_id).scalar_subquery()


def teams_of(session: Session, person_ids: Iterable[int]) -> dict[int, str]:
    """The name of the last team of each person, with its site: `Bogotá · Refunds`."""
    rows = session.execute(
        select(Membership.user_id, Unit.path)
        .join(Unit, Unit.id == Membership.team_id)
        .where(Membership.user_id.in_(set(person_ids)), Membership.valid_from == last_membership())
    )
    return {person: " · ".join(path.split("/")[-2:]) for person, path in rows}
