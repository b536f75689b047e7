"""Files of cases as imports: kept with what came of them, the rows to mend, and taken back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import numpy as np
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.accounts.models import User
from app.audits import catalog as catalogs
from app.audits.dsat.models import CaseChange, DsatCase
from app.audits.dsat.taking_in import COLUMNS, KIND, change, import_cases
from app.audits.models import Import, ImportState
from app.audits.profiles.keeping import named
from app.audits.profiles.mapped import as_it_stands
from app.audits.services.importing import as_data
from app.audits.services.mending import as_sheet
from app.audits.services.uploads import receive, upload
from app.core.bulk import chunks
from app.core.errors import Refused
from app.core.exports import Sheet
from app.core.problems import BadFile, Problem, describe
from app.core.sheets import open_table

MOST_PROBLEMS = 1_000


def take_in(
    session: Session, stream: IO[bytes], file_name: str, *, by: User, on: datetime, profile: str | None
) -> Import:
    """Keep a file and take it in; what is wrong with it is noted with the import, and then nothing of it is stored."""
    said = {"profile": profile} if profile else {}
    row = receive(session, stream, file_name, by=by, on=on, options=said, kind=KIND)
    path = upload(row.stored_as)
    if path is None:
        raise Refused(_("The file of this import is gone. Send it again."))
    try:
        import_cases(session, path, by=by, on=on, profile=profile, into=row)
    except BadFile as bad:
        row.problems = [as_data(problem) for problem in bad.problems[:MOST_PROBLEMS]]
        row.state = ImportState.FAILED
    session.flush()
    return row


def rows_to_mend(session: Session, row: Import, path: Path) -> Sheet:
    """The rows of a file that was not taken in, as they stand in it, with a column that says what is wrong."""
    said: dict[int, list[str]] = {}
    for data in row.problems:
        problem = Problem(**data)
        said.setdefault(problem.line or 0, []).append(describe(problem))
    profile = row.options.get("profile")
    if profile is None:
        table = open_table(path, columns=COLUMNS, keep_unknown=True)
        return as_sheet(table, np.array(sorted(said), np.int64), said)
    return as_sheet(as_it_stands(path, named(session, profile, row.by).mapping), np.array(sorted(said), np.int64), said)


def take_back(session: Session, row: Import) -> None:
    """Let the database be as if a file had never come; `Refused` when something rests on what it brought."""
    kept = session.execute(select(CaseChange.case_id, CaseChange.before).where(CaseChange.import_id == row.id)).all()
    brought = sorted(case for case, before in kept if before is None)
    _refuse_later_ones(session, row)
    _refuse_what_rests_on(session, brought)
    before = [
        {"id": case, **said, "received_at": datetime.fromisoformat(said["received_at"])} for case, said in kept if said
    ]
    change(session, before, catalogs.load(session, None))
    session.execute(delete(CaseChange).where(CaseChange.import_id == row.id))
    for block in chunks(brought):
        session.execute(delete(DsatCase).where(DsatCase.id.in_(block)))


def _refuse_later_ones(session: Session, row: Import) -> None:
    own, again = aliased(CaseChange), aliased(CaseChange)
    same = (own.case_id == again.case_id) & (again.id > own.id) & (again.import_id != own.import_id)
    later = session.scalars(select(again.import_id).join(own, same).where(own.import_id == row.id).distinct())
    if numbers := sorted(later):
        raise Refused(
            _(
                "Later imports change what this one brought. Undo them first: %(numbers)s.",
                numbers=", ".join(map(str, numbers)),
            )
        )


def _refuse_what_rests_on(session: Session, cases: Collection[int]) -> None:
    """Decisions on these cases, and whatever points to them."""
    resting = sum(_count(session, block) for block in chunks(sorted(cases)))
    if resting:
        raise Refused(
            ngettext(
                "%(num)s of these cases was decided on or followed up, so they stay.",
                "%(num)s of these cases were decided on or followed up, so they stay.",
                resting,
            )
        )


def _count(session: Session, cases: Sequence[int]) -> int:
    pointing: list[Any] = [
        select(column)
        for table in DsatCase.metadata.tables.values()
        for column in table.columns
        if table.name != CaseChange.__tablename__
        and any(key.column is DsatCase.__table__.c.id for key in column.foreign_keys)
    ]
    followed = or_(DsatCase.cause.is_not(None), *(DsatCase.id.in_(one) for one in pointing))
    return session.scalar(select(func.count()).where(DsatCase.id.in_(cases), followed)) or 0
