"""Questions and quizzes for the tests of quizzes."""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any

from app.curriculum.models import Competency, Module
from app.curriculum.quizzes import services, taking
from app.curriculum.quizzes.models import Attempt, Draw, Question, Quiz
from app.curriculum.quizzes.rules import Difficulty, QuestionKind
from tests.curriculum.conftest import ON, give


def ask(
    session: Any, competency: Competency, code: str, kind: QuestionKind, options: list[dict[str, Any]], **facts: Any
) -> Question:
    """A question of the bank, in both languages unless said otherwise."""
    words = {"text_en": f"{code}?", "text_es": f"¿{code}?", "feedback_en": "", "feedback_es": ""}
    question = Question(code=code, options=[])
    whole = {
        "kind": kind,
        "competency_id": competency.id,
        "difficulty": Difficulty.MEDIUM,
        "code": code,
        **words,
        **facts,
    }
    services.keep(session, question, whole, options)
    session.flush()
    return question


def choice(text: str, *, right: bool = False, feedback: str = "") -> dict[str, Any]:
    said = {"feedback_en": feedback, "feedback_es": f"{feedback} (es)" if feedback else ""}
    return {"text_en": text, "text_es": f"{text} (es)", "is_right": right, **said}


def single(session: Any, competency: Competency, code: str, **facts: Any) -> Question:
    """A question with one right choice of three."""
    options = [choice("Right", right=True), choice("Wrong", feedback="Read the policy"), choice("Worse")]
    return ask(session, competency, code, QuestionKind.SINGLE, options, **facts)


def quiz_of(session: Any, module: Module, count: int, **terms: Any) -> Quiz:
    """A quiz of so many questions of any kind."""
    quiz = Quiz(module_id=module.id, **{"pass_mark": 0.8, "shuffle": True, **terms})
    quiz.draws = [Draw(position=0, count=count)]
    session.add(quiz)
    session.commit()
    return quiz


def begun(session: Any, quiz: Quiz, person: Any, module: Module, on: datetime = ON) -> Attempt:
    """An attempt of somebody who has just been given the module."""
    attempt = taking.begin(session, quiz, give(session, person, module), on=on, rng=Random(1))
    session.commit()
    return attempt


def right_of(asked: Any) -> list[Any]:
    """The right answer to a question with choices."""
    return [one.id for one in asked.question.options if one.is_right]


def answer_all(session: Any, attempt: Attempt, right: int, on: datetime = ON, language: str = "en") -> None:
    """Answer the first `right` questions rightly and the others wrongly."""
    for place, one in enumerate(attempt.asked):
        wrong = [o.id for o in one.question.options if not o.is_right][:1]
        given = right_of(one) if place < right else wrong
        taking.answer(session, attempt, place, given, revision=one.revision, language=language, on=on)
    session.commit()
