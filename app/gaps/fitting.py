"""Versions of the effects: fitted for a month on the 26 weeks before it, then frozen."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, String, and_, case, func, select, type_coerce
from sqlalchemy.orm import Session

from app.audits.models import SYSTEMIC_CAUSES, Audit, Criterion, Finding, Result
from app.core.clock import monday_of, month_start, week_number
from app.gaps import effects, rules
from app.gaps.models import Effect, EffectsVersion

GROUP = (Audit.version_id, Audit.auditor_id, type_coerce(Audit.purpose, String), Audit.team_id)


def first_monday(month: date) -> date:
    """The first Monday of a month: the first week that begins in it."""
    return monday_of(month_start(month) + timedelta(days=6))


@dataclass(frozen=True, slots=True)
class Versions:
    """All frozen versions, oldest first: the week number each is in force from, and its id.

    Their effects are read when they are asked for, once: a week needs one version, and years have many.
    """

    starts: NDArray[np.int64]
    ids: tuple[int, ...]
    session: Session
    known: dict[int, effects.Effects] = field(default_factory=dict)

    def of(self, version: int) -> effects.Effects:
        """The effects of the version with this id."""
        if version not in self.known:
            self.known[version] = _effects(self.session, version)
        return self.known[version]

    def by_week(self, week: NDArray[np.int64]) -> Iterator[tuple[effects.Effects, NDArray[np.int64]]]:
        """The effects in force, with the places in `week` (week numbers) they are in force for."""
        version = np.searchsorted(self.starts, week, side="right") - 1
        for number in np.unique(version).tolist():
            found = self.of(self.ids[number]) if number >= 0 else effects.NO_EFFECTS
            yield found, np.flatnonzero(version == number)

    def id_for(self, week: date) -> int | None:
        """The version in force in a week."""
        number = int(np.searchsorted(self.starts, week_number(week), side="right")) - 1
        return self.ids[number] if number >= 0 else None


def load(session: Session) -> Versions:
    """The versions there are now; load again after one has changed."""
    rows = session.execute(select(EffectsVersion.id, EffectsVersion.month).order_by(EffectsVersion.month)).all()
    starts = np.array([week_number(first_monday(row.month)) for row in rows], dtype=np.int64)
    return Versions(starts, tuple(row.id for row in rows), session)


def _effects(session: Session, version: int) -> effects.Effects:
    found = effects.Effects()
    statement = select(Effect.kind, Effect.key, Effect.value, Effect.n).where(Effect.version_id == version)
    for kind, key, value, n in session.execute(statement):
        getattr(found, kind)[key if kind == "purpose" else int(key)] = value
        if kind == "criterion":
            found.applications[int(key)] = n
    return found


def ensure(session: Session, week: date, evidence: ColumnElement[bool], *, on: datetime) -> EffectsVersion | None:
    """Fit and freeze the version of the month in which `week` (a Monday) begins, unless it is there or too little is known.

    `evidence` says which audits count. Returns the new version, or None.
    """
    month = month_start(week)
    if session.scalar(select(EffectsVersion.id).where(EffectsVersion.month == month)) is not None:
        return None
    start = first_monday(month)
    within = and_(evidence, Audit.week >= start - timedelta(weeks=rules.FIT_WEEKS), Audit.week < start)
    found = counts(session, within)
    total = int(found.n.sum())
    weeks = session.scalar(select(func.count(Audit.week.distinct())).where(within)) or 0
    first = session.scalar(select(EffectsVersion.id).limit(1)) is None
    if total == 0 or (first and not effects.may_fit(weeks, total)):
        return None
    version = EffectsVersion(month=month, fitted_at=on, findings=total)
    session.add(version)
    session.flush()
    _store(session, version.id, effects.fit(found), found)
    return version


def counts(session: Session, within: ColumnElement[bool], only: Collection[int] | None = None) -> effects.Counts:
    """Passes and fails grouped by criterion, auditor, purpose and team: two grouped reads, however many findings.

    `only` are identities of criteria; none: all.
    """
    groups = session.execute(select(*GROUP, func.count()).where(within).group_by(*GROUP)).all()
    systemic = and_(Finding.result == Result.FAIL, Finding.cause.in_(SYSTEMIC_CAUSES))
    fails = func.sum(case((systemic, 0), (Finding.result == Result.FAIL, 1), else_=0))
    apart = func.sum(case((systemic, 1), (Finding.result == Result.NA, 1), else_=0))
    marks = {
        tuple(row[:5]): (int(row[5]), int(row[6]))
        for row in session.execute(
            select(*GROUP, Finding.criterion_id, fails, apart)
            .join(Finding, Finding.audit_id == Audit.id)
            .where(within)
            .group_by(*GROUP, Finding.criterion_id)
        )
    }
    lines: dict[int, list[tuple[int, int]]] = {}
    for version, criterion, identity in session.execute(
        select(Criterion.version_id, Criterion.id, Criterion.identity_id)
    ):
        if only is None or identity in only:
            lines.setdefault(version, []).append((criterion, identity))
    rows = []
    for version, auditor, purpose, team, audits in groups:
        for criterion, identity in lines.get(version, ()):
            failed, not_counted = marks.get((version, auditor, purpose, team, criterion), (0, 0))
            if audits > not_counted:
                rows.append((identity, _id(auditor), purpose, _id(team), audits - not_counted, failed))
    columns = list(zip(*rows, strict=True)) if rows else [()] * 6
    return effects.Counts(*(np.array(c) for c in columns))


def _id(value: int | None) -> int:
    return -1 if value is None else value


def _store(session: Session, version_id: int, fitted: effects.Effects, found: effects.Counts) -> None:
    for kind in ("criterion", "auditor", "purpose", "team"):
        ids, index = np.unique(getattr(found, kind), return_inverse=True)
        checks = dict(zip(ids.tolist(), np.bincount(index, found.n).astype(int).tolist(), strict=True))
        session.add_all(
            Effect(version_id=version_id, kind=kind, key=str(key), value=value, n=checks[key])
            for key, value in getattr(fitted, kind).items()
        )
    session.flush()


__all__ = ["Versions", "counts", "ensure", "first_monday", "load"]
