"""The quiz of the demo programme: a bank of questions, the quiz of one module, and how those who completed it did."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session, selectinload

from app.core.clock import start_of
from app.curriculum.certificates.models import CertificateTerms
from app.curriculum.certificates.rules import Basis
from app.curriculum.certificates.services import issue_missing
from app.curriculum.models import Assignment, AssignmentState, Module
from app.curriculum.quizzes import rules
from app.curriculum.quizzes.intake.storing import import_questions
from app.curriculum.quizzes.models import Asked, Attempt, Draw, Question, Quiz
from app.curriculum.quizzes.rules import Between
from app.home.demo.content import FOLDER
from app.home.demo.world import World

QUIZZES = {"M01": ("K11", 6), "M03": ("K13", 6)}
"""The competency a module's quiz asks about, and how many questions it draws."""
PASS_MARK = 0.7
MINUTES = 15
CARELESS = "K11-05"
"""A question that tells nothing: whoever knows more reads too much into it."""
FIRST_TIME = 0.62
"""So often is the quiz passed at the first attempt."""


def write_bank(session: Session, modules: dict[str, int], *, on: datetime) -> None:
    """The questions, one of them still waiting for its English, and the quizzes of the modules about identity and fraud."""
    path = FOLDER / "questions.csv"
    import_questions(session, path, path.name, language="en", competency=None, by=None, on=on)
    terms: dict[str, Any] = {"pass_mark": PASS_MARK, "minutes": MINUTES, "attempts": 3, "between": Between.REVIEW}
    session.add_all(
        Quiz(module_id=modules[code], draws=[Draw(position=0, count=count)], **terms)
        for code, (_competency, count) in QUIZZES.items()
    )
    session.add(CertificateTerms(module_id=modules["M01"], basis=Basis.PREVIOUS, months=6))
    session.flush()


def write_attempts(session: Session, world: World) -> None:
    """The attempts of those who completed the modules: some needed a second one."""
    rng = world.rng(41)
    for code, (competency, count) in QUIZZES.items():
        _write(session, world, rng, world.modules[code], competency, count)
    certified = session.get_one(Module, world.modules["M01"])
    issue_missing(session, certified, by=None, on=start_of(world.last, world.zone))


def _write(session: Session, world: World, rng: np.random.Generator, module: int, competency: str, count: int) -> None:
    questions = session.scalars(
        select(Question)
        .where(Question.code.startswith(competency), Question.ready)
        .options(selectinload(Question.options))
        .order_by(Question.code)
    ).all()
    done = session.execute(
        select(Assignment.id, Assignment.person_id, Assignment.completed_at, Assignment.language)
        .where(Assignment.module_id == module, Assignment.state == AssignmentState.COMPLETED)
        .order_by(Assignment.id)
    ).all()
    if not done:
        return
    attempts, told, scores = [], [], []
    for assignment, person, ended, language in done:
        ended = ended or start_of(world.last, world.zone)
        passes = [False, True] if rng.random() > FIRST_TIME else [True]
        for number, passed in enumerate(passes, start=1):
            at = ended - timedelta(days=len(passes) - number)
            marks = _marks(rng, questions, count, passed)
            score = sum(mark for _question, mark in marks) / count
            attempts.append(
                {
                    "assignment_id": assignment, "module_id": module, "person_id": person,
                    "number": number, "started_at": at - timedelta(minutes=int(rng.integers(4, 12))), "ended_at": at,
                    "closes_at": at + timedelta(minutes=3), "timed_out": False, "pass_mark": PASS_MARK, "score": score,
                    "passed": passed, "language": language, "forgiven": False, "reviewed_at": None if passed else at,
                }
            )  # fmt: skip
            told.append(marks)
            if passed:
                scores.append({"id": assignment, "score": score})
    numbered = insert(Attempt).returning(Attempt.id, sort_by_parameter_order=True)
    asked = [
        _asked(number, place, *one, facts["language"])
        for number, facts, marks in zip(session.scalars(numbered, attempts).all(), attempts, told, strict=True)
        for place, one in enumerate(marks)
    ]
    session.execute(insert(Asked), asked)
    session.execute(update(Assignment), scores)
    session.expire_all()


def _marks(rng: np.random.Generator, questions: Any, count: int, passed: bool) -> list[tuple[Question, float]]:
    """The questions drawn and whether each was answered rightly, so that the whole is passed, or is not."""
    drawn = [questions[n] for n in rng.permutation(len(questions))[:count]]
    hard = np.array([{"easy": 0.0, "medium": 0.5, "hard": 1.0}[one.difficulty.value] for one in drawn])
    hard = np.where([one.code == CARELESS for one in drawn], 3.0 if passed else -3.0, hard)
    right = rng.integers(count - 1, count + 1) if passed else rng.integers(1, count - 1)
    best = set(np.argsort(hard + rng.normal(0, 0.6, count))[:right].tolist())
    return [(one, float(n in best)) for n, one in enumerate(drawn)]


def _asked(attempt: int, place: int, question: Question, mark: float, language: str | None) -> dict[str, Any]:
    """A question as it was put, with an answer that is worth so much."""
    shown = [one.id for one in question.options if one.text_en or question.kind in rules.WRITTEN]
    return {
        "attempt_id": attempt, "position": place, "question_id": question.id, "shown": shown,
        "matches": [one.id for one in question.options if one.match_en], "answer": _answer(question, mark > 0),
        "language": language, "score": mark, "revision": 1,
    }  # fmt: skip


def _answer(question: Question, right: bool) -> list[Any] | None:
    ids = [one.id for one in question.options]
    if question.kind in rules.CHOSEN:
        return [one.id for one in question.options if one.is_right is right] or None
    if question.kind is rules.QuestionKind.ORDERING:
        return ids if right else ids[1:] + ids[:1]
    if question.kind is rules.QuestionKind.MATCHING:
        return [[one.id, one.id] for one in question.options if one.text_en] if right else None
    if question.kind is rules.QuestionKind.NUMERIC:
        return ["4"] if right else ["72"]
    return ["Account security"] if right else ["Billing"]
