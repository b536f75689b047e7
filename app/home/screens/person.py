"""The page of a person: where they belong, what is open, how they stand on every competency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import current_app
from sqlalchemy import exists, select
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Membership, UnitTree, User
from app.accounts.permissions import Permission
from app.accounts.queries import leads_on, places
from app.accounts.reach import last_membership, reach
from app.audits.models import Audit
from app.coaching import queries as coaching
from app.coaching.models import CoachingSession, Commitment, Obligation
from app.coaching.rules import CommitmentState
from app.core.clock import day_of
from app.curriculum.models import Assignment
from app.curriculum.queries import is_open
from app.gaps import heat
from app.gaps.models import Gap
from app.gaps.strong import Strength, strengths
from app.home.queries import to_the_agent
from app.home.screens.events import Event, thread

AUDITS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where somebody belongs now, or belonged last."""

    team_id: int | None
    path: str
    leads: Sequence[str]
    time_zone: str

    @property
    def name(self) -> str:
        return self.path.split("/")[-1]


@dataclass(frozen=True, slots=True)
class PersonPage:
    """Everything on the page; what the viewer may not see is empty."""

    person: User
    where: Whereabouts
    months: int | None
    """Of tenure; none where the day of hiring is not known."""
    gaps: Sequence[Gap]
    strengths: Sequence[Strength]
    map: heat.HeatMap
    owed: Sequence[Obligation]
    planned: Sequence[CoachingSession]
    assignments: Sequence[Assignment]
    audits: Sequence[Audit]
    commitments: Sequence[Commitment]
    events: Sequence[Event]
    allowed: frozenset[Permission]
    """What the viewer may do to this other person."""

    @property
    def is_agent(self) -> bool:
        return self.where.team_id is not None

    @property
    def may_log(self) -> bool:
        return Permission.LOG_SESSIONS in self.allowed

    @property
    def may_assign(self) -> bool:
        return Permission.ASSIGN_MODULES in self.allowed

    @property
    def may_administer(self) -> bool:
        return Permission.ADMINISTER in self.allowed


def screen(session: Session, viewer: User, person: User, *, at: datetime, time_zone: str) -> PersonPage:
    """What the viewer may see of a person within reach, as of now."""
    today = day_of(at, time_zone)
    mine = [person.id]
    allowed = _allowed(session, viewer, person)
    sees_gaps = person.id == viewer.id or Permission.SEE_GAPS in allowed
    owed = Obligation.visible_to(viewer).where(
        Obligation.id.in_(coaching.owed_to(mine, at).order_by(None).with_only_columns(Obligation.id))
    )
    planned = CoachingSession.visible_to(viewer).where(
        CoachingSession.id.in_(coaching.planned_with(mine).order_by(None).with_only_columns(CoachingSession.id))
    )
    learning = Assignment.visible_to(viewer, Permission.SEE_LEARNING).where(Assignment.person_id == person.id)
    audits = Audit.visible_to(viewer).where(Audit.person_id == person.id, to_the_agent())
    promised = Commitment.visible_to(viewer).where(Commitment.person_id == person.id)
    return PersonPage(
        person=person,
        where=_whereabouts(session, person, today),
        months=None if person.hired_on is None else _months_between(person.hired_on, person.left_on or today),
        gaps=session.scalars(coaching.gaps_worth_talking_about(viewer, mine)).all(),
        strengths=strengths(session, viewer, mine, 3),
        map=heat.heat_map([person] if sees_gaps else [], today),
        owed=session.scalars(owed.order_by(Obligation.due_at, Obligation.id)).all(),
        planned=session.scalars(
            planned.order_by(CoachingSession.scheduled_for).options(joinedload(CoachingSession.coach))
        ).all(),
        assignments=session.scalars(
            learning.where(is_open())
            .order_by(Assignment.due_on.is_(None), Assignment.due_on, Assignment.id)
            .options(joinedload(Assignment.module))
        ).all(),
        audits=session.scalars(audits.order_by(Audit.contact_at.desc(), Audit.id.desc()).limit(AUDITS_SHOWN)).all(),
        commitments=session.scalars(
            promised.where(Commitment.state == CommitmentState.OPEN)
            .order_by(Commitment.due_on.is_(None), Commitment.due_on, Commitment.id)
            .options(joinedload(Commitment.owner))
        ).all(),
        events=thread(session, viewer, person.id, time_zone=time_zone),
        allowed=allowed,
    )


ASKED = (
    Permission.SEE_GAPS, Permission.SEE_LEARNING, Permission.LOG_SESSIONS, Permission.ASSIGN_MODULES, Permission.ADMINISTER,
    Permission.SEE_REPORTS,
)  # fmt: skip


def _allowed(session: Session, viewer: User, person: User) -> frozenset[Permission]:
    """Which of these the viewer may do to that other person: one query."""
    if person.id == viewer.id:
        return frozenset()
    reached = (exists().where(User.id == person.id, User.id.in_(reach(viewer, to))) for to in ASKED)
    answers = session.execute(select(*reached)).one()
    return frozenset(to for to, answer in zip(ASKED, answers, strict=True) if answer)


def _whereabouts(session: Session, person: User, today: date) -> Whereabouts:
    last = select(Membership.team_id).where(Membership.user_id == person.id, Membership.valid_from == last_membership())
    team = places(session).get(session.scalar(last) or 0)
    programme = str(current_app.config["PROGRAMME_TIME_ZONE"])
    if team is None:
        return Whereabouts(None, "", (), person.time_zone or programme)
    leading = leads_on(today).where(UnitTree.unit_id == team.id).subquery()
    leads = session.scalars(select(User.name).where(User.id.in_(select(leading.c.user_id))).order_by(User.name)).all()
    return Whereabouts(team.id, team.path, leads, person.time_zone or team.time_zone)


def _months_between(first: date, last: date) -> int:
    months = (last.year - first.year) * 12 + last.month - first.month
    return max(0, months - (last.day < first.day))
