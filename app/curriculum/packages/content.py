"""What the host for packages answers: the player, the files of a package, and what its parts of SCORM keep.

No cookie is looked at here: the pass in the address says whose sitting it is. `origin.py` keeps this host apart.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from flask import Response, abort, jsonify, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from app.accounts.models import User
from app.core.blobs import handed_out
from app.core.clock import now
from app.core.database import db
from app.core.errors import Refused
from app.core.web import public
from app.curriculum.packages import launching, services
from app.curriculum.packages.models import Package, PackageAttempt, PackageFile, PackagePart
from app.curriculum.packages.origin import Pass, content, opened
from app.curriculum.packages.rules import NOTHING, Item, PackageFormat, Standing
from app.curriculum.packages.types import type_of

LARGEST_KEPT = 1024**2
PLAYER_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors {framed_by}"
)
CONTENT_POLICY = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; connect-src 'self' data: blob:; form-action 'self'; "
    "object-src 'self'; base-uri 'self'; frame-ancestors 'self' {framed_by}"
)
"""Content may do what it likes with itself, and ask nobody else."""
STALE = 409


def apart(answer: Response, policy: str, given: Pass) -> Response:
    """An answer of this host: framed by Hilo alone, asking nobody else."""
    answer.headers["Content-Security-Policy"] = policy.format(framed_by=given.framed_by)
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def attempt_of(given: Pass) -> PackageAttempt | None:
    """The attempt of a pass; none where nothing is kept. 404 when its person has left."""
    if not given.attempt_id:
        return None
    attempt = db.session.get(PackageAttempt, given.attempt_id)
    if attempt is None or not attempt.person.is_active:
        abort(404)
    return attempt


def item_of(package: Package, number: int) -> Item:
    """The part of that place in the table of contents, if it can be played."""
    items = package.items
    if number >= len(items) or items[number].href is None:
        abort(404)
    return items[number]


def parsed() -> Any:
    """The JSON that was sent; 400 for what is none, or holds the letter that no database keeps."""
    text = request.get_data()
    try:
        return json.loads(text) if b"\\u0000" not in text else abort(400)
    except ValueError:
        abort(400)


def package_of(given: Pass) -> Package:
    found = db.session.get(Package, given.package_id)
    if found is None:
        abort(404)
    return found


# --- The player ---


@content.get("/<token>/")
@public
def player(token: str) -> ResponseReturnValue:
    """The frame around the content: it holds the run-time that content looks for, and the table of contents."""
    given = opened(token)
    package, attempt = package_of(given), attempt_of(given)
    states = _states(attempt)
    runtime = {PackageFormat.SCORM_12: "scorm12.js", PackageFormat.SCORM_2004: "scorm2004.js"}.get(package.format)
    with force_locale(given.language):
        page = render_template(
            "packages/player.html",
            package=package,
            given=given,
            token=token,
            parts=[(n, one, states.get(one.id, NOTHING)) for n, one in enumerate(package.items)],
            begin=_where(package, attempt, states),
            runtime=runtime,
        )
    return apart(make_response(page), PLAYER_POLICY, given)


def _states(attempt: PackageAttempt | None) -> dict[str, Standing]:
    if attempt is None:
        return {}
    parts = select(PackagePart).where(PackagePart.attempt_id == attempt.id)
    return {one.item: one.standing for one in db.session.scalars(parts)}


def _where(package: Package, attempt: PackageAttempt | None, states: dict[str, Standing]) -> int:
    """Where to go on: the part last opened while it is not done, else the first that is not."""
    played = [n for n, one in enumerate(package.items) if one.href is not None]
    last = next((n for n in played if attempt is not None and package.items[n].id == attempt.last_item), None)
    if last is not None and not states.get(package.items[last].id, NOTHING).done:
        return last
    return next((n for n in played if not states.get(package.items[n].id, NOTHING).done), played[0])


@content.get("/<token>/standing")
@public
def standing(token: str) -> ResponseReturnValue:
    """Which parts are done, and what the whole has come to."""
    given = opened(token)
    return jsonify(_standing(package_of(given), attempt_of(given)))


def _standing(package: Package, attempt: PackageAttempt | None) -> dict[str, Any]:
    states = _states(attempt)
    return {
        "done": [n for n, one in enumerate(package.items) if states.get(one.id, NOTHING).done],
        "whole": attempt is not None and attempt.done,
    }


@content.post("/<token>/parts/<int:number>/open")
@public
def open_part(token: str, number: int) -> ResponseReturnValue:
    """Begin a part: where it starts, and what it finds there."""
    given = opened(token)
    package, attempt = package_of(given), attempt_of(given)
    item = item_of(package, number)
    part = None
    if attempt is not None:
        if attempt.sitting != given.sitting:
            return _elsewhere(given)
        part = services.open_part(db.session(), attempt, item, on=now(), keeps=given.mode == "normal")
    if package.format is PackageFormat.CMI5:
        from app.curriculum.packages.lrs import address_of

        answer = {"address": address_of(token, given, package, attempt, part, number)}
    else:
        learner = learner_of(attempt, given.language)
        answer = {
            "address": _address(token, str(item.href)),
            "cmi": launching.cmi_of(package, item, part, learner, given.mode) if item.tracked else None,
        }
    db.session.commit()
    return jsonify(answer)


def _address(token: str, href: str) -> str:
    """The address of a file of the package; what comes after ? and # stays as it is."""
    return url_for("packages.file", token=token, name="") + href


