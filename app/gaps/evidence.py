"""Evidence: from findings to weekly cells. Derived, so that it can always be made again and compared.

A check is a criterion that applied (pass or fail) in a released audit; it counts once in each of its criterion's
competencies. Reaudits and calibrations are not evidence, nor are fails whose cause is not the agent's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Integer, String, and_, case, delete, select, true, type_coerce
from sqlalchemy.orm import Session

from app.audits.models import (
    BLIND_PURPOSES,
    SYSTEMIC_CAUSES,
    Audit,
    Criterion,
    CriterionCompetency,
    Finding,
    Result,
)
from app.core import bulk
from app.core.clock import week_number
from app.curriculum.models import Competency
from app.gaps import cells, effects
from app.gaps.cells import Cells
from app.gaps.fitting import Versions
from app.gaps.models import Cell

Touched = Sequence[tuple[int, date]]
_NO_LINKS: Mapping[int, frozenset[int]] = {}
_NO_TARGETS: Mapping[int, float] = {}
FEW = 400  # so many people and weeks are asked for one by one; more are read whole

_NOT_COUNTED = 2


def is_evidence(until: datetime | None = None) -> ColumnElement[bool]:
    """Whether an audit is evidence: released (before `until`), and not a blind one."""
    known = Audit.released_at.is_not(None) if until is None else Audit.released_at < until
    return and_(known, Audit.purpose.not_in(BLIND_PURPOSES))


@dataclass(frozen=True, slots=True)
class Reading:
    """How checks are read where it is not as they are kept: other targets, another map, some competencies only."""

    only: frozenset[int] | None = None
    """Competency ids; none: all."""
    targets: Mapping[int, float] = field(default_factory=lambda: _NO_TARGETS)
    """By competency id."""
    links: Mapping[int, frozenset[int]] = field(default_factory=lambda: _NO_LINKS)
    """Criterion id → competency ids it tells of."""


AS_KEPT = Reading()


@dataclass(frozen=True, slots=True)
class _Lines:
    """The criterion × competency pairs of one scorecard version."""

    criteria: dict[int, int]  # criterion id → column
    column: NDArray[np.int64]
    identity: NDArray[np.int64]
    competency: NDArray[np.int64]
    target: NDArray[np.float64]


def recount(session: Session, touched: Touched, versions: Versions, until: datetime | None = None) -> None:
    """Make the cells of these people and weeks again from their findings, in this transaction."""
    if not touched:
        return
    found = count(session, touched, versions, until)
    _forget(session, touched)
    cells.write(session, found)


def count(
    session: Session,
    touched: Touched,
    versions: Versions,
    until: datetime | None = None,
    only: ColumnElement[bool] | None = None,
    reading: Reading = AS_KEPT,
) -> Cells:
    """Count checks, fails and standard checks of these people and weeks, of all audits or `only` some."""
    where = and_(_among(touched), is_evidence(until), true() if only is None else only)
    statement = select(
        Audit.id,
        Audit.person_id,
        type_coerce(Audit.week, Integer),
        Audit.version_id,
        Audit.auditor_id,
        type_coerce(Audit.purpose, String),
    ).where(where)
    audit, person, week, version, auditor, purpose = bulk.arrays(session, statement, "i8", "i8", "i8", "i8", "i8", "O")
    wanted = _wanted(touched, person, week)
    audit, person, week = audit[wanted], person[wanted], week[wanted]
    version, auditor, purpose = version[wanted], auditor[wanted], purpose[wanted]
    marks = _marks(session, where)
    lines = _lines(session, np.unique(version).tolist(), reading)
    places, place = np.unique(np.stack([person, week]).astype(np.int64), axis=1, return_inverse=True)
    found: dict[int, tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]] = {}
    for fitted, rows in versions.by_week(week):
        for version_id in np.unique(version[rows]).tolist():
            chosen = rows[version[rows] == version_id]
            _add(
                found,
                lines[version_id],
                marks,
                fitted,
                audit[chosen],
                place[chosen],
                auditor[chosen],
                purpose[chosen],
                places.shape[1],
            )
    return _cells(found, places)


def _add(
    found: dict[int, tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]],
    lines: _Lines,
    marks: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
    fitted: effects.Effects,
    audit: NDArray[np.int64],
    place: NDArray[np.int64],
    auditor: NDArray[np.int64],
    purpose: NDArray[np.object_],
    size: int,
) -> None:
    """Add the audits of one scorecard version, under one version of the effects."""
    results = _results(lines, marks, audit)
    offset = effects.criterion_offsets(fitted, lines.identity, effects.group_numbers(lines.competency))
    severity = effects.values_of(fitted.auditor, auditor)
    drawn = effects.values_of(fitted.purpose, purpose)
    for line in range(len(lines.column)):
        result = results[:, lines.column[line]]
        counted = result != _NOT_COUNTED
        worth = effects.standard_checks(offset[line], severity[counted], drawn[counted], lines.target[line])
        at = place[counted]
        sums = found.setdefault(
            int(lines.competency[line]), (np.zeros(size, np.int64), np.zeros(size, np.int64), np.zeros(size))
        )
        sums[0][:] += np.bincount(at, minlength=size)
        sums[1][:] += np.bincount(place[result == 1], minlength=size)
        sums[2][:] += np.bincount(at, worth, size)


def _results(
    lines: _Lines, marks: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]], audit: NDArray[np.int64]
) -> NDArray[np.int8]:
    """Audits × criteria: 0 pass, 1 fail, 2 not counted."""
    order = np.argsort(audit)
    results = np.zeros((len(audit), len(lines.criteria)), dtype=np.int8)
    if not len(audit):
        return results
    of_audit, of_criterion, result = marks
    position = np.minimum(np.searchsorted(audit, of_audit, sorter=order), len(audit) - 1)
    row = order[position]
    mine = audit[row] == of_audit
    ids = np.array(list(lines.criteria), dtype=np.int64)
    by_id = np.argsort(ids)
    at = np.minimum(np.searchsorted(ids, of_criterion[mine], sorter=by_id), len(ids) - 1)
    results[row[mine], np.array(list(lines.criteria.values()))[by_id[at]]] = result[mine]
    return results


def _marks(
    session: Session, where: ColumnElement[bool]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Findings that are no pass: audit, criterion, and 1 for a fail that is the agent's, 2 for what does not count."""
    systemic = Finding.cause.in_(SYSTEMIC_CAUSES)
    code = case(
        (and_(Finding.result == Result.FAIL, systemic), _NOT_COUNTED),
        (Finding.result == Result.FAIL, 1),
        else_=_NOT_COUNTED,
    )
    statement = (
        select(Finding.audit_id, Finding.criterion_id, code)
        .join(Audit, Audit.id == Finding.audit_id)
        .where(where, Finding.result != Result.PASS)
    )
    audit, criterion, result = bulk.arrays(session, statement, "i8", "i8", "i8")
    return audit, criterion, result


