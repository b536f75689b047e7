"""Shared reads of gaps."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Select, select

from app.gaps.models import Gap, Transition
from app.gaps.rules import GapState


def entered(state: GapState, week: date) -> Select[int]:
    """The people of whom a gap entered this state by the decision of a week."""
    moved = select(Gap.person_id).join(Transition, Transition.gap_id == Gap.id)
    return moved.where(Transition.week == week, Transition.to_state == state).distinct()
