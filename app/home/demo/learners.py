"""Learning in the demo programme: what rules and trainers assign gets completed, in time, late or not at all.

What is written for each is what `curriculum.services.complete` writes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.core import bulk
from app.core.chance import seed_of
from app.core.clock import start_of
from app.core.follow import Event, announce
from app.curriculum import services as curriculum
from app.curriculum.models import OPEN_STATES, Assignment, AssignmentReason, AssignmentState, ModuleCompetency
from app.gaps.models import Gap, Transition
from app.gaps.rules import GapState
from app.home.demo import content
from app.home.demo.cast import Story
from app.home.demo.log import Lines
from app.home.demo.manners import learning_day
from app.home.demo.shapes.learning import Module
from app.home.demo.standards import UNFINISHED
from app.home.demo.world import Diary, World, at_work

INDUCTION = ("M01", "M02", "M09")
INDUCTION_DAYS = 14
SECOND_TRY_DAYS = 10
REMARKS = (
    "The examples are from real contacts; more of them, please.",
    "Muy claro. Faltaría un caso sobre pedidos de terceros.",
    "Too long for what it says.",
    "Me sirvió el mismo día, en el segundo contacto.",
)
HOW_MUCH_OF_IT = (0.8, 1.2)
"""A module removes between these shares of what it usually does."""


@dataclass
class Learners:
    """Those who are assigned modules."""

    world: World
    story: Story
    trainer: User
    newest: int = 0

    def __post_init__(self) -> None:
        self.rng = self.world.rng(7)
        self.told = {self.world.modules[one.code]: one for one in content.modules()}
        self.completions: Diary[int] = Diary(self.world.zone)

    def begin(self, session: Session, day: date) -> None:
        """Assign the modules of induction to those hired on this day."""
        world, on = self.world, at_work(day, 0.05, self.world.zone)
        hired = [
            person for person, one in zip(world.people.agents, world.roster.agents, strict=True) if one.hired_on == day
        ]
        facts = {
            "reason": AssignmentReason.ONBOARDING,
            "assigned_on": day,
            "due_on": day + timedelta(days=INDUCTION_DAYS),
        }
        rows = [
            {"person_id": person, "module_id": world.modules[code], **facts} for person in hired for code in INDUCTION
        ]
        if rows:
            curriculum.assign_many(session, rows, by=self.trainer, on=on)

    def try_again(self, session: Session, day: date) -> None:
        """Where a remedy did not take, let the trainer assign another module, if there is one."""
        week = day - timedelta(days=7)
        failed = (
            select(Gap.person_id, Gap.competency_id, Gap.id, Transition.id)
            .join(Transition, Transition.gap_id == Gap.id)
            .where(Transition.week == week, Transition.from_state == GapState.IN_REMEDIATION)
            .where(Transition.to_state == GapState.OPEN)
            .order_by(Transition.id)
        )
        rows = []
        for person, competency, gap, transition in session.execute(failed).all():
            module = self._another(session, person, competency)
            if module is not None:
                due = day + timedelta(days=SECOND_TRY_DAYS)
                rows.append(
                    {
                        "person_id": person, "module_id": module, "reason": AssignmentReason.GAP, "assigned_on": day,
                        "due_on": due, "gap_id": gap, "transition_id": transition,
                    }
                )  # fmt: skip
        if rows:
            curriculum.assign_many(session, rows, by=self.trainer, on=at_work(day, 0.3, self.world.zone))

    def give_ana_something(self, session: Session, day: date) -> None:
        """See to it that the agent of the story has a module to learn on the last day: on what the fatal error was about."""
        if self.story.ana is None:
            return
        person = self.world.people.agents[self.story.ana]
        standing = select(Assignment.id).where(Assignment.person_id == person, Assignment.state.in_(OPEN_STATES))
        if session.scalar(standing.limit(1)) is None:
            curriculum.assign(
                session,
                person_id=person,
                module_id=self.world.modules["M03"],
                reason=AssignmentReason.MANUAL,
                by=self.trainer,
                assigned_on=day,
                due_on=day + timedelta(days=6),
                on=at_work(day, 0.3, self.world.zone),
            )

    def take_up(self, session: Session) -> None:
        """Settle when, if ever, what has been assigned since the last time will be completed."""
        columns = (Assignment.id, Assignment.person_id, Assignment.assigned_on, Assignment.due_on)
        new = select(*columns).where(Assignment.id > self.newest).order_by(Assignment.id)
        for number, person, assigned, due in session.execute(new):
            agent, share = self.world.place_of[person], float(self.rng.random())
            day = learning_day(self.rng, assigned, due, surely=agent == self.story.ana)
            if day is not None and not self.story.stays_unlearnt(agent, assigned):
                day = self.world.back_on(agent, day)
                self.completions.plan(at_work(day, share, self.world.site_zone(agent, day)), number)
        self.newest = session.scalar(select(func.coalesce(func.max(Assignment.id), 0))) or 0

    def learn(self, session: Session, day: date) -> None:
        """Let the modules be completed that will be on this day."""
        planned = {number: at for at, number in self.completions.take(day)}
        if not planned:
            return
        done: list[tuple[int, int, int, datetime]] = []
        for block in bulk.chunks(sorted(planned)):
            columns = (Assignment.id, Assignment.person_id, Assignment.module_id)
            still = select(*columns).where(Assignment.id.in_(block), Assignment.state.in_(OPEN_STATES))
            done += [(number, p, m, planned[number]) for number, p, m in session.execute(still.order_by(Assignment.id))]
        done = [one for one in done if self.world.is_here(self.world.place_of[one[1]], day)]
        if done:
            self._write(session, done, day)
            self._improve(done)

    def _write(self, session: Session, done: list[tuple[int, int, int, datetime]], day: date) -> None:
        rows, completions, lines = [], [], Lines()
        taught = _taught(session)
        for number, person, module, at in done:
            language = self.world.language(self.world.place_of[person], day)
            rows.append(
                {
                    "id": number, "state": AssignmentState.COMPLETED, "started_at": at, "completed_at": at, "completed_on": day,
                    "language": language, **_said(self._key(person, module, day), self.told[module], at),
                }
            )  # fmt: skip
            completions += [(person, c, day, f"assignment:{number}:{c}") for c in taught[module]]
            subject = (Assignment.__tablename__, number)
            lines.log("module.completed", subject, by=person, on=at, person_id=person)
        session.execute(update(Assignment), rows)
        session.expire_all()
        lines.write(session)
        announce(session, Event.MODULE_COMPLETED, completions=completions, on=start_of(day, self.world.zone))

    def _key(self, person: int, module: int, day: date) -> int:
        agent = self.world.roster.agents[self.world.place_of[person]]
        return seed_of(agent.employee_no, self.told[module].code, day)

    def _improve(self, done: list[tuple[int, int, int, datetime]]) -> None:
        """Let the modules do what they do to the gaps."""
        world = self.world
        effects = [
            (world.place_of[p], world.competency_place[c], world.taught[m][1])
            for _n, p, m, _at in done
            for c in world.taught[m][0]
        ]
        agents, competencies, shares = (np.array(column) for column in zip(*effects, strict=True))
        world.truth.learn(agents, competencies, shares * self.rng.uniform(*HOW_MUCH_OF_IT, len(shares)))

    def _another(self, session: Session, person: int, competency: int) -> int | None:
        """A module on this competency that the person was not given yet."""
        given = set(session.scalars(select(Assignment.module_id).where(Assignment.person_id == person)))
        given.add(self.world.modules[UNFINISHED])
        others = [m for m, (taught, _effect) in self.world.taught.items() if competency in taught and m not in given]
        return others[0] if others else None


def _said(number: int, module: Module, at: datetime) -> dict[str, object]:
    """How long somebody read, and how they rated it: by who learns what and when, so that nothing is drawn for it."""
    share = 0.55 + (number * 37 % 80) / 100
    rates, stars = number % 5 < 2, min(5, 2 + round(2 * module.effect) + number * 11 % 3)
    remark = REMARKS[number % len(REMARKS)] if rates and number % 7 == 0 else None
    seconds = round(module.minutes * 60 * share)
    return {"seconds": seconds, "rating": stars if rates else None, "remark": remark, "rated_at": at if rates else None}


def _taught(session: Session) -> dict[int, list[int]]:
    taught: dict[int, list[int]] = {}
    for module, competency in session.execute(select(ModuleCompetency.module_id, ModuleCompetency.competency_id)):
        taught.setdefault(module, []).append(competency)
    return taught
