"""The audits of a file that are stored already, and what of their heads the file says differently."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Integer, Select, String, select, type_coerce
from sqlalchemy.orm import Session

from app.audits.catalog import Catalog
from app.audits.intake.gathered import Gathered, Mask, absent
from app.audits.intake.heads import Heads, Hint, Ids, Objects, complain
from app.audits.intake.problems import FindingProblem
from app.audits.models import Audit
from app.core import bulk
from app.core.problems import Problem

BLOCK = 5_000


@dataclass(frozen=True, slots=True)
class Known:
    """One entry per audit of the file: what is stored of it; −1 or None where it is not."""

    id: Ids
    person: Ids
    version: Ids
    week: Ids
    """The number of the contact's week."""
    auditor: Ids
    purpose: Objects
    contact_at: Objects
    audited_at: Objects

    @property
    def mask(self) -> Mask:
        """Which audits are stored."""
        return self.id >= 0


def look_up(session: Session, heads: Heads) -> Known:
    """The stored audits of these sources and references."""
    size = len(heads.source)
    numbers: list[NDArray[Any]] = [np.full(size, -1, np.int64) for _ in range(5)]
    columns = numbers + [np.full(size, None, np.object_) for _ in range(3)]
    places: dict[str, dict[str, int]] = {}
    for place, (source, reference) in enumerate(zip(heads.source.tolist(), heads.reference.tolist(), strict=True)):
        places.setdefault(source, {})[reference] = place
    for source, place_of in places.items():
        if session.scalar(select(Audit.id).where(Audit.source == source).limit(1)) is None:
            continue
        for block in bulk.chunks(list(place_of), BLOCK):
            rows = session.execute(_stored(source, block)).all()
            at = [place_of[row[0]] for row in rows]
            for column, values in zip(columns, list(zip(*rows, strict=True))[1:], strict=bool(rows)):
                column[at] = [-1 if value is None else value for value in values]
    return Known(*columns)


def _stored(source: str, references: Sequence[str]) -> Select[*tuple[Any, ...]]:
    """The reference of audits and what `Known` holds of them, in its order."""
    columns: tuple[Any, ...] = (
        Audit.reference,
        Audit.id,
        Audit.person_id,
        Audit.version_id,
        type_coerce(Audit.week, Integer),
        Audit.auditor_id,
        type_coerce(Audit.purpose, String),
        Audit.contact_at,
        Audit.audited_at,
    )
    return select(*columns).where(Audit.source == source, Audit.reference.in_(references))


def check(found: Gathered, heads: Heads, known: Known, catalog: Catalog) -> None:
    """A known audit said to be of somebody else, another scorecard, purpose or contact is a mistake, not a correction.

    Another auditor or time of auditing is left as it is stored.
    """
    _refuse(
        found, known, heads.person, known.person, "employee_no", lambda place: _number(catalog, known.person[place])
    )
    _refuse(
        found, known, heads.version, known.version, "scorecard", lambda place: _label(catalog, known.version[place])
    )
    _refuse(found, known, heads.purpose, known.purpose, "purpose", lambda place: str(known.purpose[place]))
    _refuse(found, known, heads.contact_at, known.contact_at, "contact_at", lambda p: known.contact_at[p].isoformat())
    _leave(found, known.mask & (heads.auditor >= 0) & (heads.auditor != known.auditor), "auditor_no")
    _leave(found, known.mask & (heads.audited_at != known.audited_at), "audited_at")


def _refuse(found: Gathered, known: Known, said: NDArray[Any], stored: NDArray[Any], name: str, hint: Hint) -> None:
    complain(found, known.mask & ~found.bad & (said != stored), FindingProblem.STORED_OTHERWISE, name, hint)


def _leave(found: Gathered, mask: Mask, name: str) -> None:
    if count := int((mask & ~found.bad).sum()):
        found.remarks.append(Problem(FindingProblem.LEFT_AS_STORED, column=found.headers[name], value=str(count)))


def _number(catalog: Catalog, person: int) -> str | None:
    """The number of a person, if it may be named."""
    if catalog.agents is not None and person not in catalog.agents:
        return "–"
    return next((number for number, known in catalog.people.items() if known == person), None)


def _label(catalog: Catalog, version: int) -> str | None:
    code = catalog.card_codes.get(version)
    return None if code is None else f"{code} · {catalog.versions[version].label}"


def references(session: Session, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The ids of the audits of these sources and references, of those stored."""
    by_source: dict[str, list[str]] = {}
    for source, reference in wanted:
        by_source.setdefault(source, []).append(reference)
    found = {}
    for source, names in by_source.items():
        for block in bulk.chunks(names, BLOCK):
            statement = select(Audit.reference, Audit.id).where(Audit.source == source, Audit.reference.in_(block))
            found.update({(source, reference): number for reference, number in session.execute(statement)})
    return found


def check_reaudits(session: Session, found: Gathered, heads: Heads) -> None:
    """An audit that is scored again must be known, or come in the same file."""
    again = np.flatnonzero(~absent(heads.reaudit_of) & ~found.bad).tolist()
    wanted = {place: (heads.source[place], heads.reaudit_of[place]) for place in again}
    here = set(zip(heads.source[~found.bad].tolist(), heads.reference[~found.bad].tolist(), strict=True))
    there = references(session, sorted(set(wanted.values()) - here))
    missing = np.zeros(len(found), np.bool_)
    missing[[place for place, key in wanted.items() if key not in here and key not in there]] = True
    complain(found, missing, FindingProblem.UNKNOWN_REAUDIT, "reaudit_of")
