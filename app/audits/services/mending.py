"""The rows of a file that have to be mended, with what is wrong in words: to be corrected and sent again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
from flask_babel import gettext as _
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.audits.intake import columns
from app.audits.intake.gathered import Gathered
from app.audits.profiles.keeping import named
from app.audits.profiles.mapped import as_it_stands
from app.audits.profiles.whole import Whole
from app.audits.services.locking import reading_apart
from app.audits.services.planning import plan
from app.core.exports import Sheet
from app.core.problems import describe
from app.core.sheets import open_table


def rows_to_mend(session: Session, path: Path, *, by: User | None, on: datetime, profile: str | None = None) -> Sheet:
    """All rows of the audits that have something wrong, as they stand in the file, with a column that says what.

    Rows that could not be read are there with what is wrong only.
    """
    with reading_apart(session):
        mapping = None if profile is None else named(session, profile, by).mapping
        found = plan(session, path, by=by, now=on, most=None, mapping=mapping).found
    said: dict[int, list[str]] = {}
    for problem in found.complaints.sorted():
        said.setdefault(problem.line or 0, []).append(describe(problem))
    table: Whole
    if mapping is None:
        table = open_table(path, columns=(*columns.HEAD, *columns.CHECK), keep_unknown=True)
    else:
        table = as_it_stands(path, mapping)
    return as_sheet(table, _lines(found), said)


def as_sheet(table: Whole, bad: NDArray[np.int64], said: dict[int, list[str]]) -> Sheet:
    """These rows of a table as they stand in the file, each with what is said of it."""
    names = [*table.columns, *(header for header in table.unknown if header in table.headers)]
    headers = [*(table.headers[name] for name in names), _("What to correct")]
    return Sheet(name="rows", headers=headers, rows=_rows(table, names, bad, said))


def _lines(found: Gathered) -> NDArray[np.int64]:
    """The rows of the audits that have something wrong, of those that can be read."""
    lines = [found.lines[found.bad], found.checks.line[found.bad[found.checks.audit]]]
    return np.unique(np.concatenate(lines)).astype(np.int64)


def _rows(
    table: Whole, names: Sequence[str], bad: NDArray[np.int64], said: dict[int, list[str]]
) -> Iterator[list[str]]:
    for block in table.blocks():
        texts = [block[name] for name in names]
        for row in np.flatnonzero(np.isin(block.lines, bad)).tolist():
            yield [*(column[row] for column in texts), " ".join(said.pop(int(block.lines[row]), []))]
        for line in {problem.line or 0 for problem in block.problems}:
            yield [*("" for _name in names), " ".join(said.pop(line, []))]
