"""What becomes of a dispute: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

WINDOW_DAYS = 10
ANSWER_DAYS = 5


class DisputeState(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    PARTLY = "partly"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


ANSWERED = (DisputeState.ACCEPTED, DisputeState.PARTLY, DisputeState.REJECTED)
OVERTURNED = (DisputeState.ACCEPTED, DisputeState.PARTLY)


class StepKind(StrEnum):
    """What happened to a dispute, in its history."""

    RAISED = "raised"
    REROUTED = "rerouted"
    ACCEPTED = "accepted"
    PARTLY = "partly"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    REOPENED = "reopened"


def last_day(released_on: date, days: int) -> date:
    """The last day on which an audit may be disputed."""
    return released_on + timedelta(days=days)


def target(
    state: DisputeState, now: Mapping[str, Any], said: Mapping[str, Any], chosen: Mapping[str, Any], *, corrected: bool
) -> dict[str, Any]:
    """What the check is to say once a dispute is answered so.

    A rejection leaves it, unless an earlier answer had corrected it: then it says again what it said at first.
    """
    if state in OVERTURNED:
        return dict(chosen)
    return dict(said) if corrected else dict(now)


@dataclass(frozen=True, slots=True)
class Tally:
    """Disputes of one criterion, auditor or partner."""

    name: Any
    raised: int
    answered: int
    overturned: int
    days: float | None = None
    """To an answer, the middle of them."""

    @property
    def open(self) -> int:
        return self.raised - self.answered


@dataclass(frozen=True, slots=True)
class Resolved:
    """How long answers took, in days, and how many came in time."""

    count: int
    median: float | None
    in_time: int


def resolved(times: Sequence[tuple[datetime, datetime, datetime]]) -> Resolved:
    """From (raised, due, answered)."""
    lengths = sorted((answered - raised) / timedelta(days=1) for raised, _due, answered in times)
    middle = len(lengths) // 2
    if not lengths:
        return Resolved(0, None, 0)
    median = lengths[middle] if len(lengths) % 2 else (lengths[middle - 1] + lengths[middle]) / 2
    return Resolved(len(lengths), median, sum(answered <= due for _raised, due, answered in times))
