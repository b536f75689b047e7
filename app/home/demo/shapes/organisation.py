"""Who works where: programme, lines, markets, sites, teams and people."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from app.home.demo.shapes.texts import Text


@dataclass(frozen=True, slots=True)
class Programme:
    code: str
    name: Text
    time_zone: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of business, with the contacts one agent handles in a week."""

    code: str
    name: Text
    weekly_contacts: int


@dataclass(frozen=True, slots=True)
class Market:
    code: str
    name: Text


@dataclass(frozen=True, slots=True)
class Partner:
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Site:
    """A centre of a partner; `names` are the pools its agents' names come from."""

    code: str
    partner: str
    name: Text
    market: str
    time_zone: str
    language: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Team:
    """A team of a line at a site; `lead` is an employee number, `agents` those who have a name of their own."""

    site: str
    line: str
    letter: str
    lead: str
    agents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a role at a partner or site (`at`), or over the whole programme."""

    employee_no: str
    name: str
    role: str
    language: str
    at: str | None = None


@dataclass(frozen=True, slots=True)
class Organisation:
    email_domain: str
    programme: Programme
    lines: tuple[Line, ...]
    markets: tuple[Market, ...]
    partners: tuple[Partner, ...]
    sites: tuple[Site, ...]
    teams: tuple[Team, ...]
    staff: tuple[Person, ...]

    def team_name(self, team: Team, language: str | None = None) -> str:
        """“Refunds · Bogotá B”: in `language`, or in the one spoken at the site."""
        site = next(site for site in self.sites if site.code == team.site)
        line = next(line for line in self.lines if line.code == team.line)
        spoken = language or site.language
        return f"{line.name.get(spoken)} · {site.name.get(spoken)} {team.letter}"


@dataclass(frozen=True, slots=True)
class NamePool:
    """Given names and surnames of a region; a person carries `surnames_each` of the surnames."""

    given: tuple[str, ...]
    surnames: tuple[str, ...]
    surnames_each: int

    @property
    def size(self) -> int:
        """How many different names can be made."""
        return prod((len(self.given), *[len(self.surnames)] * self.surnames_each))

    def name(self, number: int) -> str:
        """Name number 0 to `size` − 1; different numbers give different names."""
        number, position = divmod(number, len(self.given))
        parts = [self.given[position]]
        for _surname in range(self.surnames_each):
            number, position = divmod(number, len(self.surnames))
            parts.append(self.surnames[position])
        return " ".join(parts)
