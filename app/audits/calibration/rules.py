"""States of a calibration, where its participants diverge, and who is within tolerance: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from app.audits.reaudits.agreement import Agreement, Checks, compare

TOLERANCE = 0.1
Marks = Mapping[int, int]
"""Result by criterion (`PASS`, `FAIL`, `NA`)."""


class CalibrationState(StrEnum):
    """Being made; scored by each alone; looked at together; agreed; closed for good."""

    DRAFT = "draft"
    SCORING = "scoring"
    REVIEW = "review"
    RESOLVED = "resolved"
    CLOSED = "closed"


ORDER = tuple(CalibrationState)
SEEN = (CalibrationState.REVIEW, CalibrationState.RESOLVED, CalibrationState.CLOSED)
"""In these, participants see what others answered."""


def next_state(state: CalibrationState) -> CalibrationState | None:
    """The state that follows; none after the last."""
    place = ORDER.index(state) + 1
    return ORDER[place] if place < len(ORDER) else None


@dataclass(frozen=True, slots=True)
class Item:
    """A criterion of a calibration."""

    id: int
    weight: float
    fatal: bool


@dataclass(frozen=True, slots=True)
class Spread:
    """How the others answered a criterion beside the reference."""

    differing: int
    others: int
    tolerance: float

    @property
    def share(self) -> float:
        return self.differing / self.others if self.others else 0.0

    @property
    def divergent(self) -> bool:
        """Whether more of them differ than the tolerance allows."""
        return self.share > self.tolerance


def spreads(items: Sequence[Item], reference: Marks, others: Sequence[Marks], tolerance: float) -> dict[int, Spread]:
    """By criterion, how many of the others answered something else than the reference."""
    return {
        one.id: Spread(sum(marks[one.id] != reference[one.id] for marks in others), len(others), tolerance)
        for one in items
    }


def beside(items: Sequence[Item], marks: Marks, benchmark: Marks) -> Agreement:
    """A participant's answers beside the benchmark."""
    return compare(checks_of(items, marks, benchmark, 0))


def within(found: Agreement, tolerance: float) -> bool:
    """Whether a participant is no further from the benchmark than the session tolerates."""
    return found.alignment is None or 1 - found.alignment <= tolerance + 1e-9


def checks_of(items: Sequence[Item], marks: Marks, benchmark: Marks, contact: int) -> Checks:
    """The answers of one participant as checks beside the benchmark."""
    return Checks(
        contact=np.full(len(items), contact, np.int64),
        item=np.array([one.id for one in items], np.int64),
        weight=np.array([one.weight for one in items], float),
        fatal=np.array([one.fatal for one in items], bool),
        first=np.array([marks[one.id] for one in items], np.int8),
        second=np.array([benchmark[one.id] for one in items], np.int8),
    )
