"""Shared reads of gaps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select, true

from app.accounts.models import Membership
from app.accounts.reach import last_membership
from app.gaps.models import Gap, Transition
from app.gaps.rules import ACTIVE, GapState
from app.metrics.queries import place_of

MOVES: dict[str, ColumnElement[bool]] = {
    "opened": and_(Transition.to_state == GapState.OPEN, Transition.from_state.not_in(ACTIVE)),
    "closed": Transition.to_state == GapState.CLOSED,
    "relapsed": Transition.to_state == GapState.RELAPSED,
}
"""What a decision did to a gap. Opened again while in remediation is no new opening."""


def entered(state: GapState, week: date) -> Select[int]:
    """The people of whom a gap entered this state by the decision of a week."""
    moved = select(Gap.person_id).join(Transition, Transition.gap_id == Gap.id)
    return moved.where(Transition.week == week, Transition.to_state == state).distinct()


def moved_in(move: str, months: Sequence[date]) -> Select[int]:
    """Ids of the gaps that were `opened`, `closed` or `relapsed` by a decision in these months.

    `months` are first days, and at the end the one after; a decision counts on the Sunday its week ends with.
    """
    within = (Transition.week >= months[0], Transition.week < months[-1])
    return select(Transition.gap_id).where(MOVES[move], *within)


def movements(teams: Select[int] | None, months: Sequence[date], *by: Any) -> Select[*tuple[Any, ...]]:
    """(columns of `by`, place of the month, opened, closed, relapsed), by the last team of the person.

    `by` are columns of `Gap`, or the team (`Membership.team_id`).
    """
    place = place_of(Transition.week, months).label("place")
    counts = [func.count(case((move, 1))) for move in MOVES.values()]
    return (
        select(*by, place, *counts)
        .select_from(Transition)
        .join(Gap, Gap.id == Transition.gap_id)
        .join(Membership, Membership.user_id == Gap.person_id)
        .where(Membership.valid_from == last_membership())
        .where(true() if teams is None else Membership.team_id.in_(teams))
        .where(Transition.week >= months[0], Transition.week < months[-1])
        .where(Transition.to_state.in_((GapState.OPEN, GapState.CLOSED, GapState.RELAPSED)))
        .group_by(*by, place)
    )
