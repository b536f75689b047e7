"""The pages of who takes a quiz: one question a page, so that it works by thumb, without script, and on any device.

A page holds one question and nothing of what is right. Answers are kept on the server as they are given.
"""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.access import requires, viewer
from app.accounts.permissions import Permission
from app.core.clock import now
from app.core.database import db, one_or_404
from app.core.errors import Refused
from app.core.i18n import language
from app.core.web import row_number
from app.curriculum.article import render
from app.curriculum.blueprint import bp
from app.curriculum.models import Assignment
from app.curriculum.quizzes import results, rules, taking
from app.curriculum.quizzes.models import Asked, Attempt, Question, Quiz
from app.curriculum.quizzes.rules import Next


@bp.post("/learn/<int:assignment_id>/quiz")
@requires(Permission.LEARN)
def begin_quiz(assignment_id: int) -> ResponseReturnValue:
    """Begin an attempt, or go on with the open one."""
    assignment, quiz = _own(assignment_id)
    attempt = taking.begin(db.session(), quiz, assignment, on=now())
    db.session.commit()
    return redirect(url_for("curriculum.quiz_question", attempt_id=attempt.id, place=first_open(attempt)))


def first_open(attempt: Attempt) -> int:
    """The place of the first question that is not answered, else of the last."""
    return next((one.position + 1 for one in attempt.asked if one.answer is None), len(attempt.asked))


@bp.post("/learn/<int:assignment_id>/read-again")
@requires(Permission.LEARN)
def read_again(assignment_id: int) -> ResponseReturnValue:
    """The module was read again, so that the next attempt may begin."""
    assignment, quiz = _own(assignment_id)
    taking.note_review(db.session(), quiz, assignment, on=now())
    db.session.commit()
    flash(_("Recorded. The next attempt may begin."))
    return redirect(url_for("curriculum.learn", assignment_id=assignment.id))


@bp.get("/quiz/<int:attempt_id>/<int:place>")
@requires(Permission.LEARN)
def quiz_question(attempt_id: int, place: int) -> ResponseReturnValue:
    """One question of an open attempt; what was answered is filled in."""
    attempt = _attempt(attempt_id)
    if attempt.ended_at is not None:
        return redirect(url_for("curriculum.quiz_result", attempt_id=attempt.id))
    if not 1 <= place <= len(attempt.asked):
        return redirect(url_for("curriculum.quiz_question", attempt_id=attempt.id, place=1))
    asked = attempt.asked[place - 1]
    options = {one.id: one for one in asked.question.options}
    return render_template(
        "curriculum/quizzes/take.html",
        attempt=attempt,
        asked=asked,
        kind=asked.question.kind,
        place=place,
        text=render(asked.question.text.text),
        text_of=asked.question.text,
        shown=[options[one].text for one in asked.shown],
        matches=[options[one].match for one in asked.matches],
        answered=_answered(asked),
        answered_count=sum(1 for one in attempt.asked if one.answer is not None),
        over=rules.is_over(attempt, now()),
        seconds=_seconds_left(attempt),
    )


def _answered(asked: Asked) -> dict[int, int] | list[int] | str:
    """What was answered, by places: ranks or matches of items, chosen options, or the text."""
    answer, kind = asked.answer or [], asked.question.kind
    if kind in rules.CHOSEN:
        return [place for place, one in enumerate(asked.shown) if one in answer]
    if kind is rules.QuestionKind.ORDERING:
        return {place: answer.index(one) + 1 for place, one in enumerate(asked.shown) if one in answer}
    if kind is rules.QuestionKind.MATCHING:
        pairs = dict(answer)
        return {place: asked.matches.index(pairs[one]) for place, one in enumerate(asked.shown) if one in pairs}
    return str(answer[0]) if answer else ""


def _seconds_left(attempt: Attempt) -> int | None:
    if attempt.closes_at is None:
        return None
    return max(0, int((attempt.closes_at - now()).total_seconds()))


