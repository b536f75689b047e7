"""A month's list of priorities: its states, who signs it, and what an order that differs needs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum

MOST_ENTRIES = 10
SHORTEST_REASON = 5


class ListState(StrEnum):
    """Draft until everybody has signed; then it no longer changes; closed once it is said what came of it."""

    DRAFT = "draft"
    AGREED = "agreed"
    CLOSED = "closed"


class Part(StrEnum):
    """Whose signature a list takes."""

    PROGRAMME = "programme"
    TRAINING = "training"
    KNOWLEDGE = "knowledge"


class Answer(StrEnum):
    """What is done about a priority."""

    MODULE = "module"
    HUDDLE = "huddle"
    THEME = "theme"
    ARTICLE = "article"
    PROCESS = "process"


def agreed(signed: Collection[Part]) -> bool:
    """Whether nobody's signature is missing."""
    return set(signed) == set(Part)


def moved(order: Sequence[int], entry: int, place: int) -> list[int]:
    """The order with one entry at another place, counted from 1; beyond the ends it stands at the end."""
    rest = [one for one in order if one != entry]
    at = min(max(place, 1), len(order)) - 1
    return [*rest[:at], entry, *rest[at:]]


def needs_reason(place: int, before: int, reason: str) -> bool:
    """Whether an entry that changes its place lacks a reason for it."""
    return place != before and len(reason.strip()) < SHORTEST_REASON
