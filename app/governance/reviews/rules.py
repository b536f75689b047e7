"""A business review: its states, its parts, and when it may be frozen. Pure."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from app.core.clock import next_month


class ReviewState(StrEnum):
    """A draft's figures still move; ready, they are frozen and the partner reads it; held, the meeting is over."""

    DRAFT = "draft"
    READY = "ready"
    HELD = "held"


class Part(StrEnum):
    """What is commented upon, in the order it is read."""

    SUMMARY = "summary"
    RESULTS = "results"
    QUALITY = "quality"
    FATAL = "fatal"
    COACHING = "coaching"
    LEARNING = "learning"
    DSAT = "dsat"
    GAPS = "gaps"
    PRIORITIES = "priorities"


class ActionState(StrEnum):
    """What became of something agreed."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


SHORTEST_REASON = 5


def may_freeze(month: date, today: date) -> bool:
    """Whether the month is over: before that its figures say less than the whole of it."""
    return today >= next_month(month)


def needs_reason(state: ActionState, words: str) -> bool:
    """Whether what is given up lacks the reason why."""
    return state is ActionState.DROPPED and len(words.strip()) < SHORTEST_REASON


def is_late(state: ActionState, due_on: date, today: date) -> bool:
    """Whether something should have been done by now."""
    return state is ActionState.OPEN and due_on < today
