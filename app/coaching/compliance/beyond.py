"""What compliance says apart from "in time": held at all, confirmed by the agent, followed up, and how many agents.

Each is counted in the month its own due time falls in, by the team and lead of that time, so that none moves later:
a confirmation after its time does not count as in time, and of a closed month the obligations count as at its close.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.queries import subtree
from app.accounts.reach import unit_scope
from app.coaching.compliance.facts import Counting
from app.coaching.models import Obligation, SessionRecord
from app.coaching.rules import NOT_COUNTED, ObligationKind, ObligationState

HELD = (ObligationState.MET, ObligationState.MET_LATE)

Share = tuple[int, int]
"""So many of so many."""


@dataclass(frozen=True, slots=True)
class Beyond:
    """Of one team under one lead, or of all below a unit, in a month."""

    confirmed: Share = (0, 0)
    """Records confirmed by the agent in time, of those to be confirmed in the month."""
    followed_up: Share = (0, 0)
    """Follow-up sessions held in time, of those due."""
    agents: Share = (0, 0)
    """Agents who had a session that was owed, of those owed one; somebody who changed teams counts in each."""

    def __add__(self, other: Beyond) -> Beyond:
        def plus(a: Share, b: Share) -> Share:
            return a[0] + b[0], a[1] + b[1]

        return Beyond(
            plus(self.confirmed, other.confirmed),
            plus(self.followed_up, other.followed_up),
            plus(self.agents, other.agents),
        )


def beyond(
    session: Session, viewer: User | None, month: date, *, at: datetime, unit_id: int | None = None
) -> dict[int, Beyond]:
    """Of each team in scope what was confirmed, followed up and covered in a month (its first day)."""
    counting = Counting.of(session, viewer, at, unit_id=unit_id)
    found: dict[int, Beyond] = {}
    for team, met, due in session.execute(_agents(counting, month)):
        found[team] = found.get(team, Beyond()) + Beyond(agents=(met, due))
    for fact in counting.facts([month]):
        if fact.kind is ObligationKind.FOLLOW_UP:
            due = (fact.counts[0], sum(fact.counts[:4]))
            found[fact.team_id] = found.get(fact.team_id, Beyond()) + Beyond(followed_up=due)
    for team, in_time, due in session.execute(_confirmed(viewer, unit_id, month, at)):
        if team is not None:
            found[team] = found.get(team, Beyond()) + Beyond(confirmed=(in_time, due))
    return found


def below(found: Mapping[int, Beyond], teams: Mapping[int, tuple[int, ...]], unit_id: int) -> Beyond:
    """The sum of all teams at or below a unit; `teams` are the ancestors of each."""
    return sum((one for team, one in found.items() if unit_id in teams[team]), Beyond())


def _agents(counting: Counting, month: date) -> Select[int, int, int]:
    """(team, agents who had a session, agents owed one)."""
    state = counting.state([month])
    each = (
        select(
            Obligation.team_id.label("team"),
            func.max(case((state.in_(HELD), 1), else_=0)).label("met"),
        )
        .where(Obligation.due_month == month, Obligation.due_at <= counting.at, *counting.within)
        .where(state.not_in(NOT_COUNTED))
        .group_by(Obligation.team_id, Obligation.person_id)
        .subquery()
    )
    return select(each.c.team, func.sum(each.c.met), func.count()).group_by(each.c.team)


def _confirmed(viewer: User | None, unit_id: int | None, month: date, at: datetime) -> Select[int | None, int, int]:
    """(team, records confirmed in time, records to be confirmed)."""
    in_time = SessionRecord.acknowledged_at <= SessionRecord.acknowledge_by
    return (
        select(SessionRecord.team_id, func.count().filter(in_time), func.count())
        .where(*confirmed_within(viewer, unit_id), SessionRecord.confirm_month == month)
        .where(SessionRecord.acknowledge_by <= at)
        .group_by(SessionRecord.team_id)
    )


def confirmed_within(viewer: User | None, unit_id: int | None) -> list[ColumnElement[bool]]:
    """Conditions for records of sessions held in teams in scope and below the unit."""
    conditions: list[ColumnElement[bool]] = [SessionRecord.team_id.is_not(None)]
    if viewer is not None:
        conditions.append(SessionRecord.team_id.in_(unit_scope(viewer, Permission.SEE_COACHING)))
    if unit_id is not None:
        conditions.append(SessionRecord.team_id.in_(subtree(unit_id)))
    return conditions
