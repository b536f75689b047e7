"""What comes to be owed in the demo programme, and what its leads plan to do about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.accounts.models import AbsenceKind, User
from app.accounts.queries import places
from app.coaching import services as coaching
from app.coaching.models import Obligation
from app.coaching.rules import ObligationKind, ObligationState, SessionKind, Terms, cadence_days, cadence_key
from app.core.bulk import chunks
from app.core.clock import day_of, end_of, start_of
from app.home.demo.cast import Story
from app.home.demo.log import Lines
from app.home.demo.manners import Lead, session_day
from app.home.demo.shapes.texts import Text
from app.home.demo.world import Diary, World, at_work, working_day

WAIVED_SHARE = 0.4
"""Share waived of what falls due while the agent is away."""
ONE_DAY, PLANNED_DAYS, PLANNED_SHARE = timedelta(days=1), timedelta(days=7), 0.4
"""Of what falls due so soon after the last day, the share that is on the calendar already."""
REASONS = {
    AbsenceKind.VACATION: Text("On vacation on the due day", "De vacaciones en la fecha límite"),
    AbsenceKind.SICK: Text("On sick leave on the due day", "Con incapacidad en la fecha límite"),
}


class Visit(NamedTuple):
    """A session that will be held with an agent, for an obligation or for none."""

    person: int
    obligation: int | None


@dataclass
class Plans:
    """Who will be coached when, and what will be waived."""

    world: World
    story: Story
    leads: list[Lead]
    terms: list[Terms] = field(default_factory=list)
    """Of each team."""
    newest: int = 0

    def __post_init__(self) -> None:
        self.rng = self.world.rng(4)
        self.visits: Diary[Visit] = Diary(self.world.zone)
        self.waivers: Diary[int] = Diary(self.world.zone)

    def begin(self, session: Session) -> None:
        """Let the regular sessions of the first period fall due spread over it: the last ones before lie back unevenly."""
        world, known = self.world, places(session)
        policies = coaching.policies_on(session, world.first)
        for unit in world.people.teams:
            nearest = next(policies[above] for above in reversed(known[unit].ancestors) if above in policies)
            self.terms.append(Terms.of(nearest))
        causes = []
        for agent, person in enumerate(world.people.agents):
            if not world.is_here(agent, world.first) or world.roster.agents[agent].is_away(world.first):
                continue
            one, zone = world.roster.agents[agent], world.site_zone(agent, world.first)
            days = cadence_days(one.hired_on, world.first, self.terms[one.team], active_gap=False)
            due = world.first + timedelta(days=int(self.rng.integers(1, days + 1)))
            begins = start_of(world.first, zone)
            key = cadence_key(world.first)
            causes.append(coaching.Cause(person, ObligationKind.CADENCE, key, begins, due_on=due))
        coaching.owe_many(session, causes)

    def take_up(self, session: Session) -> None:
        """Settle what will become of all that has come to be owed since the last time."""
        columns = (Obligation.id, Obligation.person_id, Obligation.kind, Obligation.opened_at, Obligation.due_at)
        new = select(*columns).where(Obligation.id > self.newest, Obligation.state == ObligationState.OPEN)
        for number, person, kind, opened, due in session.execute(new.order_by(Obligation.id)):
            self._settle(number, person, kind, opened, due)
        self.newest = session.scalar(select(func.coalesce(func.max(Obligation.id), 0))) or 0

    def visit(self, person: int, day: date) -> None:
        """Plan a session on a day, whatever is owed."""
        zone = self.world.site_zone(self.world.place_of[person], day)
        self.visits.plan(at_work(day, 0.25, zone), Visit(person, None))

    def waive(self, session: Session, day: date, *, by: User) -> None:
        """Waive what was asked to be waived on a day, as `coaching.services.waive` does for one."""
        asked, rows, lines = {number: at for at, number in self.waivers.take(day)}, [], Lines()
        columns = (Obligation.id, Obligation.person_id, Obligation.due_at)
        for block in chunks(sorted(asked)):
            still = select(*columns).where(Obligation.id.in_(block), Obligation.state == ObligationState.OPEN)
            for number, person, due in session.execute(still.order_by(Obligation.id)):
                at, reason = asked[number], self._reason(person, due).get(by.language)
                rows.append(
                    {
                        "id": number, "state": ObligationState.WAIVED, "closed_at": at, "waived_by_id": by.id,
                        "reason": reason,
                    }
                )  # fmt: skip
                subject = (Obligation.__tablename__, number)
                lines.log("obligation.waived", subject, by=by.id, on=at, person_id=person, reason=reason)
        if rows:
            session.execute(update(Obligation), rows)
            session.expire_all()
            lines.write(session)

    def schedule(self, session: Session) -> None:
        """Put part of what falls due in the coming days on the calendar."""
        world, on = self.world, end_of(self.world.last, self.world.zone)
        soon = (Obligation.due_at > on + ONE_DAY, Obligation.due_at <= on + PLANNED_DAYS)
        statement = select(Obligation).where(Obligation.state == ObligationState.OPEN, *soon).order_by(Obligation.id)
        planned: set[int] = set()
        for one in session.scalars(statement).all():
            agent, chosen, share = (
                world.place_of[one.person_id],
                self.rng.random() < PLANNED_SHARE,
                float(self.rng.random()),
            )
            zone = world.site_zone(agent, world.last)
            at = at_work(working_day(day_of(one.due_at, zone) - ONE_DAY, world.last + ONE_DAY), share, zone)
            if not chosen or one.lead is None or one.person_id in planned or not on + ONE_DAY / 2 < at <= one.due_at:
                continue
            planned.add(one.person_id)
            kind = SessionKind.FATAL if one.kind is ObligationKind.FATAL else SessionKind.ONE_TO_ONE
            coaching.schedule(session, by=one.lead, kind=kind, person_ids=[one.person_id], scheduled_for=at, on=on)

    def _settle(self, number: int, person: int, kind: ObligationKind, opened: datetime, due: datetime) -> None:
        world, agent = self.world, self.world.place_of[person]
        day = day_of(opened, world.zone)
        zone, lead = world.site_zone(agent, day), self.leads[world.team(agent, day)]
        planned, share = session_day(self.rng, lead, kind, opened, due, zone), float(self.rng.random())
        due_day = day_of(due, zone)
        if world.roster.agents[agent].is_away(due_day) and self.rng.random() < WAIVED_SHARE:
            self.waivers.plan(at_work(due_day, share, zone), number)
            return
        if planned is None or self.story.stays_open(agent, day_of(due, world.zone)):
            return
        planned = world.back_on(agent, planned)
        at = at_work(planned, share, zone)
        self.visits.plan(max(at, opened + timedelta(hours=1)), Visit(person, number))

    def _reason(self, person: int, due: datetime) -> Text:
        world, agent = self.world, self.world.place_of[person]
        day = day_of(due, world.site_zone(agent, day_of(due, world.zone)))
        away = world.roster.agents[agent].away  # a clock that stopped for it falls due after it
        nearest = min(away, key=lambda one: max((one.first - day).days, (day - one.last).days))
        return REASONS[nearest.kind]
