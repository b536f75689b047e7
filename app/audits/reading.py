"""What the pages of an audit and of a scorecard version show: sections, criteria, what was found, what was corrected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.audits.models import Audit, Cause, Correction, Criterion, Finding, Result, Section


@dataclass(frozen=True, slots=True)
class Was:
    """What a check said before a correction."""

    result: Result
    cause: Cause | None
    comment: str | None
    correction: Correction


@dataclass(frozen=True, slots=True)
class Check:
    """A criterion of an audit and what was found."""

    criterion: Criterion
    result: Result
    cause: Cause | None
    comment: str | None
    earlier: Sequence[Was]
    """Newest first."""

    @property
    def fatal(self) -> bool:
        """Whether this check fails the audit."""
        return self.criterion.fatal and self.result is Result.FAIL


@dataclass(frozen=True, slots=True)
class Part:
    """A section with its checks, or its criteria."""

    section: Section
    entries: Sequence[Check]

    @property
    def fails(self) -> int:
        return sum(check.result is Result.FAIL for check in self.entries)

    @property
    def applied(self) -> int:
        return sum(check.result is not Result.NA for check in self.entries)


def criteria(session: Session, version_id: int) -> Sequence[Criterion]:
    """The criteria of a version in order, with their sections and competencies."""
    return session.scalars(
        select(Criterion)
        .where(Criterion.version_id == version_id)
        .order_by(Criterion.position)
        .options(joinedload(Criterion.section), selectinload(Criterion.competencies))
    ).all()


def parts(session: Session, audit: Audit) -> list[Part]:
    """The sections of an audit's scorecard with what was found: four queries."""
    findings = {one.criterion_id: one for one in session.scalars(select(Finding).where(Finding.audit_id == audit.id))}
    earlier: dict[int, list[Was]] = {}
    corrections = select(Correction).where(Correction.audit_id == audit.id).order_by(Correction.id.desc())
    for one in session.scalars(corrections):
        earlier.setdefault(one.criterion_id, []).append(_was(one))
    found: dict[int, list[Check]] = {}
    sections: dict[int, Section] = {}
    for criterion in criteria(session, audit.version_id):
        sections[criterion.section_id] = criterion.section
        check = _check(criterion, findings.get(criterion.id), earlier.get(criterion.id, []))
        found.setdefault(criterion.section_id, []).append(check)
    return [Part(sections[number], checks) for number, checks in found.items()]


def _check(criterion: Criterion, finding: Finding | None, earlier: Sequence[Was]) -> Check:
    if finding is None:
        return Check(criterion, Result.PASS, None, None, earlier)
    return Check(criterion, finding.result, finding.cause, finding.comment, earlier)


def _was(correction: Correction) -> Was:
    words = correction.before
    cause = Cause(words["cause"]) if words["cause"] else None
    return Was(Result(words["result"]), cause, words["comment"], correction)
