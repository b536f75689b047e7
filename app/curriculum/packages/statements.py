"""What a unit of cmi5 says of a learner: which statements are taken, and what follows from them."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.curriculum.packages import services
from app.curriculum.packages.launching import CATEGORIES, EXTENSIONS
from app.curriculum.packages.models import PackageAttempt, PackagePart, PackageStatement
from app.curriculum.packages.rules import Item, Standing, seconds_of, standing_cmi5

INITIALIZED = "http://adlnet.gov/expapi/verbs/initialized"
COMPLETED = "http://adlnet.gov/expapi/verbs/completed"
PASSED = "http://adlnet.gov/expapi/verbs/passed"
FAILED = "http://adlnet.gov/expapi/verbs/failed"
TERMINATED = "http://adlnet.gov/expapi/verbs/terminated"
DEFINED = {INITIALIZED, COMPLETED, PASSED, FAILED, TERMINATED}
PROGRESS = "https://w3id.org/xapi/cmi5/result/extensions/progress"
UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
MOST = 5_000


class NotTaken(Exception):
    """A statement breaks a rule of cmi5; told to the unit's author in English, as the standard is."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.status = status


def take(
    session: Session,
    attempt: PackageAttempt,
    part: PackagePart,
    item: Item,
    sent: Sequence[Any],
    *,
    activity: str,
    on: datetime,
) -> list[str]:
    """Keep statements in their order, and what they say; returns their identifiers. Raises `NotTaken` for the first bad one."""
    kept = session.scalar(select(func.count()).where(PackageStatement.attempt_id == attempt.id)) or 0
    if kept + len(sent) > MOST:
        raise NotTaken("Too many statements for one registration.", 413)
    named = []
    for statement in sent:
        if not isinstance(statement, dict):
            raise NotTaken("A statement is a JSON object.")
        named.append(_take_one(session, attempt, part, item, statement, activity=activity, on=on))
    session.flush()
    services.settle(session, attempt, on=on)
    return named


def _take_one(
    session: Session,
    attempt: PackageAttempt,
    part: PackagePart,
    item: Item,
    statement: dict[str, Any],
    *,
    activity: str,
    on: datetime,
) -> str:
    number = str(statement.get("id") or uuid.uuid4()).lower()
    if not UUID.fullmatch(number):
        raise NotTaken("The identifier of a statement is a UUID.")
    known = session.get(PackageStatement, (attempt.id, number))
    verb = _within(statement, "verb", "id")
    if known is not None:
        if known.verb != verb:
            raise NotTaken("Another statement has this identifier.", 409)
        return number
    if not isinstance(verb, str) or not verb:
        raise NotTaken("A statement has a verb.")
    _must_belong(attempt, part, statement)
    if part.terminated_at is not None:
        raise NotTaken("The unit has terminated: it may say no more in this session.", 403)
    if verb in DEFINED and f"{CATEGORIES}cmi5" in _categories(statement):
        _must_be_in_order(session, attempt, part, item, verb, statement, activity)
        _follow(part, item, verb, statement, on)
    progress = _within(statement, "result", "extensions", PROGRESS)
    if isinstance(progress, int | float) and not part.done:
        part.progress = min(max(float(progress) / 100, 0.0), 1.0)
    body = {
        **statement,
        "id": number,
        "stored": on.isoformat(),
        "timestamp": statement.get("timestamp", on.isoformat()),
    }
    session.add(
        PackageStatement(
            attempt_id=attempt.id,
            id=number,
            item=item.id,
            session=part.session or "",
            verb=verb,
            body=body,
            stored_at=on,
        )
    )
    session.flush()
    return number


def _must_belong(attempt: PackageAttempt, part: PackagePart, statement: dict[str, Any]) -> None:
    if _within(statement, "context", "registration") != attempt.registration:
        raise NotTaken("The registration of the statement is another.")
    if _within(statement, "actor", "account", "name") != str(attempt.person_id):
        raise NotTaken("The actor of the statement is another.")
    session = _within(statement, "context", "extensions", f"{EXTENSIONS}sessionid")
    if session != part.session:
        raise NotTaken("The session of the statement is another.", 403)


def _must_be_in_order(
    session: Session,
    attempt: PackageAttempt,
    part: PackagePart,
    item: Item,
    verb: str,
    statement: dict[str, Any],
    activity: str,
) -> None:
    if _within(statement, "object", "id") != activity:
        raise NotTaken("The object of the statement is another unit.")
    if verb == INITIALIZED:
        if part.initialized_at is not None:
            raise NotTaken("The unit has initialized in this session before.", 403)
        return
    if part.initialized_at is None:
        raise NotTaken("The unit has to initialize first.", 403)
    said = select(PackageStatement.verb).where(
        PackageStatement.attempt_id == attempt.id, PackageStatement.item == item.id
    )
    before = set(session.scalars(said.where(PackageStatement.verb.in_((COMPLETED, PASSED)))))
    if verb in before:
        raise NotTaken("This was said of this registration before.", 403)
    if verb == FAILED and PASSED in before:
        raise NotTaken("Who has passed does not fail any more.", 403)
    score = _score(statement)
    if item.mastery is not None and score is not None:
        if verb == PASSED and score < item.mastery:
            raise NotTaken("The score is below the mastery score.")
        if verb == FAILED and score >= item.mastery:
            raise NotTaken("The score reaches the mastery score.")


def _follow(part: PackagePart, item: Item, verb: str, statement: dict[str, Any], on: datetime) -> None:
    """What a statement that cmi5 defines changes."""
    if verb == INITIALIZED:
        part.initialized_at = on
    if verb == TERMINATED:
        part.terminated_at = on
        part.sitting_seconds = seconds_of(_within(statement, "result", "duration"))
    verdict = {PASSED: True, FAILED: False}.get(verb, part.passed)
    score = _score(statement)
    known = Standing(
        completed=part.completed or verb == COMPLETED,
        passed=verdict,
        score=part.score if score is None else min(max(score, 0.0), 1.0),
        progress=1.0 if verb == COMPLETED else part.progress,
    )
    part.take_over(standing_cmi5(item, known))


def _score(statement: dict[str, Any]) -> float | None:
    score = _within(statement, "result", "score", "scaled")
    return float(score) if isinstance(score, int | float) and not isinstance(score, bool) else None


def _categories(statement: dict[str, Any]) -> set[Any]:
    found = _within(statement, "context", "contextActivities", "category")
    listed = found if isinstance(found, list) else [found]
    return {one.get("id") for one in listed if isinstance(one, dict)}


def _within(holder: Any, *names: str) -> Any:
    """What stands there, or None where the way breaks off."""
    for name in names:
        holder = holder.get(name) if isinstance(holder, dict) else None
    return holder
