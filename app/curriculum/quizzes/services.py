"""Deeds of who writes quizzes: questions of the bank, and what a module's quiz asks. Nothing here commits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from random import Random
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import record
from app.accounts.models import User
from app.core.errors import Refused
from app.curriculum.models import Module
from app.curriculum.quizzes import queries, rules
from app.curriculum.quizzes.models import Asked, Draw, Option, Question, Quiz
from app.curriculum.quizzes.rules import Candidate

OPTION_WORDS = ("text_en", "text_es", "match_en", "match_es", "feedback_en", "feedback_es")
FROZEN = ("is_right", "value", "tolerance")
"""What decides about answers given already; words may be mended at any time."""


def write_question(
    session: Session,
    question: Question,
    facts: Mapping[str, Any],
    options: Sequence[Mapping[str, Any]],
    *,
    by: User,
    on: datetime,
) -> bool:
    """Keep what was written of a new or known question; returns whether anything changed.

    Raises `Refused` when it has been asked and the change would make answers of then right or wrong.
    """
    asked = question.id is not None and is_asked(session, question)
    if asked and decides(question, facts, options):
        raise Refused(
            _(
                "It has already been asked, so the right answers and the number of options can't "
                "change; the wording can. Make a copy, change that, and retire this one."
            )
        )
    changed = keep(session, question, facts, options)
    session.flush()
    if changed:
        record.log(session, "question.written", question, by=by, on=on, question=question.code)
    return changed


def keep(session: Session, question: Question, facts: Mapping[str, Any], options: Sequence[Mapping[str, Any]]) -> bool:
    """Set the columns of a question and its options, and whether it may be drawn; returns whether anything changed."""
    changed = _set(question, facts) | _write_options(question, options)
    question.ready = not rules.fault(question.kind, question.options) and not rules.missing_languages(
        question.kind, question, question.options
    )
    session.add(question)
    return changed


def is_asked(session: Session, question: Question) -> bool:
    """Whether it stands in any attempt."""
    return session.scalar(select(Asked.question_id).where(Asked.question_id == question.id).limit(1)) is not None


def decides(question: Question, facts: Mapping[str, Any], options: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the change touches more than words."""
    if facts["kind"] is not question.kind or len(options) != len(question.options):
        return True
    return any(
        getattr(known, name) != told.get(name)
        for known, told in zip(question.options, options, strict=True)
        for name in FROZEN
    )


def _set(row: Question | Option, facts: Mapping[str, Any]) -> bool:
    changed = {name: value for name, value in facts.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    return bool(changed)


def _write_options(question: Question, options: Sequence[Mapping[str, Any]]) -> bool:
    changed = len(options) != len(question.options)
    del question.options[len(options) :]
    for place, told in enumerate(options):
        if place == len(question.options):
            question.options.append(Option(**dict.fromkeys(OPTION_WORDS, ""), is_right=False, position=place))
        changed |= _set(question.options[place], {"position": place, **told})
    return changed


def copy(session: Session, question: Question, *, by: User, on: datetime) -> Question:
    """The same question anew, never asked, so that all of it can be changed."""
    taken = set(session.scalars(select(Question.code)))
    code = next(name for n in range(2, 10_000) if (name := f"{question.code}-{n}") not in taken)
    words = ("text_en", "text_es", "feedback_en", "feedback_es", "competency_id", "difficulty", "kind")
    facts = {name: getattr(question, name) for name in words}
    options = [{name: getattr(one, name) for name in (*OPTION_WORDS, *FROZEN)} for one in question.options]
    fresh = Question(code=code, **facts)
    write_question(session, fresh, facts, options, by=by, on=on)
    return fresh


def retire(session: Session, question: Question, *, by: User, on: datetime) -> None:
    """Take the question out of what is drawn; attempts keep it."""
    question.retired = True
    record.log(session, "question.retired", question, by=by, on=on, question=question.code)


def restore(session: Session, question: Question, *, by: User, on: datetime) -> None:
    """Let the question be drawn again."""
    question.retired = False
    record.log(session, "question.restored", question, by=by, on=on, question=question.code)


# --- A module's quiz ---


def set_quiz(
    session: Session,
    module: Module,
    terms: Mapping[str, Any],
    draws: Sequence[Mapping[str, Any]],
    *,
    by: User,
    on: datetime,
) -> Quiz:
    """Give the module a quiz, or change it. Attempts under way keep what they were asked and their limits."""
    quiz = session.get(Quiz, module.id) or Quiz(module_id=module.id)
    for name, value in terms.items():
        setattr(quiz, name, value)
    quiz.draws = [Draw(position=place, **one) for place, one in enumerate(draws)]
    session.add(quiz)
    session.flush()
    record.log(session, "quiz.set", module, by=by, on=on, module=module.code)
    return quiz


def drop_quiz(session: Session, quiz: Quiz, module: Module, *, by: User, on: datetime) -> None:
    """Take the quiz away: the module is completed by reading it. Attempts stay."""
    session.delete(quiz)
    record.log(session, "quiz.dropped", module, by=by, on=on, module=module.code)


def shortfall(session: Session, quiz: Quiz) -> int:
    """How many questions the bank lacks for one whole attempt."""
    found = session.execute(queries.bank()).all()
    bank: list[Candidate] = []
    for competency_id, difficulty, count in found:
        bank += [Candidate(len(bank) + n, competency_id, difficulty) for n in range(count)]
    drawn = rules.draw(quiz.draws, bank, _taught(session, quiz), Random(0))  # noqa: S311 -- only counted
    return sum(one.count for one in quiz.draws) - len(drawn)


def _taught(session: Session, quiz: Quiz) -> set[int]:
    return set(session.scalars(queries.taught(quiz.module_id)))


def must_be_drawable(session: Session, module: Module) -> None:
    """Raises `Refused` when the module has a quiz that the bank can't fill with questions in both languages."""
    quiz = session.get(Quiz, module.id) if module.id else None
    missing = shortfall(session, quiz) if quiz is not None else 0
    if missing:
        raise Refused(
            ngettext(
                "It can't be published yet: its quiz lacks %(num)s question in both languages.",
                "It can't be published yet: its quiz lacks %(num)s questions in both languages.",
                missing,
            )
        )
