"""The demo programme while it is lived: who is who in the database, the truth behind, and what is planned for which day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Generic, TypeVar

import numpy as np

from app.core.clock import day_of, start_of
from app.home.demo import content
from app.home.demo.organisation import People
from app.home.demo.roster import Roster
from app.home.demo.truth import Truth, coached

Thing = TypeVar("Thing")
FRIDAY = 4


@dataclass
class Diary(Generic[Thing]):
    """What is planned, by the programme's day it falls on, in order of its moment."""

    zone: str
    days: dict[date, list[tuple[datetime, Thing]]] = field(default_factory=lambda: defaultdict(list))

    def plan(self, at: datetime, thing: Thing) -> None:
        self.days[day_of(at, self.zone)].append((at, thing))

    def take(self, day: date) -> list[tuple[datetime, Thing]]:
        """What is planned for a day, taken out."""
        return sorted(self.days.pop(day, []), key=lambda one: one[0])


@dataclass
class World:
    """What everybody who acts in the demo programme has at hand."""

    roster: Roster
    people: People
    truth: Truth
    competencies: dict[str, int]
    modules: dict[str, int]
    zone: str
    first: date
    last: date
    seed: int

    def rng(self, number: int) -> np.random.Generator:
        """A generator of one's own, so that what one draws does not move what others draw."""
        return np.random.default_rng([self.seed, number])

    @cached_property
    def place_of(self) -> dict[int, int]:
        """The place of an agent in the roster by id."""
        return {person: place for place, person in enumerate(self.people.agents)}

    @cached_property
    def competency_place(self) -> dict[int, int]:
        """The place of a competency among the coached ones, by id."""
        return {self.competencies[one.code]: place for place, one in enumerate(coached())}

    @cached_property
    def competency_code(self) -> dict[int, str]:
        return {number: code for code, number in self.competencies.items()}

    @cached_property
    def taught(self) -> dict[int, tuple[list[int], float]]:
        """What a module teaches, and the share of a gap it removes, by id."""
        return {
            self.modules[one.code]: ([self.competencies[code] for code in one.competencies], one.effect)
            for one in content.modules()
        }

    def team(self, agent: int, day: date) -> int:
        """The team of an agent on a day, by its place in the roster."""
        one = self.roster.agents[agent]
        return (
            one.moves_to if one.moves_on is not None and one.moves_to is not None and one.moves_on <= day else one.team
        )

    def language(self, agent: int, day: date) -> str:
        return self.roster.teams[self.team(agent, day)].site.language

    def site_zone(self, agent: int, day: date) -> str:
        return self.roster.teams[self.team(agent, day)].site.time_zone

    def is_here(self, agent: int, day: date) -> bool:
        one = self.roster.agents[agent]
        return one.hired_on <= day and (one.left_on is None or day < one.left_on)

    def back_on(self, agent: int, day: date) -> date:
        """The first day from this one on which an agent is not away."""
        for one in self.roster.agents[agent].away:
            if one.first <= day <= one.last:
                day = one.last + timedelta(days=1)
        return day


def at_work(day: date, share: float, zone: str) -> datetime:
    """A moment in the working hours of a day, from nine (0) to half past five (1)."""
    minutes = 9 * 60 + int(share * 8.5 * 60)
    return (start_of(day, zone) + timedelta(minutes=minutes)).astimezone(UTC)


def working_day(day: date, first: date) -> date:
    """The day itself or, at a weekend, the Friday before it or, where that is before `first`, the Monday after."""
    if day.weekday() <= FRIDAY:
        return day
    friday = day - timedelta(days=day.weekday() - FRIDAY)
    return friday if friday >= first else day + timedelta(days=7 - day.weekday())


def days_between(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)
