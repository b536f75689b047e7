"""The demo programme's units and people in the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from app.accounts.models import Absence, Grant, Membership, Unit, UnitKind, User
from app.accounts.permissions import Role
from app.accounts.services import add_unit, programme_unit
from app.core import bulk
from app.home.demo import content
from app.home.demo.roster import AgentPlan, Roster, StaffPlan

LONG_BEFORE = timedelta(days=400)


@dataclass
class People:
    """Ids of what the roster names: parallel to its teams, staff and agents."""

    units: dict[str, Unit] = field(default_factory=dict)
    """By the content's codes of partners and sites; the programme's is the empty one."""
    teams: list[int] = field(default_factory=list)
    staff: dict[str, int] = field(default_factory=dict)
    """By employee number."""
    agents: list[int] = field(default_factory=list)
    leads: list[int] = field(default_factory=list)
    """Of each team."""


def write_people(session: Session, roster: Roster, first: date, *, on: datetime) -> People:
    """Units, people, memberships, roles and absences, as known on the first day: moves and leaving come in time."""
    people = People()
    _units(session, roster, people, on=on)
    numbers = _users(session, roster)
    people.agents = numbers[: len(roster.agents)]
    people.staff = dict(zip((one.employee_no for one in roster.staff), numbers[len(roster.agents) :], strict=True))
    people.leads = [people.staff[team.lead] for team in roster.teams]
    _places(session, roster, people, first)
    return people


def _units(session: Session, roster: Roster, people: People, *, on: datetime) -> None:
    """The tree: programme, partners, sites, teams, named as they are called there."""
    organisation = content.organisation()
    root = programme_unit(session)
    root.name = organisation.programme.name.es
    people.units[""] = root
    for partner in organisation.partners:
        people.units[partner.code] = add_unit(session, root, UnitKind.PARTNER, partner.name, by=None, on=on)
    for site in organisation.sites:
        where = {"market": site.market, "time_zone": site.time_zone, "language": site.language}
        above = people.units[site.partner]
        name = site.name.get(site.language)
        people.units[site.code] = add_unit(session, above, UnitKind.SITE, name, by=None, on=on, **where)
    for team in roster.teams:
        above, line = people.units[team.site.code], team.line.name.es
        unit = add_unit(session, above, UnitKind.TEAM, team.name, by=None, on=on, line_of_business=line)
        people.teams.append(unit.id)


def _users(session: Session, roster: Roster) -> list[int]:
    """Everybody: agents first, then staff; their ids."""
    first = bulk.reserve_ids(session, User, len(roster.agents) + len(roster.staff))
    names = [
        "id", "employee_no", "name", "email", "language", "time_zone", "hired_on", "weekly_contacts", "session_key",
        "failed_sign_ins", "is_demo",
    ]  # fmt: skip
    rows = [*(_agent(roster, one) for one in roster.agents), *(_staff(one) for one in roster.staff)]
    bulk.insert(session, User, names, ((number, *row, "0", 0, True) for number, row in enumerate(rows, first)))
    return list(range(first, first + len(rows)))


def _agent(roster: Roster, one: AgentPlan) -> Sequence[object]:
    team = roster.teams[one.team]
    return (
        one.employee_no, one.name, one.email, team.site.language, team.site.time_zone, one.hired_on,
        team.line.weekly_contacts,
    )  # fmt: skip


def _staff(one: StaffPlan) -> Sequence[object]:
    return one.employee_no, one.name, one.email, one.language, one.time_zone, None, None


def _places(session: Session, roster: Roster, people: People, first: date) -> None:
    """Who is in which team, who has which role, who is away when."""
    memberships = (
        (person, people.teams[one.team], one.hired_on) for person, one in zip(people.agents, roster.agents, strict=True)
    )
    bulk.insert(session, Membership, ["user_id", "team_id", "valid_from"], memberships)
    since = first - LONG_BEFORE
    grants = [(people.staff[one.employee_no], one.role, _over(people, one), since) for one in roster.staff]
    bulk.insert(session, Grant, ["user_id", "role", "unit_id", "valid_from"], grants)
    absences = (
        (person, away.kind, away.first, away.last)
        for person, one in zip(people.agents, roster.agents, strict=True)
        for away in one.away
    )
    bulk.insert(session, Absence, ["user_id", "kind", "from_day", "to_day"], absences)


def _over(people: People, one: StaffPlan) -> int:
    if one.role is Role.TEAM_LEAD and one.team is not None:
        return people.teams[one.team]
    return people.units[one.at or ""].id


__all__ = ["People", "write_people"]
