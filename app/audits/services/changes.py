"""Where the checks of known audits say something else than what is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import String, select, type_coerce
from sqlalchemy.orm import Session

from app.audits.catalog import Catalog
from app.audits.intake.columns import CAUSES, RESULTS
from app.audits.intake.heads import Heads, Ids
from app.audits.intake.marks import Marks, words
from app.audits.models import Finding
from app.audits.rules import PASS
from app.audits.services.known import BLOCK, Known
from app.core import bulk

_RESULTS = {result.value: code for code, result in RESULTS.items()}
_CAUSES = {cause.value if cause else None: code for code, cause in enumerate(CAUSES)}
_STRIDE = 1 << 28  # more criteria than there will ever be

Words = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One check of a stored audit that now says something else."""

    audit_id: int
    person_id: int
    week: int
    version_id: int
    criterion_id: int
    before: Words
    after: Words


@dataclass(frozen=True, slots=True)
class _Stored:
    """The stored findings of some audits by audit and criterion, in order; the last one is none, and says pass."""

    key: Ids
    result: Ids
    cause: Ids
    comment: NDArray[np.object_]

    def at(self, key: Ids) -> Ids:
        """The place of each check; that of the last one where there is no finding."""
        place = np.searchsorted(self.key, key)
        return np.where(self.key[place] == key, place, len(self.key) - 1)


def compare(session: Session, heads: Heads, marks: Marks, known: Known, catalog: Catalog) -> list[Change]:
    """The checks of known audits that differ from what is stored.

    An empty comment or cause says nothing of the stored one, unless the result is another.
    """
    rows = np.flatnonzero(known.mask[marks.audit])
    if not len(rows):
        return []
    audit, criterion = known.id[marks.audit[rows]], _criteria(heads, marks, catalog)[rows]
    stored = _findings(session, np.unique(audit))
    at = stored.at(audit * _STRIDE + criterion)
    result, cause = marks.result[rows], marks.cause[rows]
    said = marks.comment.where(bool)[rows]
    other = result != stored.result[at]
    recaused = (cause > 0) & (cause != stored.cause[at])
    changes = []
    for i in np.flatnonzero(other | recaused | said).tolist():
        place, row = int(at[i]), int(rows[i])
        before = words(int(stored.result[place]), int(stored.cause[place]), stored.comment[place])
        comment = marks.comment.distinct[marks.comment.codes[row]]
        kept_cause, kept_comment = (0, None) if other[i] else (int(stored.cause[place]), stored.comment[place])
        after = words(int(result[i]), int(cause[i]) or kept_cause, comment or kept_comment)
        if before != after:
            of = int(marks.audit[row])
            person, week, version = int(known.person[of]), int(known.week[of]), int(known.version[of])
            changes.append(Change(int(audit[i]), person, week, version, int(criterion[i]), before, after))
    return changes


def _criteria(heads: Heads, marks: Marks, catalog: Catalog) -> Ids:
    """The criterion of each mark."""
    version = heads.version[marks.audit]
    found = np.full(len(marks), -1, np.int64)
    for number in np.unique(version).tolist():
        mine = version == number
        found[mine] = catalog.versions[number].ids[marks.place[mine]]
    return found


def _findings(session: Session, audits: Ids) -> _Stored:
    columns = (
        Finding.audit_id,
        Finding.criterion_id,
        type_coerce(Finding.result, String),
        type_coerce(Finding.cause, String),
        Finding.comment,
    )
    parts = [
        bulk.arrays(session, select(*columns).where(Finding.audit_id.in_(block)), "i8", "i8", "O", "O", "O")
        for block in bulk.chunks(audits.tolist(), BLOCK)
    ]
    audit, criterion, result, cause, comment = (np.concatenate(part) for part in zip(*parts, strict=True))
    key = audit * _STRIDE + criterion
    order = np.argsort(key)
    return _Stored(
        key=np.append(key[order], np.iinfo(np.int64).max),
        result=np.array([*(_RESULTS[name] for name in result[order].tolist()), PASS]),
        cause=np.array([*(_CAUSES[name] for name in cause[order].tolist()), 0]),
        comment=np.concatenate([comment[order], np.array([None], np.object_)]),
    )
