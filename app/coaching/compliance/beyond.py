"""What compliance says apart from "in time": held at all, confirmed by the agent, followed up, and how many agents.

Each is counted in the month its own due time falls in, by the team, lead and tenure of that time, so that none moves
later: a confirmation after its time does not count as in time, and of a closed month the obligations count as at its
close.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import Session

from app.accounts import settings
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.queries import places, subtree
from app.accounts.reach import unit_scope
from app.coaching.compliance.facts import CUT_BY, Counting
from app.coaching.compliance.lines import Cut, by_line
from app.coaching.models import Obligation, SessionRecord
from app.coaching.rules import NOT_COUNTED, ObligationKind, ObligationState, Tally, is_tracked

HELD = (ObligationState.MET, ObligationState.MET_LATE)

Share = tuple[int, int]
"""So many of so many."""

_RECORDS_BY: dict[Cut, Any] = {
    Cut.UNIT: SessionRecord.team_id,
    Cut.MARKET: SessionRecord.team_id,
    Cut.LEAD: SessionRecord.lead_id,
    Cut.KIND: Obligation.kind,
    Cut.TENURE: SessionRecord.tenure,
    Cut.MONTH: SessionRecord.confirm_month,
}


@dataclass(frozen=True, slots=True)
class Beyond:
    """Of one line of the report in a month."""

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


@dataclass(frozen=True, slots=True)
class OfPerson:
    """The months of one agent."""

    owed: Mapping[date, Tally]
    """Of the months in which coaching was tracked."""
    confirmed: Mapping[date, Share]
    """Records confirmed in time, of those to be confirmed."""
    closed: frozenset[date]
    """Months whose figures are those of their close."""


def beyond(
    session: Session,
    viewer: User | None,
    months: Sequence[date],
    *,
    at: datetime,
    by: Cut = Cut.UNIT,
    unit_id: int | None = None,
) -> dict[Any, Beyond]:
    """What was confirmed, followed up and covered in months (their first days) within scope.

    The keys are those of the lines of the cut (`Line.key`); a unit has all below it. By reason, a record counts for each
    reason its session met.
    """
    counting = Counting.of(session, viewer, at, unit_id=unit_id)
    known = places(session)
    found: dict[Any, Beyond] = {}
    for figure, statement in (
        ("agents", _agents(counting, months, by)),
        ("followed_up", _followed_up(counting, months, by)),
        ("confirmed", _confirmed(viewer, unit_id, months, at, by)),
    ):
        shares = {key: (part, whole) for key, part, whole in session.execute(statement)}
        for key, line in by_line(shares, by, known):
            found[line] = found.get(line, Beyond()) + Beyond(**{figure: shares[key]})
    return found


def _agents(counting: Counting, months: Sequence[date], by: Cut) -> Select[Any, int, int]:
    """(key, agents who had a session, agents owed one): each in each team."""
    state, key = counting.state(months), CUT_BY[by]
    each = (
        select(key.label("key"), func.max(case((state.in_(HELD), 1), else_=0)).label("met"))
        .where(*counting.due(months), state.not_in(NOT_COUNTED))
        .group_by(*dict.fromkeys([key, Obligation.team_id, Obligation.person_id]))
        .subquery()
    )
    return select(each.c.key, func.sum(each.c.met), func.count()).group_by(each.c.key)


def _followed_up(counting: Counting, months: Sequence[date], by: Cut) -> Select[Any, int, int]:
    """(key, follow-ups held in time, follow-ups due)."""
    state, key = counting.state(months), CUT_BY[by]
    return (
        select(key, func.count().filter(state == ObligationState.MET), func.count())
        .where(*counting.due(months), state.not_in(NOT_COUNTED), Obligation.kind == ObligationKind.FOLLOW_UP)
        .group_by(key)
    )


def _confirmed(
    viewer: User | None, unit_id: int | None, months: Sequence[date], at: datetime, by: Cut
) -> Select[Any, int, int]:
    """(key, records confirmed in time, records to be confirmed)."""
    key, record = _RECORDS_BY[by], SessionRecord.id.distinct()
    statement = (
        select(key, func.count(record).filter(confirmed_in_time()), func.count(record))
        .where(*confirmed_within(viewer, unit_id), SessionRecord.confirm_month.in_(months))
        .where(SessionRecord.acknowledge_by <= at)
        .group_by(key)
    )
    return statement.join(Obligation, met_in_record()) if by is Cut.KIND else statement


def confirmed_of(person_id: int, months: Sequence[date], at: datetime) -> Select[date, int, int]:
    """(month, records confirmed in time, records to be confirmed) of one agent."""
    return _confirmed(None, None, months, at, Cut.MONTH).where(SessionRecord.person_id == person_id)


def of_person(session: Session, person_id: int, months: Sequence[date], at: datetime) -> OfPerson:
    """What was owed to one agent in these months (their first days), and confirmed; in whatever team it was."""
    counting, live = Counting.of(session, None, at, person_id=person_id), settings.live_from(session)
    tallies = counting.tallies(months).get(None, {})
    return OfPerson(
        {month: tallies.get(month, Tally()) for month in months if is_tracked(month, live)},
        {month: (part, whole) for month, part, whole in session.execute(confirmed_of(person_id, months, at))},
        frozenset(counting.closed),
    )


def confirmed_in_time() -> ColumnElement[bool]:
    """Whether a record was confirmed by the time asked for."""
    return SessionRecord.acknowledged_at <= SessionRecord.acknowledge_by


def met_in_record() -> ColumnElement[bool]:
    """Whether an obligation was met by the session of a record, to the agent of that record."""
    return and_(Obligation.session_id == SessionRecord.session_id, Obligation.person_id == SessionRecord.person_id)


def confirmed_within(viewer: User | None, unit_id: int | None) -> list[ColumnElement[bool]]:
    """Conditions for records of sessions held in teams in scope and below the unit."""
    conditions: list[ColumnElement[bool]] = [SessionRecord.team_id.is_not(None)]
    if viewer is not None:
        conditions.append(SessionRecord.team_id.in_(unit_scope(viewer, Permission.SEE_COACHING)))
    if unit_id is not None:
        conditions.append(SessionRecord.team_id.in_(subtree(unit_id)))
    return conditions
