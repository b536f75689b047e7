"""Who works in the demo programme, where and when: drawn once, before anything is stored."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from math import gcd

import numpy as np

from app.accounts.models import AbsenceKind
from app.accounts.permissions import Role
from app.home.demo import content
from app.home.demo.shapes.organisation import Line, NamePool, Site, Team

TEAM_SIZE = 12.5
AGENTS_AN_AUDITOR = 25
LEAVING_A_MONTH = 0.008
MOVING_A_MONTH = 0.004
VACATION_SHARE = 0.55  # of half a year's agents
SICK_SHARE = 0.45
TENURE = ((0.12, 10, 90), (0.26, 90, 365), (0.62, 365, 2200))  # share, days since hiring from and to
NO_EARLIER_LEAVING = timedelta(days=28)
CALM_END = timedelta(days=15)  # nobody leaves, moves or is hired in the last days

Draw = np.random.Generator


@dataclass(frozen=True, slots=True)
class TeamPlan:
    """A team, its site and line of business, and its lead's employee number."""

    site: Site
    line: Line
    name: str
    lead: str
    named: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StaffPlan:
    """Somebody with a role over a team (`team`), a partner or site (`at`), or the whole programme."""

    employee_no: str
    name: str
    email: str
    role: Role
    language: str
    time_zone: str
    at: str | None = None
    team: int | None = None


@dataclass(frozen=True, slots=True)
class Away:
    kind: AbsenceKind
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class AgentPlan:
    """An agent: the team at the beginning, perhaps another from a day on, perhaps a day of leaving."""

    name: str
    team: int
    hired_on: date
    named: bool = False
    employee_no: str = ""
    email: str = ""
    left_on: date | None = None
    moves_on: date | None = None
    moves_to: int | None = None
    away: tuple[Away, ...] = ()

    def is_away(self, day: date) -> bool:
        return any(one.first <= day <= one.last for one in self.away)


@dataclass(frozen=True, slots=True)
class Roster:
    """Everybody, in the order in which they are stored."""

    teams: tuple[TeamPlan, ...]
    staff: tuple[StaffPlan, ...]
    agents: tuple[AgentPlan, ...]

    def agent(self, name: str) -> int | None:
        """The place of the agent of that name who was there from the beginning."""
        return next((place for place, one in enumerate(self.agents) if one.named and one.name == name), None)

    def with_role(self, role: Role) -> list[StaffPlan]:
        return [one for one in self.staff if one.role is role]


def draw_roster(rng: Draw, *, agents: int, first: date, last: date) -> Roster:
    """The people of a programme with so many agents at work, from its first day to its last."""
    names = _Names(rng)
    teams, leads = _teams(agents, names)
    staff = [*_staff(agents, names), *leads]
    drawn = _agents(rng, agents, teams, names, first, last)
    addresses = _Addresses()
    staff = [replace(one, email=addresses.of(one.name)) for one in staff]
    width = max(4, len(str(len(drawn))))
    numbered = (
        replace(one, employee_no=f"A{place:0{width}d}", email=addresses.of(one.name))
        for place, one in enumerate(drawn, start=1)
    )
    return Roster(tuple(teams), tuple(staff), tuple(numbered))


# --- Names and addresses ---


