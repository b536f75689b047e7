"""What each day does to open obligations: they follow the agent to a new team and lead, and absence puts them off."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.accounts.models import Absence
from app.accounts.queries import members_on
from app.accounts.record import tell
from app.coaching import rules
from app.coaching.models import Obligation, ObligationChange
from app.coaching.rules import Away, ChangeKind, ObligationState
from app.coaching.services.catching_up import meet_with_history
from app.coaching.services.closing import close_months
from app.coaching.services.events import owe_events
from app.coaching.services.owing import Standing, owe_cadence
from app.core.bulk import chunks
from app.core.clock import day_of, start_of

AWAY = "away"
"""Reason of a waiver by absence, as kept; what it is called is in `labels`."""


def live_day(session: Session, day: date, *, on: datetime) -> int:
    """Everything a day does to the ledger, in its order; returns how many obligations were missed as months closed.

    Days are asked for in order. What rules make of the events of the day is owed before.
    """
    missed = close_months(session, day, on=on)
    standing = Standing.on(session, day)
    owe_events(session, day, on=on, standing=standing)
    reassign(session, day, on=on, standing=standing)
    put_off_absent(session, day, on=on, standing=standing)
    owe_cadence(session, day, on=on, standing=standing)
    meet_with_history(session, day)
    return missed


def reassign(session: Session, day: date, *, on: datetime, standing: Standing | None = None) -> int:
    """Hand open obligations on to who leads the agent's team on this day, with a trail; returns how many changed hands.

    Who they were owed by at opening, which compliance counts by, stays. A new lead is told once.
    """
    standing = standing or Standing.on(session, day)
    teams = dict(session.execute(members_on(day)).all())
    columns = (Obligation.id, Obligation.person_id, Obligation.now_team_id, Obligation.owner_id)
    still = select(*columns).where(Obligation.state == ObligationState.OPEN).order_by(Obligation.id)
    moved, told = [], {}
    for number, person, team, owner in session.execute(still):
        now = teams.get(person, team)
        lead = standing.leads.get(now) if now is not None else None
        if (now, lead) != (team, owner):
            moved.append({"id": number, "now_team_id": now, "owner_id": lead})
            told.setdefault(lead, []).append(number)
    if not moved:
        return 0
    session.execute(update(Obligation), moved)
    _leave_trail(
        session,
        [
            {
                "obligation_id": one["id"],
                "kind": ChangeKind.REASSIGNED,
                "team_id": one["now_team_id"],
                "owner_id": one["owner_id"],
            }
            for one in moved
        ],
        on,
    )
    for lead, theirs in told.items():
        if lead is not None:
            key = f"obligations-reassigned:{day}"
            tell(session, [lead], "obligations.reassigned", key=key, path="/coaching", on=on, count=len(theirs))
    return len(moved)


def put_off_absent(session: Session, day: date, *, on: datetime, standing: Standing | None = None) -> int:
    """Let the clocks of who is away on this day stop, or waive what falls due, as the policy says; returns how many changed.

    Each day of an absence puts off what is not due before it by a day, so that days made up later come to the same.
    """
    away = select(Absence.user_id).where(Absence.from_day <= day, Absence.to_day >= day)
    owed = session.scalars(
        select(Obligation)
        .where(Obligation.state == ObligationState.OPEN, Obligation.person_id.in_(away))
        .order_by(Obligation.id)
    ).all()
    if not owed:
        return 0
    standing = standing or Standing.on(session, day)
    trail: list[dict[str, Any]] = []
    for one in owed:
        team = one.now_team_id or one.team_id
        zone, rule = standing.places[team].time_zone, standing.policy(team).away
        if one.due_at < start_of(day, zone) or rule is Away.RUNS_ON:
            continue
        if rule is Away.STOPS:
            one.due_at = rules.put_off(one.due_at, zone)
            one.due_month = rules.due_month(one.due_at, zone)
            one.put_off_days += 1
            trail.append({"obligation_id": one.id, "kind": ChangeKind.PUT_OFF, "due_at": one.due_at})
        elif day_of(one.due_at, zone) == day:
            one.state, one.closed_at, one.reason = ObligationState.WAIVED, on, AWAY
            trail.append({"obligation_id": one.id, "kind": ChangeKind.PUT_OFF})
    session.flush()
    _leave_trail(session, [one for one in trail if "due_at" in one], on)
    return len(trail)


def _leave_trail(session: Session, changes: list[dict[str, Any]], on: datetime) -> None:
    for block in chunks(changes):
        session.execute(insert(ObligationChange), [{**one, "at": on} for one in block])
