"""Deeds of who takes a quiz: beginning an attempt, answering, handing in. All attempts stay. Nothing here commits.

The clock is the server's: what comes after an attempt's time is not taken, whatever a page shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random, SystemRandom
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from app.accounts import record
from app.accounts.models import User
from app.core.database import affected
from app.core.errors import Refused
from app.curriculum import services as curriculum
from app.curriculum.live.services import was_there
from app.curriculum.models import Assignment, ModuleKind
from app.curriculum.paths import progress
from app.curriculum.quizzes import queries, rules
from app.curriculum.quizzes.models import Asked, Attempt, Question, Quiz
from app.curriculum.quizzes.rules import CHOSEN, Candidate, Next, QuestionKind, Standing

CHANCE = SystemRandom()


def standing(session: Session, quiz: Quiz, assignment: Assignment, on: datetime) -> Standing:
    """What the person of the assignment may do next."""
    return rules.standing(quiz, session.scalars(queries.attempts_of(assignment.id)).all(), on)


def begin(session: Session, quiz: Quiz, assignment: Assignment, *, on: datetime, rng: Random = CHANCE) -> Attempt:
    """Begin an attempt, or go on with the open one: two tabs get the same. Raises `Refused` when none may begin."""
    if assignment.module.kind is ModuleKind.LIVE and not was_there(session, assignment):
        raise Refused(_("The quiz opens once you have attended a session of the module."))
    curriculum.start(session, assignment, on=on)  # holds the row: a second tab waits here
    known = list(session.scalars(queries.attempts_of(assignment.id).with_for_update()))
    if known and known[-1].ended_at is None:
        if not rules.is_over(known[-1], on):
            return known[-1]
        _end(session, known[-1], on)
    found = rules.standing(quiz, known, on)
    if found.next is not Next.START:
        raise Refused(_refusal(found))
    drawn = _draw(session, quiz, assignment.person_id, rng)
    attempt = Attempt(
        assignment_id=assignment.id,
        module_id=quiz.module_id,
        person_id=assignment.person_id,
        number=len(known) + 1,
        started_at=on,
        closes_at=on + timedelta(minutes=quiz.minutes) if quiz.minutes else None,
        pass_mark=quiz.pass_mark,
        asked=[_put(place, question, quiz, rng) for place, question in enumerate(drawn)],
    )
    session.add(attempt)
    session.flush()
    record.log(session, "quiz.begun", attempt, by=assignment.person, on=on, person_id=assignment.person_id)
    return attempt


def _refusal(found: Standing) -> str:
    if found.next is Next.PASSED:
        return _("This quiz has already been passed.")
    if found.next is Next.WAIT:
        return _("The next attempt can't begin yet.")
    if found.next is Next.REVIEW:
        return _("The module has to be read again before the next attempt.")
    return _("No attempts are left. Whoever assigned the module can allow another.")


def _draw(session: Session, quiz: Quiz, person_id: int, rng: Random) -> Sequence[Question]:
    bank = [Candidate(*row) for row in session.execute(queries.candidates(person_id))]
    numbers = rules.draw(quiz.draws, bank, set(session.scalars(queries.taught(quiz.module_id))), rng)
    if not numbers:
        raise Refused(_("The bank has no questions for this quiz at present. Ask the trainer."))
    if quiz.shuffle:
        rng.shuffle(numbers)
    found = session.scalars(select(Question).where(Question.id.in_(numbers)).options(selectinload(Question.options)))
    questions = {one.id: one for one in found}
    return [questions[number] for number in numbers]


def _put(place: int, question: Question, quiz: Quiz, rng: Random) -> Asked:
    """The question as it is put, its options in an order of chance."""
    matching = question.kind is QuestionKind.MATCHING
    shown = [one.id for one in question.options if not matching or one.text_en or one.text_es]
    matches = list({(one.match_en, one.match_es): one.id for one in question.options}.values()) if matching else []
    if question.kind is QuestionKind.ORDERING or (quiz.shuffle and question.kind is not QuestionKind.TRUE_FALSE):
        rng.shuffle(shown)
    rng.shuffle(matches)
    return Asked(position=place, question_id=question.id, shown=shown, matches=matches, revision=0)


# --- Answering ---


def answer(
    session: Session,
    attempt: Attempt,
    place: int,
    given: list[Any] | None,
    *,
    revision: int,
    language: str,
    on: datetime,
) -> bool:
    """Keep the answer to a question; False when the time was over, and the attempt has ended without it.

    Raises `Refused` when the attempt has ended, or when another tab answered since the page was made.
    """
    _hold(session, attempt)
    if attempt.ended_at is not None:
        raise Refused(_("This attempt has been handed in. Its answers can no longer change."))
    if rules.is_over(attempt, on):
        _end(session, attempt, on)
        return False
    own = (Asked.attempt_id == attempt.id, Asked.position == place, Asked.revision == revision)
    change = update(Asked).where(*own).values(answer=given, language=language, revision=Asked.revision + 1)
    if not affected(session, change):
        raise Refused(_("This question was answered in another tab in the meantime. That answer counts; here it is."))
    return True


def hand_in(session: Session, attempt: Attempt, *, on: datetime) -> None:
    """End the attempt and mark it; who has passed has completed the module. Raises `Refused` when it has ended already."""
    _hold(session, attempt)
    if attempt.ended_at is not None:
        raise Refused(_("This attempt has been handed in already."))
    _end(session, attempt, on)


def close_overdue(session: Session, *, on: datetime, most: int = 500) -> int:
    """End the attempts whose time is over, with what was answered by then; returns how many."""
    late = select(Attempt).where(Attempt.ended_at.is_(None), Attempt.closes_at <= on).order_by(Attempt.id).limit(most)
    found = session.scalars(late.with_for_update(skip_locked=True)).all()
    for attempt in found:
        _end(session, attempt, on)
    return len(found)


def _hold(session: Session, attempt: Attempt) -> None:
    session.refresh(attempt, ["ended_at", "closes_at"], with_for_update=True)


def _end(session: Session, attempt: Attempt, on: datetime) -> None:
    whole = selectinload(Question.options)
    asked = session.scalars(
        select(Asked)
        .where(Asked.attempt_id == attempt.id)
        .options(joinedload(Asked.question).options(whole))
        .order_by(Asked.position)
    ).all()
    for one in asked:
        one.score = rules.mark(one.question.kind, one.question.options, one.answer)
    attempt.timed_out = rules.is_over(attempt, on)
    attempt.ended_at = attempt.closes_at if attempt.timed_out else on
    attempt.score = score = sum(one.score or 0.0 for one in asked) / len(asked)
    attempt.passed = score >= attempt.pass_mark - 1e-9
    attempt.language = language = rules.most_used((one.language for one in asked), attempt.person.language)
    facts = {"person_id": attempt.person_id, "score": round(score, 3)}
    verb = "quiz.passed" if attempt.passed else "quiz.failed"
    record.log(session, verb, attempt, by=attempt.person, on=on, **facts)
    if attempt.passed and curriculum.is_open(attempt.assignment):
        curriculum.complete(session, attempt.assignment, on=on, language=language, score=score)
    else:
        progress.follow(session, attempt.assignment, on=on)  # a first result may open or close a branch
    session.flush()


# --- Between attempts ---


def note_review(session: Session, quiz: Quiz, assignment: Assignment, *, on: datetime) -> None:
    """The module was read again after a failed attempt."""
    known = list(session.scalars(queries.attempts_of(assignment.id)))
    if known and rules.standing(quiz, known, on).next is Next.REVIEW:
        known[-1].reviewed_at = on


def forgive(session: Session, attempt: Attempt, *, by: User, on: datetime) -> None:
    """Let a failed attempt not count against the limit, so that another may begin. Raises `Refused` for one's own."""
    if attempt.person_id == by.id:
        raise Refused(_("Somebody else has to decide about your own attempts."))
    if attempt.ended_at is None or attempt.passed:
        raise Refused(_("Only a failed attempt can be left out of the count."))
    attempt.forgiven = True
    record.log(session, "quiz.forgiven", attempt, by=by, on=on, person_id=attempt.person_id)


