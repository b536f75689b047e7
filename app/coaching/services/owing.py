"""How a session comes to be owed: by an event, or by the cadence. The same cause owes once, whoever asks, and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.accounts import settings
from app.accounts.models import Absence, Membership, User
from app.accounts.queries import Place, leads_on, members_on, places
from app.coaching import rules
from app.coaching.models import CoachingPolicy, Obligation
from app.coaching.rules import Clock, ObligationKind, ObligationState, Tenure, Terms
from app.coaching.services.policies import opening_hours, policies_on
from app.coaching.working import WEEK, Hours, WorkTime
from app.core.bulk import chunks
from app.core.clock import day_of, start_of
from app.gaps.models import Gap
from app.gaps.rules import ACTIVE

EARLIEST_ZONE = timedelta(hours=14)
"""A day begins somewhere so long before it begins in UTC."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why one person is owed a session: `key` names the cause for good.

    Due after `hours`, or by the end of `due_on`, or else as the policy of the person's place says for this kind.
    """

    person_id: int
    kind: ObligationKind
    key: str
    opened_at: datetime
    audit_id: int | None = None
    gap_id: int | None = None
    after_session_id: int | None = None
    hours: int | None = None
    due_on: date | None = None
    dsat_case_id: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Who leads what on a day, and what holds there."""

    places: Mapping[int, Place]
    leads: Mapping[int, int]
    policies: Mapping[int, CoachingPolicy]
    hours: Mapping[int, Hours]
    """Of units that have hours of opening of their own."""

    def work(self, unit_id: int) -> WorkTime:
        """When work is done in a unit."""
        place = self.places[unit_id]
        return WorkTime(place.time_zone, rules.nearest(place.ancestors, self.hours) or WEEK, place.market)

    def policy(self, unit_id: int) -> CoachingPolicy:
        """The policy that holds there: the unit's own, or that of the nearest above; the programme always has one."""
        found = rules.nearest(self.places[unit_id].ancestors, self.policies)
        if found is None:
            raise LookupError(f"no coaching policy holds for unit {unit_id}")
        return found

    @classmethod
    def on(cls, session: Session, day: date) -> Standing:
        leads: dict[int, int] = {}
        for team, lead in session.execute(leads_on(day)):
            leads.setdefault(team, lead)
        return cls(places(session), leads, policies_on(session, day), opening_hours(session))


def owe(
    session: Session,
    *,
    person_id: int,
    kind: ObligationKind,
    key: str,
    opened_at: datetime,
    audit_id: int | None = None,
    gap_id: int | None = None,
    after_session_id: int | None = None,
    hours: int | None = None,
    due_on: date | None = None,
) -> Obligation | None:
    """Owe somebody a session for an event; see `Cause`.

    None when that key owes one already, the person has no team on that day, or it is before Hilo went live.
    """
    cause = Cause(person_id, kind, key, opened_at, audit_id, gap_id, after_session_id, hours, due_on)
    new = owe_many(session, [cause])
    return session.get(Obligation, new[person_id, key]) if new else None


def owe_many(session: Session, causes: Sequence[Cause]) -> dict[tuple[int, str], int]:
    """Owe sessions for many events at once; ids of the new obligations by person and key.

    Left out are the causes that `owe` answers with None.
    """
    by_day: dict[date, list[Cause]] = {}
    for cause in causes:
        by_day.setdefault(day_of(cause.opened_at, current_app.config["PROGRAMME_TIME_ZONE"]), []).append(cause)
    live = settings.live_from(session)
    rows = [
        row
        for day, those in sorted(by_day.items())
        if live is None or day >= live
        for row in _rows_of(session, day, those)
    ]
    return _insert_new(session, rows)


