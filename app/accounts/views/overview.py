"""Administration: what is misconfigured or waiting, and the settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_wtf import FlaskForm
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload
from werkzeug.exceptions import Forbidden

from app.accounts import labels
from app.accounts import settings as kept
from app.accounts.access import requires, viewer
from app.accounts.blueprint import admin
from app.accounts.forms import settings_form
from app.accounts.models import Activity, Unit, User
from app.accounts.permissions import Permission
from app.accounts.reach import everywhere
from app.accounts.views.directory import without_email, without_invitation, without_team
from app.accounts.views.units import without_lead, without_market
from app.core.clock import now
from app.core.database import db

SHOWN_ACTIVITY = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """Something an administrator should look at: how many, in a sentence, and where."""

    count: int
    sentence: str
    url: str


@admin.get("")
@requires(Permission.ADMINISTER)
def index() -> ResponseReturnValue:
    """What needs a look, the last deeds, and the ways on."""
    seen = Activity.visible_to(viewer()).options(joinedload(Activity.actor), joinedload(Activity.person))
    recent = seen.order_by(Activity.at.desc(), Activity.id.desc()).limit(SHOWN_ACTIVITY)
    return render_template(
        "accounts/admin/index.html",
        findings=findings(),
        recent=db.session.scalars(recent).all(),
        everywhere=administers_all(),
        verb=labels.verb,
        detail=labels.detail,
    )


def administers_all() -> bool:
    """Whether the viewer administers the whole programme."""
    return everywhere(viewer(), Permission.ADMINISTER)


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
                "%(num)s person with a role has no e-mail", "%(num)s people with a role have no e-mail", n
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
    if administers_all() and kept.live_from(db.session) is None:
        found.append(Finding(1, _("Hilo is not live yet: no first day is set"), url_for("admin.settings_page")))
    return sorted((one for one in found if one.count), key=lambda one: -one.count)


def _units(condition: ColumnElement[bool], sentence: Any, lacks: str) -> Finding:
    seen = Unit.visible_to(viewer(), Permission.ADMINISTER).where(condition)
    count = db.session.scalar(select(func.count()).select_from(seen.subquery())) or 0
    return Finding(count, sentence(count), url_for("admin.units", lacks=lacks))


def _people(condition: ColumnElement[bool], sentence: Any, lacks: str) -> Finding:
    seen = User.visible_to(viewer(), Permission.ADMINISTER).where(condition)
    count = db.session.scalar(select(func.count()).select_from(seen.subquery())) or 0
    return Finding(count, sentence(count), url_for("admin.people_list", lacks=lacks))


@admin.get("/settings")
@requires(Permission.ADMINISTER)
def settings_page() -> ResponseReturnValue:
    """The settings of the programme; for administrators of all of it."""
    _need_all()
    return _settings(_settings_form())


def _settings_form() -> FlaskForm:
    shown = [known for known in kept.KNOWN.values() if not known.internal]
    return settings_form(shown, {known.key: kept.get(db.session, known.key) or "" for known in shown})


def _settings(form: FlaskForm) -> ResponseReturnValue:
    status = 422 if form.errors else 200
    return render_template("accounts/admin/settings.html", form=form, known=kept.KNOWN), status


@admin.post("/settings")
@requires(Permission.ADMINISTER)
def save_settings() -> ResponseReturnValue:
    _need_all()
    form, on = _settings_form(), now()
    if not form.validate():
        return _settings(form)
    for field in form:
        if field.name in kept.KNOWN and field.name in request.form:
            kept.put(db.session, field.name, field.data, by=viewer(), on=on)
    db.session.commit()
    flash(_("The settings are saved."))
    return redirect(url_for("admin.settings_page"))


def _need_all() -> None:
    if not administers_all():
        raise Forbidden
