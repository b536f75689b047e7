"""Packages have a host of their own: their scripts can neither read Hilo's cookies nor ask Hilo for anything as somebody.

`docs/decisions/packages-have-a-host-of-their-own.md` tells why. A page of Hilo frames the player, which lives on that host
beside the content; the address of both carries a signed pass for one sitting of one person, and no cookie is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, abort, current_app, g, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from app.core.errors import Refused
from app.core.web import csrf

content = Blueprint("packages", __name__, url_prefix="/p", template_folder="templates")
"""What is answered on that host, and nowhere else; nothing else is answered there."""
csrf.exempt(content)

LOOPBACK = {"127.0.0.1", "localhost", "[::1]"}
TWIN = "packages.localhost"
"""On one machine: browsers look this name up nowhere, it is the machine itself, and no cookie of `localhost` goes there."""
LONGEST_SITTING = 12 * 3600


@dataclass(frozen=True, slots=True)
class Pass:
    """What the address of a sitting says: whose attempt it is (none: a look that keeps nothing), and who frames it."""

    package_id: int
    attempt_id: int
    sitting: int
    language: str
    framed_by: str
    mode: str = "normal"


def content_origin() -> str | None:
    """The address of the host for packages; None when nobody has said which and this is no machine of one's own."""
    given = current_app.config.get("CONTENT_URL")
    if given:
        return str(given).rstrip("/")
    name, port = _split(request.host)
    return f"{request.scheme}://{TWIN}{port}" if name in LOOPBACK else None


def must_have_origin() -> str:
    """As above; `Refused` where there is none, and where it would be Hilo's own."""
    from flask_babel import gettext as _

    found = content_origin()
    if found is None or urlsplit(found).hostname == _split(request.host)[0]:
        raise Refused(
            _(
                "Packages can't be played yet: an administrator has to give them an address of their own (HILO_CONTENT_URL)."
            )
        )
    return found


def _split(host: str) -> tuple[str, str]:
    """(name, ":port" or nothing)."""
    name, colon, port = host.rpartition(":")
    return (name, f":{port}") if colon and port.isdecimal() else (host, "")


def is_content_host() -> bool:
    """Whether this request asks the host for packages."""
    given = current_app.config.get("CONTENT_URL")
    return request.host == urlsplit(str(given)).netloc if given else _split(request.host)[0] == TWIN


@content.before_app_request
def keep_apart() -> None:
    """On the host for packages there are packages only, and nowhere else are there any."""
    apart = is_content_host()
    if apart != (request.blueprint == content.name):
        abort(404)
    g.apart = apart


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="package")


def sign(given: Pass) -> str:
    """The pass as it stands in addresses."""
    facts = [given.package_id, given.attempt_id, given.sitting, given.language, given.framed_by, given.mode]
    return str(_signer().dumps(facts))


def opened(token: str) -> Pass:
    """The pass of an address; 404 when it is none, or too old."""
    try:
        facts: list[Any] = _signer().loads(token, max_age=LONGEST_SITTING)
        return Pass(*facts)
    except (BadSignature, TypeError, ValueError):
        abort(404)
