"""What other terms would have done last month: the same events and sessions, with other due times."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Membership, Unit, User
from app.accounts.queries import members_on, valid_on
from app.coaching import rules
from app.coaching.models import CoachingSession, Obligation, SessionRecord
from app.coaching.rules import Clock, ObligationKind, ObligationState, SessionState, Terms
from app.coaching.services.events import causes
from app.coaching.services.owing import Standing
from app.core.clock import last_month, next_month, start_of
from app.gaps.models import Gap
from app.gaps.rules import ACTIVE

Share = tuple[int, int]
"""So many in time of so many due."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What came of a kind of obligation last month, and what would have by other terms."""

    kind: ObligationKind
    was: Share
    would: Share


def preview(session: Session, unit: Unit, terms: Terms, *, today: date) -> tuple[date, list[Effect]]:
    """The month before that of `today`, and what other terms for a unit would have done in it, by kind.

    Events keep when they happened and sessions when they were held; only due times differ. Regular sessions are worked
    out anew for both, with gaps as they stand now. Units below with terms of their own are left out.
    """
    month = last_month(today)
    standing = Standing.on(session, today)
    teams = _teams(standing, unit.id)
    events = _events(session, standing, terms, teams, month)
    regular = _regular(session, standing, terms, teams, month)
    return month, [*regular, *events, *_asked_for(session, standing, terms, teams, month)]


def _teams(standing: Standing, unit_id: int) -> set[int]:
    """The units below whose terms would change: those without nearer ones of their own."""
    above = set(standing.places[unit_id].ancestors)
    below = [place for place in standing.places.values() if unit_id in place.ancestors]
    return {place.id for place in below if standing.policy(place.id).unit_id in above}


def _events(session: Session, standing: Standing, terms: Terms, teams: set[int], month: date) -> list[Effect]:
    """What events opened in the month; a due time that a rule or a person chose stays."""
    was: dict[ObligationKind, list[int]] = defaultdict(lambda: [0, 0])
    would: dict[ObligationKind, list[int]] = defaultdict(lambda: [0, 0])
    columns = (Obligation.kind, Obligation.team_id, Obligation.opened_at, Obligation.due_at, Obligation.closed_at)
    first, last = start_of(month, "UTC"), start_of(next_month(month), "UTC")
    rows = select(*columns, Obligation.state).where(
        Obligation.opened_at >= first,
        Obligation.opened_at < last,
        Obligation.kind.not_in((ObligationKind.CADENCE, *rules.OPTIONAL)),
        Obligation.state.not_in(rules.NOT_COUNTED),
    )
    for kind, team, opened, due, closed, state in session.execute(rows):
        if team not in teams:
            continue
        held = closed if state in (ObligationState.MET, ObligationState.MET_LATE) else None
        other = _due(standing, terms, kind, team, opened)
        by_policy = _due(standing, Terms.of(standing.policy(team)), kind, team, opened) == due
        for found, when in ((was, due), (would, other if by_policy else due)):
            found[kind][0] += held is not None and held <= when
            found[kind][1] += 1
    return [_effect(kind, was[kind], would[kind]) for kind in ObligationKind if kind in was]


def _due(standing: Standing, terms: Terms, kind: ObligationKind, team: int, opened: datetime) -> datetime:
    work = standing.work(team)
    return rules.event_due(kind, opened, terms, work.time_zone, work=work if terms.clock is Clock.WORKING else None)


def _effect(kind: ObligationKind, was: Sequence[int], would: Sequence[int]) -> Effect:
    return Effect(kind, (was[0], was[1]), (would[0], would[1]))


# --- What a policy may ask for or not ---


