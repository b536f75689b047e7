"""Agents of the demo programme who leave or change teams, on their day."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.accounts import services as accounts
from app.accounts.models import Unit, User
from app.home.demo.world import World, at_work


@dataclass
class Staffing:
    """Who leaves and who moves, by day."""

    world: World

    def __post_init__(self) -> None:
        self.days: dict[date, list[int]] = defaultdict(list)
        for agent, one in enumerate(self.world.roster.agents):
            for day in (one.left_on, one.moves_on):
                if day is not None:
                    self.days[day].append(agent)

    def happen(self, session: Session, day: date) -> None:
        """Let those leave who leave on this day, and those move who move."""
        on = at_work(day, 0.0, self.world.zone)
        for agent in self.days.pop(day, []):
            one, user = self.world.roster.agents[agent], session.get_one(User, self.world.people.agents[agent])
            if one.left_on == day:
                accounts.leave(session, user, day, by=None, on=on)
            elif one.moves_to is not None:
                team = session.get_one(Unit, self.world.people.teams[one.moves_to])
                accounts.move(session, user, team, day, by=None, on=on)
