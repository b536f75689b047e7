"""People a sample names and Hilo does not know: offered as they may be added, and added in bulk."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Names
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.accounts.models import Unit, UnitKind, User
from app.accounts.permissions import Permission, Role
from app.accounts.reach import unit_scope
from app.accounts.services import NewPerson, add_people
from app.audits.profiles.dates import to_iso
from app.audits.profiles.making import set_words
from app.audits.profiles.mapping import Mapping, PersonBy
from app.audits.profiles.matching import Known, Word, listed
from app.audits.profiles.models import MappingProfile
from app.audits.profiles.survey import texts_of
from app.core.sheets import parse_date
from app.core.words import folded

ROLES = {"employee_no": Role.AGENT, "auditor_no": Role.AUDITOR}
"""What people of each kind are."""


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody the file names, as they may be added: `word` is what the file calls them."""

    word: str
    count: int
    employee_no: str
    name: str
    email: str = ""
    group: str = ""
    """What the file says they belong to."""


def newcomers(name: str, mapping: Mapping, seen: Names[str, Any], known: Known) -> list[Newcomer]:
    """Everybody of a kind who is not known, is like nobody known, and nobody has decided on; the most frequent first."""
    opened = [word for word in listed(name, mapping, seen, known) if not word.decided and not word.offer]
    by, groups = mapping.person_by.get(name, PersonBy.NUMBER), seen.get("groups", {}) if name == "employee_no" else {}
    taken = set(known.people)
    return [_newcomer(word, by, taken, groups.get(word.text, "")) for word in opened]


def _newcomer(word: Word, by: PersonBy, taken: set[str], group: str) -> Newcomer:
    beside = word.beside or ""
    email = next((text for text in (word.text, beside) if "@" in text), "")
    called = beside if "@" not in beside else ""
    called = called or (word.text if by is PersonBy.NAME or not email else "")
    name = _in_order(called) if called else _of_email(email)
    number = word.text if by in (PersonBy.NUMBER, PersonBy.OTHER) else _number_of(email.partition("@")[0] or name)
    return Newcomer(word.text, word.count, _free(number, taken), name, email, group)


def _in_order(name: str) -> str:
    """A name with what stands before its comma last."""
    last, comma, first = name.partition(",")
    return " ".join(f"{first} {last}".split()) if comma else name


def _of_email(email: str) -> str:
    return " ".join(part.capitalize() for part in re.split(r"[._\-+\d]+", email.partition("@")[0]) if part)


def _number_of(name: str) -> str:
    """A number where the file has none: the name in plain letters."""
    return ".".join(re.findall(r"[a-z0-9]+", folded(name)))[:60]


def _free(number: str, taken: set[str]) -> str:
    """The number, told apart from those before it."""
    free = next(one for one in (number, *(f"{number}.{again}" for again in range(2, 10_000))) if one not in taken)
    taken.add(free)
    return free


def groups_of(found: Iterable[Newcomer]) -> list[tuple[str, int]]:
    """What the file says people belong to, with how many do."""
    return Counter(one.group for one in found if one.group).most_common()


def first_day(mapping: Mapping, seen: Names[str, Any]) -> date | None:
    """The day of the earliest contact of the sample: whoever is added was there by then."""
    style = mapping.dates.get("contact_at")
    isos = (to_iso(text, style) for text in texts_of(seen, "contact_at")) if style else ()
    return min((day for iso in isos if iso and (day := parse_date(iso[:10]))), default=None)


def units_for(by: User, name: str) -> Select[Unit]:
    """The units people of a kind may be added to by somebody: agents to teams."""
    found = select(Unit).where(Unit.id.in_(unit_scope(by, Permission.ADMINISTER))).order_by(Unit.path)
    return found.where(Unit.kind == UnitKind.TEAM) if ROLES[name] is Role.AGENT else found


def add(
    session: Session,
    profile: MappingProfile,
    name: str,
    people: Sequence[tuple[str, NewPerson]],
    unit: Unit,
    since: date,
    *,
    by: User,
    on: datetime,
) -> int:
    """Add people, each with what the file calls them; from then on the profile knows them. Raises `Refused`."""
    count = add_people(session, [one for _word, one in people], ROLES[name], unit, since, by=by, on=on)
    set_words(profile, name, {word: one.employee_no.strip() for word, one in people}, on=on)
    return count
