"""One's own account: how Hilo speaks to its reader, password, theme."""

from __future__ import annotations

from typing import Any

from flask import flash, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import refresh

from app.accounts.access import requires, signed_in, viewer
from app.accounts.blueprint import account
from app.accounts.forms import AccountForm, ChangePasswordForm
from app.accounts.permissions import Permission
from app.accounts.record import log
from app.accounts.services import credentials
from app.accounts.views.sign_in import enter
from app.core.clock import now
from app.core.database import db
from app.core.web import public, safe_next

SETTINGS = ("name", "language", "time_zone", "number_format", "theme", "letters")


@account.get("/account")
@requires(Permission.USE)
def profile() -> ResponseReturnValue:
    """Name, language, time zone, number format and theme."""
    return render_template("accounts/profile.html", form=AccountForm(obj=viewer()))


@account.post("/account")
@requires(Permission.USE)
def save_profile() -> ResponseReturnValue:
    form, user = AccountForm(), viewer()
    if not form.validate_on_submit():
        return render_template("accounts/profile.html", form=form), 422
    news: dict[str, list[Any]] = {}
    for name in SETTINGS:
        value = form[name].data or None
        if getattr(user, name) != value:
            news[name] = [getattr(user, name), value]
            setattr(user, name, value)
    if news:
        log(db.session, "account.changed", user, by=user, on=now(), person_id=user.id, **news)
        db.session.commit()
    g.asked_language = g.language = user.language
    refresh()
    flash(_("Account saved."))
    return redirect(url_for("account.profile"))


@account.get("/account/password")
@requires(Permission.USE)
def password() -> ResponseReturnValue:
    """The page to change one's password at."""
    return render_template("accounts/password.html", form=ChangePasswordForm(viewer()))


@account.post("/account/password")
@requires(Permission.USE)
def change_password() -> ResponseReturnValue:
    """Change the password; sessions elsewhere end, this one goes on."""
    user = viewer()
    form = ChangePasswordForm(user)
    if not form.validate_on_submit():
        return render_template("accounts/password.html", form=form), 422
    credentials.set_password(db.session, user, form.password.data or "", by=user, on=now())
    db.session.commit()
    enter(user)
    flash(_("Password changed. Other devices have to sign in again."))
    return redirect(url_for("account.profile"))


@account.post("/account/theme")
@public
def theme() -> ResponseReturnValue:
    """Light, dark, or as the device has it: kept with the account, or on the device while nobody is signed in."""
    asked = request.form.get("theme", "")
    chosen = asked if asked in ("light", "dark") else None
    user = signed_in()
    response = make_response(redirect(safe_next("/")))
    if user is not None:
        user.theme = chosen
        db.session.commit()
    if chosen is None:
        response.delete_cookie("theme")
    else:
        response.set_cookie("theme", chosen, max_age=365 * 24 * 3600, samesite="Lax", httponly=True)
    return response
