"""People from a file: who they are, where they belong and since when; all or nothing, however often it is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from os import PathLike
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.accounts.intake import Told, raise_if_any, read_people
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


@dataclass(frozen=True, slots=True)
class Changes:
    """What was written, and about whom."""

    people: Sequence[Person]
    units: Mapping[str, Place]
    units_new: int
    news: Mapping[int, News]
    moves: Difference
    roles: Difference

    @property
    def known(self) -> set[int]:
        """Ids of the people who were known before."""
        return {person.id for person in self.people if person.known is not None}

    def summary(self, told: Told) -> PeopleSummary:
        """The counts, each person counted once."""
        known = self.known
        changed = len(known & (set(self.news) | self.moves.people | self.roles.people))
        ended = (span.end is not None for _owner, _row, span in (*self.moves.ended, *self.roles.ended))
        return PeopleSummary(
            rows=len(told.rows),
            people_new=len(self.people) - len(known),
            people_changed=changed,
            unchanged=len(known) - changed,
            units_new=self.units_new,
            memberships_new=len(self.moves.made),
            grants_new=len(self.roles.made),
            places_ended=sum(ended),
            unknown_columns=told.unknown,
        )


def import_people(session: Session, path: str | PathLike[str], *, by: User | None, on: datetime) -> PeopleSummary:
    """Take in a people file, CSV or XLSX, or nothing of it.

    Raises `BadFile` with the problems of all rows, and `Refused` for who does not administer the whole programme.
    """
    if by is not None and not everywhere(by, Permission.ADMINISTER):
        raise Refused(_("Only an administrator of the whole programme can import people."))
    told = read_people(path)
    changes = write(session, told, on)
    summary = changes.summary(told)
    counts = {name: count for name, count in asdict(summary).items() if name != "unknown_columns"}
    log(session, "people.imported", programme_unit(session), by=by, on=on, **counts)
    known, common = changes.known, {"at": on, "actor_id": by.id if by is not None else None}
    lines = [{**common, **line} for line in _lines(changes) if line["person_id"] in known]
    if lines:
        session.execute(insert(Activity), lines)
    _tell_leavings(session, changes, on)
    return summary


def write(session: Session, told: Told, on: datetime) -> Changes:
    """Compare the file with what is known and write the difference, unless anything is wrong."""
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
    return Changes(people, units, units_new, news, moves, roles)


def _lines(changes: Changes) -> Iterator[dict[str, Any]]:
    """A line of the activity log for each change."""
    paths = {place.id: place.path for place in changes.units.values()}
    for number, facts in changes.news.items():
        yield _line("person.changed", User.__tablename__, number, number, plain(facts))
    for (person, _role, _unit), span in changes.moves.made:
        detail = {"unit": paths.get(span.place[0]), "valid_from": span.start.isoformat()}
        yield _line("person.moved", Unit.__tablename__, span.place[0], person, detail)
    for (person, role, unit), span in changes.roles.made:
        detail = {"role": role, "unit": paths.get(unit or 0), "valid_from": span.start.isoformat()}
        yield _line("role.given", Unit.__tablename__, unit, person, detail)
    for (person, role, unit), _row, span in changes.roles.ended:
        detail = {"role": role, "valid_to": span.end.isoformat() if span.end else None}
        yield _line("role.taken", Unit.__tablename__, unit, person, detail)


def _line(verb: str, kind: str, subject: int | None, person: int, detail: dict[str, Any]) -> dict[str, Any]:
    return {"verb": verb, "subject_kind": kind, "subject_id": subject, "person_id": person, "detail": detail}


def _tell_leavings(session: Session, changes: Changes, on: datetime) -> None:
    """Tell other rooms who leaves by this file; who is new to Hilo has nothing there."""
    for person in changes.people:
        if person.left_on is not None and "left_on" in changes.news.get(person.id, {}):
            announce(session, Event.PERSON_LEFT, person_id=person.id, day=person.left_on, on=on)
