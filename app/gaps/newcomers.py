"""How hard a new criterion is, found out before anything is decided on it: the effects of a month do not know it yet.

Source: docs/gap-model.md, section "New criteria": its own effect by the ridge, all others as they were frozen, until it rests
on enough findings.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from sqlalchemy import ColumnElement, Select, and_, delete, exists, select
from sqlalchemy.orm import Session

from app.audits.models import Audit, Criterion, ScorecardVersion
from app.gaps import effects, fitting, rules
from app.gaps.evidence import Touched
from app.gaps.fitting import Versions
from app.gaps.models import Effect, EffectsVersion


def learn(session: Session, week: date, versions: Versions, evidence: ColumnElement[bool]) -> Touched:
    """Add what is known by the end of a week of criteria that are new since the effects in force were fitted.

    Returns the people and weeks whose checks weigh otherwise for it. Looked at again as findings double, until there are
    enough; then the effect stays.
    """
    version = session.get(EffectsVersion, versions.id_for(week) or 0)
    if version is None:
        return []
    start = fitting.first_monday(version.month)
    within = and_(evidence, Audit.week >= start, Audit.week <= week)
    known = versions.of(version.id)
    new = _new(session, within, start, known)
    if not new:
        return []
    asking = set(session.scalars(select(Criterion.version_id).where(Criterion.identity_id.in_(new)).distinct()))
    within = and_(within, Audit.version_id.in_(asking))
    counts = fitting.counts(session, within, new)
    ids, index = np.unique(counts.criterion, return_inverse=True)
    checks = dict(zip(ids.tolist(), np.bincount(index, counts.n).astype(int).tolist(), strict=True))
    due = {one for one, n in checks.items() if n >= _enough(known.applications.get(one, 0))}
    if not due:
        return []
    values = effects.fit_new(counts.only(due), known)
    session.execute(
        delete(Effect).where(Effect.version_id == version.id, Effect.kind == "criterion", Effect.key.in_(map(str, due)))
    )
    session.add_all(
        Effect(version_id=version.id, kind="criterion", key=str(one), value=value, n=checks[one])
        for one, value in values.items()
    )
    session.flush()
    after = fitting.first_monday((version.month + timedelta(days=32)).replace(day=1))
    weighed = and_(Audit.week >= start, Audit.week < after, Audit.version_id.in_(asking))
    return [tuple(one) for one in session.execute(select(Audit.person_id, Audit.week).where(weighed).distinct())]


def _enough(known: int) -> int:
    """So many findings make it worth another look: the first one, then twice as many, until they suffice."""
    return min(max(2 * known, 1), rules.SETTLED_FINDINGS)


def _new(session: Session, within: ColumnElement[bool], start: date, known: effects.Effects) -> set[int]:
    """Identities of criteria asked since `start` and never before it, whose effect rests on too little as yet."""
    kept = session.scalars(select(Criterion.identity_id).distinct())
    unsure = {one for one in kept if known.applications.get(one, 0) < rules.SETTLED_FINDINGS}
    if not unsure:
        return set()
    earlier = Audit.week.between(start - timedelta(weeks=rules.FIT_WEEKS), start - timedelta(weeks=1))
    return (unsure & _asked(session, unsure, within)) - _asked(session, unsure, earlier)


def _asked(session: Session, among: set[int], within: ColumnElement[bool]) -> set[int]:
    """Identities of the criteria that these audits ask about, in versions of scorecards with one of `among`."""
    versions = select(Criterion.version_id).where(Criterion.identity_id.in_(among)).distinct()
    # one audit is enough to know: the first that is found, instead of all of them
    there = exists().where(Audit.version_id == ScorecardVersion.id, within)
    return _of(session, select(ScorecardVersion.id).where(ScorecardVersion.id.in_(versions), there))


def _of(session: Session, versions: Select[int]) -> set[int]:
    """Identities of the criteria of these versions of scorecards."""
    return set(session.scalars(select(Criterion.identity_id).where(Criterion.version_id.in_(versions)).distinct()))
