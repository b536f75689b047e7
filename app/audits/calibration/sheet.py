"""What was answered in a calibration, side by side, with what diverges: reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.audits import reading
from app.audits.auditing import answers
from app.audits.auditing.answers import CODES, Answer, Content
from app.audits.calibration import rules
from app.audits.calibration.models import AgreedAnswer, Calibration, CalibrationSeat
from app.audits.calibration.rules import SEEN, Item, Marks, Spread
from app.audits.models import Criterion
from app.audits.reaudits.agreement import Agreement, Checks
from app.audits.rules import NA


@dataclass(frozen=True, slots=True)
class Column:
    """A participant who handed in."""

    seat: CalibrationSeat
    content: Content
    live: answers.Live
    figures: Agreement
    """Beside the benchmark: what was agreed, else the reference."""
    within: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A criterion with everybody's answer."""

    criterion: Criterion
    said: Sequence[Answer]
    """In the order of the columns."""
    spread: Spread
    agreed: AgreedAnswer | None

    @property
    def divergent(self) -> bool:
        return self.spread.divergent


@dataclass(frozen=True, slots=True)
class Sheet:
    """A calibration as it is looked at together; the reference stands first."""

    columns: Sequence[Column]
    rows: Sequence[Row]

    @property
    def divergent(self) -> int:
        return sum(row.divergent for row in self.rows)

    @property
    def open(self) -> int:
        """Divergent criteria without an agreed answer."""
        return sum(row.divergent and row.agreed is None for row in self.rows)

    @property
    def within(self) -> tuple[int, int]:
        """How many besides the reference are within tolerance, and of how many."""
        others = [one for one in self.columns if not one.seat.reference]
        return sum(one.within for one in others), len(others)


def sheet_of(session: Session, one: Calibration) -> Sheet:
    """The answers of all who handed in: three queries."""
    criteria = reading.criteria(session, one.version_id)
    items = [_item(criterion) for criterion in criteria]
    handed = [seat for seat in one.seats if seat.handed_in_at is not None]
    seats = sorted(handed, key=lambda seat: (not seat.reference, seat.person.name, seat.person_id))
    contents = [answers.from_data(seat.content) for seat in seats]
    marks = [_marks(criteria, content) for content in contents]
    if not seats:
        return Sheet([], [])
    agreed = {found.criterion_id: found for found in one.agreed}
    spreads = rules.spreads(items, marks[0], marks[1:], one.tolerance)
    benchmark = _benchmark(marks[0], agreed)
    columns = [
        Column(seat, content, answers.live(content, criteria), found, rules.within(found, one.tolerance))
        for seat, content, mine in zip(seats, contents, marks, strict=True)
        for found in [rules.beside(items, mine, benchmark)]
    ]
    rows = [
        Row(
            criterion,
            [content.of(criterion.id) for content in contents],
            spreads[criterion.id],
            agreed.get(criterion.id),
        )
        for criterion in criteria
    ]
    return Sheet(columns, rows)


def _item(criterion: Criterion) -> Item:
    return Item(criterion.id, criterion.weight, criterion.fatal)


def _marks(criteria: Sequence[Criterion], content: Content) -> Marks:
    said = ((one.id, content.of(one.id).result) for one in criteria)
    return {number: CODES[result] if result else NA for number, result in said}


def _benchmark(reference: Marks, agreed: dict[int, AgreedAnswer]) -> Marks:
    return {number: CODES[agreed[number].result] if number in agreed else mark for number, mark in reference.items()}


# --- Many ---


def checks(session: Session, held: Select[Calibration]) -> Checks:
    """The answers of all participants but the reference beside the benchmark, of calibrations that were looked at.

    `contact` is a place among the calibrations, `item` a criterion across versions.
    """
    options: tuple[Any, ...] = (selectinload(Calibration.seats), selectinload(Calibration.agreed))
    found = session.scalars(held.where(Calibration.state.in_(SEEN)).options(*options).order_by(Calibration.id)).all()
    versions = {one.version_id for one in found}
    wanted = select(Criterion).where(Criterion.version_id.in_(versions)).order_by(Criterion.position)
    lines: dict[int, list[Criterion]] = {}
    for criterion in session.scalars(wanted.options(joinedload(Criterion.section))):
        lines.setdefault(criterion.version_id, []).append(criterion)
    parts = [part for place, one in enumerate(found) for part in _parts(one, lines[one.version_id], place)]
    names = Checks.__slots__
    kinds = (np.int64, np.int64, float, bool, np.int8, np.int8)
    empty = [np.zeros(0, kind) for kind in kinds]
    return Checks(
        *(
            np.concatenate([none, *(getattr(part, name) for part in parts)])
            for name, none in zip(names, empty, strict=True)
        )
    )


def _parts(one: Calibration, criteria: Sequence[Criterion], place: int) -> list[Checks]:
    handed = {seat.reference: [] for seat in one.seats} | {True: [], False: []}
    for seat in one.seats:
        if seat.handed_in_at is not None:
            handed[seat.reference].append(_marks(criteria, answers.from_data(seat.content)))
    if not handed[True]:
        return []
    benchmark = _benchmark(handed[True][0], {found.criterion_id: found for found in one.agreed})
    across = [Item(criterion.identity_id, criterion.weight, criterion.fatal) for criterion in criteria]
    identity = {criterion.id: criterion.identity_id for criterion in criteria}

    def named(marks: Marks) -> Marks:
        return {identity[number]: mark for number, mark in marks.items()}

    return [rules.checks_of(across, named(marks), named(benchmark), place) for marks in handed[False]]
