"""Reaudits read into arrays, and what they say of auditors, partners and criteria: a few queries for any number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select, String, select, type_coerce
from sqlalchemy.orm import Session

from app.accounts.models import Unit, User
from app.audits.models import Audit, Criterion, Finding, Result, Scorecard, ScorecardVersion
from app.audits.reaudits import queries
from app.audits.reaudits.agreement import Agreement, Checks, by_group, compare, points
from app.audits.rules import FAIL, NA, PASS
from app.core import bulk
from app.core.i18n import Bilingual

CODES = {Result.PASS.value: PASS, Result.FAIL.value: FAIL, Result.NA.value: NA}
BLOCK = 500
Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Audits scored twice: the reaudit and the first audit, its auditor and partner, and all their checks."""

    again: Ids
    first: Ids
    auditor: Ids
    partner: Ids
    checks: Checks
    """`contact` is a place in the arrays above, `item` a criterion across versions."""

    def by_auditor(self) -> dict[int, Agreement]:
        return dict(by_group(self.checks, self.auditor[self.checks.contact]))

    def by_partner(self) -> dict[int, Agreement]:
        return dict(by_group(self.checks, self.partner[self.checks.contact]))

    def by_pair(self) -> dict[int, Agreement]:
        """By the reaudit's id."""
        return dict(by_group(self.checks, self.again[self.checks.contact]))

    def whole(self) -> Agreement:
        return compare(self.checks)


def load(session: Session, statement: Select[*tuple[Any, ...]]) -> Pairs:
    """Read the pairs a statement of `queries.pairs` names; checks are matched by criterion across versions.

    The first answers are those of before any correction; where a contest was granted, the auditor's answer holds.
    """
    again, first, version, first_version, auditor, partner = bulk.arrays(
        session, statement, "i8", "i8", "i8", "i8", "i8", "i8"
    )
    lines = _lines(session, {*version.tolist(), *first_version.tolist()})
    parts: list[list[NDArray[Any]]] = []
    for here, there in sorted(set(zip(version.tolist(), first_version.tolist(), strict=True))):
        places = np.flatnonzero((version == here) & (first_version == there))
        parts.append(_matched(places, lines[here], lines[there]))
    if not parts:
        empty = [np.zeros(0, kind) for kind in (np.int64, np.int64, float, bool, np.int8, np.int8)]
        return Pairs(again, first, auditor, partner, Checks(*empty))
    contact, criterion, first_criterion, item, weight, fatal = (np.concatenate(p) for p in zip(*parts, strict=True))
    said = _said(session, again, again[contact], criterion)
    said_first = _said(session, first, first[contact], first_criterion)
    before = _overrides(session, queries.first_said, first)
    _override(said_first, first[contact], first_criterion, before)
    right = dict.fromkeys(_pairs_of(session, queries.granted, again))
    for place, key in enumerate(zip(again[contact].tolist(), criterion.tolist(), strict=True) if right else ()):
        if key in right:
            said[place] = said_first[place]
    return Pairs(again, first, auditor, partner, Checks(contact, item, weight, fatal, said_first, said))


def by_team(
    session: Session, teams: Select[int] | None, starts: Sequence[datetime]
) -> Iterator[tuple[int, int, float, float]]:
    """(team, place of the month audited again in, points auditor and benchmark are at one on, points that applied).

    `starts` are when months begin, and at the end the one after.
    """
    reaudits = queries.of_teams(teams)
    found = load(session, queries.pairs(reaudits, starts[0], starts[-1]))
    within = reaudits.where(Audit.audited_at >= starts[0], Audit.audited_at < starts[-1])
    again, team, place = bulk.arrays(session, queries.months_of(within, starts).order_by(Audit.id), "i8", "i8", "i8")
    if not len(again):
        return
    at = np.searchsorted(again, found.again)[found.checks.contact]
    apart, whole = points(found.checks)
    key = team[at] * len(starts) + place[at]
    keys, where = np.unique(key, return_inverse=True)
    aligned, applied = np.bincount(where, whole - apart), np.bincount(where, whole)
    for one, part, all_of_it in zip(keys.tolist(), aligned.tolist(), applied.tolist(), strict=True):
        if one >= 0 and all_of_it:
            yield one // len(starts), one % len(starts), part, all_of_it


def _lines(session: Session, versions: set[int]) -> dict[int, list[tuple[int, int, float, bool]]]:
    """By version: criterion, its identity, weight, whether fatal."""
    found: dict[int, list[tuple[int, int, float, bool]]] = {number: [] for number in versions}
    columns = (Criterion.version_id, Criterion.id, Criterion.identity_id, Criterion.weight, Criterion.severity)
    for row in session.execute(select(*columns).where(Criterion.version_id.in_(versions)).order_by(Criterion.id)):
        found[row[0]].append((row[1], row[2], row[3], row[4].is_fatal))
    return found