def _asked_for(session: Session, standing: Standing, terms: Terms, teams: set[int], month: date) -> list[Effect]:
    """Audits below the mark, dissatisfied customers and repeat findings, worked out anew for both terms.

    In time is any session held with the agent between the event and the due time.
    """
    day, zone = next_month(month) - timedelta(days=1), current_app.config["PROGRAMME_TIME_ZONE"]
    first, last = start_of(month, zone), start_of(next_month(month), zone)
    place = {person: team for person, team in session.execute(members_on(day)).all() if team in teams}
    ours = {team: Terms.of(standing.policy(team)) for team in teams}
    held = _held_moments(session, first)
    found: dict[ObligationKind, list[list[int]]] = {}
    for which, asked in ((0, ours), (1, dict.fromkeys(teams, terms))):

        def holds(person: int, asked: Mapping[int, Terms] = asked) -> Terms | None:
            return asked.get(place.get(person, 0))

        for cause in causes(session, first, last, list({*asked.values()}), holds):
            team = place[cause.person_id]
            due = _due(standing, asked[team], cause.kind, team, cause.opened_at)
            theirs = held.get(cause.person_id, [])
            at = bisect_left(theirs, cause.opened_at)
            counts = found.setdefault(cause.kind, [[0, 0], [0, 0]])[which]
            counts[0] += at < len(theirs) and theirs[at] <= due
            counts[1] += 1
    return [_effect(kind, *found[kind]) for kind in rules.OPTIONAL if kind in found]


def _held_moments(session: Session, first: datetime) -> Mapping[int, list[datetime]]:
    """When each person had a session since a moment, in order."""
    rows = (
        select(SessionRecord.person_id, CoachingSession.held_at)
        .join(SessionRecord.session)
        .where(CoachingSession.state == SessionState.HELD, SessionRecord.absent.is_(False))
        .where(CoachingSession.held_at >= first)
        .order_by(CoachingSession.held_at)
    )
    found: dict[int, list[datetime]] = defaultdict(list)
    for person, moment in session.execute(rows):
        if moment is not None:
            found[person].append(moment)
    return found


# --- Regular sessions ---


def _regular(session: Session, standing: Standing, terms: Terms, teams: set[int], month: date) -> list[Effect]:
    held = _held_days(session, month)
    with_gap = set(session.scalars(select(Gap.person_id).where(Gap.state.in_(ACTIVE)).distinct()))
    members = (
        select(Membership.user_id, Membership.team_id, User.hired_on)
        .join(User, User.id == Membership.user_id)
        .where(valid_on(Membership, next_month(month) - timedelta(days=1)))
    )
    was, would = [0, 0], [0, 0]
    for person, team, hired_on in session.execute(members):
        if team not in teams:
            continue
        for counts, those in ((was, Terms.of(standing.policy(team))), (would, terms)):
            in_time, due = periods(hired_on, month, those, held.get(person, ()), active_gap=person in with_gap)
            counts[0] += in_time
            counts[1] += due
    return [_effect(ObligationKind.CADENCE, was, would)] if was[1] or would[1] else []


def periods(
    hired_on: date | None, month: date, terms: Terms, held: Sequence[date], *, active_gap: bool
) -> tuple[int, int]:
    """Of the periods that follow one another through a month, those with a session in them, and how many end in it."""
    day, end = max(month, hired_on or month), next_month(month)
    in_time = due = 0
    while True:
        after = day + timedelta(days=rules.cadence_days(hired_on, day, terms, active_gap=active_gap))
        if after > end:
            return in_time, due
        place = bisect_left(held, day)
        in_time += place < len(held) and held[place] < after
        due += 1
        day = after


def _held_days(session: Session, month: date) -> Mapping[int, list[date]]:
    """The days of the month on which each person had a session, in order."""
    rows = (
        select(SessionRecord.person_id, CoachingSession.held_on)
        .join(SessionRecord.session)
        .where(CoachingSession.state == SessionState.HELD, SessionRecord.absent.is_(False))
        .where(CoachingSession.held_on >= month, CoachingSession.held_on < next_month(month))
        .order_by(CoachingSession.held_on)
    )
    found: dict[int, list[date]] = defaultdict(list)
    for person, day in session.execute(rows):
        if day is not None:
            found[person].append(day)
    return found
