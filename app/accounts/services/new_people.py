"""Many people added at once: those another room's file speaks of and nobody has brought in yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.intake import EMAIL, LONGEST, PersonRow, Told
from app.accounts.models import Unit, UnitKind, User
from app.accounts.permissions import Role
from app.accounts.record import log
from app.accounts.services.file_people import FACTS
from app.accounts.services.people import tidy_email
from app.accounts.services.people_file import write
from app.accounts.services.places import must_administer
from app.accounts.services.units import LEVELS
from app.core import bulk
from app.core.errors import Refused
from app.core.sheets import looks_like_formula

BLOCK = 5_000
NAMED = 5
"""So many are named in a refusal."""


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Somebody to be added: who can't sign in until invited."""

    employee_no: str
    name: str
    email: str | None = None


def add_people(
    session: Session, people: Sequence[NewPerson], role: Role, unit: Unit, since: date, *, by: User | None, on: datetime
) -> int:
    """Add people who play a part over a unit from a day on: all of them, or nobody; returns how many.

    Raises `Refused` for a number or address that is missing, taken or wrong, for agents outside a team, and for who
    does not administer the unit.
    """
    if role is Role.AGENT and unit.kind is not UnitKind.TEAM:
        raise Refused(_("%(path)s is not a team.", path=unit.path or unit.name))
    must_administer(session, by, unit)
    tidy = [NewPerson(one.employee_no.strip(), " ".join(one.name.split()), tidy_email(one.email)) for one in people]
    _check(tidy)
    _must_be_free(session, tidy)
    names = tuple(zip(LEVELS, unit.path.split("/"), strict=False)) if unit.path else ()
    rows = [
        PersonRow(line, one.employee_no, one.name, role, names, email=one.email, valid_from=since)
        for line, one in enumerate(tidy, start=1)
    ]
    headers = {name: name for name in ("employee_no", *FACTS, "market", "team", "site", "partner")}
    write(session, Told(rows, headers, ()), on)
    log(session, "people.added", unit, by=by, on=on, people_new=len(rows), role=role.value, unit=unit.path)
    return len(rows)


def _check(people: Sequence[NewPerson]) -> None:
    """Everybody has a number and a name of their own, and an address that is one."""
    if any(not one.employee_no or not one.name for one in people):
        raise Refused(_("Everybody to be added needs an employee number and a name."))
    long = [one.name for one in people if any(len(getattr(one, key) or "") > most for key, most in LONGEST.items())]
    odd = [text for one in people for text in (one.employee_no, one.name) if looks_like_formula(text)]
    wrong = [one.email for one in people if one.email and not EMAIL.fullmatch(one.email)]
    for found, sentence in (
        (long, _("Too long: %(names)s. Nobody was added.", names=_first(long))),
        (odd, _("These look like a formula: %(names)s. Nobody was added.", names=_first(odd))),
        (wrong, _("These are not email addresses: %(names)s. Nobody was added.", names=_first(wrong))),
        (twice := _twice(people), _("Used for several people: %(names)s. Nobody was added.", names=_first(twice))),
    ):
        if found:
            raise Refused(sentence)


def _twice(people: Sequence[NewPerson]) -> list[str]:
    numbers = Counter(one.employee_no for one in people)
    emails = Counter(one.email for one in people if one.email)
    return [text for counts in (numbers, emails) for text, count in counts.items() if count > 1]


def _must_be_free(session: Session, people: Sequence[NewPerson]) -> None:
    """Raise `Refused` when somebody has one of the numbers or addresses already."""
    taken: list[str] = []
    for column, values in (
        (User.employee_no, [one.employee_no for one in people]),
        (User.email, [one.email for one in people if one.email]),
    ):
        for block in bulk.chunks(values, BLOCK):
            taken += [found for found in session.scalars(select(column).where(column.in_(block))) if found]
    if taken:
        raise Refused(_("Somebody else has these already: %(names)s. Nobody was added.", names=_first(taken)))


def _first(texts: Sequence[str | None]) -> str:
    return ", ".join(text for text in texts[:NAMED] if text) + (" …" if len(texts) > NAMED else "")
