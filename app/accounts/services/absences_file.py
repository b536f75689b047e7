"""Absences from a file: who is away from when to when; all or nothing, however often it is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from os import PathLike

from flask_babel import gettext as _
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.accounts.intake import AbsenceRow, raise_if_any, read_absences
from app.accounts.models import Absence, AbsenceKind, User
from app.accounts.permissions import Permission
from app.accounts.queries import people_by_number
from app.accounts.reach import everywhere
from app.accounts.record import log
from app.accounts.services.spans import BLOCK
from app.accounts.services.units import programme_unit
from app.core.bulk import chunks
from app.core.errors import Refused
from app.core.problems import Problem, ProblemKind


@dataclass(frozen=True, slots=True)
class AbsenceSummary:
    """What an import of absences did."""

    rows: int
    absences_new: int
    absences_changed: int
    """Known days with another kind."""
    unchanged: int
    unknown_columns: tuple[str, ...] = ()


Days = tuple[int, date, date]


def import_absences(session: Session, path: str | PathLike[str], *, by: User | None, on: datetime) -> AbsenceSummary:
    """Take in a file `employee_no,kind,from,to`, or nothing of it; raises `BadFile` and `Refused`."""
    if by is not None and not everywhere(by, Permission.ADMINISTER):
        raise Refused(_("Only an administrator of the whole programme can import absences."))
    rows, unknown, number_header = read_absences(path)
    ids = people_by_number(session, (row.employee_no for row in rows))
    told = _told(rows, ids, number_header)
    known = _known(session, sorted(set(ids.values())))
    new = {days: kind for days, kind in told.items() if days not in known}
    changed = {days: kind for days, kind in told.items() if days in known and known[days].kind is not kind}
    if new:
        values = [{"user_id": p, "from_day": f, "to_day": t, "kind": kind} for (p, f, t), kind in new.items()]
        session.execute(insert(Absence), values)
    for days, kind in changed.items():
        known[days].kind = kind
    counts = {"rows": len(rows), "absences_new": len(new), "absences_changed": len(changed)}
    log(session, "absences.imported", programme_unit(session), by=by, on=on, **counts)
    return AbsenceSummary(**counts, unchanged=len(told) - len(new) - len(changed), unknown_columns=unknown)


def _told(rows: list[AbsenceRow], ids: dict[str, int], header: str) -> dict[Days, AbsenceKind]:
    """The absences by person and days; an unknown person or the same days twice is a problem."""
    told: dict[Days, AbsenceKind] = {}
    lines: dict[Days, int] = {}
    problems = []
    for row in rows:
        person = ids.get(row.employee_no)
        if person is None:
            problems.append(Problem(ProblemKind.UNKNOWN_REFERENCE, row.line, header, row.employee_no))
            continue
        days = (person, row.first, row.last)
        if days in told:
            problems.append(Problem(ProblemKind.DUPLICATE_ROW, row.line, header, row.employee_no, str(lines[days])))
        told[days], lines[days] = row.kind, row.line
    raise_if_any(problems)
    return told


def _known(session: Session, people: list[int]) -> dict[Days, Absence]:
    found: dict[Days, Absence] = {}
    for block in chunks(people, BLOCK):
        for absence in session.scalars(select(Absence).where(Absence.user_id.in_(block))):
            found[(absence.user_id, absence.from_day, absence.to_day)] = absence
    return found
