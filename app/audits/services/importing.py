"""A findings file into the database: checked first, then all of it or nothing, in one short transaction.

The file is read before that transaction begins, so that nobody waits for it; if another import has come in between, it
is read again.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime
from os import PathLike
from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.record import log
from app.audits.intake.gathering import Tick
from app.audits.models import Import, ImportState
from app.audits.profiles.keeping import named
from app.audits.profiles.mapping import Mapping, Shape
from app.audits.services.correcting import correct
from app.audits.services.locking import lock, reading_apart, sha256_of, stamp
from app.audits.services.planning import Plan, Summary, plan
from app.audits.services.writing import insert_audits
from app.core.errors import Refused
from app.core.follow import Event, announce
from app.core.problems import BadFile, Problem

KIND = "findings"


class Rejected(BadFile):
    """The file can be read, and has bad rows; `summary` is what it would have done without them."""

    def __init__(self, summary: Summary) -> None:
        super().__init__(*summary.problems)
        self.summary = summary


def silent(_rows: int) -> None:
    """Nobody is told how far it is."""


def import_findings(
    session: Session,
    path: str | PathLike[str],
    *,
    by: User | None,
    on: datetime,
    profile: str | None = None,
    dry_run: bool = False,
    skip_bad_rows: bool = False,
    into: int | None = None,
    tick: Tick = silent,
) -> Summary:
    """Bring in a findings file; with `dry_run`, only say what would be done.

    `profile` names the mapping profile of another tool's file. `into` is the id of the import to be filled in, a new
    one unless given; none is made when nothing is new. Raises `BadFile` when the file can't be read, and `Rejected`
    when it has bad rows that are not to be skipped: then nothing is stored.
    """
    file = Path(path)
    sha256 = sha256_of(file)
    with reading_apart(session):
        mapping = None if profile is None else named(session, profile, by).mapping
    if mapping is not None and mapping.shape is Shape.CASES:
        raise Refused(_("The profile “%(name)s” reads survey responses. Bring the file in under DSAT.", name=profile))
    made = _current_plan(session, file, by, on, tick, mapping, dry_run=dry_run)
    if made.summary.problem_count and not skip_bad_rows and not dry_run:
        raise Rejected(made.summary)
    if dry_run or (into is None and not len(made.new) and not made.changes):
        return made.summary
    new = Import(
        kind=KIND,
        file_name=file.name,
        sha256=sha256,
        by_id=by.id if by else None,
        created_at=on,
        options={} if profile is None else {"profile": profile},
    )
    row = new if into is None else session.get_one(Import, into)
    return _carry_out(session, made, row, by=by, on=on, skip_bad_rows=skip_bad_rows)


def _current_plan(
    session: Session,
    path: Path,
    by: User | None,
    on: datetime,
    tick: Tick,
    mapping: Mapping | None,
    *,
    dry_run: bool,
) -> Plan:
    """A plan that still holds when nobody else can write findings any more."""
    while True:
        with reading_apart(session) as is_apart:
            before = stamp(session)
            made = plan(session, path, by=by, now=on, tick=tick, mapping=mapping)
        if dry_run:
            return made
        lock(session)
        if stamp(session) == before:
            return made
        if is_apart:
            session.rollback()


def _carry_out(
    session: Session, made: Plan, row: Import, *, by: User | None, on: datetime, skip_bad_rows: bool
) -> Summary:
    row.options = {**(row.options or {}), "skip_bad_rows": skip_bad_rows}
    row.state, row.finished_at = ImportState.DONE, on
    session.add(row)
    session.flush()
    touched = insert_audits(session, made, row.id, on)
    touched |= correct(
        session, made.changes, made.catalog.versions, import_id=row.id, by_id=by.id if by else None, on=on
    )
    keep(row, made.summary)
    row.counts = {**row.counts, "people": len({person for person, _week in touched})}
    log(session, "import.done", row, by=by, on=on, file=row.file_name)
    if touched:
        announce(session, Event.FINDINGS_CHANGED, touched=sorted(touched), on=on)
    return replace(made.summary, import_id=row.id)


def keep(row: Import, summary: Summary) -> None:
    """Write down with an import what was found in its file."""
    counts = asdict(summary)
    del counts["problems"], counts["import_id"]
    row.problems = [as_data(problem) for problem in summary.problems]
    row.counts = {**counts, "remarks": [as_data(remark) for remark in summary.remarks]}
    row.rows_total = row.rows_done = summary.rows


def as_data(problem: Problem) -> dict[str, Any]:
    """A problem as an import keeps it."""
    return {name: value for name, value in asdict(problem).items() if value is not None}