@bp.post("/quiz/<int:attempt_id>/<int:place>")
@requires(Permission.LEARN)
def answer_question(attempt_id: int, place: int) -> ResponseReturnValue:
    """Keep an answer, then go where the button says."""
    attempt = _attempt(attempt_id)
    place = min(max(place, 1), len(attempt.asked))
    asked = attempt.asked[place - 1]
    given = taking.read_answer(asked, asked.question.kind, request.form.to_dict(flat=False))
    revision = request.form.get("revision", -1, type=row_number)
    if given != asked.answer:
        try:
            in_time = taking.answer(
                db.session(), attempt, place - 1, given, revision=revision, language=language(), on=now()
            )
        except Refused as refusal:
            return _as_it_stands(attempt, place, refusal)
        db.session.commit()
        if not in_time:
            flash(_("Time was up. What had been answered by then counts; the last answer came too late."), "warn")
            return redirect(url_for("curriculum.quiz_result", attempt_id=attempt.id))
    return redirect(_onwards(attempt, place))


def _as_it_stands(attempt: Attempt, place: int, refusal: Refused) -> ResponseReturnValue:
    """Why an old page changed nothing, on the question as it stands; once handed in, that leads to the result."""
    db.session.rollback()
    flash(str(refusal), "warn")
    return redirect(url_for("curriculum.quiz_question", attempt_id=attempt.id, place=place))


def _onwards(attempt: Attempt, place: int) -> str:
    then = request.form.get("then", "next")
    if then == "back" and place > 1:
        return url_for("curriculum.quiz_question", attempt_id=attempt.id, place=place - 1)
    if then == "later":
        return url_for("curriculum.learn", assignment_id=attempt.assignment_id)
    if then == "next" and place < len(attempt.asked):
        return url_for("curriculum.quiz_question", attempt_id=attempt.id, place=place + 1)
    return url_for("curriculum.quiz_end", attempt_id=attempt.id)


@bp.get("/quiz/<int:attempt_id>/end")
@requires(Permission.LEARN)
def quiz_end(attempt_id: int) -> ResponseReturnValue:
    """Before handing in: what is answered and what is not."""
    attempt = _attempt(attempt_id)
    if attempt.ended_at is not None:
        return redirect(url_for("curriculum.quiz_result", attempt_id=attempt.id))
    return render_template(
        "curriculum/quizzes/end.html",
        attempt=attempt,
        open_places=[one.position + 1 for one in attempt.asked if one.answer is None],
        over=rules.is_over(attempt, now()),
        seconds=_seconds_left(attempt),
    )


@bp.post("/quiz/<int:attempt_id>/hand-in")
@requires(Permission.LEARN)
def hand_in(attempt_id: int) -> ResponseReturnValue:
    """End the attempt and see the result."""
    attempt = _attempt(attempt_id)
    if attempt.ended_at is None:
        taking.hand_in(db.session(), attempt, on=now())
        db.session.commit()
    return redirect(url_for("curriculum.quiz_result", attempt_id=attempt.id))


@bp.get("/quiz/<int:attempt_id>/result")
@requires(Permission.LEARN)
def quiz_result(attempt_id: int) -> ResponseReturnValue:
    """The result with feedback. What is right is told once nothing is left to try."""
    attempt = _attempt(attempt_id)
    if attempt.ended_at is None:
        return redirect(url_for("curriculum.quiz_end", attempt_id=attempt.id))
    quiz = db.session.get(Quiz, attempt.module_id)
    standing = taking.standing(db.session(), quiz, attempt.assignment, now()) if quiz else None
    return render_template(
        "curriculum/quizzes/result.html",
        attempt=attempt,
        standing=standing,
        lines=results.lines(attempt, reveals=standing is None or standing.next in (Next.PASSED, Next.NO_MORE)),
    )


def _own(assignment_id: int) -> tuple[Assignment, Quiz]:
    assignment = one_or_404(
        Assignment.visible_to(viewer())
        .where(Assignment.id == assignment_id, Assignment.person_id == viewer().id)
        .options(joinedload(Assignment.module), joinedload(Assignment.person))
    )
    return assignment, one_or_404(select(Quiz).where(Quiz.module_id == assignment.module_id))


def _attempt(attempt_id: int) -> Attempt:
    asked = selectinload(Attempt.asked).joinedload(Asked.question).selectinload(Question.options)
    module = joinedload(Attempt.module)
    return one_or_404(
        Attempt.visible_to(viewer())
        .where(Attempt.id == attempt_id, Attempt.person_id == viewer().id)
        .options(asked, module, joinedload(Attempt.assignment).joinedload(Assignment.person))
    )
