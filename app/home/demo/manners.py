"""How people in the demo programme behave: who coaches in time and who does not, who learns in time, who answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from app.coaching.rules import ObligationKind
from app.core.clock import day_of
from app.home.demo.roster import Roster
from app.home.demo.world import at_work, working_day

Draw = np.random.Generator

IN_TIME, IN_TIME_SPREAD = 0.955, 0.02
WEAK_SITE, WEAK_SITE_COST = "tijuana", 0.05
WEAK_LEADS, WEAK_IN_TIME = {"L05"}, 0.35
WEAK_EVERY = 15  # of the teams beyond the first ones, one in so many is weak too
STILL_HELD = 0.7  # share held late of what was not held in time
LATEST_HOUR = timedelta(hours=17, minutes=45)
CADENCE_TAIL = 9  # a regular session is held in the last days of its period
COACHING_HELPS = (0.08, 0.25)  # share of a gap that a session removes
MODULE_IN_TIME, MODULE_LATE = 0.80, 0.11
CONFIRMED_IN_TIME, CONFIRMED_LATE = 0.87, 0.09
COMMENTS = 0.45
RATES = 0.8
KEPT, NOT_KEPT = 0.78, 0.12


@dataclass(frozen=True, slots=True)
class Lead:
    """How a team is led: the share of sessions held in time, and what a session does to a gap."""

    in_time: float
    helps: float


def draw_leads(rng: Draw, roster: Roster) -> list[Lead]:
    """The manners of each team's lead; one team is clearly off, one site somewhat."""
    spread, helps = rng.normal(0, IN_TIME_SPREAD, len(roster.teams)), rng.uniform(*COACHING_HELPS, len(roster.teams))
    leads = []
    for number, team in enumerate(roster.teams):
        weak = team.lead in WEAK_LEADS or (number >= 12 and number % WEAK_EVERY == 0)
        cost = WEAK_SITE_COST if team.site.code == WEAK_SITE else 0.0
        usual = min(IN_TIME - cost + float(spread[number]), 0.99)
        leads.append(Lead(WEAK_IN_TIME if weak else usual, float(helps[number])))
    return leads


def session_day(rng: Draw, lead: Lead, kind: ObligationKind, opened: datetime, due: datetime, zone: str) -> date | None:
    """The day on which a session that is owed will be held, in time or late; None for never."""
    first, last = day_of(opened + LATEST_HOUR, zone), day_of(due - LATEST_HOUR, zone)
    fate, where = float(rng.random()), float(rng.random())
    if fate < lead.in_time:
        if kind is ObligationKind.CADENCE:  # known to the lead since the end of its first day
            first = max(first + timedelta(days=1), last - timedelta(days=CADENCE_TAIL))
        elif last > first:
            first += timedelta(days=1)
        day = first + timedelta(days=int(where**0.7 * ((last - first).days + 1)))
        return min(working_day(day, first), max(last, first))
    if fate < lead.in_time + (1 - lead.in_time) * STILL_HELD:
        return working_day(last + timedelta(days=1 + int(where * 6)), last + timedelta(days=1))
    return None


def learning_day(rng: Draw, assigned: date, due: date | None, *, surely: bool = False) -> date | None:
    """The day on which a module will be completed, in time (`surely`) or late; None for never."""
    fate, where = float(rng.random()), float(rng.random())
    due = due or assigned + timedelta(days=14)
    if surely or fate < MODULE_IN_TIME:
        first = assigned + timedelta(days=1)
        return working_day(first + timedelta(days=int(where**0.8 * (due - first).days)), first)
    if fate < MODULE_IN_TIME + MODULE_LATE:
        return due + timedelta(days=1 + int(where * 9))
    return None


def confirmed_at(rng: Draw, logged: datetime, by_when: datetime, zone: str, *, surely: bool = False) -> datetime | None:
    """When the agent will confirm a session, in time (`surely`) or late; None for never."""
    fate, where = float(rng.random()), float(rng.random())
    if surely or fate < CONFIRMED_IN_TIME:
        return logged + timedelta(minutes=5 + int(where**2 * ((by_when - logged).total_seconds() / 60 - 10)))
    if fate < CONFIRMED_IN_TIME + CONFIRMED_LATE:
        return at_work(day_of(by_when, zone) + timedelta(days=1 + int(where * 4)), where, zone)
    return None
