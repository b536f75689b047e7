"""A cmi5 unit's calls: the token it fetches once, what it keeps for next time, and what it says (xAPI 1.0.3, as far as
cmi5 asks for it). All on the host for packages, below the pass of the sitting.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from functools import wraps
from typing import Any

from flask import Response, jsonify, make_response, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app.core.clock import now
from app.core.database import db
from app.core.web import public
from app.curriculum.packages import launching, statements
from app.curriculum.packages.content import attempt_of, item_of, learner_of, package_of, parsed
from app.curriculum.packages.models import Package, PackageAttempt, PackageDocument, PackagePart, PackageStatement
from app.curriculum.packages.origin import Pass, content, opened
from app.curriculum.packages.rules import Item

VERSION = "1.0.3"
LARGEST_DOCUMENT = 1024**2
MOST_DOCUMENTS = 200


def address_of(
    token: str, given: Pass, package: Package, attempt: PackageAttempt | None, part: PackagePart | None, number: int
) -> str:
    """Where a unit starts, with all that cmi5 adds to its address."""
    item = item_of(package, number)
    secret = launching.new_session(part) if part is not None else "look"
    home, root = given.framed_by, request.host_url.rstrip("/")
    query = launching.launch_query(
        endpoint=root + url_for("packages.about", token=token, number=number).removesuffix("about"),
        fetch=root + url_for("packages.fetch", token=token, number=number, key=secret),
        actor=launching.actor_of(learner_of(attempt, given.language), home),
        attempt=attempt,
        activity=launching.activity_of(package, number, home),
    )
    href, hash_mark, fragment = str(item.href).partition("#")
    return (
        url_for("packages.file", token=token, name="")
        + href
        + ("&" if "?" in href else "?")
        + query
        + hash_mark
        + fragment
    )


@content.post("/<token>/units/<int:number>/fetch")
@public
def fetch(token: str, number: int) -> ResponseReturnValue:
    """The token for all other calls, handed out once."""
    given = opened(token)
    part = _part(given, number)
    key = request.args.get("key", "")
    if part is not None:
        if part.session is None or part.token_hash != launching.hash_of(key):
            return jsonify({"error-code": "2", "error-text": "This launch is not known."})
        if part.fetched:
            return jsonify({"error-code": "1", "error-text": "The token was fetched before."})
        part.fetched = True
        db.session.commit()
    name = part.session if part is not None else "look"
    return jsonify({"auth-token": base64.b64encode(f"{name}:{key}".encode()).decode()})


class Call:
    """One call of a unit: whose, of what."""

    def __init__(self, token: str, number: int) -> None:
        self.token, self.given, self.number = token, opened(token), number
        self.package = package_of(self.given)
        self.item: Item = item_of(self.package, number)
        self.attempt = attempt_of(self.given)
        self.part = _part(self.given, number)
        self.home = self.given.framed_by

    @property
    def is_allowed(self) -> bool:
        """Whether the call carries the token of the newest launch."""
        if self.attempt is None:
            return True
        scheme, _space, coded = request.headers.get("Authorization", "").partition(" ")
        try:
            name, _colon, key = base64.b64decode(coded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return False
        part = self.part
        return (
            scheme.lower() == "basic"
            and part is not None
            and part.fetched
            and part.session == name
            and part.token_hash == launching.hash_of(key)
            and self.attempt.sitting == self.given.sitting
        )

    @property
    def keeps(self) -> bool:
        return self.attempt is not None and self.given.mode == "normal"


def _part(given: Pass, number: int) -> PackagePart | None:
    attempt = attempt_of(given)
    if attempt is None:
        return None
    item = item_of(package_of(given), number)
    wanted = select(PackagePart).where(PackagePart.attempt_id == attempt.id, PackagePart.item == item.id)
    return db.session.scalars(wanted).one_or_none()


def called(view: Any) -> Any:
    """A view of the record store: it gets the call, once its token was looked at."""

    @wraps(view)
    def guarded(token: str, number: int, **rest: Any) -> ResponseReturnValue:
        call = Call(token, number)
        if not call.is_allowed:
            return _said(401, "The token of this launch is missing or no longer holds.")
        answer = make_response(view(call, **rest))
        answer.headers["X-Experience-API-Version"] = VERSION
        return answer

    return public(guarded)


def _said(status: int, text: str) -> Response:
    answer = jsonify(error=text)
    answer.status_code = status
    answer.headers["X-Experience-API-Version"] = VERSION
    return answer


@content.get("/<token>/units/<int:number>/xapi/about")
@public
def about(token: str, number: int) -> ResponseReturnValue:
    """Which version of xAPI is spoken here."""
    opened(token)
    return jsonify(version=[VERSION])


# --- Documents ---


@content.route("/<token>/units/<int:number>/xapi/activities/state", methods=["GET", "POST", "PUT", "DELETE"])
@called
def state(call: Call) -> ResponseReturnValue:
    """What a unit keeps for its next sitting; the document `LMS.LaunchData` is ours."""
    name = request.args.get("stateId", "")
    if name == "LMS.LaunchData":
        if request.method != "GET":
            return _said(403, "LMS.LaunchData is not the unit's to write.")
        ended = request.host_url.rstrip("/") + url_for("packages.ended", token=call.token)
        session = call.part.session if call.part is not None and call.part.session else "look"
        return jsonify(launching.launch_data(call.item, session, call.given.mode, ended))
    return _document(call, "state", request.args.get("activityId", ""), name)


@content.route("/<token>/units/<int:number>/xapi/activities/profile", methods=["GET", "POST", "PUT", "DELETE"])
@called
def activity_profile(call: Call) -> ResponseReturnValue:
    """What a unit keeps of itself, within this attempt."""
    return _document(call, "activity", request.args.get("activityId", ""), request.args.get("profileId", ""))


@content.route("/<token>/units/<int:number>/xapi/agents/profile", methods=["GET", "POST", "PUT", "DELETE"])
@called
def agent_profile(call: Call) -> ResponseReturnValue:
    """What is kept of the learner, within this attempt; their preferences begin with their language."""
    name = request.args.get("profileId", "")
    answer = _document(call, "agent", "", name)
    if name == "cmi5LearnerPreferences" and request.method == "GET" and answer.status_code == 404:
        return jsonify(languagePreference=call.given.language, audioPreference="on")
    return answer


def _document(call: Call, kind: str, activity: str, name: str) -> Response:
    """Read, write or forget a document; without a name, their names."""
    kept = call.attempt.id if call.attempt is not None else 0
    if not name:
        return _names(call, kind, activity)
    key = hashlib.sha256("\0".join((kind, activity, name)).encode()).hexdigest()
    found = db.session.get(PackageDocument, (kept, key))
    if request.method == "GET":
        if found is None:
            return _said(404, "There is no such document.")
        answer = make_response(found.content)
        answer.headers["Content-Type"], answer.headers["Last-Modified"] = found.type, found.kept_at.isoformat()
        answer.set_etag(hashlib.sha1(found.content, usedforsecurity=False).hexdigest())
        return answer
    if call.keeps:
        refusal = _write(call, found, kind=kind, activity=activity, name=name, key=key)
        if refusal is not None:
            return refusal
        db.session.commit()
    return make_response("", 204)


def _names(call: Call, kind: str, activity: str) -> Response:
    of_it = select(PackageDocument).where(
        PackageDocument.attempt_id == (call.attempt.id if call.attempt is not None else 0),
        PackageDocument.kind == kind,
        PackageDocument.activity == activity,
    )
    found = db.session.scalars(of_it.order_by(PackageDocument.name)).all()
    if request.method == "GET":
        return jsonify([one.name for one in found])
    if request.method == "DELETE" and kind == "state" and call.keeps:
        for one in found:
            db.session.delete(one)
        db.session.commit()
        return make_response("", 204)
    return _said(400, "The name of the document is missing.")


def _write(call: Call, found: PackageDocument | None, **facts: str) -> Response | None:
    """Put, merge or forget; an answer only where that can't be."""
    if request.method == "DELETE":
        if found is not None:
            db.session.delete(found)
        return None
    request.max_content_length = LARGEST_DOCUMENT
    sent, type = request.get_data(), request.headers.get("Content-Type", "application/octet-stream")
    if request.method == "POST" and found is not None:
        merged = _merged(found, sent, type)
        if merged is None:
            return _said(400, "Only documents of JSON can be merged.")
        sent = merged
    if found is None:
        assert call.attempt is not None
        held = select(PackageDocument.key).where(PackageDocument.attempt_id == call.attempt.id)
        if len(db.session.scalars(held).all()) >= MOST_DOCUMENTS:
            return _said(413, "The unit keeps too many documents.")
        found = PackageDocument(attempt_id=call.attempt.id, **facts)
        db.session.add(found)
    found.content, found.type, found.kept_at = sent, type[:200], now()
    return None