@content.post("/<token>/parts/<int:number>/keep")
@public
def keep(token: str, number: int) -> ResponseReturnValue:
    """Keep what a part of SCORM left."""
    item = item_of(package_of(opened(token)), number)
    return _kept(token, lambda attempt, sent: services.keep(db.session(), attempt, item, sent, on=now()))


@content.get("/<token>/sequence")
@public
def sequence(token: str) -> ResponseReturnValue:
    """The rules about the order of the parts, and where they stand."""
    given = opened(token)
    state = services.sequence_of(db.session(), attempt_of(given)).get("state")
    return jsonify(tree=package_of(given).sequencing, state=state)


@content.post("/<token>/sequence")
@public
def keep_sequence(token: str) -> ResponseReturnValue:
    """Keep where the rules about the order stand."""
    if package_of(opened(token)).sequencing is None:
        abort(404)
    return _kept(token, lambda attempt, sent: services.keep_sequence(db.session(), attempt, sent, on=now()))


def _kept(token: str, deed: Callable[[PackageAttempt, dict[str, Any]], object]) -> ResponseReturnValue:
    """Keep what was sent, where this sitting keeps anything and is the newest; tells what the whole has come to."""
    given = opened(token)
    request.max_content_length = LARGEST_KEPT
    sent = parsed()
    package, attempt = package_of(given), attempt_of(given)
    if not isinstance(sent, dict) or package.format is PackageFormat.CMI5:
        abort(400)
    if attempt is None or given.mode != "normal":
        return jsonify({"done": [], "whole": False})
    db.session.refresh(attempt, with_for_update=True)
    if attempt.sitting != given.sitting:
        return _elsewhere(given)
    try:
        deed(attempt, sent)
    except Refused as refusal:
        db.session.rollback()
        return jsonify(says=str(refusal)), 422
    db.session.commit()
    return jsonify(_standing(package, attempt))


def _elsewhere(given: Pass) -> ResponseReturnValue:
    with force_locale(given.language):
        return jsonify(says=_("Opened again elsewhere: only what is done there is kept.")), STALE


@content.get("/<token>/ended")
@public
def ended(token: str) -> ResponseReturnValue:
    """Where a unit of cmi5 goes when it has ended; the player sees it and goes on."""
    given = opened(token)
    with force_locale(given.language):
        page = render_template("packages/ended.html", given=given)
    return apart(make_response(page), PLAYER_POLICY.replace("frame-ancestors", "frame-ancestors 'self'"), given)


# --- The files of a package ---


@content.get("/<token>/files/<path:name>")
@content.get("/<token>/files/", defaults={"name": ""})
@public
def file(token: str, name: str) -> ResponseReturnValue:
    """A file of the package, in parts where that is asked for, by the type of its name."""
    given = opened(token)
    found = db.session.get(PackageFile, (given.package_id, name.casefold()))
    if found is None or "Service-Worker" in request.headers:
        abort(404)
    return apart(handed_out(found.sha256, type_of(found.name)), CONTENT_POLICY, given)


def learner_of(attempt: PackageAttempt | None, language: str) -> launching.Learner:
    """Who plays; nobody in particular where nothing is kept."""
    person: User | None = attempt.person if attempt is not None else None
    return launching.Learner.of(person, language) if person else launching.Learner("0", "–", language)