def owe_cadence(session: Session, day: date, *, on: datetime, standing: Standing | None = None) -> int:
    """Owe the regular sessions whose period begins on this day, for everybody at once; returns how many are new.

    Who is absent on that day begins on return. Nothing before Hilo went live. Days are asked for in order.
    """
    live = settings.live_from(session)
    if live is not None and day < live:
        return 0
    standing = standing or Standing.on(session, day)
    running, with_gap, away = _running(session, day), _with_active_gap(session), _away(session, day)
    hired = members_on(day).add_columns(User.hired_on).order_by(Membership.valid_from)
    rows: dict[int, dict[str, Any]] = {}
    for person, team, hired_on in session.execute(hired):
        zone = standing.places[team].time_zone
        if person in away or not rules.cadence_begins(day, running.get(person), zone):
            continue
        policy = standing.policy(team)
        days = rules.cadence_days(hired_on, day, Terms.of(policy), active_gap=person in with_gap)
        cause = Cause(person, ObligationKind.CADENCE, rules.cadence_key(day), start_of(day, zone))
        due = rules.cadence_due(day, days, zone)
        rows[person] = _row(cause, team, standing, policy, due, rules.tenure_of(hired_on, day))
    return len(_insert_new(session, list(rows.values())))


def _rows_of(session: Session, day: date, causes: Sequence[Cause]) -> list[dict[str, Any]]:
    """The obligations of events of one day, less those of people without a team."""
    standing = Standing.on(session, day)
    teams: dict[int, tuple[int, Tenure]] = {}
    members = members_on(day).add_columns(User.hired_on).order_by(Membership.valid_from)
    for people in chunks(sorted({cause.person_id for cause in causes})):
        for person, team, hired_on in session.execute(members.where(Membership.user_id.in_(people))):
            teams[person] = (team, rules.tenure_of(hired_on, day))
    rows = []
    for cause in causes:
        if cause.person_id in teams:
            team, tenure = teams[cause.person_id]
            policy = standing.policy(team)
            due = _due(cause, Terms.of(policy), standing.work(team))
            rows.append(_row(cause, team, standing, policy, due, tenure))
    return rows


def _due(cause: Cause, terms: Terms, work: WorkTime) -> datetime:
    zone = work.time_zone
    if cause.due_on is not None:
        return rules.last_moment(cause.due_on, zone)
    runs = work if terms.clock is Clock.WORKING else None
    return rules.event_due(cause.kind, cause.opened_at, terms, zone, cause.hours, runs)


def _row(
    cause: Cause, team: int, standing: Standing, policy: CoachingPolicy, due_at: datetime, tenure: Tenure
) -> dict[str, Any]:
    return {
        "person_id": cause.person_id,
        "kind": cause.kind,
        "trigger_key": cause.key,
        "team_id": team,
        "lead_id": standing.leads.get(team),
        "now_team_id": team,
        "owner_id": standing.leads.get(team),
        "policy_id": policy.id,
        "audit_id": cause.audit_id,
        "gap_id": cause.gap_id,
        "after_session_id": cause.after_session_id,
        "dsat_case_id": cause.dsat_case_id,
        "opened_at": cause.opened_at,
        "due_at": due_at,
        "due_month": rules.due_month(due_at, standing.places[team].time_zone),
        "tenure": tenure,
    }


def _running(session: Session, day: date) -> dict[int, datetime]:
    """When the cadence period of each person ends, of those that may not have ended before this day."""
    dawn = start_of(day, "UTC") - EARLIEST_ZONE
    # In order and not grouped: a group by person would read all that was ever owed, this what is still to come
    periods = (
        select(Obligation.person_id, Obligation.due_at)
        .where(
            Obligation.kind == ObligationKind.CADENCE,
            Obligation.state != ObligationState.VOID,
            Obligation.due_at >= dawn,
        )
        .order_by(Obligation.due_at)
    )
    return dict(session.execute(periods).all())


def _with_active_gap(session: Session) -> set[int]:
    return set(session.scalars(select(Gap.person_id).where(Gap.state.in_(ACTIVE)).distinct()))


def _away(session: Session, day: date) -> set[int]:
    return set(session.scalars(select(Absence.user_id).where(Absence.from_day <= day, Absence.to_day >= day)))


def _insert_new(session: Session, rows: Sequence[dict[str, Any]]) -> dict[tuple[int, str], int]:
    """Insert the obligations whose cause owes none yet; another transaction's, running now, count as well."""
    if not rows:
        return {}
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    table = Obligation.__table__
    statement = (
        make(table)
        .on_conflict_do_nothing(index_elements=[table.c.person_id, table.c.trigger_key])
        .returning(table.c.id, table.c.person_id, table.c.trigger_key)
    )
    return {(person, key): number for number, person, key in session.execute(statement, rows)}