def _merged(found: PackageDocument, sent: bytes, type: str) -> bytes | None:
    try:
        before, after = json.loads(found.content), json.loads(sent)
    except ValueError:
        return None
    if not isinstance(before, dict) or not isinstance(after, dict) or "json" not in type or "json" not in found.type:
        return None
    return json.dumps({**before, **after}).encode()


# --- Statements ---


@content.route("/<token>/units/<int:number>/xapi/statements", methods=["GET", "PUT", "POST"])
@called
def statement(call: Call) -> ResponseReturnValue:
    """Take what a unit says, or tell what was said in this attempt."""
    return _told(call) if request.method in ("GET", "HEAD") else _say(call)


def _say(call: Call) -> ResponseReturnValue:
    """Take all of it, or nothing with the reason."""
    request.max_content_length = LARGEST_DOCUMENT
    sent = parsed()
    many = sent if isinstance(sent, list) else [sent]
    if request.method == "PUT":
        wanted = request.args.get("statementId")
        if not wanted or len(many) != 1 or not isinstance(many[0], dict) or many[0].get("id", wanted) != wanted:
            return _said(400, "The identifier of the statement is missing or another.")
        many[0]["id"] = wanted
    try:
        named = _taken(call, many)
    except statements.NotTaken as refusal:
        db.session.rollback()
        return _said(refusal.status, str(refusal))
    return make_response("", 204) if request.method == "PUT" else jsonify(named)


def _taken(call: Call, many: list[Any]) -> list[str]:
    if call.attempt is None or call.part is None or not call.keeps:
        return [str(one.get("id", "")) for one in many if isinstance(one, dict)]
    db.session.refresh(call.attempt, with_for_update=True)
    activity = launching.activity_of(call.package, call.number, call.home)
    named = statements.take(db.session(), call.attempt, call.part, call.item, many, activity=activity, on=now())
    db.session.commit()
    return named


def _told(call: Call) -> ResponseReturnValue:
    """One statement by its identifier, or the newest."""
    kept = call.attempt.id if call.attempt is not None else 0
    of_it = select(PackageStatement).where(PackageStatement.attempt_id == kept)
    wanted = request.args.get("statementId")
    if wanted:
        one = db.session.scalars(of_it.where(PackageStatement.id == wanted)).one_or_none()
        return jsonify(one.body) if one is not None else _said(404, "There is no such statement.")
    verb = request.args.get("verb")
    if verb:
        of_it = of_it.where(PackageStatement.verb == verb)
    newest = of_it.order_by(PackageStatement.stored_at.desc(), PackageStatement.id).limit(100)
    return jsonify(statements=[one.body for one in db.session.scalars(newest)], more="")
