"""What the lists have in common: what may be chosen, and how people are found and sorted by name."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import ColumnElement, select

from app.accounts.models import Grant, Unit, UnitKind, User
from app.accounts.permissions import Permission, Role
from app.accounts.queries import places, programme
from app.accounts.reach import unit_scope
from app.coaching import labels
from app.coaching.compliance import within
from app.coaching.models import Obligation
from app.coaching.rules import Tenure
from app.core.database import db
from app.core.i18n import month_name
from app.core.web import row_number

MOST_OPTIONS = 200
"""A choice of more is no choice: then only what is chosen is offered."""


def asked_person(viewer: User) -> list[tuple[str, str]]:
    """The person asked for, by name, if the viewer may see that person."""
    asked = request.args.get("person", type=row_number)
    if asked is None:
        return []
    seen = User.visible_to(viewer, Permission.SEE_COACHING).where(User.id == asked)
    return [(str(asked), person.name) for person in db.session.scalars(seen)]


def month_of(value: str) -> date:
    """The first day of a month written as `2026-10`; raises `ValueError` for anything else."""
    return date.fromisoformat(f"{value}-01")


def asked_month(field: str = "month") -> list[tuple[str, str]]:
    """The month asked for by its name."""
    asked = request.args.get(field, "").strip()
    try:
        return [(asked, month_name(month_of(asked)))]
    except ValueError:
        return []


def unit_options(viewer: User, to: Permission = Permission.SEE_COACHING) -> list[tuple[str, str]]:
    """The units in scope by path, teams left out where there are very many; the programme stands for all of them."""
    root = db.session.scalar(programme())
    asked = request.args.get("unit", type=row_number)
    mine = select(Unit).where(Unit.id.in_(unit_scope(viewer, to)), Unit.kind != UnitKind.PROGRAMME).order_by(Unit.path)
    found = list(db.session.scalars(mine.where(Unit.kind != UnitKind.TEAM)))
    teams = list(db.session.scalars(mine.where(Unit.kind == UnitKind.TEAM).limit(MOST_OPTIONS + 1)))
    if len(teams) > MOST_OPTIONS:
        teams = list(db.session.scalars(mine.where(Unit.id == asked)))
    units = sorted({u.id: u for u in (*found, *teams)}.values(), key=lambda u: u.path)
    everything = [] if root is None else [(str(root.id), _("All in scope"))]
    return [*everything, *((str(u.id), u.path.replace("/", " · ")) for u in units)]


def lead_options(viewer: User) -> list[tuple[str, str]]:
    """The leads of teams in scope by name, and the one asked for, who may lead no longer."""
    asked = request.args.get("lead", type=row_number)
    leads = select(Grant.user_id).where(
        Grant.role == Role.TEAM_LEAD, Grant.unit_id.in_(unit_scope(viewer, Permission.SEE_COACHING))
    )
    named = select(User.id, User.name).order_by(User.name)
    found = db.session.execute(named.where(User.id.in_(leads)).limit(MOST_OPTIONS + 1)).all()
    shown = {str(number): name for number, name in found} if len(found) <= MOST_OPTIONS else {}
    if asked is not None and str(asked) not in shown:
        past = select(Obligation.lead_id).where(*within(viewer, None), Obligation.lead_id == asked)
        shown.update({str(n): name for n, name in db.session.execute(named.where(User.id.in_(past)))})
    return [*shown.items(), ("none", _("No team lead"))]


def options_of(names: dict[Any, Any]) -> list[tuple[str, Any]]:
    return [(one.value, name) for one, name in names.items()]


NOT_KNOWN = ("none", lazy_gettext("not known"))


def market_options() -> list[tuple[str, Any]]:
    """The markets there are."""
    markets = {place.market for place in places(db.session()).values()}
    return [*((market, market) for market in sorted(filter(None, markets))), ("none", _("No market"))]


def in_market(team: Any, value: str) -> ColumnElement[bool]:
    """In teams of a market, by what the units say now."""
    wanted = None if value == "none" else value
    known = places(db.session()).values()
    return team.in_([p.id for p in known if p.market == wanted and p.kind is UnitKind.TEAM])


def tenure_options() -> list[tuple[str, Any]]:
    """The bands of tenure, and where it was not kept."""
    return [*options_of(labels.TENURES), NOT_KNOWN]


def of_tenure(tenure: Any, value: str) -> ColumnElement[bool]:
    """Of a band of tenure."""
    return tenure.is_(None) if value == "none" else tenure == Tenure(value)
