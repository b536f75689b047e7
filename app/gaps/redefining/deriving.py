"""Evidence derived again after a change of what checks are held against: cells, and where pairs stand. States stay."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta

import numpy as np
from flask import current_app
from sqlalchemy import ColumnElement, Integer, and_, func, or_, select, true, type_coerce
from sqlalchemy.orm import Session

from app.audits.models import Audit, Criterion, CriterionCompetency
from app.core import bulk, headway
from app.core.clock import end_of, monday_of_number
from app.gaps import board, cells, decisions, evidence, fitting, folding, standing
from app.gaps.board import Board
from app.gaps.evidence import Reading
from app.gaps.redefining.models import Redefinition, Rederived
from app.gaps.rules import Bools

BLOCK = 4
"""So many weeks are counted at once, so that memory does not grow with the years kept and one sees how far it is."""


def next_week(session: Session) -> date | None:
    """The week of the next decision; none before the first."""
    last = decisions.last_decided(session)
    return None if last is None else last + timedelta(weeks=1)


def derive(session: Session, about: Collection[int], criteria: Collection[int], notes: Sequence[Redefinition]) -> None:
    """Make the cells that hold checks of these competencies and criteria again, and keep what that did to each gap."""
    before, versions, people = board.load(session), fitting.load(session), set[int]()
    for touched in _blocks(session, _concerned(about, criteria)):
        evidence.recount(session, touched, versions)
        people |= {person for person, _week in touched}
    folding.refold(session, people)
    _keep(session, before, notes)


def count(
    session: Session, about: Collection[int], reading: Reading, until: date, people: Collection[int] | None = None
) -> cells.Cells:
    """The cells of some competencies as another reading would have them, of contacts and releases up to the end of a day.

    Of these people; none: of everybody.
    """
    moment, versions = end_of(until, current_app.config["PROGRAMME_TIME_ZONE"]), fitting.load(session)
    mine = true() if people is None else Audit.person_id.in_(people)
    parts = [
        evidence.count(session, touched, versions, moment, Audit.contact_at < moment, reading)
        for touched in _blocks(session, and_(_concerned(about, reading.links), mine), until)
    ]
    empty = [np.zeros(0, kind) for kind in (np.int64, np.int64, np.int64, np.int64, np.int64, float)]
    return cells.Cells(*(np.concatenate(columns) for columns in zip(empty, *parts, strict=True)))


def _concerned(about: Collection[int], criteria: Collection[int]) -> ColumnElement[bool]:
    """Audits on scorecard versions that tell of these competencies, or have these criteria."""
    telling = (
        select(Criterion.version_id)
        .outerjoin(CriterionCompetency, CriterionCompetency.criterion_id == Criterion.id)
        .where(or_(CriterionCompetency.competency_id.in_(about), Criterion.id.in_(criteria)))
    )
    return Audit.version_id.in_(telling)


def _blocks(session: Session, among: ColumnElement[bool], until: date = date.max) -> Iterator[list[tuple[int, date]]]:
    """People and weeks with such audits, some weeks at a time."""
    number = type_coerce(Audit.week, Integer)
    span = select(func.coalesce(func.min(number), -1), func.coalesce(func.max(number), -1))
    ends = bulk.arrays(session, span.where(among, Audit.week <= until), "i8", "i8")
    first, last = int(ends[0][0]), int(ends[1][0])
    for start in range(first, last + 1 if first >= 0 else first, BLOCK):
        headway.tell(start - first, last + 1 - first)
        within = number.between(start, min(start + BLOCK - 1, last))
        person, week = bulk.arrays(session, select(Audit.person_id, number).where(among, within).distinct(), "i8", "i8")
        if len(person):
            yield [(who, monday_of_number(when)) for who, when in zip(person.tolist(), week.tolist(), strict=True)]
    headway.tell(last + 1 - first, last + 1 - first)


def _keep(session: Session, before: Board, notes: Sequence[Redefinition]) -> None:
    """Write what these changes did to each gap, at the last decision."""
    after = board.load(session)
    state, _closed = board.states(session, after)
    at, known = standing.place(before.key, after.key)

    def was(values: np.ndarray) -> np.ndarray:
        return np.where(known, values[at], 0) if len(values) else np.zeros(len(after), values.dtype)

    said = was(before.probability), was(before.checks13), was(before.fails13)
    keep = worth_keeping(after, *said) & board.worth_showing(state, said[0], after.probability)
    columns = ["redefinition_id", "gap_id"]
    for name in ("probability", "checks", "fails"):
        columns += [f"{name}_before", f"{name}_after"]
    for note in notes:
        mine = np.flatnonzero(keep & (after.competency == note.competency_id))
        rows = zip(
            [note.id] * len(mine), after.id[mine].tolist(), said[0][mine].tolist(), after.probability[mine].tolist(),
            said[1][mine].tolist(), after.checks13[mine].tolist(), said[2][mine].tolist(), after.fails13[mine].tolist(),
            strict=True,
        )  # fmt: skip
        bulk.insert(session, Rederived, columns, rows)


def worth_keeping(after: Board, probability: np.ndarray, checks: np.ndarray, fails: np.ndarray) -> Bools:
    """Pairs whose counts or probability are not what they were."""
    moved = np.abs(after.probability - probability) >= decisions.DRIFT
    return moved | (after.checks13 != checks) | (after.fails13 != fails)
