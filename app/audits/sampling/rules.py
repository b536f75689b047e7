"""How contacts are drawn: pure, and the same for the same random numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

import numpy as np

ONE_DAY = timedelta(days=1)
WATCH_AUDITS = 4
"""More for an agent who comes under watch: what this finds and costs is in docs/gap-model.md, "States"."""


class Per(StrEnum):
    """What a plan counts for."""

    AGENT = "agent"
    TEAM = "team"
    AUDITOR = "auditor"


class Period(StrEnum):
    """How often."""

    WEEK = "week"
    MONTH = "month"


class SampleState(StrEnum):
    """Drawn, being audited, audited; or void, as the agent was away or left."""

    OPEN = "open"
    BEGUN = "begun"
    DONE = "done"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody who may be drawn: the team, and the days of the period at work."""

    id: int
    team: int
    days: Sequence[date]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A contact drawn or to be drawn: whose, of which day, for which auditor."""

    person: int
    team: int
    day: date
    auditor: int


def bounds(period: Period, day: date) -> tuple[date, date]:
    """The first and last day of the period a day is in."""
    if period is Period.WEEK:
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=6)
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1) - ONE_DAY


def days_at_work(first: date, last: date, away: Iterable[tuple[date, date]]) -> list[date]:
    """The days from first to last without those away."""
    spans = list(away)
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [day for day in days if not any(start <= day <= end for start, end in spans)]


def spread(rng: np.random.Generator, days: Sequence[date], count: int, taken: Sequence[date] = ()) -> list[date]:
    """So many days more, one at random in each equal stretch of the period that has none yet."""
    if not days or count <= 0:
        return []
    whole = count + len(taken)
    edges = np.linspace(0, len(days), whole + 1)
    stretches = [days[int(low) : max(int(high), int(low) + 1)] for low, high in pairwise(edges)]
    left = list(taken)
    empty = []
    for stretch in stretches:
        found = next((day for day in left if day in stretch), None)
        if found is None:
            empty.append(stretch)
        else:
            left.remove(found)
    chosen = sorted(rng.permutation(len(empty))[:count].tolist())
    return [stretch[int(rng.integers(len(stretch)))] for stretch in (empty[place] for place in chosen)]


def turns(rng: np.random.Generator, agents: Sequence[Agent], count: int, had: Mapping[int, int]) -> list[Agent]:
    """Whose turn it is, so many times: those drawn least first, by chance among equals."""
    times = {agent.id: had.get(agent.id, 0) for agent in agents}
    by_id = {agent.id: agent for agent in agents}
    found = []
    for _number in range(count if agents else 0):
        least = min(times.values())
        even = [number for number, drawn in times.items() if drawn == least]
        chosen = even[int(rng.integers(len(even)))]
        times[chosen] += 1
        found.append(by_id[chosen])
    return found


def lightest(rng: np.random.Generator, auditors: Sequence[int], load: dict[int, int], person: int) -> int | None:
    """Who takes one more: of those with least to do one by chance, never oneself; the load grows by one."""
    able = [auditor for auditor in auditors if auditor != person]
    if not able:
        return None
    least = min(load.get(auditor, 0) for auditor in able)
    even = [auditor for auditor in able if load.get(auditor, 0) == least]
    chosen = even[int(rng.integers(len(even)))]
    load[chosen] = load.get(chosen, 0) + 1
    return chosen


def draw(
    rng: np.random.Generator,
    per: Per,
    count: int,
    agents: Sequence[Agent],
    auditors: Mapping[int, Sequence[int]],
    before: Sequence[Drawn],
) -> list[Drawn]:
    """What is missing of a period, given what was drawn `before`; `auditors` are those at work by team.

    Where nobody can audit a team, nothing is drawn.
    """
    load: dict[int, int] = {}
    for one in before:
        load[one.auditor] = load.get(one.auditor, 0) + 1
    if per is Per.AUDITOR:
        return _for_auditors(rng, count, agents, auditors, before)
    taken: dict[int, list[date]] = {}
    for one in before:
        taken.setdefault(one.person, []).append(one.day)
    found = []
    for agent, number in _wanted(rng, per, count, agents, before):
        for day in spread(rng, agent.days, number, taken.get(agent.id, ())):
            auditor = lightest(rng, auditors.get(agent.team, ()), load, agent.id)
            if auditor is not None:
                found.append(Drawn(agent.id, agent.team, day, auditor))
    return found


def _wanted(
    rng: np.random.Generator, per: Per, count: int, agents: Sequence[Agent], before: Sequence[Drawn]
) -> list[tuple[Agent, int]]:
    """(agent, how many more)."""
    had: dict[int, int] = {}
    teams: dict[int, int] = {}
    for one in before:
        had[one.person] = had.get(one.person, 0) + 1
        teams[one.team] = teams.get(one.team, 0) + 1
    able = [agent for agent in agents if agent.days]
    if per is Per.AGENT:
        return [(agent, count - had.get(agent.id, 0)) for agent in able]
    members: dict[int, list[Agent]] = {}
    for agent in able:
        members.setdefault(agent.team, []).append(agent)
    found: dict[int, tuple[Agent, int]] = {}
    for team, here in members.items():
        for agent in turns(rng, here, count - teams.get(team, 0), had):
            found[agent.id] = (agent, found.get(agent.id, (agent, 0))[1] + 1)
    return list(found.values())


def _for_auditors(
    rng: np.random.Generator,
    count: int,
    agents: Sequence[Agent],
    auditors: Mapping[int, Sequence[int]],
    before: Sequence[Drawn],
) -> list[Drawn]:
    had: dict[int, int] = {}
    done: dict[int, int] = {}
    for one in before:
        had[one.person] = had.get(one.person, 0) + 1
        done[one.auditor] = done.get(one.auditor, 0) + 1
    found = []
    for auditor in sorted({number for team in auditors.values() for number in team}):
        theirs = [one for one in agents if one.days and one.id != auditor and auditor in auditors.get(one.team, ())]
        chosen = turns(rng, theirs, count - done.get(auditor, 0), had)
        for agent in chosen:
            had[agent.id] = had.get(agent.id, 0) + 1
            found.append(Drawn(agent.id, agent.team, agent.days[int(rng.integers(len(agent.days)))], auditor))
    return found