def _lines(session: Session, version_ids: Sequence[int], reading: Reading) -> dict[int, _Lines]:
    targets = dict(session.execute(select(Competency.id, Competency.target)).all()) | dict(reading.targets)
    found = {}
    for version_id in version_ids:
        of_version = Criterion.version_id == version_id
        asked = select(Criterion.id, Criterion.identity_id).where(of_version).order_by(Criterion.position)
        criteria = session.execute(asked).all()
        links: dict[int, list[int]] = {}
        kept = select(CriterionCompetency.criterion_id, CriterionCompetency.competency_id).join(
            Criterion, Criterion.id == CriterionCompetency.criterion_id
        )
        for criterion, competency in session.execute(kept.where(of_version)):
            links.setdefault(criterion, []).append(competency)
        links |= {one: list(reading.links[one]) for one, _identity in criteria if one in reading.links}
        rows = [
            (column, identity, competency, targets[competency])
            for column, (criterion, identity) in enumerate(criteria)
            for competency in sorted(links.get(criterion, ()))
            if reading.only is None or competency in reading.only
        ]
        column, identity, competency, target = zip(*rows, strict=True) if rows else ((), (), (), ())
        found[version_id] = _Lines(
            criteria={criterion: index for index, (criterion, _identity) in enumerate(criteria)},
            column=np.array(column, dtype=np.int64),
            identity=np.array(identity, dtype=np.int64),
            competency=np.array(competency, dtype=np.int64),
            target=np.array(target, dtype=np.float64),
        )
    return found


def _cells(
    found: dict[int, tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]], places: NDArray[np.int64]
) -> Cells:
    parts: list[list[NDArray[Any]]] = [[], [], [], [], [], []]
    for competency, (n_raw, fails, standard) in sorted(found.items()):
        some = np.flatnonzero(n_raw)
        values = (
            places[0, some],
            np.full(len(some), competency),
            places[1, some],
            n_raw[some],
            fails[some],
            standard[some],
        )
        for part, value in zip(parts, values, strict=True):
            part.append(value)
    whole: list[NDArray[Any]] = [np.concatenate(p) if p else np.zeros(0, np.int64) for p in parts]
    return Cells(*whole)


def _among(touched: Touched) -> ColumnElement[bool]:
    """A condition that takes in at least these people and weeks."""
    weeks = sorted({week for _person, week in touched})
    people = sorted({person for person, _week in touched})
    spread = Audit.week.between(weeks[0], weeks[-1])
    return and_(spread, Audit.person_id.in_(people)) if len(people) <= FEW else spread


def _wanted(touched: Touched, person: NDArray[np.int64], week: NDArray[np.int64]) -> NDArray[np.bool_]:
    keys = np.array([(p << 20) + week_number(w) for p, w in touched], dtype=np.int64)
    return np.isin((person << 20) + week, keys)


def _forget(session: Session, touched: Touched) -> None:
    """Delete the cells of these people and weeks."""
    weeks = sorted({week for _person, week in touched})
    if session.scalar(select(Cell.week).where(Cell.week.between(weeks[0], weeks[-1])).limit(1)) is None:
        return
    by_week: dict[date, list[int]] = {}
    for person, week in touched:
        by_week.setdefault(week, []).append(person)
    for week, people in by_week.items():
        for block in bulk.chunks(people):
            session.execute(delete(Cell).where(Cell.week == week, Cell.person_id.in_(block)))


def distinct(pairs: Iterable[tuple[int, date]]) -> list[tuple[int, date]]:
    """Each person and week once, in order."""
    return sorted(set(pairs))
