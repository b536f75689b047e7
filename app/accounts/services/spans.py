"""Writing down where people belong and since when: the difference between what is known and what is wanted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from app.accounts.models import Grant, Membership
from app.accounts.permissions import Role
from app.accounts.rules import Span
from app.core import bulk

BLOCK = 5_000
"""Ids a statement may name, on either database."""
MEMBERSHIP = ("user_id", "team_id", "line_of_business", "valid_from", "valid_to")
GRANT = ("user_id", "unit_id", "role", "valid_from", "valid_to")

Owner = tuple[int, Role | None, int | None]
"""Whose spans exclude each other: of a person's teams, all; of the roles, those of one kind over one unit."""


@dataclass(slots=True)
class Difference:
    """What turns the known spans into the wanted ones: rows to make, to give another end, to take away."""

    made: list[tuple[Owner, Span]] = field(default_factory=list)
    ended: list[tuple[Owner, int, Span]] = field(default_factory=list)
    gone: list[tuple[Owner, int]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.made or self.ended or self.gone)

    @property
    def people(self) -> set[int]:
        """Ids of the people it touches."""
        return {change[0][0] for change in (*self.made, *self.ended, *self.gone)}


Known = dict[Owner, dict[int, Span]]
"""Spans by the id of their row, by owner."""


def known_memberships(session: Session, people: Sequence[int]) -> Known:
    """The memberships of these people, in order."""
    known: Known = {}
    for block in bulk.chunks(people, BLOCK):
        rows = session.execute(
            select(
                Membership.id,
                Membership.user_id,
                Membership.team_id,
                Membership.line_of_business,
                Membership.valid_from,
                Membership.valid_to,
            )
            .where(Membership.user_id.in_(block))
            .order_by(Membership.valid_from)
        )
        for number, person, team, line, start, end in rows:
            known.setdefault((person, None, None), {})[number] = Span((team, line), start, end)
    return known


def known_grants(session: Session, people: Sequence[int]) -> Known:
    """The grants of these people, in order."""
    known: Known = {}
    for block in bulk.chunks(people, BLOCK):
        rows = session.execute(
            select(Grant.id, Grant.user_id, Grant.role, Grant.unit_id, Grant.valid_from, Grant.valid_to)
            .where(Grant.user_id.in_(block))
            .order_by(Grant.valid_from)
        )
        for number, person, role, unit, start, end in rows:
            known.setdefault((person, role, unit), {})[number] = Span((unit, None), start, end)
    return known


def compare(known: Known, wanted: Mapping[Owner, Iterable[Span]]) -> Difference:
    """What is to be written so that each owner named has the wanted spans."""
    difference = Difference()
    for owner, spans in wanted.items():
        rows = {(span.place, span.start): (number, span) for number, span in known.get(owner, {}).items()}
        for span in spans:
            number, old = rows.pop((span.place, span.start), (None, None))
            if number is None:
                difference.made.append((owner, span))
            elif old != span:
                difference.ended.append((owner, number, span))
        difference.gone += [(owner, number) for number, _span in rows.values()]
    return difference


def write(session: Session, table: type[Membership] | type[Grant], difference: Difference) -> None:
    """Carry out a difference: a handful of statements, however many people."""
    session.flush()
    for block in bulk.chunks([number for _owner, number in difference.gone]):
        session.execute(delete(table).where(table.id.in_(block)))
    if difference.ended:
        statement = update(table.__table__).where(table.id == bindparam("row")).values(valid_to=bindparam("end"))
        session.connection().execute(statement, [{"row": n, "end": span.end} for _owner, n, span in difference.ended])
    columns = MEMBERSHIP if table is Membership else GRANT
    bulk.insert(session, table, columns, (_row(table, owner, span) for owner, span in difference.made))


def _row(table: type[Membership] | type[Grant], owner: Owner, span: Span) -> tuple[Any, ...]:
    """The values of `MEMBERSHIP` or `GRANT`."""
    person, role, _unit = owner
    team_or_unit, line = span.place
    return (person, team_or_unit, line if table is Membership else role, span.start, span.end)
