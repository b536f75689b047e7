"""What is shown of an answered question: the answer in words, what it is worth, and the feedback to it."""

from __future__ import annotations

from dataclasses import dataclass, field

from markupsafe import Markup

from app.core.i18n import Bilingual, number
from app.curriculum.article import render
from app.curriculum.quizzes import rules
from app.curriculum.quizzes.models import Asked, Attempt, Option, Question
from app.curriculum.quizzes.rules import CHOSEN, QuestionKind


@dataclass(frozen=True, slots=True)
class Line:
    """A question of an attempt that has ended."""

    place: int
    text: Markup
    score: float
    given: list[str | Bilingual]
    right: list[str | Bilingual] = field(default_factory=list)
    """Empty where it is not to be revealed."""
    feedback: list[Bilingual] = field(default_factory=list)

    @property
    def tone(self) -> str:
        return "good" if self.score >= 1 else "bad" if self.score <= 0 else "warn"


def lines(attempt: Attempt, *, reveals: bool) -> list[Line]:
    """The questions of an attempt in order; what is right only when the reader may know."""
    return [_line(one, reveals) for one in attempt.asked]


def _line(asked: Asked, reveals: bool) -> Line:
    question = asked.question
    options = {one.id: one for one in question.options}
    given, chosen = _given(question, options, asked)
    feedback = [one.feedback for one in chosen if one.feedback.text]
    if reveals and question.feedback.text:
        feedback.append(question.feedback)
    return Line(
        place=asked.position + 1,
        text=render(question.text.text),
        score=asked.score or 0.0,
        given=given,
        right=_right(question) if reveals else [],
        feedback=feedback,
    )


def _given(question: Question, options: dict[int, Option], asked: Asked) -> tuple[list[str | Bilingual], list[Option]]:
    """The answer in words, and the options it means, whose feedback is due."""
    answer = asked.answer or []
    if question.kind in CHOSEN:
        chosen = [options[one] for one in answer if one in options]
        return [one.text for one in chosen], chosen
    if question.kind is QuestionKind.ORDERING:
        return [f"{rank}. {options[one].text}" for rank, one in enumerate(answer, start=1) if one in options], []
    if question.kind is QuestionKind.MATCHING:
        pairs = [(options[one], options[other]) for one, other in answer if one in options and other in options]
        return [f"{one.text} → {other.match}" for one, other in pairs], []
    fitting = [one for one in question.options if answer and rules.fits(question.kind, one, str(answer[0]))]
    return [str(one) for one in answer], fitting[:1]


def _right(question: Question) -> list[str | Bilingual]:
    if question.kind is QuestionKind.ORDERING:
        return [f"{rank}. {one.text}" for rank, one in enumerate(question.options, start=1)]
    if question.kind is QuestionKind.MATCHING:
        return [f"{one.text} → {one.match}" for one in question.options if one.text.text]
    right = [one for one in question.options if one.is_right]
    if question.kind is QuestionKind.NUMERIC:
        return [_number(one) for one in right]
    return [one.text for one in right]


def _number(option: Option) -> str:
    digits = 0 if float(option.value or 0).is_integer() else 2
    around = f" ± {number(option.tolerance, 2)}" if option.tolerance else ""
    return f"{number(option.value, digits)}{around}"
