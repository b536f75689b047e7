"""Administration: what is misconfigured or waiting, and the settings."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from sqlalchemy.orm import joinedload
from werkzeug.exceptions import Forbidden

from app.accounts import labels, lacking
from app.accounts import settings as kept
from app.accounts.access import requires, viewer
from app.accounts.blueprint import admin
from app.accounts.forms import settings_form
from app.accounts.models import Activity
from app.accounts.permissions import Permission
from app.accounts.reach import everywhere
from app.core.clock import now
from app.core.database import db

SHOWN_ACTIVITY = 5


@admin.get("")
@requires(Permission.ADMINISTER)
def index() -> ResponseReturnValue:
    """What needs a look, the last deeds, and the ways on."""
    seen = Activity.visible_to(viewer()).options(joinedload(Activity.actor), joinedload(Activity.person))
    recent = seen.order_by(Activity.at.desc(), Activity.id.desc()).limit(SHOWN_ACTIVITY)
    return render_template(
        "accounts/admin/index.html",
        findings=lacking.findings(),
        recent=db.session.scalars(recent).all(),
        everywhere=administers_all(),
        verb=labels.verb,
        detail=labels.detail,
    )


def administers_all() -> bool:
    """Whether the viewer administers the whole programme."""
    return everywhere(viewer(), Permission.ADMINISTER)


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
    flash(_("Settings saved."))
    return redirect(url_for("admin.settings_page"))


def _need_all() -> None:
    if not administers_all():
        raise Forbidden