@dataclass
class _Names:
    """Names that nobody has yet, pool by pool."""

    rng: Draw
    _walks: dict[str, Iterator[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        organisation = content.organisation()
        self.taken = {person.name for person in organisation.staff}
        self.taken |= {name for team in organisation.teams for name in team.agents}

    def of(self, site: Site) -> str:
        """A new name of a pool of that site, mostly the first."""
        weights = np.array([3.0] + [1.0] * (len(site.names) - 1))
        pool_name = site.names[int(self.rng.choice(len(site.names), p=weights / weights.sum()))]
        pool = content.names()[pool_name]
        walk = self._walks.setdefault(pool_name, self._walk(pool))
        while (name := pool.name(next(walk))) in self.taken:
            pass
        self.taken.add(name)
        return name

    def _walk(self, pool: NamePool) -> Iterator[int]:
        """All numbers of the pool, each once, far apart from one to the next."""
        number, step = int(self.rng.integers(pool.size)), int(pool.size * 0.381966) | 1
        while gcd(step, pool.size) != 1:
            step += 2
        for _position in range(pool.size):
            yield number
            number = (number + step) % pool.size


@dataclass
class _Addresses:
    """E-mail addresses made from names; a second Ana Ruiz gets a number."""

    _seen: dict[str, int] = field(default_factory=dict)

    def of(self, name: str) -> str:
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
        parts = plain.split()
        local = f"{parts[0]}.{parts[-2] if len(parts) > 2 else parts[-1]}"
        self._seen[local] = count = self._seen.get(local, 0) + 1
        return f"{local}{count if count > 1 else ''}@{content.organisation().email_domain}"


# --- Teams and staff ---


def _teams(agents: int, names: _Names) -> tuple[list[TeamPlan], list[StaffPlan]]:
    """The teams of the programme, more of the same lines and sites where there are more agents, and their leads."""
    organisation = content.organisation()
    sites = {site.code: site for site in organisation.sites}
    lines = {line.code: line for line in organisation.lines}
    known = {person.employee_no: person for person in organisation.staff}
    base, teams, leads = organisation.teams, [], []
    used = {(team.site, team.line, team.letter) for team in base}
    for number in range(max(len(base), round(agents / TEAM_SIZE))):
        team = base[number] if number < len(base) else _another(base[number % len(base)], number, used)
        site = sites[team.site]
        plan = TeamPlan(site, lines[team.line], organisation.team_name(team), team.lead, team.agents)
        person = known.get(team.lead)
        name, language = (person.name, person.language) if person else (names.of(site), site.language)
        leads.append(StaffPlan(team.lead, name, "", Role.TEAM_LEAD, language, site.time_zone, team=number))
        teams.append(plan)
    return teams, leads


def _another(pattern: Team, number: int, used: set[tuple[str, str, str]]) -> Team:
    """One more team like this one, with the next free letter."""
    letters = _letters()
    letter = next(one for one in letters if (pattern.site, pattern.line, one) not in used)
    used.add((pattern.site, pattern.line, letter))
    return Team(pattern.site, pattern.line, letter, lead=f"L{number + 1:02d}")


def _letters() -> Iterator[str]:
    """A to Z, then A2 to Z2, and so on."""
    alphabet = [chr(code) for code in range(ord("A"), ord("Z") + 1)]
    round_ = 1
    while True:
        yield from (f"{letter}{round_ if round_ > 1 else ''}" for letter in alphabet)
        round_ += 1


def _staff(agents: int, names: _Names) -> list[StaffPlan]:
    """Everybody with a role but the leads; more auditors where there are more agents."""
    organisation = content.organisation()
    zones = {site.partner: site.time_zone for site in reversed(organisation.sites)}
    zones |= {site.code: site.time_zone for site in organisation.sites}
    staff = [
        StaffPlan(
            one.employee_no, one.name, "", Role(one.role), one.language,
            zones.get(one.at or "", organisation.programme.time_zone), one.at,
        )
        for one in organisation.staff
        if one.role != Role.TEAM_LEAD
    ]  # fmt: skip
    auditors = sum(1 for one in staff if one.role is Role.AUDITOR)
    for number in range(auditors + 1, agents // AGENTS_AN_AUDITOR + 1):
        site = organisation.sites[number % len(organisation.sites)]
        name = names.of(site)
        staff.append(StaffPlan(f"Q{number:02d}", name, "", Role.AUDITOR, site.language, site.time_zone))
    return staff


# --- Agents ---


def _agents(rng: Draw, count: int, teams: list[TeamPlan], names: _Names, first: date, last: date) -> list[AgentPlan]:
    """Those of the first day, with who leaves and moves in the course, and who is hired in the place of a leaver."""
    months = (last - first).days / 30.4
    there = _of_the_first_day(rng, count, teams, names, first)
    free = [place for place, one in enumerate(there) if not one.named]
    rng.shuffle(free)
    leaving = free[: round(count * LEAVING_A_MONTH * months)]
    moving = free[len(leaving) : len(leaving) + max(1, round(count * MOVING_A_MONTH * months))]
    hired = []
    for place in leaving:
        day = _day_between(rng, first + NO_EARLIER_LEAVING, last - CALM_END)
        there[place] = replace(there[place], left_on=day)
        begins = day + timedelta(days=int(rng.integers(5, 26)))
        if begins <= last - CALM_END:
            team = there[place].team
            hired.append(AgentPlan(names.of(teams[team].site), team, begins))
    for place in moving:
        there[place] = _moved(rng, there[place], teams, first, last)
    return [replace(one, away=_away(rng, one, first, last)) for one in (*there, *hired)]


def _of_the_first_day(rng: Draw, count: int, teams: list[TeamPlan], names: _Names, first: date) -> list[AgentPlan]:
    waiting = {number: list(team.named) for number, team in enumerate(teams)}
    tenures = rng.choice(len(TENURE), size=count, p=[share for share, _from, _to in TENURE])
    agents = []
    for place in range(count):
        number = place % len(teams)
        _share, least, most = TENURE[int(tenures[place])]
        hired = first - timedelta(days=int(rng.integers(least, most)))
        named = bool(waiting[number])
        name = waiting[number].pop(0) if named else names.of(teams[number].site)
        agents.append(AgentPlan(name, number, hired, named))
    return sorted(agents, key=lambda one: one.team)


def _moved(rng: Draw, agent: AgentPlan, teams: list[TeamPlan], first: date, last: date) -> AgentPlan:
    """The agent with a move to another team of the same site, if there is one."""
    site = teams[agent.team].site.code
    others = [number for number, team in enumerate(teams) if team.site.code == site and number != agent.team]
    if not others:
        return agent
    day = _day_between(rng, first + NO_EARLIER_LEAVING, last - CALM_END)
    return replace(agent, moves_on=day, moves_to=others[int(rng.integers(len(others)))])


def _away(rng: Draw, agent: AgentPlan, first: date, last: date) -> tuple[Away, ...]:
    """Vacations and sick days of half a year at a time; the named ones are there at the end."""
    found: list[Away] = []
    end = last - CALM_END if agent.named else last
    start = max(first, agent.hired_on + timedelta(days=30))
    chances: list[tuple[AbsenceKind, float, Callable[[], int]]] = [
        (AbsenceKind.VACATION, VACATION_SHARE, lambda: int(rng.integers(5, 13))),
        (AbsenceKind.SICK, SICK_SHARE, lambda: int(rng.integers(1, 5))),
    ]
    while start < end:
        for kind, share, length in chances:
            begins, days, happens = (
                _day_between(rng, start, min(start + timedelta(days=182), end)),
                length(),
                rng.random(),
            )
            ends = begins + timedelta(days=days - 1)
            if happens < share and not any(one.first <= ends and begins <= one.last for one in found) and ends < end:
                found.append(Away(kind, begins, ends))
        start += timedelta(days=182)
    return tuple(sorted(found, key=lambda one: one.first))


def _day_between(rng: Draw, first: date, last: date) -> date:
    return first + timedelta(days=int(rng.integers(max((last - first).days, 1))))
