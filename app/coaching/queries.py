"""Reads of coaching: what is still to do, what was held, what was promised. Each starts at what the viewer may see."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.models import Grant, Membership, UnitTree, User
from app.accounts.permissions import Permission, roles_with
from app.accounts.queries import valid_on
from app.accounts.reach import agents_in
from app.coaching.models import CoachingPolicy, CoachingSession, Commitment, Obligation, SessionRecord, SessionTopic
from app.coaching.rules import CommitmentState, ObligationKind, ObligationState, SessionState
from app.gaps.models import Gap
from app.gaps.rules import ACTIVE, GapState

STILL_OWED = timedelta(days=31)
"""So long after its due time a missed session stays in the queue, unless a new period of the cadence replaces it."""


LONGEST = timedelta(hours=4)
"""No session is planned for longer."""


def still_to_do(at: datetime) -> ColumnElement[bool]:
    """Whether an obligation asks for a session: open, or missed not long ago and not replaced by a next period."""
    return or_(
        Obligation.state == ObligationState.OPEN,
        and_(
            Obligation.state == ObligationState.MISSED,
            Obligation.kind != ObligationKind.CADENCE,
            Obligation.due_at >= at - STILL_OWED,
        ),
    )


def queue(viewer: User, at: datetime) -> Select[Obligation]:
    """What somebody owes sessions for, to the agents they lead now, the first due first."""
    return (
        Obligation.visible_to(viewer, Permission.LOG_SESSIONS)
        .where(Obligation.person_id.in_(agents_in(viewer, Permission.LOG_SESSIONS)), Obligation.person_id != viewer.id)
        .where(still_to_do(at))
        .order_by(Obligation.due_at, Obligation.id)
        .options(joinedload(Obligation.person))
    )


def owed_to(person_ids: Collection[int], at: datetime) -> Select[Obligation]:
    """What is still owed to these people, the first due first."""
    return (
        select(Obligation)
        .where(Obligation.person_id.in_(person_ids), still_to_do(at))
        .order_by(Obligation.due_at, Obligation.id)
    )


def coachable(viewer: User, day: date) -> Select[User]:
    """The agents somebody may hold sessions with: those of their teams who have not left, by name."""
    return (
        select(User)
        .where(
            User.id.in_(agents_in(viewer, Permission.LOG_SESSIONS)),
            User.id != viewer.id,
            or_(User.left_on.is_(None), User.left_on > day),
        )
        .order_by(User.name, User.id)
    )


def coaches_of(person_ids: Collection[int], day: date) -> Select[User]:
    """Who may coach all of these agents on a day: whose grants reach each one's team, by name."""
    teams = select(Membership.team_id).where(Membership.user_id.in_(person_ids), valid_on(Membership, day)).distinct()
    wanted = select(func.count()).select_from(teams.subquery()).scalar_subquery()
    reach = (
        select(Grant.user_id)
        .join(UnitTree, UnitTree.ancestor_id == Grant.unit_id)
        .where(Grant.role.in_(roles_with(Permission.LOG_SESSIONS)), UnitTree.unit_id.in_(teams), valid_on(Grant, day))
        .group_by(Grant.user_id)
        .having(func.count(UnitTree.unit_id.distinct()) == wanted)
    )
    return (
        select(User)
        .where(User.id.in_(reach), User.id.not_in(person_ids), or_(User.left_on.is_(None), User.left_on > day))
        .order_by(User.name, User.id)
    )


def planned_with(person_ids: Collection[int]) -> Select[int, CoachingSession]:
    """(person id, session) of the sessions planned with these people, the next first."""
    return (
        select(SessionRecord.person_id, CoachingSession)
        .join(SessionRecord.session)
        .where(SessionRecord.person_id.in_(person_ids), CoachingSession.state == SessionState.SCHEDULED)
        .order_by(CoachingSession.scheduled_for, CoachingSession.id)
    )


