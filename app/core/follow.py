"""How a room tells those above it what happened, without knowing them.

`create_app` names who follows what, in the same transaction; a room only announces. What may happen later is a job.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from flask import Flask, current_app
from sqlalchemy.orm import Session


class Event(StrEnum):
    """What may be announced, with the facts each carries."""

    FINDINGS_CHANGED = "findings_changed"
    """`touched`: distinct (person id, Monday of the contact's week) whose findings are new, corrected or taken back;
    `on`: when."""
    AUDITS_TAKEN_BACK = "audits_taken_back"
    """`audit_ids`, `on`: audits that are no longer fatal after a correction."""
    UNDOING = "undoing"
    """`audit_ids`, `touched` (as above), `on`: an import is about to be undone: these audits will be deleted and the
    findings of these people and weeks change. A follower raises `Refused` when something was built on them."""
    MODULE_COMPLETED = "module_completed"
    """`completions`: list of (person id, competency id, day, key) newly completed; `on`: when."""
    TARGETS_CHANGING = "targets_changing"
    """`changes`: list of `curriculum.targets.TargetChange`, `by`, `on`, `later`: a follower writes them down, leaves them
    to a job if `later` allows it, or says on each that can't be why it is refused."""
    MAP_CHANGING = "map_changing"
    """`asked`: an `audits.services.telling.MapAsked`, `by`: a follower may leave it to a job."""
    MAP_CHANGED = "map_changed"
    """`before`: criterion id → competency ids it told of until now, of those just changed; `by`, `on`."""
    PERSON_LEFT = "person_left"
    """`person_id`, `day`, `on`: somebody has left."""


Follower = Callable[..., None]


def init_app(app: Flask, followers: Mapping[Event, Sequence[Follower]]) -> None:
    """Name who follows what."""
    app.extensions["followers"] = dict(followers)


def announce(session: Session, event: Event, **facts: Any) -> None:
    """Let everyone who follows `event` act in this transaction; what they refuse is refused here."""
    for follower in current_app.extensions["followers"].get(event, ()):
        follower(session, **facts)
