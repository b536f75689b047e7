"""Reads along the whole road that first screens need; each starts at what the viewer may see."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from itertools import pairwise

from sqlalchemy import ColumnElement, CompoundSelect, Select, case, func, literal, select, union_all

from app.accounts.models import Membership, Unit, User
from app.accounts.permissions import Permission
from app.accounts.reach import current, last_membership, unit_scope
from app.audits.models import BLIND_PURPOSES, Audit, Purpose
from app.coaching.models import CoachingSession, SessionRecord
from app.coaching.rules import SessionState
from app.core.clock import start_of
from app.curriculum.models import Assignment, Competency, Module, ModuleCompetency, ModuleState
from app.curriculum.queries import counted, is_overdue
from app.gaps.models import Gap, Transition
from app.gaps.rules import GapState
from app.gaps.waiting import without_remedy
from app.metrics.queries import place_of

Months = Sequence[date]
"""First days of months, oldest first, and at the end that of the month after them."""

# --- Gaps without a remedy, and overdue learning ---


def unremedied(viewer: User) -> Select[int, int, int, date | None]:
    """(competency id, agents, sites, oldest opening) of gaps without a remedy, those of most agents first."""
    agents = func.count(Gap.id)
    return (
        Gap.visible_to(viewer, Permission.ASSIGN_MODULES)
        .join(Membership, Membership.user_id == Gap.person_id)
        .join(Unit, Unit.id == Membership.team_id)
        .where(without_remedy(), Membership.valid_from == last_membership())
        .with_only_columns(Gap.competency_id, agents, func.count(Unit.parent_id.distinct()), func.min(Gap.opened_on))
        .group_by(Gap.competency_id)
        .order_by(agents.desc(), Gap.competency_id)
    )


def waiting_people(viewer: User, competency_id: int) -> Select[int, date | None]:
    """(person id, opened on) of the gaps without a remedy on a competency, the oldest first."""
    return (
        Gap.visible_to(viewer, Permission.ASSIGN_MODULES)
        .where(without_remedy(), Gap.competency_id == competency_id)
        .with_only_columns(Gap.person_id, Gap.opened_on)
        .order_by(Gap.opened_on, Gap.person_id)
    )


def overdue_by_team(viewer: User, today: date) -> Select[int, str, int, int, date | None]:
    """(team id, its path, overdue assignments, people, oldest due day), those with most first."""
    overdue = func.count(Assignment.id)
    return (
        Assignment.visible_to(viewer, Permission.SEE_LEARNING)
        .join(Membership, Membership.user_id == Assignment.person_id)
        .join(Unit, Unit.id == Membership.team_id)
        .where(is_overdue(today), Membership.valid_from == last_membership())
        .with_only_columns(
            Unit.id, Unit.path, overdue, func.count(Assignment.person_id.distinct()), func.min(Assignment.due_on)
        )
        .group_by(Unit.id, Unit.path)
        .order_by(overdue.desc(), Unit.path)
    )


# --- Figures by month ---


def random_audits(viewer: User, months: Months, time_zone: str) -> CompoundSelect[int, int, int]:
    """(place of the month, random audits, those with a fatal error), by the day of the contact.

    A count for each month reads its stretch of an index and no more; grouping by month would sort all audits of a year.
    """
    starts = [start_of(month, time_zone) for month in months]
    counts = [
        select(literal(place), func.count(), func.count().filter(Audit.fatal)).where(*_random(viewer, first, last))
        for place, (first, last) in enumerate(pairwise(starts))
    ]
    return union_all(*counts)


def random_audits_by_team(viewer: User, first: datetime, last: datetime) -> Select[int | None, int, int]:
    """(team id, random audits, those with a fatal error) of contacts in [first, last)."""
    return (
        select(Audit.team_id, func.count(), func.count().filter(Audit.fatal))
        .where(*_random(viewer, first, last))
        .group_by(Audit.team_id)
    )


def _random(viewer: User, first: datetime, last: datetime) -> list[ColumnElement[bool]]:
    return [
        Audit.team_id.in_(unit_scope(viewer, Permission.SEE_AUDITS)),
        Audit.contact_at >= first,
        Audit.contact_at < last,
        Audit.purpose == Purpose.RANDOM,
        Audit.released_at.is_not(None),
    ]


def learning(viewer: User, months: Months, last: date) -> Select[int, int, int]:
    """(place of the month, assignments due by `last`, of these completed in time)."""
    number = place_of(Assignment.due_on, months).label("number")
    return (
        Assignment.visible_to(viewer, Permission.SEE_LEARNING)
        .where(counted(months[0], last))
        .with_only_columns(number, func.count(), _in_time())
        .group_by(number)
    )


def learning_by_team(viewer: User, first: date, last: date) -> Select[int, int, int]:
    """(team id, assignments due from `first` to `last`, of these completed in time), by the present team."""
    return (
        Assignment.visible_to(viewer, Permission.SEE_LEARNING)
        .join(Membership, Membership.user_id == Assignment.person_id)
        .where(counted(first, last), Membership.valid_from == last_membership())
        .with_only_columns(Membership.team_id, func.count(), _in_time())
        .group_by(Membership.team_id)
    )


def _in_time() -> ColumnElement[int]:
    return func.count(case((Assignment.completed_on <= Assignment.due_on, 1)))


def moves(viewer: User, weeks: Months) -> Select[int, GapState, GapState, int]:
    """(place of the month, from, to, how many gaps went so), by the Sunday of the decision; no place: after the months.

    `weeks` are the Mondays of each month's first decided week.
    """
    number = place_of(Transition.week, weeks).label("number")
    return (
        select(number, Transition.from_state, Transition.to_state, func.count())
        .where(Transition.week >= weeks[0])
        .where(Transition.gap_id.in_(Gap.visible_to(viewer, Permission.SEE_GAPS).with_only_columns(Gap.id)))
        .group_by(number, Transition.from_state, Transition.to_state)
    )


# --- The organisation ---


def present_agents(viewer: User, to: Permission, today: date) -> Select[int]:
    """How many people are in a team in scope today."""
    return select(func.count(Membership.user_id.distinct())).where(
        Membership.team_id.in_(unit_scope(viewer, to)), current(Membership, today)
    )


def untaught() -> Select[Competency]:
    """Competencies that have none below them and no published module, by code."""
    taught = (
        select(ModuleCompetency.competency_id)
        .join(Module, Module.id == ModuleCompetency.module_id)
        .where(Module.state == ModuleState.PUBLISHED)
    )
    parents = select(Competency.parent_id).where(Competency.parent_id.is_not(None))
    return (
        select(Competency).where(Competency.id.not_in(taught), Competency.id.not_in(parents)).order_by(Competency.code)
    )


# --- Of one's own ---


def to_the_agent() -> ColumnElement[bool]:
    """Whether an audit is one that its agent sees."""
    return Audit.released_at.is_not(None) & Audit.purpose.not_in(BLIND_PURPOSES)


def unconfirmed(person_id: int) -> Select[SessionRecord]:
    """Somebody's records of sessions that wait to be read and confirmed, the oldest first."""
    return (
        select(SessionRecord)
        .join(SessionRecord.session)
        .where(
            SessionRecord.person_id == person_id,
            SessionRecord.acknowledged_at.is_(None),
            SessionRecord.absent.is_(False),
            CoachingSession.state == SessionState.HELD,
            CoachingSession.from_history.is_(False),
        )
        .order_by(CoachingSession.held_at)
    )
