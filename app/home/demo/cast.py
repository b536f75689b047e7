"""What is to happen to the named agents of the demo programme, so that there is a story to follow.

Days count back from the last one. What the audits then show, and what is decided on them, is left to chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from app.home.demo.manners import WEAK_LEADS
from app.home.demo.roster import Roster
from app.home.demo.simulate import Staged
from app.home.demo.truth import Truth, coached

ANA = "Ana Ruiz Cárdenas"
STORY_TOPIC = "K11"


@dataclass(frozen=True, slots=True)
class Pin:
    """From so many weeks before the end, and for so many weeks, an agent has this gap, 0 for none, whatever is done."""

    name: str
    competency: str
    gap: float
    weeks_before: int
    weeks: int = 1


PINS = (
    Pin(ANA, STORY_TOPIC, 3.2, 7, 8),
    Pin("Luis Ángel Mora", "K41", 3.0, 20, 18),  # the module of this one teaches, and changes nothing
    Pin("Yésica Ordóñez", "K33", 3.0, 23, 6),
    Pin("Julián Peña Ortiz", "K31", 2.8, 6, 7),
    Pin("Óscar Beltrán Niño", "K21", 3.0, 4, 5),
    Pin("Andrés Muñoz Lara", "K22", 2.8, 5, 6),
    Pin("Valentina Gómez", "K21", 3.2, 26, 7),
    Pin("Valentina Gómez", "K21", 0.0, 19, 9),  # it helped
    Pin("Valentina Gómez", "K21", 3.2, 10, 9),  # and did not last
)
MISSED_WEEKS, MISSED_CRITERION, MIDWEEK = range(2, 7), "C102", timedelta(days=2)  # before the end, Ana misses this
LAST_TALK = timedelta(days=4)  # Ana's last session, not confirmed yet
FATAL = timedelta(days=3)  # Ana's fatal error, and nobody has talked to her since
FATAL_CRITERION = "C103"
QUIET = timedelta(days=8)  # nobody else talks to Ana so shortly before the end
UNLEARNT = timedelta(days=9)  # what Ana was assigned so lately waits for the reader too
FORGOTTEN, FORGOTTEN_SINCE, UNTAUGHT = 4, timedelta(days=45), "K43"
"""So many agents of the weak lead have a gap that no module can be assigned for, and no session: it waits for a trainer."""


@dataclass
class Story:
    """The agents with a part in it by their places in the roster, and the last day."""

    roster: Roster
    last: date

    def __post_init__(self) -> None:
        self.ana = self.roster.agent(ANA)
        self.forgotten = [
            place
            for place, one in enumerate(self.roster.agents)
            if self.roster.teams[one.team].lead in WEAK_LEADS and one.left_on is None and one.moves_on is None
        ][:FORGOTTEN]
        self.pins = [(agent, pin) for pin in PINS if (agent := self.roster.agent(pin.name)) is not None]
        self.pins += [(agent, Pin("", UNTAUGHT, 3.0, 6, 7)) for agent in self.forgotten]

    def pin(self, truth: Truth, monday: date) -> None:
        """Give the named agents the gaps they are to have in a week."""
        before = (self.last - monday).days // 7
        codes = [one.code for one in coached()]
        for agent, one in self.pins:
            if one.weeks_before - one.weeks < before <= one.weeks_before:
                truth.pin(agent, codes.index(one.competency), one.gap)

    def staged(self, monday: date) -> list[Staged]:
        """The audits of a week that are to be in the story: what Ana misses for some weeks, and at last her fatal error."""
        if self.ana is None:
            return []
        found = []
        if (self.last - monday).days // 7 in MISSED_WEEKS:
            found.append(Staged(self.ana, monday + MIDWEEK, MISSED_CRITERION))
        if monday <= self.last - FATAL < monday + timedelta(days=7):
            found.append(Staged(self.ana, self.last - FATAL, FATAL_CRITERION))
        return found

    def talks_on(self, day: date) -> int | None:
        """Who has a session on a day whatever is owed."""
        return self.ana if day == self.last - LAST_TALK else None

    def stays_open(self, agent: int, due: date) -> bool:
        """Whether what is owed to an agent by a day is left for the reader to do: in Ana's team what is due by then."""
        if self.ana is None or self.roster.agents[agent].team != self.roster.agents[self.ana].team:
            return False
        return due > self.last or (agent == self.ana and due > self.last - FATAL)

    def is_left_alone(self, agent: int, day: date) -> bool:
        """Whether nobody coaches an agent on a day but as the story has it."""
        if agent in self.forgotten:
            return day > self.last - FORGOTTEN_SINCE
        return agent == self.ana and day > self.last - QUIET and day != self.last - LAST_TALK

    def stays_unlearnt(self, agent: int, assigned: date) -> bool:
        return agent == self.ana and assigned >= self.last - UNLEARNT

    def stays_unconfirmed(self, agent: int, day: date) -> bool:
        return agent == self.ana and day >= self.last - LAST_TALK
