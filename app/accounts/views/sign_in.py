"""Signing in and out, asking for a new password, and the links that set one."""

from __future__ import annotations

from flask import current_app, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_user, logout_user
from sqlalchemy import or_, select
from werkzeug.exceptions import NotFound

from app.accounts.access import signed_in
from app.accounts.blueprint import account
from app.accounts.forms import AskResetForm, NewPasswordForm, SignInForm
from app.accounts.labels import ROLES
from app.accounts.models import Grant, Membership, User
from app.accounts.permissions import Role
from app.accounts.queries import valid_on
from app.accounts.services import credentials
from app.core.clock import now
from app.core.database import db
from app.core.i18n import language
from app.core.web import is_loopback, limiter, public, row_number, safe_next

FIRST_PAGE = "/"


def enter(user: User) -> None:
    """Sign somebody in with a session of their own: what stood in the cookie before is gone."""
    session.clear()
    session.permanent = True
    login_user(user)
    g.asked_language = user.language


@account.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    """The page to sign in at; who is signed in goes on."""
    if signed_in() is not None:
        return redirect(safe_next(FIRST_PAGE))
    return _sign_in_page(SignInForm())


@account.post("/sign-in")
@public
@limiter.limit("20 per minute; 200 per hour")
def sign_in_now() -> ResponseReturnValue:
    """Sign in with e-mail and password; one answer for all that may be wrong."""
    form = SignInForm()
    user = None
    if form.validate_on_submit():
        user = credentials.signed_in_by(db.session, form.email.data or "", form.password.data or "", on=now())
        db.session.commit()
    if user is None:
        flash(
            _(
                "Email and password do not match. After several failed attempts an account is locked "
                "for a few minutes; a new password unlocks it."
            ),
            "error",
        )
        return _sign_in_page(form), 422
    enter(user)
    return redirect(safe_next(FIRST_PAGE))


@account.post("/sign-in/demo")
@public
def sign_in_demo() -> ResponseReturnValue:
    """Sign in as somebody of the demo programme; only on the machine itself."""
    number = request.form.get("user", type=row_number)
    user = db.session.get(User, number) if _is_demo() and number is not None else None
    if user is None or not user.is_demo or not user.is_active:
        raise NotFound
    enter(user)
    return redirect(safe_next(FIRST_PAGE))


@account.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    """End the session here."""
    logout_user()
    session.clear()
    return redirect(url_for("account.sign_in"))


@account.get("/account/reset")
@public
def ask_reset() -> ResponseReturnValue:
    """The page to ask for a new password at."""
    return render_template("accounts/ask_reset.html", form=AskResetForm())


@account.post("/account/reset")
@public
@limiter.limit("5 per minute; 30 per hour")
def ask_reset_now() -> ResponseReturnValue:
    """Send a link, if there is such an account; the answer does not tell."""
    form = AskResetForm()
    if not form.validate_on_submit():
        return render_template("accounts/ask_reset.html", form=form), 422
    credentials.ask_reset(db.session, form.email.data or "")
    db.session.commit()
    flash(_("If there is an account with this email address, a link is on its way."), "info")
    return redirect(url_for("account.sign_in"))


@account.get("/account/reset/<token>")
@public
def link(token: str) -> ResponseReturnValue:
    """The page of a link from a mail, where a password is set."""
    found = credentials.user_of_link(db.session, token)
    if found is None:
        return render_template("accounts/dead_link.html"), 410
    user, purpose = found
    return render_template("accounts/new_password.html", form=NewPasswordForm(user), user=user, purpose=purpose)


@account.post("/account/reset/<token>")
@public
@limiter.limit("20 per minute")
def use_link(token: str) -> ResponseReturnValue:
    """Set the password and sign in; the link is used up by that."""
    found = credentials.user_of_link(db.session, token)
    if found is None:
        return render_template("accounts/dead_link.html"), 410
    user, purpose = found
    form = NewPasswordForm(user)
    if not form.validate_on_submit():
        return render_template("accounts/new_password.html", form=form, user=user, purpose=purpose), 422
    if purpose is credentials.Purpose.INVITATION:
        user.language = language()
    credentials.set_password(db.session, user, form.password.data or "", by=user, on=now())
    user.last_sign_in_at = now()
    db.session.commit()
    enter(user)
    flash(_("Password set."))
    return redirect(FIRST_PAGE)


def _sign_in_page(form: SignInForm) -> str:
    return render_template("accounts/sign_in.html", form=form, next=safe_next(""), demo=_demo_people())


def _is_demo() -> bool:
    return bool(current_app.config["DEMO_SIGN_IN"]) and is_loopback()


def _demo_people() -> list[tuple[User, str]]:
    """Somebody of the demo programme for each role, with the role's name."""
    if not _is_demo():
        return []
    today = now().date()
    found = []
    for role, name in ROLES.items():
        holder = select(Grant.id).where(Grant.user_id == User.id, Grant.role == role, valid_on(Grant, today))
        member = select(Membership.id).where(Membership.user_id == User.id, valid_on(Membership, today))
        user = db.session.scalars(
            select(User)
            .where(User.is_demo, User.password_hash.is_not(None), or_(User.left_on.is_(None), User.left_on > today))
            .where((member if role is Role.AGENT else holder).exists())
            .order_by(User.id)
            .limit(1)
        ).first()
        if user is not None:
            found.append((user, str(name)))
    return found
