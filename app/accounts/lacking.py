"""What is misconfigured or waiting in the organisation: people and units that lack something, and where to see them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from app.accounts import settings
from app.accounts.access import viewer
from app.accounts.models import Grant, Membership, Unit, UnitKind, UnitTree, User
from app.accounts.permissions import Permission, Role
from app.accounts.queries import valid_on
from app.accounts.reach import current, everywhere
from app.core.clock import now
from app.core.database import db


def present() -> ColumnElement[bool]:
    """People who have not left."""
    return or_(User.left_on.is_(None), User.left_on > now().date())


def without_team() -> ColumnElement[bool]:
    """Present people with neither a team nor a role."""
    today = now().date()
    placed = [
        User.id.in_(select(row.user_id).where(or_(row.valid_to.is_(None), row.valid_to > today)))
        for row in (Membership, Grant)
    ]
    return and_(present(), ~or_(*placed))


def without_email() -> ColumnElement[bool]:
    """Present people with a role, but no e-mail to invite them by."""
    holders = select(Grant.user_id).where(current(Grant, now().date()))
    return and_(present(), User.email.is_(None), User.id.in_(holders))


def without_invitation() -> ColumnElement[bool]:
    """Present people with a role who can't sign in yet."""
    holders = select(Grant.user_id).where(current(Grant, now().date()))
    return and_(present(), User.password_hash.is_(None), User.email.is_not(None), User.id.in_(holders))


def without_lead() -> ColumnElement[bool]:
    """Teams with people in them and nobody who leads them today."""
    today = now().date()
    leads = select(UnitTree.unit_id).join(Grant, Grant.unit_id == UnitTree.ancestor_id)
    leads = leads.where(Grant.role == Role.TEAM_LEAD, valid_on(Grant, today))
    staffed = exists().where(Membership.team_id == Unit.id, valid_on(Membership, today))
    return and_(Unit.kind == UnitKind.TEAM, staffed, Unit.id.not_in(leads))


def without_market() -> ColumnElement[bool]:
    """Teams for which no market is given, neither their own nor above."""
    above = aliased(Unit)
    given = select(UnitTree.unit_id).join(above, above.id == UnitTree.ancestor_id).where(above.market.is_not(None))
    return and_(Unit.kind == UnitKind.TEAM, Unit.id.not_in(given))


@dataclass(frozen=True, slots=True)
class Finding:
    """Something an administrator should look at: how many, in a sentence, and where."""

    count: int
    sentence: str
    url: str


def findings() -> list[Finding]:
    """What lacks something, the largest first."""
    found = [
        _units(
            without_lead(),
            lambda n: ngettext("%(num)s team has nobody who leads it", "%(num)s teams have nobody who leads them", n),
            "lead",
        ),
        _units(
            without_market(),
            lambda n: ngettext("%(num)s team has no market", "%(num)s teams have no market", n),
            "market",
        ),
        _people(
            without_team(),
            lambda n: ngettext("%(num)s person has no team and no role", "%(num)s people have no team and no role", n),
            "place",
        ),
        _people(
            without_email(),
            lambda n: ngettext(
                "%(num)s person with a role has no email", "%(num)s people with a role have no email", n
            ),
            "email",
        ),
        _people(
            without_invitation(),
            lambda n: ngettext(
                "%(num)s person with a role has not signed in yet",
                "%(num)s people with a role have not signed in yet",
                n,
            ),
            "invitation",
        ),
    ]
    if everywhere(viewer(), Permission.ADMINISTER) and settings.live_from(db.session) is None:
        found.append(Finding(1, _("Hilo is not live yet: no first day is set"), url_for("admin.settings_page")))
    return sorted((one for one in found if one.count), key=lambda one: -one.count)


def _units(condition: ColumnElement[bool], sentence: Callable[[int], str], lacks: str) -> Finding:
    seen = Unit.visible_to(viewer(), Permission.ADMINISTER).where(condition)
    count = db.session.scalar(select(func.count()).select_from(seen.subquery())) or 0
    return Finding(count, sentence(count), url_for("admin.units", lacks=lacks))


def _people(condition: ColumnElement[bool], sentence: Callable[[int], str], lacks: str) -> Finding:
    seen = User.visible_to(viewer(), Permission.ADMINISTER).where(condition)
    count = db.session.scalar(select(func.count()).select_from(seen.subquery())) or 0
    return Finding(count, sentence(count), url_for("admin.people_list", lacks=lacks))
