"""Weekly evidence as it is kept: a row for each person and week, its competencies packed side by side.

A programme of 20,000 agents makes some 200,000 cells a week. Packed by person they are read, and written, a dozen
times faster than row by row, and take a third of the space: see docs/decisions/evidence-is-packed.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Integer, select, true, type_coerce
from sqlalchemy.orm import Session

from app.core import bulk
from app.gaps.models import Cell

LINE = np.dtype([("competency", "<i4"), ("checks", "<i4"), ("fails", "<i4"), ("standard", "<f8")])
"""One competency in a packed row: raw checks, fails, and E, the standard checks."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

week_number = type_coerce(Cell.week, Integer)
"""The week of a row as its number, for conditions."""


class Cells(NamedTuple):
    """Cells as parallel arrays: person, competency and week number, raw checks, fails and standard checks."""

    person: Ints
    competency: Ints
    week: Ints
    n_raw: Ints
    fails: Ints
    standard: Floats


def read(session: Session, where: ColumnElement[bool] | None = None) -> Cells:
    """The cells of rows that meet a condition on person and week; all when there is none."""
    statement = select(Cell.person_id, week_number, Cell.packed).where(true() if where is None else where)
    person, week, packed = bulk.arrays(session, statement, "i8", "i8", "O")
    return unpack(person, week, packed)


def unpack(person: Ints, week: Ints, packed: Sequence[bytes] | NDArray[np.object_]) -> Cells:
    """The cells of these rows."""
    sizes = np.fromiter(map(len, packed), np.int64, len(packed)) // LINE.itemsize
    lines: Any = np.frombuffer(b"".join(packed), LINE)
    return Cells(
        np.repeat(person, sizes),
        lines["competency"].astype(np.int64),
        np.repeat(week, sizes),
        lines["checks"].astype(np.int64),
        lines["fails"].astype(np.int64),
        lines["standard"].astype(np.float64),
    )


def write(session: Session, found: Cells) -> None:
    """Store cells of people and weeks that have none yet."""
    if not len(found.person):
        return
    order = np.lexsort((found.competency, found.week, found.person))
    person, week = found.person[order], found.week[order]
    lines: Any = np.empty(len(order), LINE)
    lines["competency"], lines["checks"] = found.competency[order], found.n_raw[order]
    lines["fails"], lines["standard"] = found.fails[order], found.standard[order]
    starts = np.flatnonzero(np.r_[True, (person[1:] != person[:-1]) | (week[1:] != week[:-1])])
    rows = zip(person[starts].tolist(), week[starts].tolist(), slices(lines, starts), strict=True)
    bulk.insert(session, Cell, ["person_id", "week", "packed"], rows, raw=True)


def slices(lines: NDArray[np.void], starts: Ints) -> list[bytes]:
    """The bytes of each run of lines; a run begins at each of `starts`."""
    whole, size = lines.tobytes(), lines.itemsize
    ends = [*starts[1:].tolist(), len(lines)]
    return [whole[start * size : end * size] for start, end in zip(starts.tolist(), ends, strict=True)]