# --- Reading what a page sent ---


def read_answer(asked: Asked, kind: QuestionKind, values: dict[str, list[str]]) -> list[Any] | None:
    """The answer in the form `rules.mark` takes, from fields that name places; None when nothing was answered.

    `answer`: places of the chosen, or the text written. `place-N`: the rank of the item at place N. `match-N`: the place
    of the match of the item at place N. Anything else, as a page of ours never sends it, is no answer.
    """
    sent = values.get("answer", [])
    if kind in CHOSEN:
        return [asked.shown[n] for n in dict.fromkeys(_numbers(sent)) if n < len(asked.shown)] or None
    if kind is QuestionKind.ORDERING:
        ranks = [_numbers(values.get(f"place-{n}", []))[:1] for n in range(len(asked.shown))]
        if not any(ranks):
            return None
        ordered = sorted(range(len(ranks)), key=lambda n: (ranks[n] or [len(ranks) + 1], n))
        return [asked.shown[n] for n in ordered]
    if kind is QuestionKind.MATCHING:
        chosen = ((one, _numbers(values.get(f"match-{n}", []))[:1]) for n, one in enumerate(asked.shown))
        return [[one, asked.matches[m[0]]] for one, m in chosen if m and m[0] < len(asked.matches)] or None
    text = (sent[0] if sent else "").strip()[:500]
    return [text] if text else None


def _numbers(values: Sequence[str]) -> list[int]:
    return [int(one) for one in values if one.isascii() and one.isdecimal() and len(one) < 4]
