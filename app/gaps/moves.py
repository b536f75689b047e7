"""How gaps moved in months: opened, closed, relapsed, and how many were active at the end, by the last team of each agent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, func, select, true
from sqlalchemy.orm import Session

from app.accounts.models import Membership
from app.accounts.reach import last_membership
from app.core.clock import monday_of
from app.gaps.models import Gap, Transition
from app.gaps.rules import ACTIVE, GapState
from app.metrics.queries import place_of

Teams = Select[int] | None
"""Ids of the teams counted; None for all."""


@dataclass(frozen=True, slots=True)
class Moved:
    """How many gaps opened, closed and relapsed, and by how many more were active afterwards."""

    opened: int = 0
    closed: int = 0
    relapsed: int = 0
    change: int = 0

    def and_also(self, before: GapState, after: GapState, count: int) -> Moved:
        """With so many more that went from one state to another."""
        return Moved(
            self.opened + (count if after is GapState.OPEN and before not in ACTIVE else 0),
            self.closed + (count if after is GapState.CLOSED else 0),
            self.relapsed + (count if after is GapState.RELAPSED else 0),
            self.change + count * ((after in ACTIVE) - (before in ACTIVE)),
        )


def by_month(session: Session, teams: Teams, months: Sequence[date]) -> list[Moved]:
    """What moved in each month, by the Sunday of the decision; `months` are first days, and at the end the one after."""
    weeks = [monday_of(month) for month in months]
    place = place_of(Transition.week, weeks).label("place")
    found = [Moved()] * (len(months) - 1)
    statement = (
        select(place, Transition.from_state, Transition.to_state, func.count())
        .where(Transition.week >= weeks[0], Transition.week < weeks[-1], _of(teams))
        .group_by(place, Transition.from_state, Transition.to_state)
    )
    for at, before, after, count in session.execute(statement):
        found[at] = found[at].and_also(before, after, count)
    return found


def by_competency(session: Session, teams: Teams, month: date, after_month: date) -> dict[int, Moved]:
    """What moved in one month by competency."""
    first, last = monday_of(month), monday_of(after_month)
    statement = (
        select(Gap.competency_id, Transition.from_state, Transition.to_state, func.count())
        .join(Gap, Gap.id == Transition.gap_id)
        .where(Transition.week >= first, Transition.week < last, _of(teams))
        .group_by(Gap.competency_id, Transition.from_state, Transition.to_state)
    )
    found: dict[int, Moved] = {}
    for competency, before, after, count in session.execute(statement):
        found[competency] = found.get(competency, Moved()).and_also(before, after, count)
    return found


def active_at_end(session: Session, teams: Teams, after_month: date) -> dict[int, int]:
    """How many gaps of each competency were active by the last decision before this day."""
    last_week = monday_of(after_month) - timedelta(days=7)
    newest = (
        select(Transition.gap_id, func.max(Transition.week).label("week"))
        .where(Transition.week <= last_week, _of(teams))
        .group_by(Transition.gap_id)
        .subquery()
    )
    statement = (
        select(Gap.competency_id, func.count())
        .join(newest, newest.c.gap_id == Gap.id)
        .join(Transition, (Transition.gap_id == newest.c.gap_id) & (Transition.week == newest.c.week))
        .where(Transition.to_state.in_(ACTIVE))
        .group_by(Gap.competency_id)
    )
    return dict(session.execute(statement).all())


def _of(teams: Teams) -> ColumnElement[bool]:
    """Whether a transition is of somebody whose last team is one of these."""
    if teams is None:
        return true()
    people = select(Membership.user_id).where(Membership.team_id.in_(teams), Membership.valid_from == last_membership())
    return Transition.gap_id.in_(select(Gap.id).where(Gap.person_id.in_(people)))
