"""The thread of a competency over all agents the reader may see: week by week whose gaps opened and closed, and what was done.

Counted in the database, so that the number of queries and of rows read does not grow with agents.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, Select, String, func, select, true, type_coerce
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.coaching.models import CoachingSession, SessionTopic
from app.coaching.rules import SessionState
from app.core.clock import day_of, monday_of, start_of
from app.core.i18n import Bilingual
from app.curriculum.models import Assignment, AssignmentState, Competency, Module, ModuleCompetency
from app.gaps.models import Gap, Transition
from app.gaps.rules import ACTIVE, GapState
from app.remedies import redefined
from app.remedies.entries import Redefined

WEEKS = 26
NAMED = 6
"""So many people of a week are named; of the others the number is said."""
OPENED, CLOSED = "opened", "closed"


@dataclass(frozen=True, slots=True)
class Named:
    """A person, with the gap."""

    name: str
    gap_id: int


@dataclass(slots=True)
class Week:
    """What happened on the competency in one week."""

    first: date
    opened: list[Named] = field(default_factory=list)
    closed: list[Named] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    """How many opened (again included) and closed, those not named too."""
    modules: list[tuple[Bilingual, int, int]] = field(default_factory=list)
    """Module, its id, and how many completed it."""
    sessions: int = 0
    redefined: list[Redefined] = field(default_factory=list)
    """How its target or its criteria changed."""

    @property
    def day(self) -> date:
        """The Sunday it ends with."""
        return self.first + timedelta(days=6)


def read(
    session: Session, about: Competency, viewer: User, *, day: date, among: ColumnElement[bool] | None = None
) -> list[Week]:
    """Half a year, newest first; weeks in which nothing happened are left out. `among` narrows people by `Gap.person_id`."""
    since = monday_of(day) - timedelta(weeks=WEEKS - 1)
    weeks: dict[date, Week] = {}

    def of(when: date) -> Week:
        monday = monday_of(when)
        return weeks.setdefault(monday, Week(monday))

    gaps = _gaps(about, viewer, among)
    for week, kind, count in _counted(session, gaps, since):
        found = of(week)
        found.counts[kind] = found.counts.get(kind, 0) + count
    for week, state, name, gap_id in session.execute(_named(gaps, since)):
        listed = of(week).closed if state is GapState.CLOSED else of(week).opened
        if len(listed) < NAMED:
            listed.append(Named(name, gap_id))
    people = gaps.with_only_columns(Gap.person_id)
    _learned(session, about, viewer, people, since, of)
    _coached(session, about, viewer, since, of)
    _redefined(session, about, since, of)
    return sorted(weeks.values(), key=lambda one: one.first, reverse=True)


def active_by_week(
    session: Session, about: Competency, viewer: User, *, day: date, among: ColumnElement[bool] | None = None
) -> list[tuple[date, int]]:
    """How many gaps were active at the end of each week."""
    first, last = type_coerce(Transition.from_state, String), type_coerce(Transition.to_state, String)
    statement = (
        select(Transition.week, first, last, func.count())
        .where(Transition.gap_id.in_(_gaps(about, viewer, among).with_only_columns(Gap.id)))
        .group_by(Transition.week, first, last)
    )
    steps: dict[date, int] = {}
    for week, before, after, count in session.execute(statement):
        step = (GapState(after) in ACTIVE) - (GapState(before) in ACTIVE)
        steps[week] = steps.get(week, 0) + step * count
    if not steps:
        return []
    start = max(monday_of(day) - timedelta(weeks=WEEKS - 1), min(steps))
    standing = sum(step for week, step in steps.items() if week < start)
    found = []
    week = start
    while week <= max(max(steps), start):
        standing += steps.get(week, 0)
        found.append((week, standing))
        week += timedelta(weeks=1)
    return found


def _gaps(about: Competency, viewer: User, among: ColumnElement[bool] | None) -> Select[Gap]:
    mine = Gap.visible_to(viewer, Permission.SEE_GAPS).where(Gap.competency_id == about.id)
    return mine.where(true() if among is None else among)


def _counted(session: Session, gaps: Select[Gap], since: date) -> Sequence[tuple[date, str, int]]:
    to_state = type_coerce(Transition.to_state, String)
    statement = (
        select(Transition.week, to_state, func.count()).where(*_told(gaps, since)).group_by(Transition.week, to_state)
    )
    return [
        (week, CLOSED if state == GapState.CLOSED.value else OPENED, count)
        for week, state, count in session.execute(statement)
    ]


def _named(gaps: Select[Gap], since: date) -> Select[date, GapState, str, int]:
    """Some of those who moved in each week: as many as are named, by name."""
    closed = Transition.to_state == GapState.CLOSED
    place = func.row_number().over(partition_by=(Transition.week, closed), order_by=(User.name, Gap.id)).label("place")
    ranked = (
        select(Transition.week, Transition.to_state, User.name, Gap.id, place)
        .join(Gap, Gap.id == Transition.gap_id)
        .join(User, User.id == Gap.person_id)
        .where(*_told(gaps, since))
        .subquery()
    )
    return select(ranked.c.week, ranked.c.to_state, ranked.c.name, ranked.c.id).where(ranked.c.place <= NAMED)


def _told(gaps: Select[Gap], since: date) -> tuple[ColumnElement[bool], ...]:
    states = (GapState.OPEN, GapState.RELAPSED, GapState.CLOSED)
    return (
        Transition.gap_id.in_(gaps.with_only_columns(Gap.id)),
        Transition.week >= since,
        Transition.to_state.in_(states),
    )


def _learned(
    session: Session, about: Competency, viewer: User, people: Select[int], since: date, of: Callable[[date], Week]
) -> None:
    statement = (
        Assignment.visible_to(viewer, Permission.SEE_LEARNING)
        .join(Module, Module.id == Assignment.module_id)
        .join(ModuleCompetency, ModuleCompetency.module_id == Module.id)
        .where(
            ModuleCompetency.competency_id == about.id,
            Assignment.state == AssignmentState.COMPLETED,
            Assignment.completed_on >= since,
            Assignment.person_id.in_(people),
        )
        .with_only_columns(Assignment.completed_on, Module.id, func.count())
        .group_by(Assignment.completed_on, Module.id)
    )
    found: dict[tuple[date, int], int] = {}
    for day, module, count in session.execute(statement):
        if day is None:
            continue
        key = (monday_of(day), module)
        found[key] = found.get(key, 0) + count
    titles = {one.id: one.title for one in session.scalars(select(Module).where(Module.id.in_({m for _w, m in found})))}
    for (week, module), count in sorted(found.items()):
        of(week).modules.append((titles[module], module, count))


def _redefined(session: Session, about: Competency, since: date, of: Callable[[date], Week]) -> None:
    zone = current_app.config["PROGRAMME_TIME_ZONE"]
    rows = redefined.of_competencies(session, [about.id], start_of(since, zone))
    named = redefined.names(session, rows)
    for row in rows:
        day = day_of(row.at, zone)
        of(day).redefined.append(redefined.told(row, named, day, None))


def _coached(session: Session, about: Competency, viewer: User, since: date, of: Callable[[date], Week]) -> None:
    statement = (
        CoachingSession.visible_to(viewer, Permission.SEE_COACHING)
        .join(SessionTopic, SessionTopic.session_id == CoachingSession.id)
        .where(
            SessionTopic.competency_id == about.id,
            CoachingSession.state == SessionState.HELD,
            CoachingSession.held_on >= since,
        )
        .with_only_columns(CoachingSession.held_on, func.count())
        .group_by(CoachingSession.held_on)
    )
    for day, count in session.execute(statement):
        if day is not None:
            of(day).sessions += count
