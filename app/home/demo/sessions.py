"""The sessions of the demo programme: held as planned, written down in bulk, answered by the agents.

What is written for each is what `coaching.services.log_session` and `acknowledge` write.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

import numpy as np
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.audits.models import CriterionCompetency
from app.audits.queries import fatal_findings
from app.coaching import services as coaching
from app.coaching.models import CoachingSession, Commitment, Obligation, SessionRecord, SessionTopic
from app.coaching.rules import ObligationKind, ObligationState, SessionKind, SessionState, due_month, met_as, tenure_of
from app.coaching.services.sessions import completion_key, session_path
from app.core import bulk
from app.core.clock import day_of
from app.gaps import services as gaps
from app.gaps.models import Gap
from app.gaps.rules import GapState
from app.home.demo.afterwards import Afterwards
from app.home.demo.cast import STORY_TOPIC
from app.home.demo.log import Lines
from app.home.demo.owing import Plans, Visit
from app.home.demo.talk import Talk, draw_talk
from app.home.demo.world import World

TALKED_ABOUT = (GapState.OPEN, GapState.RELAPSED)
SOMETIMES = (GapState.IN_REMEDIATION, GapState.CLOSING, GapState.WATCH)
SOMETIMES_SHARE = 0.3
SIDE_BY_SIDE_SHARE = 0.3
FOLLOWED_UP_SHARE = 0.4
"""Share of sessions after a fatal error or a gap that are followed up by another."""
LOGGED_AFTER = (10, 90)
"""Minutes after which a session is logged."""
EVENTS = (ObligationKind.FATAL, ObligationKind.GAP)


class Owed(NamedTuple):
    """An obligation as it stands."""

    id: int
    person_id: int
    kind: ObligationKind
    state: ObligationState
    opened_at: datetime
    due_at: datetime
    gap_id: int | None
    audit_id: int | None


class Standing(NamedTuple):
    """A gap, or what may become one."""

    id: int
    person_id: int
    competency_id: int
    state: GapState


@dataclass(frozen=True, slots=True)
class Held:
    """A session that was held with an agent."""

    id: int
    record: int
    agent: int
    person: int
    coach: int
    kind: SessionKind
    held_at: datetime
    held_on: date
    logged_at: datetime
    acknowledge_by: datetime
    topics: Sequence[int]
    meets: Sequence[Owed]
    talk: Talk
    followed_up: bool


@dataclass
class Coaches:
    """Those who hold the sessions that are planned."""

    world: World
    plans: Plans
    afterwards: Afterwards

    def __post_init__(self) -> None:
        self.rng = self.world.rng(5)

    def hold(self, session: Session, day: date) -> None:
        """Hold the sessions of a day, one an agent."""
        visits: dict[int, tuple[datetime, Visit]] = {}
        for at, visit in self.plans.visits.take(day):
            agent = self.world.place_of[visit.person]
            if self.world.is_here(agent, day) and not self.plans.story.is_left_alone(agent, day):
                visits.setdefault(visit.person, (at, visit))
        held = self._held(session, visits) if visits else []
        if held:
            self._write(session, held)
            self._tell(session, held)
            self._help(held)

    # --- What becomes of a visit ---

    def _held(self, session: Session, visits: Mapping[int, tuple[datetime, Visit]]) -> list[Held]:
        owed, standing = _owed(session, visits), _standing(session, visits)
        fatal = _fatal_competencies(session, owed)
        going = []
        for person, (at, visit) in visits.items():
            mine = [o for o in owed.get(person, ()) if o.opened_at <= at]
            planned = next((o for o in mine if o.id == visit.obligation), None)
            if planned is None and visit.obligation is not None:
                continue  # met by an earlier session, waived or void
            meets = [o for o in mine if o.state is ObligationState.OPEN or o is planned]
            going.append((person, at, meets, visit.obligation is None))
        numbers = bulk.reserve_ids(session, CoachingSession, len(going)) if going else 0
        records = bulk.reserve_ids(session, SessionRecord, len(going)) if going else 0
        return [
            self._one(numbers + n, records + n, person, at, meets, standing.get(person, ()), fatal, told)
            for n, (person, at, meets, told) in enumerate(going)
        ]

    def _one(
        self,
        number: int,
        record: int,
        person: int,
        at: datetime,
        meets: Sequence[Owed],
        standing: Sequence[Standing],
        fatal: Mapping[int, int],
        told: bool,
    ) -> Held:
        """A session as it went; one of the story (`told`) is about what the story is about."""
        world = self.world
        agent, day = world.place_of[person], day_of(at, world.zone)
        team = world.team(agent, day)
        topics = [world.competencies[STORY_TOPIC]] if told else self._topics(meets, standing, fatal)
        code = world.competency_code[topics[0]] if topics else None
        logged = at + timedelta(minutes=int(self.rng.integers(*LOGGED_AFTER)))
        event = any(o.kind in EVENTS for o in meets)
        return Held(
            id=number,
            record=record,
            agent=agent,
            person=person,
            coach=world.people.leads[team],
            kind=self._kind({o.kind for o in meets}),
            held_at=at,
            held_on=day,
            logged_at=logged,
            acknowledge_by=logged + timedelta(hours=self.plans.terms[team].acknowledge_hours),
            topics=topics,
            meets=meets,
            talk=draw_talk(self.rng, code, world.language(agent, day), promising=told),
            followed_up=event and bool(self.rng.random() < FOLLOWED_UP_SHARE),
        )

    def _topics(self, meets: Sequence[Owed], standing: Sequence[Standing], fatal: Mapping[int, int]) -> list[int]:
        """What a session is about: what was owed for, what stands open, now and then what is being worked on."""
        topics = [gap.competency_id for gap in standing for o in meets if o.gap_id == gap.id]
        topics += [fatal[o.audit_id] for o in meets if o.audit_id is not None and o.audit_id in fatal]
        topics += [gap.competency_id for gap in standing if gap.state in TALKED_ABOUT][:1]
        lately = [gap.competency_id for gap in standing if gap.state in SOMETIMES]
        if not topics and lately and self.rng.random() < SOMETIMES_SHARE:
            topics = lately[:1]
        return list(dict.fromkeys(topics))

    def _kind(self, kinds: set[ObligationKind]) -> SessionKind:
        if ObligationKind.FATAL in kinds:
            return SessionKind.FATAL
        if kinds == {ObligationKind.FOLLOW_UP}:
            return SessionKind.FOLLOW_UP
        beside = ObligationKind.GAP in kinds and self.rng.random() < SIDE_BY_SIDE_SHARE
        return SessionKind.SIDE_BY_SIDE if beside else SessionKind.ONE_TO_ONE

    # --- What is written ---

    def _write(self, session: Session, held: Sequence[Held]) -> None:
        names = [
            "id",
            "kind",
            "state",
            "coach_id",
            "held_at",
            "held_on",
            "logged_at",
            "from_history",
            "minutes",
            "revision",
        ]
        state = SessionState.HELD
        rows = ((o.id, o.kind, state, o.coach, o.held_at, o.held_on, o.logged_at, False, 30, 0) for o in held)
        bulk.insert(session, CoachingSession, names, rows)
        names = ["id", "session_id", "person_id", "notes", "private_notes", "acknowledge_by", "disagrees"]
        names += ["absent", "team_id", "confirm_month", "lead_id", "tenure"]
        records = (
            (
                o.record,
                o.id,
                o.person,
                o.talk.notes,
                o.talk.private_notes,
                o.acknowledge_by,
                False,
                False,
                *self._place(o),
                o.coach,
                tenure_of(self.world.roster.agents[o.agent].hired_on, o.held_on),
            )
            for o in held
        )
        bulk.insert(session, SessionRecord, names, records)
        topics = [(o.id, topic) for o in held for topic in o.topics]
        bulk.insert(session, SessionTopic, ["session_id", "competency_id"], topics)
        self._promise(session, held)
        _meet(session, held)
        completions = [(o.person, t, o.held_on, completion_key(o.id, t, o.person)) for o in held for t in o.topics]
        gaps.remedies_completed(session, completions=completions, on=held[-1].logged_at)
        followed = [o for o in held if o.followed_up]
        coaching.owe_many(session, [_follow_up(o) for o in followed])

    def _place(self, one: Held) -> tuple[int, date]:
        """The team it was held in, and the month its confirmation counts in."""
        team = self.world.people.teams[self.world.team(one.agent, one.held_on)]
        return team, due_month(one.acknowledge_by, self.world.site_zone(one.agent, one.held_on))

    def _promise(self, session: Session, held: Sequence[Held]) -> None:
        promised = [(o, promise) for o in held for promise in o.talk.promises]
        if not promised:
            return
        first = bulk.reserve_ids(session, Commitment, len(promised))
        names = ["id", "record_id", "person_id", "owner_id", "text", "due_on", "state"]
        rows = []
        for number, (one, promise) in enumerate(promised, first):
            text = promise.text.get(self.world.language(one.agent, one.held_on))
            due_on = one.held_on + timedelta(days=promise.days)
            owner = one.person if promise.owner == "agent" else one.coach
            state = self.afterwards.promised(number, one.person, one.coach, due_on)
            rows.append((number, one.record, one.person, owner, text, due_on, state))
        bulk.insert(session, Commitment, names, rows)

    def _tell(self, session: Session, held: Sequence[Held]) -> None:
        lines = Lines()
        for one in held:
            path, by_when = session_path(one.id), one.acknowledge_by.isoformat()
            key = f"session-held:{one.record}"
            lines.tell(one.person, "session.held", key=key, path=path, on=one.logged_at, acknowledge_by=by_when)
            facts = {"held_at": one.held_at.isoformat(), "kind": one.kind.value}
            row = (CoachingSession.__tablename__, one.id)
            lines.log("session.logged", row, by=one.coach, on=one.logged_at, person_id=one.person, **facts)
            self.afterwards.held(one.record, one.id, one.agent, one.logged_at, one.acknowledge_by)
        lines.write(session)

    def _help(self, held: Sequence[Held]) -> None:
        """Let the sessions do what they do to the gaps talked about."""
        world = self.world
        talked = [(o, world.competency_place[t]) for o in held for t in o.topics if t in world.competency_place]
        if not talked:
            return
        agents = np.array([o.agent for o, _c in talked])
        shares = np.array([self.plans.leads[world.team(o.agent, o.held_on)].helps for o, _c in talked])
        world.truth.learn(agents, np.array([c for _o, c in talked]), shares)


def _owed(session: Session, people: Iterable[int]) -> dict[int, list[Owed]]:
    """What is open or was missed, by person."""
    found: dict[int, list[Owed]] = defaultdict(list)
    columns = [getattr(Obligation, name) for name in Owed._fields]
    still = Obligation.state.in_((ObligationState.OPEN, ObligationState.MISSED))
    for block in bulk.chunks(sorted(people)):
        mine = select(*columns).where(Obligation.person_id.in_(block), still)
        for row in session.execute(mine.order_by(Obligation.id)):
            found[row.person_id].append(Owed(*row))
    return found


def _standing(session: Session, people: Iterable[int]) -> dict[int, list[Standing]]:
    """What may be talked about, the surest first, by person."""
    found: dict[int, list[Standing]] = defaultdict(list)
    columns = [getattr(Gap, name) for name in Standing._fields]
    for block in bulk.chunks(sorted(people)):
        mine = select(*columns).where(Gap.person_id.in_(block), Gap.state.in_((*TALKED_ABOUT, *SOMETIMES)))
        for row in session.execute(mine.order_by(Gap.probability.desc(), Gap.id)):
            found[row.person_id].append(Standing(*row))
    return found


def _fatal_competencies(session: Session, owed: Mapping[int, Sequence[Owed]]) -> dict[int, int]:
    """The competency of the fatal criterion of each audit that is owed for."""
    audits = sorted({o.audit_id for rows in owed.values() for o in rows if o.audit_id is not None})
    found: dict[int, int] = {}
    for block in bulk.chunks(audits):
        failed = {number: criterion.id for number, criterion in session.execute(fatal_findings(list(block)))}
        links = select(CriterionCompetency.criterion_id, CriterionCompetency.competency_id)
        of_criterion: dict[int, int] = {}
        for criterion, competency in session.execute(
            links.where(CriterionCompetency.criterion_id.in_(failed.values()))
        ):
            of_criterion[criterion] = min(competency, of_criterion.get(criterion, competency))
        found |= {number: of_criterion[criterion] for number, criterion in failed.items()}
    return found


def _meet(session: Session, held: Sequence[Held]) -> None:
    rows = [
        {"id": o.id, "state": met_as(one.held_at, o.due_at), "closed_at": one.held_at, "session_id": one.id}
        for one in held
        for o in one.meets
    ]
    if rows:
        session.execute(update(Obligation), rows)
        session.expire_all()


def _follow_up(one: Held) -> coaching.Cause:
    key = f"session:{one.id}"
    return coaching.Cause(one.person, ObligationKind.FOLLOW_UP, key, one.held_at, after_session_id=one.id)
