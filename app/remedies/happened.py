"""For the threads of a gap and of an agent alike: attempts at quizzes, and findings that were corrected."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.audits.models import BLIND_PURPOSES, Audit, Cause, Correction, Criterion, CriterionCompetency, Result
from app.audits.reaudits.models import open_to
from app.core.clock import day_of
from app.curriculum.models import Assignment
from app.curriculum.quizzes.models import Attempt
from app.remedies.entries import Corrected, Quizzed


def attempts(
    session: Session, assigned: Iterable[Assignment], viewer: User, since: date, zone: str
) -> Iterator[tuple[Assignment, Quizzed]]:
    """The attempts at the quizzes of these assignments that have ended, newest first, within what the reader may see."""
    by_id = {one.id: one for one in assigned}
    if not by_id:
        return
    statement = Attempt.visible_to(viewer, Permission.SEE_LEARNING).where(
        Attempt.assignment_id.in_(by_id), Attempt.ended_at.is_not(None)
    )
    for one in session.scalars(statement.order_by(Attempt.id.desc())):
        given, day = by_id[one.assignment_id], day_of(one.ended_at or one.started_at, zone)
        if day >= since:
            facts = (one.number, one.score, one.passed is True, one.timed_out)
            yield given, Quizzed(day, given.id, given.module.title, *facts)


def corrections(
    session: Session, person_id: int, about: Collection[int], viewer: User, since: date, zone: str
) -> Iterator[tuple[Corrected, list[int]]]:
    """What was corrected in the person's released audits on these competencies since a Monday, newest first, and on which.

    What only changed a comment is left out: it changes no evidence.
    """
    statement = (
        select(Correction, Audit, Criterion, User.name, CriterionCompetency.competency_id)
        .join(Audit, Audit.id == Correction.audit_id)
        .join(Criterion, Criterion.id == Correction.criterion_id)
        .join(CriterionCompetency, CriterionCompetency.criterion_id == Criterion.id)
        .outerjoin(User, User.id == Correction.by_id)
        .where(
            Audit.person_id == person_id,
            Audit.released_at.is_not(None),
            Audit.purpose.not_in(BLIND_PURPOSES),
            open_to(viewer),
            Audit.week >= since,
            CriterionCompetency.competency_id.in_(about),
        )
        .order_by(Correction.id.desc(), CriterionCompetency.competency_id)
    )
    found: dict[int, tuple[Corrected, list[int]]] = {}
    for correction, audit, criterion, by, competency in session.execute(statement):
        before, after = _said(correction.before), _said(correction.after)
        if before is None or after is None or before == after:
            continue
        entry = Corrected(day_of(correction.at, zone), audit.id, audit.reference, criterion.text, before, after, by)
        found.setdefault(correction.id, (entry, []))[1].append(competency)
    yield from found.values()


def _said(detail: dict[str, str | None]) -> tuple[Result, Cause | None] | None:
    result, cause = detail.get("result"), detail.get("cause")
    return None if result is None else (Result(result), None if cause is None else Cause(cause))
