"""What comes after the sessions of the demo programme: agents confirm, commitments are kept or not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.coaching.models import CoachingSession, Commitment, SessionRecord
from app.coaching.rules import CommitmentState
from app.home.demo.cast import Story
from app.home.demo.log import Lines
from app.home.demo.manners import KEPT, NOT_KEPT, confirmed_at
from app.home.demo.talk import draw_answer
from app.home.demo.world import Diary, World, at_work


class Record(NamedTuple):
    """A record that its agent will confirm."""

    id: int
    session: int
    agent: int


class Settling(NamedTuple):
    """A commitment of which it will be said whether it was kept."""

    id: int
    person: int
    by: int
    state: CommitmentState


@dataclass
class Afterwards:
    """What is still to come of sessions that have been held."""

    world: World
    story: Story

    def __post_init__(self) -> None:
        self.rng = self.world.rng(6)
        self.records: Diary[Record] = Diary(self.world.zone)
        self.commitments: Diary[Settling] = Diary(self.world.zone)

    def held(self, record: int, number: int, agent: int, logged_at: datetime, by_when: datetime) -> None:
        """Plan when, if ever, the agent confirms a session."""
        day = logged_at.date()
        zone, surely = self.world.site_zone(agent, day), agent == self.story.ana
        at = confirmed_at(self.rng, logged_at, by_when, zone, surely=surely)
        if at is not None and not self.story.stays_unconfirmed(agent, day):
            self.records.plan(at, Record(record, number, agent))

    def promised(self, number: int, person: int, by: int, due_on: date) -> CommitmentState:
        """Plan what becomes of a commitment; returns its state until then."""
        fate, share, agent = float(self.rng.random()), float(self.rng.random()), self.world.place_of[person]
        if fate < KEPT + NOT_KEPT or agent == self.story.ana:
            state = CommitmentState.KEPT if fate < KEPT else CommitmentState.NOT_KEPT
            at = at_work(due_on, share, self.world.site_zone(agent, due_on))
            self.commitments.plan(at, Settling(number, person, by, state))
        return CommitmentState.OPEN

    def happen(self, session: Session, day: date) -> None:
        """Let a day's confirmations and commitments happen."""
        lines = Lines()
        confirmed = [self._confirm(at, one, lines) for at, one in self.records.take(day)]
        settled = [_settle(at, one, lines) for at, one in self.commitments.take(day)]
        for table, rows in ((SessionRecord, confirmed), (Commitment, settled)):
            if rows:
                session.execute(update(table), rows)
        lines.write(session)

    def _confirm(self, at: datetime, record: Record, lines: Lines) -> dict[str, Any]:
        person = self.world.people.agents[record.agent]
        answer = draw_answer(self.rng, self.world.language(record.agent, at.date()))
        row = (CoachingSession.__tablename__, record.session)
        lines.log("session.acknowledged", row, by=person, on=at, person_id=person, disagrees=answer.disagrees)
        return {
            "id": record.id,
            "acknowledged_at": at,
            "comment": answer.comment,
            "disagrees": answer.disagrees,
            "useful": answer.useful,
            "applicable": answer.applicable,
        }


def _settle(at: datetime, one: Settling, lines: Lines) -> dict[str, Any]:
    verb = "commitment.kept" if one.state is CommitmentState.KEPT else "commitment.not_kept"
    lines.log(verb, (Commitment.__tablename__, one.id), by=one.by, on=at, person_id=one.person)
    return {"id": one.id, "state": one.state, "settled_at": at}
