"""What rules act on: gaps that opened and fatal errors, each as a cause, with the people they happened to.

People are a select of their ids, so that the number of queries does not grow with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.audits.models import Audit, Criterion, CriterionCompetency, Finding, Result, Severity
from app.audits.queries import fatal_audits
from app.core.clock import end_of
from app.gaps.models import Gap, Transition
from app.gaps.rules import GapState
from app.remedies.rules import Cause

OPENED = (GapState.OPEN, GapState.RELAPSED)


@dataclass(frozen=True, slots=True)
class Causes:
    """What happened, and the ids of the people it happened to as a select."""

    items: Sequence[Cause]
    people: Select[int]


def openings(session: Session, week: date, zone: str) -> Causes:
    """The gaps that opened or relapsed by the decision of that week, of people who have not left since."""
    opened_at = end_of(week + timedelta(days=6), zone)
    of_week = and_(Transition.week == week, Transition.to_state.in_(OPENED))
    rows = session.execute(_gaps().where(of_week, _still_here(week + timedelta(days=7))))
    return Causes(
        [_opening(transition, gap, person, competency, opened_at) for transition, gap, person, competency, _ in rows],
        select(Gap.person_id).join(Transition, Transition.gap_id == Gap.id).where(of_week),
    )


def standing_gaps(session: Session, day: date, zone: str) -> Causes:
    """The gaps that stand open or relapsed now, each with the opening it came from."""
    newest = (
        select(func.max(Transition.week))
        .where(Transition.gap_id == Gap.id, Transition.to_state.in_(OPENED))
        .correlate(Gap)
        .scalar_subquery()
    )
    rows = session.execute(_gaps().where(Gap.state.in_(OPENED), Transition.week == newest, _still_here(day)))
    return Causes(
        [
            _opening(transition, gap, person, competency, end_of(week + timedelta(days=6), zone))
            for transition, gap, person, competency, week in rows
        ],
        select(Gap.person_id).where(Gap.state.in_(OPENED)),
    )


def fatal_errors(session: Session, released_from: datetime, released_to: datetime, day: date) -> Causes:
    """The fatal errors of audits released in [from, to), of people who have not left; one cause an audit."""
    audits = fatal_audits(released_from, released_to).subquery()
    competencies: dict[int, list[int]] = {}
    for audit_id, competency_id in session.execute(
        select(Finding.audit_id, CriterionCompetency.competency_id)
        .join(Criterion, Criterion.id == Finding.criterion_id)
        .join(CriterionCompetency, CriterionCompetency.criterion_id == Criterion.id)
        .where(
            Finding.audit_id.in_(select(audits.c.id)),
            Finding.result == Result.FAIL,
            Criterion.severity == Severity.FATAL,
        )
        .order_by(Finding.audit_id, Criterion.position, CriterionCompetency.competency_id)
    ):
        competencies.setdefault(audit_id, []).append(competency_id)
    rows = session.execute(
        select(Audit.id, Audit.person_id, Audit.released_at)
        .join(User, User.id == Audit.person_id)
        .where(Audit.id.in_(select(audits.c.id)), _still_here(day))
        .order_by(Audit.released_at, Audit.id)
    )
    items = [
        Cause(
            key=f"audit:{audit_id}",
            person_id=person_id,
            competency_ids=tuple(dict.fromkeys(competencies.get(audit_id, ()))),
            opened_at=released_at,
            audit_id=audit_id,
        )
        for audit_id, person_id, released_at in rows
        if released_at is not None
    ]
    return Causes(items, select(audits.c.person_id))


def _gaps() -> Select[int, int, int, int, date]:
    return (
        select(Transition.id, Gap.id, Gap.person_id, Gap.competency_id, Transition.week)
        .join(Gap, Gap.id == Transition.gap_id)
        .join(User, User.id == Gap.person_id)
        .order_by(Gap.person_id, Transition.probability.desc(), Gap.id)
    )


def _opening(transition_id: int, gap_id: int, person_id: int, competency_id: int, opened_at: datetime) -> Cause:
    return Cause(
        key=f"transition:{transition_id}",
        person_id=person_id,
        competency_ids=(competency_id,),
        opened_at=opened_at,
        gap_id=gap_id,
        transition_id=transition_id,
    )


def _still_here(day: date) -> ColumnElement[bool]:
    return or_(User.left_on.is_(None), User.left_on > day)
