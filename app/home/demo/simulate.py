"""The audits of one week: which contacts were looked at, by whom, when, and what was found. Arrays in, arrays out.

Moments are seconds since 1970 in UTC; agents, auditors, criteria are places in the roster and the scorecard.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import numpy as np
from numpy.typing import NDArray

from app.audits.models import Cause, Purpose
from app.audits.rules import FAIL, NA, PASS
from app.core.clock import start_of
from app.home.demo import content
from app.home.demo.roster import Roster
from app.home.demo.shapes.quality import Comment

Draw = np.random.Generator
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RANDOM_A_WEEK, DSAT_A_WEEK, TARGETED_A_WEEK = 1.6, 0.22, 0.9  # audits; targeted ones of who is watched or has a gap
PURPOSES = (Purpose.RANDOM, Purpose.DSAT, Purpose.TARGETED)
SAMPLED = np.array([0.0, 0.75, 0.35])  # how much more fails there are in contacts chosen so, in logits
LENIENCY = 0.28  # spread between auditors
BUSY = (0.17, 0.17, 0.16, 0.16, 0.15, 0.11, 0.08)  # share of contacts, Monday to Sunday
OPEN, CLOSE = 8, 20  # hours in which customers are answered
AUDITORS_FROM, AUDITORS_TO = 9, 18
AUDITED_AFTER = (0.35, 0.40, 0.25)  # shares audited on the day itself, one, two days after
FIRST_CONTACT = 7  # days since hiring: before that, induction
COMMENTED = 0.85  # share of misses on which the auditor writes something
HOME_TEAMS = 0.9  # share of an auditor's audits in teams of his own
GUESTS = 3  # further teams an auditor visits
HOUR = 3_600
CAUSES = tuple(Cause)


@dataclass(frozen=True, slots=True)
class Audits:
    """One entry, or one row of criteria, for each audit; in order of release."""

    agent: Ints
    auditor: Ints
    purpose: Ints
    channel: Ints
    contact_at: Ints
    audited_at: Ints
    results: NDArray[np.int8]
    """Audits × criteria: pass, fail or na."""
    causes: NDArray[np.int8]
    """Places among `CAUSES` where failed, else −1."""
    comments: Floats
    """Which of the comments that fit; 1 for none."""

    def __len__(self) -> int:
        return len(self.agent)

    def take(self, chosen: NDArray[np.bool_] | Ints) -> Audits:
        """Some of them."""
        columns = (self.agent, self.auditor, self.purpose, self.channel, self.contact_at, self.audited_at)
        return Audits(*(c[chosen] for c in columns), self.results[chosen], self.causes[chosen], self.comments[chosen])


@dataclass(frozen=True, slots=True)
class Staged:
    """An audit that is to be in the story: of this agent, on this day, with this criterion missed or not."""

    agent: int
    day: date
    missed: str | None


@dataclass(frozen=True, slots=True)
class Crew:
    """Who audits whom: for each team its auditors, the guests last; and how severe each auditor is, in logits."""

    home: NDArray[np.int64]
    guests: NDArray[np.int64]
    severity: Floats


def draw_crew(rng: Draw, roster: Roster, auditors: int) -> Crew:
    """Two auditors of its own for each team, and a few who visit; one severe, one lenient."""
    teams = np.arange(len(roster.teams))
    home = np.stack([teams % auditors, (teams + 1 + teams // auditors) % auditors], axis=1)
    guests = np.stack([(home[:, 0] + step) % auditors for step in range(2, 2 + GUESTS)], axis=1)
    severity = rng.normal(0, LENIENCY, auditors)
    severity[0], severity[-1] = 0.55, -0.5
    return Crew(home, guests, severity)


@dataclass(frozen=True, slots=True)
class Presence:
    """Where the agents are in a week: their team, and on which of the seven days they take contacts."""

    team: Ints
    working: NDArray[np.bool_]
    weeks_since_hired: Floats
    zones: tuple[str, ...]
    lines: tuple[str, ...]
    """Time zone of the site, and line of business, of each team."""


def presence(roster: Roster, monday: date) -> Presence:
    """Who works where in the week that begins on `monday`."""
    days = [monday + timedelta(days=n) for n in range(7)]
    agents = roster.agents
    team = np.array(
        [
            a.moves_to if a.moves_on is not None and a.moves_to is not None and a.moves_on <= monday else a.team
            for a in agents
        ]
    )
    ordinals = np.array([day.toordinal() for day in days])
    hired = np.array([a.hired_on.toordinal() for a in agents])
    left = np.array([a.left_on.toordinal() if a.left_on else date.max.toordinal() for a in agents])
    working = (ordinals >= hired[:, None] + FIRST_CONTACT) & (ordinals < left[:, None])
    for place, agent in enumerate(agents):
        for one in agent.away:
            if one.first <= days[-1] and one.last >= monday:
                working[place] &= ~((ordinals >= one.first.toordinal()) & (ordinals <= one.last.toordinal()))
    zones, lines = zip(*((t.site.time_zone, t.line.code) for t in roster.teams), strict=True)
    return Presence(team, working, (monday.toordinal() - hired) / 7, zones, lines)


def draw_week(
    rng: Draw, monday: date, here: Presence, misses: Floats, crew: Crew, watched: Ints, staged: Sequence[Staged] = ()
) -> Audits:
    """The audits of contacts of one week; `misses` as of `Truth.misses`, `watched` the agents who get more of them."""
    agent, purpose = _chosen(rng, len(here.team), watched)
    day = rng.choice(7, size=len(agent), p=BUSY)
    kept = here.working[agent, day]
    agent, purpose, day = agent[kept], purpose[kept], day[kept]
    agent, purpose, day = _with_staged(agent, purpose, day, staged, monday)
    contact, audited = _moments(rng, monday, here, agent, day, len(staged))
    auditor = _auditors(rng, crew, here.team[agent])
    channel = rng.choice(len(_channels()), size=len(agent), p=_channels())
    chance = _base() + misses[agent] + (crew.severity[auditor] + SAMPLED[purpose])[:, None]
    results = _results(rng, chance, _na(here, agent, channel))
    for place, one in enumerate(staged, start=len(agent) - len(staged)):
        _insist(results, place, one)
    causes = _causes(rng, results)
    comments = np.where(rng.random(results.shape) < COMMENTED, rng.random(results.shape), 1.0)
    found = Audits(agent, auditor, purpose, channel, contact, audited, results, causes, comments)
    return found.take(np.argsort(audited, kind="stable"))


def _chosen(rng: Draw, agents: int, watched: Ints) -> tuple[Ints, Ints]:
    """Whose contacts are looked at, and why: the draw spread evenly, more of who complained and who is watched."""
    whole, rest = divmod(RANDOM_A_WEEK, 1)
    drawn = int(whole) + (rng.random(agents) < rest)
    dsat = rng.poisson(DSAT_A_WEEK, agents)
    targeted = np.zeros(agents, dtype=np.int64)
    targeted[watched] = rng.poisson(TARGETED_A_WEEK, len(watched))
    everybody = np.arange(agents)
    agent = np.concatenate([np.repeat(everybody, many) for many in (drawn, dsat, targeted)])
    return agent, np.repeat(np.arange(3), [int(many.sum()) for many in (drawn, dsat, targeted)])


def _with_staged(
    agent: Ints, purpose: Ints, day: Ints, staged: Sequence[Staged], monday: date
) -> tuple[Ints, Ints, Ints]:
    more = np.array([one.agent for one in staged], dtype=np.int64)
    days = np.array([(one.day - monday).days for one in staged], dtype=np.int64)
    return np.append(agent, more), np.append(purpose, 0 * more), np.append(day, days)


def _moments(rng: Draw, monday: date, here: Presence, agent: Ints, day: Ints, staged: int) -> tuple[Ints, Ints]:
    """When each contact was, in the site's opening hours, and when it was audited, in the office's: up to two days later."""
    zones = sorted(set(here.zones))
    starts = np.array([[_midnight(monday + timedelta(days=n), zone) for n in range(7)] for zone in zones])
    zone = np.array([zones.index(name) for name in here.zones])[here.team[agent]]
    contact = starts[zone, day] + rng.integers(OPEN * HOUR, CLOSE * HOUR, len(agent))
    after = rng.choice(3, size=len(agent), p=AUDITED_AFTER)
    if staged:
        contact[-staged:] = starts[zone[-staged:], day[-staged:]] + OPEN * HOUR
        after[-staged:] = 0
    office = content.organisation().programme.time_zone
    mornings = np.array([_midnight(monday + timedelta(days=n), office) for n in range(-2, 13)])
    place = np.searchsorted(mornings, contact, side="right") - 1
    hours = rng.integers(AUDITORS_FROM * HOUR, AUDITORS_TO * HOUR, len(agent))
    audited = mornings[place + after] + hours
    too_soon = audited < contact + HOUR
    return contact, np.where(too_soon, mornings[place + after + 1] + hours, audited)


def _auditors(rng: Draw, crew: Crew, team: Ints) -> Ints:
    own = crew.home[team, rng.integers(0, crew.home.shape[1], len(team))]
    guest = crew.guests[team, rng.integers(0, crew.guests.shape[1], len(team))]
    return np.where(rng.random(len(team)) < HOME_TEAMS, own, guest)


def _results(rng: Draw, chance: Floats, na: Floats) -> NDArray[np.int8]:
    fails = rng.random(chance.shape) < 1 / (1 + np.exp(-chance))
    results = np.where(fails, FAIL, PASS).astype(np.int8)
    results[rng.random(chance.shape) < na] = NA
    return results


def _insist(results: NDArray[np.int8], row: int, staged: Staged) -> None:
    """Let the audit be as the story has it: clean but for what is to be missed."""
    results[row][results[row] == FAIL] = PASS
    if staged.missed is not None:
        codes = [criterion.code for criterion in content.scorecard().criteria]
        results[row, codes.index(staged.missed)] = FAIL


def _causes(rng: Draw, results: NDArray[np.int8]) -> NDArray[np.int8]:
    causes = np.full(results.shape, -1, dtype=np.int8)
    drawn = rng.random(results.shape)
    for place, criterion in enumerate(content.scorecard().criteria):
        shares = content.misses()[criterion.code].causes
        limits = np.cumsum([shares.get(cause.value, 0.0) for cause in CAUSES])
        failed = results[:, place] == FAIL
        causes[failed, place] = np.searchsorted(limits / limits[-1], drawn[failed, place], side="right")
    return causes


def _na(here: Presence, agent: Ints, channel: Ints) -> Floats:
    """Audits × criteria: how likely a criterion is not to apply."""
    lines = sorted({line.code for line in content.organisation().lines})
    table = _na_rates(tuple(lines))
    of_team = np.array([lines.index(code) for code in here.lines])
    return table[of_team[here.team[agent]], channel]


@cache
def _na_rates(lines: tuple[str, ...]) -> Floats:
    """Lines × channels × criteria."""
    misses = [content.misses()[criterion.code] for criterion in content.scorecard().criteria]
    channels = [channel.code for channel in content.contacts().channels]
    return np.array([[[one.na_rate(channel, line) for one in misses] for channel in channels] for line in lines])


@cache
def _base() -> Floats:
    """How likely an ordinary agent is to fail each criterion, in logits."""
    rates = np.array([content.misses()[criterion.code].fail_rate for criterion in content.scorecard().criteria])
    return np.log(rates / (1 - rates))


@cache
def _channels() -> Floats:
    shares = np.array([channel.share for channel in content.contacts().channels])
    return shares / shares.sum()


@cache
def _midnight(day: date, zone: str) -> int:
    return int(start_of(day, zone).timestamp())


@cache
def fitting_comments(criterion: str, cause: Cause) -> tuple[Comment, ...]:
    """What auditors write on a miss of this criterion for this cause."""
    misses = content.misses()[criterion]
    return misses.comments_for(cause.value) or misses.comments
