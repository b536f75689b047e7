"""What every page gets: a request id, safe headers, a reading or a writing transaction, and safe ways back."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from flask import Flask, Response, abort, g, request
from flask_compress import Compress
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect
from werkzeug.routing import IntegerConverter, ValidationError

from app.core.database import set_reading

View = TypeVar("View", bound=Callable[..., Any])

csrf = CSRFProtect()
limiter = Limiter(get_remote_address, headers_enabled=True)
compress = Compress()

LONGEST_NUMBER = 18
"""Digits of the largest number of a row that every database takes."""
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)
APART = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}
"""Headers on the host for packages (`g.apart`), where pages are framed and may open windows."""
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Frame-Options": "DENY",
}


def public(view: View) -> View:
    """Mark a route as open to people who are not signed in."""
    view.permission = None  # ty: ignore[missing-attribute]
    return view


def unmarked_routes(app: Flask) -> list[str]:
    """Endpoints that say neither `@requires` nor `@public`."""
    return sorted(
        name for name, view in app.view_functions.items() if not hasattr(view, "permission") and name != "static"
    )


def init_app(app: Flask) -> None:
    csrf.init_app(app)
    limiter.init_app(app)
    compress.init_app(app)
    app.url_map.converters["int"] = RowNumberConverter

    @app.before_request
    def begin() -> None:
        g.request_id = secrets.token_hex(6)
        set_reading(request.method in SAFE_METHODS)
        if any("\0" in value for values in request.values.listvalues() for value in values):
            abort(400)  # no text of a person has it, and PostgreSQL takes none

    @app.after_request
    def protect(response: Response) -> Response:
        for name, value in (APART if g.get("apart") else HEADERS).items():
            response.headers.setdefault(name, value)
        response.headers["X-Request-ID"] = g.get("request_id", "")
        if app.config["SESSION_COOKIE_SECURE"]:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "private, no-store")
        asked = g.get("asked_language")
        if asked:
            response.set_cookie("lang", asked, max_age=365 * 24 * 3600, samesite="Lax", httponly=True)
        return response

    @app.teardown_request
    def finish(_error: BaseException | None) -> None:
        set_reading(False)


def address(**changes: Any) -> str:
    """The present address with some of its query changed; None takes a part away."""
    query: dict[str, Any] = request.args.to_dict(flat=False)
    for key, value in changes.items():
        if value is None:
            query.pop(key, None)
        else:
            query[key] = [str(value)]
    text = urlencode(query, doseq=True)
    return f"{request.path}?{text}" if text else request.path


def safe_next(default: str) -> str:
    """Where the reader wanted to go, if that is on this site; else `default`."""
    target = request.values.get("next", "")
    parts = urlsplit(target)
    if target.startswith("/") and not target.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme:
        return target
    return default


def row_number(text: str) -> int:
    """The number of a row as an address writes it: `request.args.get("unit", type=row_number)`.

    Raises `ValueError` for anything else, digits of other scripts and numbers no row can have included.
    """
    if not (text.isascii() and text.isdecimal()) or len(text) > LONGEST_NUMBER:
        raise ValueError(text)
    return int(text)


class RowNumberConverter(IntegerConverter):
    """`<int:…>` of a route: no number longer than a row can have."""

    def to_python(self, value: str) -> int:
        if len(value) > LONGEST_NUMBER:
            raise ValidationError
        return int(value)


def is_loopback() -> bool:
    """Whether the request comes from this very machine."""
    return request.remote_addr in {"127.0.0.1", "::1"}
