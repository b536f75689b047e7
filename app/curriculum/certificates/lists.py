"""The list of certificates: what was issued, and what expires soon."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext, lazy_pgettext
from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import joinedload

from app.accounts.filters import by_unit, called, teams_of
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.core.database import db
from app.core.tables import Cell, Column, Filter, Table, day_column, figure, state, text
from app.core.web import row_number
from app.curriculum.certificates.models import Certificate
from app.curriculum.certificates.rules import SOON, Validity, validity
from app.curriculum.lists import person_column
from app.curriculum.models import Module

STATES = {
    Validity.VALID: (lazy_pgettext("certificate", "Valid"), "good"),
    Validity.EXPIRING: (lazy_pgettext("certificate", "Expires soon"), "warn"),
    Validity.EXPIRED: (lazy_pgettext("certificate", "Expired"), "bad"),
}
RENEWED = lazy_pgettext("certificate", "Renewed since")
WITHIN = {
    "30": lazy_gettext("in 30 days"),
    "60": lazy_gettext("in 60 days"),
    "90": lazy_gettext("in 90 days"),
    "over": lazy_gettext("already expired"),
}


def certificates(viewer: User, to: Permission = Permission.SEE_LEARNING) -> Select[Certificate]:
    """The certificates within the viewer's scope."""
    return Certificate.visible_to(viewer, to).options(joinedload(Certificate.person), joinedload(Certificate.module))


def held_by(person_id: int) -> Select[Certificate]:
    """Somebody's own, those that were not renewed since, the first to expire first."""
    own = select(Certificate).where(Certificate.person_id == person_id, Certificate.is_latest.is_(True))
    return own.order_by(Certificate.expires_on.is_(None), Certificate.expires_on, Certificate.id)


def certificate_table(viewer: User, today: date) -> Table:
    """The list, as it stands on that day."""
    teams: dict[int, str] = {}
    return Table(
        id="certificates",
        columns=[
            person_column(Certificate, teams, lambda c: url_for("curriculum.certificate_pdf", certificate_id=c.id)),
            Column("module", lazy_gettext("Module"), lambda c: text(c.title), sort=lambda: Certificate.title.sql()),
            Column("state", lazy_gettext("State"), lambda c: state_cell(c, today)),
            day_column("expires_on", lazy_gettext("Valid until"), Certificate.expires_on),
            day_column("issued_on", lazy_gettext("Issued on"), Certificate.issued_on),
            Column(
                "cycle", lazy_gettext("Cycle"), lambda c: figure(c.cycle), Certificate.cycle, align="end", kind="number"
            ),
            Column("number", lazy_gettext("Certificate number"), lambda c: text(c.number), sort=Certificate.number),
        ],
        filters=[
            Filter("q", lazy_gettext("Search people"), _is_called, kind="text"),
            Filter("expires", lazy_gettext("Expires"), lambda v: _expires(v, today), lambda: list(WITHIN.items())),
            Filter("module", lazy_gettext("Module"), lambda v: Certificate.module_id == row_number(v), _modules),
            by_unit(Certificate.person_id, viewer, Permission.SEE_LEARNING),
        ],
        sort="expires_on",
        caption=lazy_gettext("Certificates"),
        tie_break=Certificate.id,
        after=lambda rows: teams.update(teams_of(db.session(), {c.person_id for c in rows})),
        empty_text=lazy_gettext("No certificate matches. Remove a filter to see more."),
        bare_text=lazy_gettext("No certificates have been issued yet. Completing a module that gives one issues it."),
    )


def state_cell(one: Certificate, today: date) -> Cell:
    """Where a certificate stands on that day; one that was renewed since is of no concern."""
    if not one.is_latest:
        return state(RENEWED, "plain")
    return state(*STATES[validity(one.expires_on, today)])


def _expires(value: str, today: date) -> ColumnElement[bool]:
    latest = Certificate.is_latest.is_(True)
    if value == "over":
        return latest & (Certificate.expires_on < today)
    return latest & Certificate.expires_on.between(today, today + timedelta(days=int(value)))


def concern(today: date) -> ColumnElement[bool]:
    """Whether a certificate expires soon or has, and was not renewed."""
    return Certificate.is_latest.is_(True) & (Certificate.expires_on <= today + SOON)


def _is_called(value: str) -> ColumnElement[bool]:
    return or_(called(Certificate.person_id, value), Certificate.number == value.strip().upper())


def _modules() -> list[tuple[str, Any]]:
    certified = select(Certificate.module_id)
    rows = db.session.scalars(select(Module).where(Module.id.in_(certified)).order_by(Module.title.sql()))
    return [(str(one.id), one.title.text) for one in rows]
