"""Where a people file puts its people: memberships of agents, roles of the others, and what these end.

A team told anew ends the team before. A role told over a unit anew ends the same role over units the file does not
name; who becomes a lead leaves the team, and who becomes an agent leads no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from sqlalchemy.orm import Session

from app.accounts.intake import PersonRow
from app.accounts.permissions import Role
from app.accounts.queries import Place
from app.accounts.rules import Span, timeline
from app.accounts.services import spans
from app.accounts.services.file_people import Person
from app.accounts.services.file_units import key_of
from app.accounts.services.spans import Difference, Known, Owner

Units = Mapping[str, Place]


def memberships(session: Session, people: Iterable[Person], units: Units, today: date) -> Difference:
    """What changes in who is in which team."""
    known = spans.known_memberships(session, [person.id for person in people if person.known is not None])
    wanted: dict[Owner, list[Span]] = {}
    for person in people:
        owner: Owner = (person.id, None, None)
        rows = list(known.get(owner, {}).values())
        told = [_in_team(person, row, units[key_of(row)], rows, today) for row in person.with_role(Role.AGENT)]
        leads = person.with_role(Role.TEAM_LEAD) if not told else []
        stops = min((_first_day(person, row, today) for row in leads), default=None)
        if told or rows:
            wanted[owner] = _timeline(person, rows, told, stops)
    return spans.compare(known, wanted)


def grants(session: Session, people: Iterable[Person], units: Units, today: date, moves: Difference) -> Difference:
    """What changes in who has which role; `moves` are the changes of teams."""
    known = spans.known_grants(session, [person.id for person in people if person.known is not None])
    of_person: dict[int, list[Owner]] = {}
    for owner in known:
        of_person.setdefault(owner[0], []).append(owner)
    placed = {owner[0]: span.start for owner, span in reversed(moves.made)}
    wanted: dict[Owner, list[Span]] = {}
    for person in people:
        named, begun = _told_roles(person, units, known, today)
        wanted |= named
        if person.id in placed and not person.with_role(Role.TEAM_LEAD):
            begun.setdefault(Role.TEAM_LEAD, placed[person.id])
        for owner in of_person.get(person.id, ()):
            if owner not in named and owner[1] is not None:
                wanted[owner] = _timeline(person, known[owner].values(), [], begun.get(owner[1]))
    return spans.compare(known, wanted)


def _told_roles(
    person: Person, units: Units, known: Known, today: date
) -> tuple[dict[Owner, list[Span]], dict[Role, date]]:
    """The roles the file gives to a person, and the first day of those that are new."""
    named: dict[Owner, list[Span]] = {}
    begun: dict[Role, date] = {}
    for row in person.with_role(*(role for role in Role if role is not Role.AGENT)):
        unit = units[key_of(row)].id
        owner: Owner = (person.id, row.role, unit)
        rows = named.get(owner) or list(known.get(owner, {}).values())
        start = rows[-1].start if rows and row.valid_from is None else _first_day(person, row, today)
        named[owner] = _timeline(person, rows, [Span((unit, None), start)])
        if spans.compare(known, {owner: named[owner]}).made:
            begun[row.role] = min(start, begun.get(row.role, start))
    return named, begun


def _in_team(person: Person, row: PersonRow, team: Place, known: list[Span], today: date) -> Span:
    """The span a row tells; where its line of business is empty it is the one known, else the team's."""
    start = row.valid_from
    same = [span for span in known if span.place[0] == team.id and (start is None or span.start <= start)]
    line = row.line_of_business
    if line is None and same:
        line = same[-1].place[1]
    elif line == team.line_of_business:
        line = None
    if start is None:
        start = known[-1].start if known and known[-1].place == (team.id, line) else _first_day(person, row, today)
    return Span((team.id, line), start)


def _first_day(person: Person, row: PersonRow, today: date) -> date:
    """When a place begins: as told; not told, the day of hiring of who is new, today for who is known."""
    hired: date | None = person.facts.get("hired_on") if person.known is None else None
    return row.valid_from or hired or today


def _timeline(person: Person, rows: Iterable[Span], told: list[Span], stops: date | None = None) -> list[Span]:
    left_before = None if person.is_back else person.left_before
    return timeline(list(rows), told, left_before=left_before, left=person.left_on, stops=stops)
