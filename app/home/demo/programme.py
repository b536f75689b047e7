"""The demo programme, built: set up, then lived day by day along the same road as any other.

Everything is drawn from one seed and dated from one last day, so that the same call gives the same programme. Nothing
is committed here: either all of it is there, or nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from flask import current_app
from flask_babel import gettext as _
from numpy.typing import NDArray
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.accounts import settings
from app.accounts.models import Notice, User
from app.accounts.permissions import Role
from app.audits.models import Audit, ScorecardVersion
from app.audits.rules import FAIL, NA
from app.coaching.models import CoachingSession
from app.coaching.rules import add_months
from app.core.clock import monday_of, month_start, start_of
from app.core.errors import Refused
from app.gaps import services as gaps
from app.gaps.models import Gap
from app.gaps.rules import ACTIVE, GapState
from app.home import daily
from app.home.demo import (
    agreed,
    governing,
    kept,
    paths,
    played,
    quality,
    quizzes,
    reviewed,
    second_looks,
    sign_ins,
    standards,
    talked_through,
    workshops,
)
from app.home.demo.afterwards import Afterwards
from app.home.demo.auditing import Desk
from app.home.demo.cast import Story
from app.home.demo.complaints import write_complaints
from app.home.demo.figures import Quality, write_figures
from app.home.demo.learners import Learners
from app.home.demo.manners import draw_leads
from app.home.demo.organisation import write_people
from app.home.demo.owing import Plans
from app.home.demo.roots import write_roots
from app.home.demo.roster import draw_roster
from app.home.demo.sessions import Coaches
from app.home.demo.simulate import Audits, Presence, draw_crew, draw_week, presence
from app.home.demo.staffing import Staffing
from app.home.demo.training import Training
from app.home.demo.truth import Truth
from app.home.demo.world import World, days_between
from app.remedies import measuring

WATCHED = (GapState.WATCH, GapState.CLOSING, *ACTIVE)
SEEN_AFTER = timedelta(days=3)
"""Notices older than this have been read."""
ASSIGNED_LAST = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Built:
    """What there is now."""

    agents: int
    teams: int
    first: date
    last: date
    audits: int
    sessions: int
    active_gaps: int


@dataclass
class Programme:
    """The programme while it is built."""

    session: Session
    world: World
    version: ScorecardVersion

    def __post_init__(self) -> None:
        world = self.world
        auditors = [world.people.staff[one.employee_no] for one in world.roster.with_role(Role.AUDITOR)]
        self.rng = world.rng(3)
        self.crew = draw_crew(self.rng, world.roster, len(auditors))
        self.desk = Desk(self.version, world.roster, world.people, auditors, world.zone)
        self.story = Story(world.roster, world.last)
        self.plans = Plans(world, self.story, draw_leads(world.rng(9), world.roster))
        self.afterwards = Afterwards(world, self.story)
        self.coaches = Coaches(world, self.plans, self.afterwards)
        self.learners = Learners(world, self.story, self._first_of(Role.TRAINER))
        self.manager = self._first_of(Role.PROGRAM_MANAGER)
        self.staffing = Staffing(world)
        self.quality: dict[tuple[int, date], Quality] = {}

    def live_through(self, day: date) -> None:
        """A day: what people do in its course, then what the daily run does at its end."""
        session = self.session
        if day.weekday() == 0:
            self.audit_week(day)
            self.learners.try_again(session, day)
        self.staffing.happen(session, day)
        self.learners.begin(session, day)
        self.learners.learn(session, day)
        self.story_goes_on(day)
        self.coaches.hold(session, day)
        self.plans.waive(session, day, by=self.manager)
        self.afterwards.happen(session, day)
        daily.live_through(session, day, daily.DailyReport())
        self.plans.take_up(session)
        self.learners.take_up(session)

    def finish(self) -> None:
        """What is there on the morning after the last day."""
        session, world, last = self.session, self.world, self.world.last
        story = {self.world.people.agents[self.story.ana]} if self.story.ana is not None else set()
        quality.set_up(session, self.version, last, self.manager, story)
        second_looks.set_up(session, self.world, self.desk, self.manager)
        gaps.settle(session, on=daily.moment_of(last))
        quizzes.write_attempts(session, self.world)
        paths.give(session, self.world, self._first_of(Role.TRAINER), self.story)
        workshops.happen(session, self.world, self._first_of(Role.TRAINER), self.story)
        played.happen(session, self.world, self._first_of(Role.TRAINER), self.story)
        measuring.measure(session)
        signers = [self.manager, self._first_of(Role.TRAINER), self._first_of(Role.ADMINISTRATOR)]
        agreed.agree(session, last, signers)
        reviewed.write(session, self.world.rng(23), [self._first_of(Role.TRAINER), self.manager], last)
        self.plans.schedule(session)
        Training(session, self.world, self.version, *signers).happen()
        old = Notice.created_at < daily.moment_of(last - SEEN_AFTER)
        seen = update(Notice).where(old, Notice.read_at.is_(None)).values(read_at=Notice.created_at)
        session.execute(seen, execution_options={"synchronize_session": False})
        write_figures(session, world, self.quality)
        write_complaints(session, self.world)
        write_roots(session, last, self.manager)
        governing.write(session, world, self.manager, self._first_of(Role.TRAINER))
        talked_through.write(session, last, self.manager)
        kept.keep(session, last, self.manager, self._first_of(Role.TRAINER))
        sign_ins.make(session, on=daily.moment_of(last))

    def built(self) -> Built:
        """What there is now."""
        counts = [
            self.session.scalar(select(func.count()).select_from(table)) or 0 for table in (Audit, CoachingSession)
        ]
        active = self.session.scalar(select(func.count()).where(Gap.state.in_(ACTIVE))) or 0
        world = self.world
        at_work = sum(1 for agent in range(len(world.people.agents)) if world.is_here(agent, world.last))
        return Built(at_work, len(world.people.teams), world.first, world.last, counts[0], counts[1], active)

    def story_goes_on(self, day: date) -> None:
        """What is to happen to the named agents on this day."""
        agent = self.story.talks_on(day)
        if agent is not None:
            self.plans.visit(self.world.people.agents[agent], day)
        if day == self.world.last - ASSIGNED_LAST:
            self.learners.give_ana_something(self.session, day)

    def audit_week(self, monday: date) -> None:
        """Let a week's contacts be audited, as far as that is done by the last day."""
        world = self.world
        world.truth.week()
        self.story.pin(world.truth, monday)
        here = presence(world.roster, monday)
        misses = world.truth.misses(here.weeks_since_hired)
        staged = self.story.staged(monday)
        audits = draw_week(self.rng, monday, here, misses, self.crew, self._watched(), staged)
        audits = audits.take(audits.audited_at <= daily.moment_of(world.last).timestamp())
        self.desk.write(self.session, monday, audits, here, on=start_of(monday, world.zone))
        self._note_quality(monday, audits, here)

    def _watched(self) -> NDArray[np.int64]:
        """The agents of whom more contacts are audited."""
        people = self.session.scalars(select(Gap.person_id).where(Gap.state.in_(WATCHED)).distinct())
        return np.array(sorted(self.world.place_of[person] for person in people), dtype=np.int64)

    def _note_quality(self, monday: date, audits: Audits, here: Presence) -> None:
        team, size = here.team[audits.agent], len(self.world.roster.teams)
        checks = np.bincount(team, (audits.results != NA).sum(axis=1), size)
        fails = np.bincount(team, (audits.results == FAIL).sum(axis=1), size)
        for number in np.flatnonzero(checks).tolist():
            key = number, month_start(monday)
            before = self.quality.get(key, Quality(0, 0))
            self.quality[key] = Quality(before.checks + int(checks[number]), before.fails + int(fails[number]))

    def _first_of(self, role: Role) -> User:
        """The person with that role over the whole programme."""
        staff = next(one for one in self.world.roster.with_role(role) if one.at is None)
        return self.session.get_one(User, self.world.people.staff[staff.employee_no])


