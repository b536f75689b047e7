"""What may go wrong on purpose, and the pages for what goes wrong at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, current_app, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from app.core.database import db


class Refused(Exception):
    """A rule of the domain says no. The message says why, in the reader's language; nothing has been changed."""

    def __init__(self, message: str | LazyString) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return str(self.message)


@contextmanager
def said_on(form: FlaskForm) -> Iterator[None]:
    """A refusal within is said at the head of the form, where all that was typed still stands; nothing of it was done."""
    try:
        yield
    except Refused as refusal:
        db.session.rollback()
        form.form_errors.append(str(refusal))


def _sentence(code: int) -> tuple[str, str]:
    """Title and what to do for an HTTP status."""
    known = {
        400: (_("The page could not read what was sent."), _("Go back, reload the page and try again.")),
        401: (_("Please sign in first."), _("Sign in and try again.")),
        403: (_("This is not among your permissions."), _("If it should be, ask an administrator for the role.")),
        404: (
            _("There is nothing here that you can see."),
            _("The address may be mistyped, or the record belongs to another team."),
        ),
        405: (_("The page can't be requested in this way."), _("Go back and use the buttons of the page.")),
        409: (_("This can't be done now."), _("The reason is above. Nothing was changed.")),
        413: (_("The file is too large."), _("Split it into parts of less than 64 MB and send them one by one.")),
        422: (_("Something in the form needs correcting."), _("Go back and look at the marked fields.")),
        429: (_("Too many attempts in a short time."), _("Wait a minute and try again.")),
    }
    fallback = (_("Something went wrong on our side."), _("It has been noted. Try again in a moment."))
    return known.get(code, fallback)


def page(code: int, reason: str | None = None) -> ResponseReturnValue:
    """The error page of a status, with the reason as its sentence when there is one."""
    title, advice = _sentence(code)
    return render_template(
        "error.html", code=code, title=reason or title, advice=advice, request_id=g.get("request_id", "")
    ), code


def init_app(app: Flask) -> None:
    """Answer refusals with 409, broken tokens with 400, and everything unexpected with 500 and a logged request id."""

    @app.errorhandler(Refused)
    def refused(error: Refused) -> ResponseReturnValue:
        db.session.rollback()
        return page(409, str(error))

    @app.errorhandler(CSRFError)
    def csrf(_error: CSRFError) -> ResponseReturnValue:
        return page(
            400, _("The form had been open for too long, or was sent from elsewhere. Reload it and send it again.")
        )

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> ResponseReturnValue:
        if error.code is None or error.code < 400:
            return error
        if isinstance(error, InternalServerError):
            db.session.rollback()
            cause = error.original_exception or error
            current_app.logger.error("%s %s [%s]", request.method, request.path, g.get("request_id"), exc_info=cause)
        return page(error.code)
