"""What a part is told when it is opened: the data model SCORM content begins with, the launch of a cmi5 unit."""

from __future__ import annotations

import hashlib
import json
import secrets
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from app.accounts.models import User
from app.curriculum.packages.models import Package, PackageAttempt, PackagePart
from app.curriculum.packages.rules import Item, MoveOn, PackageFormat, clock_12, period

CATEGORIES = "https://w3id.org/xapi/cmi5/context/categories/"
EXTENSIONS = "https://w3id.org/xapi/cmi5/context/extensions/"
LAUNCH_MODES = {"normal": "Normal", "review": "Review", "browse": "Browse"}
FORGOTTEN = (
    "cmi.core.session_time",
    "cmi.core.total_time",
    "cmi.core.exit",
    "cmi.session_time",
    "cmi.total_time",
    "cmi.exit",
)
"""Of one sitting alone."""


@dataclass(frozen=True, slots=True)
class Learner:
    """Who plays, as a package may know them."""

    number: str
    name: str
    language: str

    @classmethod
    def of(cls, person: User, language: str) -> Learner:
        return cls(str(person.id), person.name, language)


def cmi_of(package: Package, item: Item, part: PackagePart | None, learner: Learner, mode: str) -> dict[str, Any]:
    """The data model a part of SCORM finds when it begins."""
    kept = {key: value for key, value in (part.state if part else {}).items() if key not in FORGOTTEN and value != ""}
    seconds = part.seconds + part.sitting_seconds if part else 0
    begun = bool(kept)
    if package.format is PackageFormat.SCORM_12:
        kept = {key: value for key, value in kept.items() if not key.startswith("cmi.interactions")}  # write-only there
        return {
            "cmi.core.lesson_status": "not attempted",
            **kept,
            **_facts_12(item, learner, mode, seconds, begun=begun),
        }
    return {**_objectives(item, kept), **kept, **_facts_2004(item, learner, mode, seconds, begun=begun)}


def _objectives(item: Item, kept: dict[str, Any]) -> dict[str, Any]:
    """Those of the manifest, which a part of SCORM 2004 finds at first; later it has them as it left them."""
    if any(key.startswith("cmi.objectives.") for key in kept):
        return {}
    return {f"cmi.objectives.{n}.id": identifier for n, identifier in enumerate(item.objectives)}


def _facts_12(item: Item, learner: Learner, mode: str, seconds: int, *, begun: bool) -> dict[str, Any]:
    facts = {
        "cmi.core.student_id": learner.number,
        "cmi.core.student_name": learner.name,
        "cmi.core.credit": "credit" if mode == "normal" else "no-credit",
        "cmi.core.lesson_mode": mode,
        "cmi.core.entry": "resume" if begun else "ab-initio",
        "cmi.core.total_time": clock_12(seconds),
        "cmi.launch_data": item.data,
        "cmi.student_data.max_time_allowed": item.max_time,
        "cmi.student_data.time_limit_action": item.time_limit_action,
        "cmi.student_data.mastery_score": "" if item.mastery is None else f"{item.mastery * 100:g}",
    }
    return {key: value for key, value in facts.items() if value != ""}


def _facts_2004(item: Item, learner: Learner, mode: str, seconds: int, *, begun: bool) -> dict[str, Any]:
    facts = {
        "cmi.learner_id": learner.number,
        "cmi.learner_name": learner.name,
        "cmi.credit": "credit" if mode == "normal" else "no-credit",
        "cmi.mode": mode,
        "cmi.entry": "resume" if begun else "ab-initio",
        "cmi.total_time": period(seconds),
        "cmi.launch_data": item.data,
        "cmi.max_time_allowed": item.max_time,
        "cmi.time_limit_action": item.time_limit_action,
        "cmi.scaled_passing_score": "" if item.mastery is None else f"{item.mastery:g}",
        "cmi.completion_threshold": "" if item.threshold is None else f"{item.threshold:g}",
    }
    return {key: value for key, value in facts.items() if value != ""}


# --- cmi5 ---


def actor_of(learner: Learner, home: str) -> dict[str, Any]:
    """The learner as statements name them."""
    return {"objectType": "Agent", "name": learner.name, "account": {"homePage": home, "name": learner.number}}


def activity_of(package: Package, number: int, home: str) -> str:
    """The identifier of a unit in this programme; the publisher's own goes into the grouping."""
    return f"{home}/curriculum/packages/{package.id}/units/{number}"


def new_session(part: PackagePart) -> str:
    """Begin a launch of a unit: returns the secret it may fetch once, kept as its hash alone."""
    secret = secrets.token_urlsafe(24)
    part.session, part.token_hash, part.fetched = str(uuid.uuid4()), hash_of(secret), False
    part.initialized_at = part.terminated_at = None
    return secret


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def launch_data(item: Item, session: str, mode: str, ended: str) -> dict[str, Any]:
    """The document `LMS.LaunchData` a unit reads first."""
    data: dict[str, Any] = {
        "contextTemplate": {
            "contextActivities": {"grouping": [{"objectType": "Activity", "id": item.id}]},
            "extensions": {f"{EXTENSIONS}sessionid": session},
        },
        "launchMode": LAUNCH_MODES[mode],
        "launchMethod": "AnyWindow",
        "moveOn": (item.move_on or MoveOn.NOT_APPLICABLE).value,
        "returnURL": ended,
    }
    if item.data:
        data["launchParameters"] = item.data
    if item.mastery is not None:
        data["masteryScore"] = item.mastery
    if item.entitlement:
        data["entitlementKey"] = {"courseStructure": item.entitlement}
    return data


def launch_query(
    *, endpoint: str, fetch: str, actor: dict[str, Any], attempt: PackageAttempt | None, activity: str
) -> str:
    """What is added to the address of a unit."""
    registration = attempt.registration if attempt is not None else str(uuid.uuid4())
    return urlencode(
        {
            "endpoint": endpoint,
            "fetch": fetch,
            "actor": json.dumps(actor),
            "registration": registration,
            "activityId": activity,
        }
    )