def first_day(last: date, months: int) -> date:
    """The Monday on which a programme of so many months begins."""
    return monday_of(add_months(last, -months))


def has_people(session: Session) -> bool:
    """Whether anybody is in this database."""
    return session.scalar(select(User.id).limit(1)) is not None


def lines(built: Built) -> list[str]:
    """What was built, for people on the command line."""
    return [
        f"{built.agents} agents in {built.teams} teams, {built.first} to {built.last}: {built.audits} audits, "
        f"{built.sessions} coaching sessions, {built.active_gaps} active gaps.",
    ]


def build(
    session: Session, *, agents: int, months: int, seed: int, last: date, tick: Callable[[], None] = lambda: None
) -> Built:
    """Build the programme up to the end of day `last` in a database without people.

    Raises `Refused` when somebody is there already.
    """
    if has_people(session):
        raise Refused(_("There are people in this database already. The demo programme needs an empty one."))
    first = first_day(last, months)
    programme = set_up(session, agents, first, last, seed)
    programme.plans.begin(session)
    reviewed.plan(session, first, programme.manager)
    for day in days_between(first, last):
        programme.live_through(day)
        tick()
    programme.finish()
    return programme.built()


def set_up(session: Session, agents: int, first: date, last: date, seed: int) -> Programme:
    """Everything that is there before the first day."""
    on = daily.moment_of(first - timedelta(days=1))
    roster = draw_roster(np.random.default_rng([seed, 1]), agents=agents, first=first, last=last)
    people = write_people(session, roster, first, on=on)
    competencies = standards.write_competencies(session)
    version = standards.write_scorecard(session, competencies, on=on)
    modules = standards.write_modules(session, competencies)
    quizzes.write_bank(session, modules, on=on)
    paths.write(session, modules, on=on)
    standards.write_rules(session, competencies, modules)
    standards.write_policies(session, people.units)
    settings.put(session, "live_from", first.isoformat(), by=None, on=on)
    truth = Truth.draw(np.random.default_rng([seed, 2]), len(roster.agents))
    zone = current_app.config["PROGRAMME_TIME_ZONE"]
    world = World(roster, people, truth, competencies, modules, zone, first, last, seed)
    return Programme(session, world, version)
