"""What an analysis says, and what is to be done next about it. Pure."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

WHYS = 5


class RootClass(StrEnum):
    """Where the root of a problem lies."""

    AGENT = "agent"
    CUSTOMER = "customer"
    PROCESS = "process"
    TECHNOLOGY = "technology"
    POLICY = "policy"


class AnalysisState(StrEnum):
    """How far an analysis is: its action is to be taken, its effect to be checked, or it is over."""

    OPEN = "open"
    DONE = "done"
    EFFECTIVE = "effective"
    NOT_EFFECTIVE = "not_effective"


WAITING = (AnalysisState.OPEN, AnalysisState.DONE)


def next_day(state: AnalysisState, due_on: date, check_on: date | None) -> date | None:
    """The day by which the next step is due; None once nothing is left to do."""
    if state is AnalysisState.OPEN:
        return due_on
    return check_on if state is AnalysisState.DONE else None


def is_late(state: AnalysisState, due_on: date, check_on: date | None, today: date) -> bool:
    """Whether the next step should have been taken before today."""
    day = next_day(state, due_on, check_on)
    return day is not None and day < today
