"""Reads of the bank and of attempts. Each returns a `Select`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.sql.selectable import Subquery

from app.curriculum.models import Module, ModuleCompetency
from app.curriculum.quizzes.models import Asked, Attempt, Draw, Question, Quiz
from app.curriculum.quizzes.rules import EASIEST, ENOUGH, HARDEST, LEAST_DISCRIMINATION, Difficulty


def candidates(person_id: int) -> Select[int, int, Difficulty, int]:
    """(question id, competency id, difficulty, how often the person was asked it) of what may be drawn."""
    seen = (
        select(Asked.question_id, func.count().label("n"))
        .join(Attempt, Attempt.id == Asked.attempt_id)
        .where(Attempt.person_id == person_id)
        .group_by(Asked.question_id)
        .subquery()
    )
    return (
        select(Question.id, Question.competency_id, Question.difficulty, func.coalesce(seen.c.n, 0))
        .outerjoin(seen, seen.c.question_id == Question.id)
        .where(Question.ready, Question.retired.is_(False))
        .order_by(Question.id)
    )


def bank() -> Select[int, Difficulty, int]:
    """(competency id, difficulty, how many questions may be drawn)."""
    return (
        select(Question.competency_id, Question.difficulty, func.count())
        .where(Question.ready, Question.retired.is_(False))
        .group_by(Question.competency_id, Question.difficulty)
    )


def taught(module_id: int) -> Select[int]:
    """Ids of the competencies a module teaches."""
    return select(ModuleCompetency.competency_id).where(ModuleCompetency.module_id == module_id)


def attempts_of(assignment_id: int) -> Select[Attempt]:
    """All attempts at the quiz of an assignment, the oldest first."""
    return select(Attempt).where(Attempt.assignment_id == assignment_id).order_by(Attempt.number)


def sums() -> Subquery:
    """Of each question, over the first attempt of each assignment: what `rules.record` takes.

    The rest is the mean score of the other questions of the attempt, so that a question is not measured by itself.
    """
    totals = (
        select(Asked.attempt_id, func.sum(Asked.score).label("total"), func.count().label("n"))
        .join(Attempt, Attempt.id == Asked.attempt_id)
        .where(Attempt.number == 1, Attempt.ended_at.is_not(None))
        .group_by(Asked.attempt_id)
        .having(func.count() > 1)
        .subquery()
    )
    x: Any = Asked.score
    rest: Any = (totals.c.total - x) / (totals.c.n - 1)
    return (
        select(
            Asked.question_id,
            func.count().label("asked"),
            func.sum(x).label("x"),
            func.sum(rest).label("rest"),
            func.sum(x * x).label("xx"),
            func.sum(rest * rest).label("rest2"),
            func.sum(x * rest).label("xrest"),
        )
        .join(totals, totals.c.attempt_id == Asked.attempt_id)
        .group_by(Asked.question_id)
        .subquery("sums")
    )


def records(question_ids: Iterable[int]) -> Select[int, int, float, float, float, float, float]:
    """Question id and its sums."""
    found = sums()
    return select(found).where(found.c.question_id.in_(list(question_ids)))


def drawing_from(competency_id: int) -> Select[Module]:
    """The modules whose quizzes draw questions on this competency."""
    named = select(Draw.quiz_id).where(Draw.competency_id == competency_id)
    anything = (
        select(Draw.quiz_id)
        .join(ModuleCompetency, ModuleCompetency.module_id == Draw.quiz_id)
        .where(Draw.competency_id.is_(None), ModuleCompetency.competency_id == competency_id)
    )
    return (
        select(Module)
        .join(Quiz, Quiz.module_id == Module.id)
        .where(Module.id.in_(named.union(anything)))
        .order_by(Module.code)
    )


def looked_at() -> Select[int]:
    """Ids of the questions whose record warns: `rules.warning`, in SQL."""
    one = sums()
    n, spread = (
        one.c.asked,
        (one.c.xx - one.c.x * one.c.x / one.c.asked) * (one.c.rest2 - one.c.rest * one.c.rest / one.c.asked),
    )
    together = one.c.xrest - one.c.x * one.c.rest / one.c.asked
    weak = (spread > 1e-12) & or_(together < 0, together * together < LEAST_DISCRIMINATION**2 * spread)
    odd = or_(one.c.x > EASIEST * n, one.c.x < HARDEST * n, weak)
    return select(one.c.question_id).where(n >= ENOUGH, odd)
