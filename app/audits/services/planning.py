"""A findings file read, checked and compared with what is stored: what an import would do. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.audits import catalog as catalogs
from app.audits.catalog import Catalog
from app.audits.intake import heads as settle_heads
from app.audits.intake import marks as settle_marks
from app.audits.intake.gathered import Gathered
from app.audits.intake.gathering import Tick, gather
from app.audits.intake.heads import Heads, Ids
from app.audits.intake.marks import Marks
from app.audits.intake.problems import MOST_OF_A_KIND, Complaints
from app.audits.intake.source import open_standard
from app.audits.profiles.directory import directory
from app.audits.profiles.mapped import open_mapped
from app.audits.profiles.mapping import Mapping
from app.audits.services import known as stored
from app.audits.services.changes import Change, compare
from app.audits.services.known import Known
from app.core.problems import Problem


@dataclass(frozen=True, slots=True)
class Count:
    """How many are new, unchanged, corrected and rejected."""

    new: int
    unchanged: int
    corrected: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Summary:
    """What an import did, or would do."""

    rows: int
    rows_rejected: int
    """Rows of audits that are not taken, and rows that can't be read."""
    audits: Count
    findings: Count
    unknown_columns: tuple[str, ...]
    remarks: Sequence[Problem]
    problems: Sequence[Problem]
    """The first ones of each kind, by row."""
    problem_count: int
    kinds: Sequence[tuple[str, str | None, int]]
    """Problems by kind and column, the most frequent first."""
    import_id: int | None = None
    """Of what was stored."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be written."""

    catalog: Catalog
    found: Gathered
    heads: Heads
    marks: Marks
    new: Ids
    """Places of the audits to be made."""
    changes: list[Change]
    summary: Summary


def plan(
    session: Session,
    path: Path,
    *,
    by: User | None,
    now: datetime,
    tick: Tick = lambda rows: None,
    most: int | None = MOST_OF_A_KIND,
    mapping: Mapping | None = None,
) -> Plan:
    """Read a findings file, one of another tool through its `mapping`, and compare it with what is stored.

    Agents out of reach of `by` count as unknown. `tick` is told how many rows have been read; `most` problems of a kind
    are kept in words. Raises `BadFile` when the file as a whole can't be read.
    """
    catalog = catalogs.load(session, by)
    table = open_standard(path) if mapping is None else open_mapped(path, mapping, directory(session, mapping, by))
    found = gather(table, catalog.criteria, Complaints(most), tick)
    heads = settle_heads.settle(found, catalog, now=now)
    known = stored.look_up(session, heads)
    settle_heads.versions(found, heads, catalog, known.version)
    stored.check(found, heads, known, catalog)
    places = settle_marks.check(found, heads, catalog)
    stored.check_reaudits(session, found, heads)
    marks = settle_marks.settle(found, places)
    changes = compare(session, heads, marks, known, catalog)
    new = np.flatnonzero(~known.mask & ~found.bad)
    return Plan(catalog, found, heads, marks, new, changes, _summary(found, marks, known, changes))


def _summary(found: Gathered, marks: Marks, known: Known, changes: list[Change]) -> Summary:
    corrected = len({change.audit_id for change in changes})
    known_marks, complaints = int(known.mask[marks.audit].sum()), found.complaints
    return Summary(
        rows=found.rows,
        rows_rejected=found.unreadable + int(found.row_counts[found.bad].sum()),
        audits=Count(
            new=int((~known.mask & ~found.bad).sum()),
            unchanged=int((known.mask & ~found.bad).sum()) - corrected,
            corrected=corrected,
            rejected=int(found.bad.sum()),
        ),
        findings=Count(
            new=len(marks) - known_marks,
            unchanged=known_marks - len(changes),
            corrected=len(changes),
            rejected=int(found.bad[found.checks.audit].sum()),
        ),
        unknown_columns=found.unknown,
        remarks=found.remarks,
        problems=complaints.sorted(),
        problem_count=len(complaints),
        kinds=[(kind.value, column, count) for (kind, column), count in complaints.counts.most_common()],
    )
