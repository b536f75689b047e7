"""Reads other rooms share: evidence audits, fatal ones of a time, and the checks of a person on a competency."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, String, and_, func, literal, or_, select, type_coerce
from sqlalchemy.orm import aliased

from app.audits.models import (
    BLIND_PURPOSES,
    Audit,
    Cause,
    Correction,
    Criterion,
    CriterionCompetency,
    Finding,
    Result,
    Severity,
)


def fatal_audits(released_from: datetime, released_to: datetime) -> Select[Audit]:
    """Audits with a fatal error, released in [from, to) or made fatal by a correction then.

    Reaudits and calibrations are none.
    """
    became = (
        select(Correction.audit_id)
        .join(Criterion, Criterion.id == Correction.criterion_id)
        .where(
            Correction.at >= released_from,
            Correction.at < released_to,
            Correction.after["result"].as_string() == Result.FAIL.value,
            Correction.before["result"].as_string() != Result.FAIL.value,
            Criterion.severity == Severity.FATAL,
        )
    )
    released = and_(Audit.released_at >= released_from, Audit.released_at < released_to)
    return select(Audit).where(Audit.fatal, or_(released, Audit.id.in_(became)), Audit.purpose.not_in(BLIND_PURPOSES))


def fatal_findings(audit_ids: list[int]) -> Select[int, Criterion]:
    """(audit id, criterion) of the fatal criteria failed in these audits."""
    return (
        select(Finding.audit_id, Criterion)
        .join(Criterion, Criterion.id == Finding.criterion_id)
        .where(Finding.audit_id.in_(audit_ids), Finding.result == Result.FAIL, Criterion.severity == Severity.FATAL)
        .order_by(Finding.audit_id, Criterion.position)
    )


def findings_on(
    person_id: int, competency_id: int, *, since: date | None = None
) -> Select[Audit, Criterion, str, Cause | None, str | None]:
    """The checks of a person on a competency, newest first: audit, criterion, result (`pass`, `fail`), cause, comment.

    Criteria that did not apply are left out; passes are there although they have no row. `since` is a Monday.
    """
    mark = aliased(Finding)
    result: ColumnElement[str] = func.coalesce(type_coerce(mark.result, String), literal(Result.PASS.value))
    statement = (
        select(Audit, Criterion, result.label("result"), mark.cause, mark.comment)
        .join(Criterion, Criterion.version_id == Audit.version_id)
        .join(CriterionCompetency, CriterionCompetency.criterion_id == Criterion.id)
        .outerjoin(mark, and_(mark.audit_id == Audit.id, mark.criterion_id == Criterion.id))
        .where(
            Audit.person_id == person_id,
            CriterionCompetency.competency_id == competency_id,
            Audit.released_at.is_not(None),
            Audit.purpose.not_in(BLIND_PURPOSES),
            or_(mark.audit_id.is_(None), mark.result != Result.NA),
        )
        .order_by(Audit.contact_at.desc(), Audit.id.desc(), Criterion.position)
    )
    return statement if since is None else statement.where(Audit.week >= since)


def failed_lately(person_ids: list[int], since: date) -> Select[Audit, Criterion, Finding]:
    """Fails of these people in contacts since the week of a Monday, newest first."""
    return (
        select(Audit, Criterion, Finding)
        .join(Finding, Finding.audit_id == Audit.id)
        .join(Criterion, Criterion.id == Finding.criterion_id)
        .where(
            Audit.person_id.in_(person_ids),
            Audit.week >= since,
            Audit.released_at.is_not(None),
            Audit.purpose.not_in(BLIND_PURPOSES),
            Finding.result == Result.FAIL,
        )
        .order_by(Audit.contact_at.desc(), Audit.id.desc())
    )
