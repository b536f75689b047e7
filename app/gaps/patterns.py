"""Where it hurts beyond single agents: criteria that fail for other reasons, what is new, chronic or back. Teams: `teams/`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, String, and_, case, func, select, true, type_coerce
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.reach import agents_in
from app.audits.models import SYSTEMIC_CAUSES, Audit, Cause, Criterion, Finding, Result
from app.core.clock import monday_of
from app.curriculum.models import Competency
from app.gaps import evidence
from app.gaps.models import Gap
from app.gaps.rules import ACTIVE, WINDOW_WEEKS, GapState

NEW_DAYS, CHRONIC_DAYS = 28, 91
SYSTEMIC_SHOWN = 15


@dataclass(frozen=True, slots=True)
class Systemic:
    """A criterion failed for reasons that no agent can mend, in 13 weeks."""

    criterion: Criterion
    fails: int
    checks: int
    """How often it applied, those misses included."""
    agents: int
    cause: Cause
    """The most frequent one."""


@dataclass(frozen=True, slots=True)
class Ages:
    """The active gaps of a competency: how many are new, chronic, or came back."""

    competency: Competency
    active: int
    new: int
    chronic: int
    relapsed: int


def competencies(session: Session, ids: Sequence[int]) -> Mapping[int, Competency]:
    """Competencies by id."""
    return {one.id: one for one in session.scalars(select(Competency).where(Competency.id.in_(set(ids))))}


def systemic(session: Session, viewer: User, day: date, among: ColumnElement[bool] | None = None) -> list[Systemic]:
    """Criteria that failed for process, tool, policy or customer in 13 weeks, the most frequent first."""
    cause = type_coerce(Finding.cause, String)
    counted = and_(
        Audit.week > monday_of(day) - timedelta(weeks=WINDOW_WEEKS),
        evidence.is_evidence(),
        Audit.person_id.in_(agents_in(viewer, Permission.SEE_GAPS)),
        true() if among is None else among,
    )
    statement = (
        select(Finding.criterion_id, cause, func.count(), func.count(Audit.person_id.distinct()))
        .join(Audit, Audit.id == Finding.audit_id)
        .where(Finding.result == Result.FAIL, Finding.cause.in_(SYSTEMIC_CAUSES), counted)
        .group_by(Finding.criterion_id, cause)
    )
    by_criterion: dict[int, list[tuple[str, int, int]]] = {}
    for criterion, why, fails, agents in session.execute(statement):
        by_criterion.setdefault(criterion, []).append((str(why), fails, agents))
    told = {one.id: one for one in session.scalars(select(Criterion).where(Criterion.id.in_(by_criterion)))}
    checks = _checks(session, list(told.values()), counted)
    found = [
        Systemic(
            told[criterion],
            sum(fails for _why, fails, _agents in rows),
            checks[criterion],
            max(agents for _why, _fails, agents in rows),
            Cause(max(rows, key=lambda row: (row[1], row[0]))[0]),
        )
        for criterion, rows in by_criterion.items()
    ]
    return sorted(found, key=lambda one: (-one.fails, one.criterion.code))[:SYSTEMIC_SHOWN]


def _checks(session: Session, criteria: Sequence[Criterion], counted: ColumnElement[bool]) -> dict[int, int]:
    """How often each of these criteria applied in the audits that are counted."""
    ids = [one.id for one in criteria]
    audits = select(Audit.version_id, func.count()).where(counted).group_by(Audit.version_id)
    of_version = dict(session.execute(audits).all())
    absent = (
        select(Finding.criterion_id, func.count())
        .join(Audit, Audit.id == Finding.audit_id)
        .where(Finding.criterion_id.in_(ids), Finding.result == Result.NA, counted)
        .group_by(Finding.criterion_id)
    )
    missing = dict(session.execute(absent).all())
    return {one.id: of_version.get(one.version_id, 0) - missing.get(one.id, 0) for one in criteria}


def ages(session: Session, viewer: User, day: date, among: ColumnElement[bool] | None = None) -> list[Ages]:
    """The active gaps by competency, those with most first."""
    new, chronic = day - timedelta(days=NEW_DAYS), day - timedelta(days=CHRONIC_DAYS)

    def count(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.sum(case((condition, 1), else_=0))

    statement = (
        Gap.visible_to(viewer, Permission.SEE_GAPS)
        .where(Gap.state.in_(ACTIVE), true() if among is None else among)
        .with_only_columns(
            Gap.competency_id,
            func.count(),
            count(Gap.opened_on >= new),
            count(Gap.opened_on < chronic),
            count(Gap.state == GapState.RELAPSED),
        )
        .group_by(Gap.competency_id)
    )
    rows = session.execute(statement).all()
    known = competencies(session, [row[0] for row in rows])
    found = [Ages(known[row[0]], *(int(value or 0) for value in row[1:])) for row in rows]
    return sorted(found, key=lambda one: (-one.active, one.competency.code))