def overlapping(
    people: Collection[int], begins: datetime, ends: datetime, but: int | None = None
) -> Select[CoachingSession]:
    """Sessions planned with or by any of these people that overlap a time."""
    theirs = select(SessionRecord.session_id).where(SessionRecord.person_id.in_(people))
    return (
        select(CoachingSession)
        .where(
            CoachingSession.state == SessionState.SCHEDULED,
            CoachingSession.scheduled_for < ends,
            CoachingSession.scheduled_for > begins - LONGEST,
            CoachingSession.id != (but or 0),
            or_(CoachingSession.coach_id.in_(people), CoachingSession.id.in_(theirs)),
        )
        .order_by(CoachingSession.scheduled_for, CoachingSession.id)
        .options(joinedload(CoachingSession.coach), selectinload(CoachingSession.records))
    )


def movable(viewer: User) -> Select[CoachingSession]:
    """Planned sessions somebody may hold, move or call off: those they planned, and those with agents they lead."""
    led = select(SessionRecord.session_id).where(
        SessionRecord.person_id.in_(agents_in(viewer, Permission.LOG_SESSIONS)), SessionRecord.person_id != viewer.id
    )
    return CoachingSession.visible_to(viewer, Permission.LOG_SESSIONS).where(
        CoachingSession.state == SessionState.SCHEDULED,
        or_(CoachingSession.coach_id == viewer.id, CoachingSession.id.in_(led)),
    )


def last_held(person_ids: Collection[int]) -> Select[int, datetime | None]:
    """(person id, moment) of the last session held with each of these people."""
    return (
        select(SessionRecord.person_id, func.max(CoachingSession.held_at))
        .join(SessionRecord.session)
        .where(SessionRecord.person_id.in_(person_ids), CoachingSession.state == SessionState.HELD)
        .where(SessionRecord.absent.is_(False))
        .group_by(SessionRecord.person_id)
    )


def open_commitments(person_ids: Collection[int]) -> Select[Commitment]:
    """What these people and their coaches promised and nobody has settled yet, the first due first."""
    return (
        select(Commitment)
        .where(Commitment.person_id.in_(person_ids), Commitment.state == CommitmentState.OPEN)
        .order_by(Commitment.due_on.is_(None), Commitment.due_on, Commitment.id)
        .options(joinedload(Commitment.owner), joinedload(Commitment.record).joinedload(SessionRecord.session))
    )


def settleable(viewer: User) -> Select[Commitment]:
    """Open commitments somebody may settle: one's own, and those of agents they lead."""
    led = agents_in(viewer, Permission.LOG_SESSIONS)
    return Commitment.visible_to(viewer).where(
        Commitment.state == CommitmentState.OPEN,
        or_(Commitment.owner_id == viewer.id, Commitment.person_id.in_(led)),
    )


def commitments_due(person_ids: Collection[int]) -> Select[int, int]:
    """(person id, number of open commitments)."""
    return (
        select(Commitment.person_id, func.count())
        .where(Commitment.person_id.in_(person_ids), Commitment.state == CommitmentState.OPEN)
        .group_by(Commitment.person_id)
    )


def gaps_worth_talking_about(viewer: User | None, person_ids: Collection[int]) -> Select[Gap]:
    """Active, closing and watched gaps of these people, the surest first; all of them without a viewer."""
    shown = (*ACTIVE, GapState.CLOSING, GapState.WATCH)
    seen = select(Gap) if viewer is None else Gap.visible_to(viewer, Permission.SEE_GAPS)
    return (
        seen.where(Gap.person_id.in_(person_ids), Gap.state.in_(shown))
        .order_by(Gap.state == GapState.WATCH, Gap.probability.desc(), Gap.id)
        .options(joinedload(Gap.competency))
    )


def about(session_ids: Collection[int]) -> Select[int, int]:
    """(session id, competency id) of what sessions were about."""
    return select(SessionTopic.session_id, SessionTopic.competency_id).where(SessionTopic.session_id.in_(session_ids))


def in_force(day: date) -> Select[CoachingPolicy]:
    """The policies in force on a day."""
    return select(CoachingPolicy).where(
        CoachingPolicy.valid_from <= day, or_(CoachingPolicy.valid_to.is_(None), CoachingPolicy.valid_to > day)
    )
