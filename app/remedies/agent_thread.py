"""All threads of one agent on one time line: checks week by week, decisions, learning, coaching, observations.

Each part is asked for within what the reader may see. The number of queries does not grow with the length of the thread, nor
with the number of competencies.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

import numpy as np
from flask import current_app
from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.coaching.models import CoachingSession, Obligation, SessionRecord
from app.coaching.rules import CommitmentState, SessionState
from app.core.clock import day_of, monday_of, monday_of_number, start_of
from app.core.i18n import Bilingual
from app.curriculum.models import Assignment, AssignmentState, Competency, Module, ModuleCompetency
from app.gaps import cells
from app.gaps.models import Cell, Gap, Transition
from app.gaps.rules import ACTIVE
from app.remedies import happened, redefined
from app.remedies.entries import Change, Corrected, Learning, Owed, Quizzed, Redefined, Seen, Talk
from app.remedies.models import Observation

LOOK_BACK = timedelta(weeks=26)


@dataclass(frozen=True, slots=True)
class Tested:
    """The checks of one competency in a week."""

    competency: Bilingual
    gap_id: int | None
    checks: int
    missed: int


@dataclass(frozen=True, slots=True)
class Week:
    """The checks of one ISO week, the competencies with most misses first."""

    kind: ClassVar[str] = "week"
    rank: ClassVar[int] = 0
    first: date
    checks: int
    missed: int
    parts: tuple[Tested, ...]
    """Those with a miss."""

    @property
    def day(self) -> date:
        """The Sunday it ends with."""
        return self.first + timedelta(days=6)


@dataclass(frozen=True, slots=True)
class Told:
    """An entry of the time line, and the competencies it is about."""

    entry: Week | Change | Learning | Quizzed | Talk | Owed | Corrected | Seen | Redefined
    about: tuple[Bilingual, ...] = ()
    gap_id: int | None = None


@dataclass(slots=True)
class _Reading:
    session: Session
    person: User
    viewer: User
    since: date
    today: date
    zone: str
    gaps: dict[int, Gap]
    """By competency id."""


def gaps_of(session: Session, person: User, viewer: User) -> list[Gap]:
    """The gaps of a person that the reader may see, the surest first."""
    statement = (
        Gap.visible_to(viewer, Permission.SEE_GAPS)
        .where(Gap.person_id == person.id)
        .options(joinedload(Gap.competency))
        .order_by(Gap.probability.desc(), Gap.id)
    )
    return list(session.scalars(statement))


def read(session: Session, person: User, gaps: list[Gap], viewer: User, *, day: date) -> list[Told]:
    """The time line of half a year, newest first."""
    zone = current_app.config["PROGRAMME_TIME_ZONE"]
    by_competency = {gap.competency_id: gap for gap in gaps}
    reading = _Reading(session, person, viewer, monday_of(day - LOOK_BACK), day, zone, by_competency)
    found = [
        *_weeks(reading),
        *_changes(reading),
        *_learning(reading),
        *_talks(reading),
        *_owed(reading),
        *_corrected(reading),
        *_seen(reading),
        *_redefined(reading),
    ]
    return sorted(found, key=lambda one: (one.entry.day, one.entry.rank), reverse=True)


def _weeks(reading: _Reading) -> Iterator[Told]:
    mine = (
        (Cell.person_id == reading.person.id) & (Cell.week >= reading.since) & (Cell.week <= monday_of(reading.today))
    )
    found = cells.read(reading.session, mine)
    wanted = set(found.competency.tolist())
    names = {one.id: one.name for one in reading.session.scalars(select(Competency).where(Competency.id.in_(wanted)))}
    for number in np.unique(found.week).tolist():
        here = np.flatnonzero(found.week == number)
        rows = [(int(found.competency[i]), int(found.n_raw[i]), int(found.fails[i])) for i in here.tolist()]
        parts = [
            Tested(names[about], reading.gaps[about].id if about in reading.gaps else None, checks, missed)
            for about, checks, missed in sorted(rows, key=lambda row: (-row[2], row[0]))
            if missed
        ]
        yield Told(Week(monday_of_number(number), sum(r[1] for r in rows), sum(r[2] for r in rows), tuple(parts)))


def _changes(reading: _Reading) -> Iterator[Told]:
    of = {gap.id: gap for gap in reading.gaps.values()}
    statement = (
        select(Transition)
        .where(Transition.gap_id.in_(of), Transition.week >= reading.since)
        .options(joinedload(Transition.policy))
    )
    for one in reading.session.scalars(statement):
        yield Told(Change.of(one), (of[one.gap_id].competency.name,), one.gap_id)


def _learning(reading: _Reading) -> Iterator[Told]:
    statement = (
        Assignment.visible_to(reading.viewer, Permission.SEE_LEARNING)
        .where(
            Assignment.person_id == reading.person.id,
            Assignment.state.not_in((AssignmentState.CANCELLED, AssignmentState.WAIVED)),
            or_(Assignment.assigned_on >= reading.since, Assignment.completed_on >= reading.since),
        )
        .options(joinedload(Assignment.module), joinedload(Assignment.assigned_by))
        .order_by(Assignment.id)
    )
    rows = reading.session.scalars(statement).all()
    about = _taught(reading.session, {one.module_id for one in rows})
    for one in rows:
        by = one.assigned_by.name if one.assigned_by is not None else None
        facts = (one.id, one.module.title, by, one.due_on)
        names = about.get(one.module_id, ())
        if one.assigned_on >= reading.since:
            yield Told(Learning(one.assigned_on, AssignmentState.ASSIGNED, *facts), names, one.gap_id)
        if one.completed_on is not None:
            done = Learning(
                one.completed_on, AssignmentState.COMPLETED, *facts, assigned_on=one.assigned_on, score=one.score
            )
            yield Told(done, names, one.gap_id)

    for given, tried in happened.attempts(reading.session, rows, reading.viewer, reading.since, reading.zone):
        yield Told(tried, about.get(given.module_id, ()), given.gap_id)


def _taught(session: Session, modules: set[int]) -> dict[int, tuple[Bilingual, ...]]:
    statement = (
        select(Module.id, Competency)
        .join(ModuleCompetency, ModuleCompetency.module_id == Module.id)
        .join(Competency, Competency.id == ModuleCompetency.competency_id)
        .where(Module.id.in_(modules))
        .order_by(Competency.code)
    )
    found: dict[int, tuple[Bilingual, ...]] = {}
    for module, one in session.execute(statement):
        found[module] = (*found.get(module, ()), one.name)
    return found


def _talks(reading: _Reading) -> Iterator[Told]:
    sessions = CoachingSession.visible_to(reading.viewer, Permission.SEE_COACHING).with_only_columns(CoachingSession.id)
    held = joinedload(SessionRecord.session)
    statement = (
        select(SessionRecord)
        .join(CoachingSession, CoachingSession.id == SessionRecord.session_id)
        .where(
            SessionRecord.person_id == reading.person.id,
            SessionRecord.session_id.in_(sessions),
            CoachingSession.state == SessionState.HELD,
            CoachingSession.held_on >= reading.since,
        )
        .options(
            held.joinedload(CoachingSession.coach),
            held.selectinload(CoachingSession.topics),
            selectinload(SessionRecord.commitments),
        )
        .order_by(SessionRecord.id)
    )
    for one in reading.session.scalars(statement):
        if one.session.held_on is None:
            continue
        talk = Talk(
            day=one.session.held_on,
            session_id=one.session_id,
            session_kind=one.session.kind,
            coach=one.session.coach.name,
            promises=len(one.commitments),
            kept=sum(1 for promise in one.commitments if promise.state is CommitmentState.KEPT),
            acknowledged_at=one.acknowledged_at,
            useful=one.useful,
        )
        yield Told(talk, tuple(topic.name for topic in one.session.topics))


def _owed(reading: _Reading) -> Iterator[Told]:
    of = {gap.id: gap for gap in reading.gaps.values()}
    statement = (
        Obligation.visible_to(reading.viewer, Permission.SEE_COACHING)
        .where(
            Obligation.person_id == reading.person.id,
            Obligation.opened_at >= start_of(reading.since, reading.zone),
        )
        .order_by(Obligation.id)
    )
    for one in reading.session.scalars(statement):
        day = day_of(one.opened_at - timedelta(seconds=1), reading.zone)  # a decision is of its Sunday
        gap = of.get(one.gap_id) if one.gap_id is not None else None
        owed = Owed(day, one.kind, one.state, one.due_at, one.id)
        yield Told(owed, () if gap is None else (gap.competency.name,), one.gap_id)


def _corrected(reading: _Reading) -> Iterator[Told]:
    rows = happened.corrections(
        reading.session, reading.person.id, reading.gaps, reading.viewer, reading.since, reading.zone
    )
    for one, about in rows:
        names = tuple(reading.gaps[each].competency.name for each in about)
        yield Told(one, names, reading.gaps[about[0]].id if len(about) == 1 else None)


def _seen(reading: _Reading) -> Iterator[Told]:
    of = {gap.id: gap for gap in reading.gaps.values()}
    since = start_of(reading.since, reading.zone)
    statement = (
        select(Observation)
        .where(Observation.gap_id.in_(of), Observation.at >= since)
        .options(joinedload(Observation.by))
        .order_by(Observation.id)
    )
    for one in reading.session.scalars(statement):
        seen = Seen(day_of(one.at, reading.zone), one.by.name, one.text)
        yield Told(seen, (of[one.gap_id].competency.name,), one.gap_id)


def _redefined(reading: _Reading) -> Iterator[Told]:
    since, gaps = start_of(reading.since, reading.zone), list(reading.gaps.values())
    for gap, one in redefined.of_gaps(reading.session, gaps, since, reading.zone):
        if one.moved is not None or gap.state in ACTIVE:  # of others the page of the gap tells
            yield Told(one, (gap.competency.name,), gap.id)


__all__ = ["Tested", "Told", "Week", "gaps_of", "read"]