def _matched(
    places: Ids, here: Sequence[tuple[int, int, float, bool]], there: Sequence[tuple[int, int, float, bool]]
) -> list[NDArray[Any]]:
    """Every check of these pairs: place, both criteria, item, weight, fatal."""
    known = {identity: number for number, identity, _weight, _fatal in there}
    common = [line for line in here if line[1] in known]
    shape = (len(places), len(common))
    columns = (
        np.array([line[0] for line in common], np.int64),
        np.array([known[line[1]] for line in common], np.int64),
        np.array([line[1] for line in common], np.int64),
        np.array([line[2] for line in common], float),
        np.array([line[3] for line in common], bool),
    )
    return [np.repeat(places, len(common)), *(np.broadcast_to(column, shape).ravel() for column in columns)]


def _said(session: Session, audits: Ids, audit: Ids, criterion: Ids) -> NDArray[np.int8]:
    """What each check says now: a plain pass has no finding."""
    columns = (Finding.audit_id, Finding.criterion_id, type_coerce(Finding.result, String))
    said = np.full(len(audit), PASS, np.int8)
    told: list[tuple[int, int, int]] = []
    for block in bulk.chunks(np.unique(audits).tolist(), BLOCK):
        rows = session.execute(select(*columns).where(Finding.audit_id.in_(block)))
        told += [(one, number, CODES[str(result)]) for one, number, result in rows]
    if told and len(audit):
        known = np.array(told, np.int64)
        width = int(max(criterion.max(), known[:, 1].max())) + 1
        keys = known[:, 0] * width + known[:, 1]
        order, wanted = np.argsort(keys), audit * width + criterion
        at = order[np.minimum(np.searchsorted(keys, wanted, sorter=order), len(keys) - 1)]
        said = np.where(keys[at] == wanted, known[at, 2], PASS).astype(np.int8)
    return said


def _overrides(session: Session, read: Callable[..., Any], audits: Ids) -> dict[tuple[int, int], int]:
    return {(row[0], row[1]): CODES[row[2]] for row in _rows(session, read, audits)}


def _pairs_of(session: Session, read: Callable[..., Any], audits: Ids) -> list[tuple[int, int]]:
    return [(row[0], row[1]) for row in _rows(session, read, audits)]


def _rows(session: Session, read: Callable[..., Any], audits: Ids) -> Iterable[Any]:
    for block in bulk.chunks(np.unique(audits).tolist(), BLOCK):
        yield from session.execute(read(block))


def _override(said: NDArray[np.int8], audit: Ids, criterion: Ids, with_: dict[tuple[int, int], int]) -> None:
    for place, key in enumerate(zip(audit.tolist(), criterion.tolist(), strict=True) if with_ else ()):
        if key in with_:
            said[place] = with_[key]


# --- Named ---


@dataclass(frozen=True, slots=True)
class Line:
    """The figures of one auditor, partner or criterion."""

    id: int
    name: Any
    figures: Agreement


@dataclass(frozen=True, slots=True)
class Disputed:
    """A criterion and how far its checks agree."""

    id: int
    code: str
    scorecard: Bilingual
    text: Bilingual
    figures: Agreement


def named(session: Session, figures: dict[int, Agreement], table: type[User] | type[Unit]) -> list[Line]:
    """The figures with the names of auditors or partners, least aligned first, those of too few last."""
    names = dict(session.execute(select(table.id, table.name).where(table.id.in_(figures))).all())
    lines = [Line(number, names[number], one) for number, one in figures.items()]
    return sorted(lines, key=lambda one: (one.figures.few, _of(one.figures), str(one.name)))


def _of(one: Agreement) -> float:
    return 1.0 if one.alignment is None else one.alignment


def criteria(session: Session, checks: Checks) -> list[Disputed]:
    """The criteria by how far auditors and benchmark agree on them, the least first, those of too few last."""
    found = dict(by_group(checks, checks.item))
    newest: dict[int, Criterion] = {}
    for one in session.scalars(select(Criterion).where(Criterion.identity_id.in_(found)).order_by(Criterion.id)):
        newest[one.identity_id] = one
    names = {
        version: card.name
        for version, card in session.execute(select(ScorecardVersion.id, Scorecard).join(ScorecardVersion.scorecard))
    }
    lines = [
        Disputed(number, one.code, names[one.version_id], one.text, found[number]) for number, one in newest.items()
    ]
    return sorted(lines, key=lambda one: (one.figures.few, -one.figures.share_differing, one.scorecard.text, one.code))
