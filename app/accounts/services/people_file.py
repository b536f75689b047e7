"""People from a file: who they are, where they belong and since when; all or nothing, however often it is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from os import PathLike
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.accounts.intake import raise_if_any, read_people
from app.accounts.models import Activity, Grant, Membership, Unit, User
from app.accounts.permissions import Permission
from app.accounts.queries import Place
from app.accounts.reach import everywhere
from app.accounts.record import log
from app.accounts.services import file_people, file_places, file_units, spans
from app.accounts.services.file_people import News, Person
from app.accounts.services.people import plain
from app.accounts.services.spans import Difference
from app.accounts.services.units import programme_unit
from app.core.errors import Refused
from app.core.follow import Event, announce


@dataclass(frozen=True, slots=True)
class PeopleSummary:
    """What an import of people did. People are new, changed (themselves or their places) or unchanged: each once."""

    rows: int
    people_new: int
    people_changed: int
    unchanged: int
    units_new: int
    memberships_new: int
    grants_new: int
    places_ended: int
    """Teams and roles that got an end because of a move or a leaving."""
    unknown_columns: tuple[str, ...] = ()


def import_people(session: Session, path: str | PathLike[str], *, by: User | None, on: datetime) -> PeopleSummary:
    """Take in a people file, CSV or XLSX, or nothing of it.

    Raises `BadFile` with the problems of all rows, and `Refused` for who does not administer the whole programme.
    """
    if by is not None and not everywhere(by, Permission.ADMINISTER):
        raise Refused(_("Only an administrator of the whole programme can import people."))
    told = read_people(path)
    named = file_units.gather(session, told)
    people, problems = file_people.gather(session, told)
    raise_if_any([*named.problems, *problems])
    units_new = len(named.new)
    units = file_units.make(session, named)
    news = file_people.write(session, people, units)
    moves = file_places.memberships(session, people, units, on.date())
    roles = file_places.grants(session, people, units, on.date(), moves)
    spans.write(session, Membership, moves)
    spans.write(session, Grant, roles)
    session.expire_all()
    touched = set(news) | moves.people | roles.people
    new = sum(person.known is None for person in people)
    changed = sum(person.known is not None and person.id in touched for person in people)
    summary = PeopleSummary(
        rows=len(told.rows),
        people_new=new,
        people_changed=changed,
        unchanged=len(people) - new - changed,
        units_new=units_new,
        memberships_new=len(moves.made),
        grants_new=len(roles.made),
        places_ended=sum(span.end is not None for _owner, _row, span in (*moves.ended, *roles.ended)),
        unknown_columns=told.unknown,
    )
    _record(session, summary, people, news, units, moves, roles, by=by, on=on)
    _tell_leavings(session, people, news, on)
    return summary


def _record(
    session: Session,
    summary: PeopleSummary,
    people: Sequence[Person],
    news: dict[int, News],
    units: dict[str, Place],
    moves: Difference,
    roles: Difference,
    *,
    by: User | None,
    on: datetime,
) -> None:
    """A line for the import, and one for each change to somebody known already."""
    counts = {name: getattr(summary, name) for name in PeopleSummary.__slots__ if name != "unknown_columns"}
    log(session, "people.imported", programme_unit(session), by=by, on=on, **counts)
    known = {person.id for person in people if person.known is not None}
    paths = {place.id: place.path for place in units.values()}
    lines = [_line("person.changed", "user", number, number, plain(changes)) for number, changes in news.items()]
    for (person, _role, _unit), span in moves.made:
        detail = {"unit": paths.get(span.place[0]), "valid_from": span.start.isoformat()}
        lines.append(_line("person.moved", Unit.__tablename__, span.place[0], person, detail))
    for (person, role, unit), span in roles.made:
        detail = {"role": role, "unit": paths.get(unit or 0), "valid_from": span.start.isoformat()}
        lines.append(_line("role.given", Unit.__tablename__, unit, person, detail))
    for (person, role, unit), _row, span in roles.ended:
        detail = {"role": role, "valid_to": span.end.isoformat() if span.end else None}
        lines.append(_line("role.taken", Unit.__tablename__, unit, person, detail))
    written = [line for line in lines if line["person_id"] in known]
    if written:
        common = {"at": on, "actor_id": by.id if by is not None else None}
        session.execute(insert(Activity), [{**common, **line} for line in written])


def _line(verb: str, kind: str, subject: int | None, person: int, detail: dict[str, Any]) -> dict[str, Any]:
    return {"verb": verb, "subject_kind": kind, "subject_id": subject, "person_id": person, "detail": detail}


def _tell_leavings(session: Session, people: Sequence[Person], news: dict[int, News], on: datetime) -> None:
    """Tell other rooms who leaves by this file; who is new to Hilo has nothing there."""
    for person in people:
        if person.left_on is not None and "left_on" in news.get(person.id, {}):
            announce(session, Event.PERSON_LEFT, person_id=person.id, day=person.left_on, on=on)
