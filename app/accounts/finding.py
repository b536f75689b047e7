"""What the search finds here: people and units."""

from __future__ import annotations

from collections.abc import Sequence

from flask import url_for
from flask_babel import lazy_gettext, pgettext
from sqlalchemy import literal

from app.accounts.access import may
from app.accounts.filters import teams_of
from app.accounts.labels import UNIT_KINDS
from app.accounts.models import Unit, User
from app.accounts.permissions import Permission
from app.core.finding import Asked, Finder, Hit
from app.core.words import contains, parts_of


def _people(asked: Asked) -> Sequence[Hit]:
    """By name, number or address: first those of whom a name begins so; who has left comes last."""
    seen = User.visible_to(asked.viewer, Permission.SEE_PEOPLE)
    named = seen.where(asked.each(User.name, User.employee_no, User.email))
    begins = contains(literal(" ") + User.name, f" {parts_of(asked.words)[0]}")
    found = asked.first(named.order_by(User.left_on.is_not(None), ~begins, User.name, User.id))
    teams = teams_of(asked.session, [one.id for one in found]) if found else {}
    return [_person(one, teams.get(one.id)) for one in found]


def _person(one: User, team: str | None) -> Hit:
    remarks = [one.employee_no, team, pgettext("person", "left") if one.has_left else None]
    return Hit(url_for("home.person", person_id=one.id), one.name, " · ".join(filter(None, remarks)))


def _units(asked: Asked) -> Sequence[Hit]:
    """By any part of the path, for who may list the people there."""
    if not may(asked.viewer, Permission.SEE_PEOPLE):
        return ()
    seen = Unit.visible_to(asked.viewer, Permission.SEE_PEOPLE).where(Unit.path != "", asked.each(Unit.path))
    return [
        Hit(url_for("people.index", unit=one.id), one.path.replace("/", " · "), str(UNIT_KINDS[one.kind]))
        for one in asked.first(seen.order_by(Unit.path))
    ]


FINDERS = (
    Finder("people", lazy_gettext("People"), _people, lambda words: url_for("people.index", q=words)),
    Finder("units", lazy_gettext("Units"), _units),
)
