"""The pages of a module's quiz for who writes it, and of attempts for who follows people's learning."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.access import may, requires, viewer
from app.accounts.permissions import Permission
from app.core.clock import now
from app.core.database import db, one_or_404
from app.curriculum.blueprint import bp
from app.curriculum.models import Module
from app.curriculum.quizzes import lists, queries, results, services, taking
from app.curriculum.quizzes.forms import QuizForm
from app.curriculum.quizzes.models import Asked, Attempt, Question, Quiz


@bp.route("/modules/<int:module_id>/quiz", methods=["GET", "POST"])
@requires(Permission.WRITE_MODULES)
def quiz(module_id: int) -> ResponseReturnValue:
    """What a module's quiz asks, and how it is passed."""
    module = _module(module_id)
    known = db.session.get(Quiz, module.id)
    form = QuizForm(known, [(str(one.id), one.name.text) for one in module.competencies])
    if form.validate_on_submit():
        set_up = services.set_quiz(db.session(), module, form.facts, form.draw_facts, by=viewer(), on=now())
        missing = services.shortfall(db.session(), set_up)
        db.session.commit()
        if missing:
            flash(_("Quiz saved. The bank does not have all its questions yet; see below."), "warn")
        else:
            flash(_("Quiz saved."))
        return redirect(url_for("curriculum.quiz", module_id=module.id))
    page = render_template(
        "curriculum/quizzes/quiz.html",
        module=module,
        quiz=known,
        form=form,
        bank=_bank(module),
        missing=services.shortfall(db.session(), known) if known else 0,
    )
    return page, 422 if form.errors else 200


def _bank(module: Module) -> list[tuple[object, dict[str, int]]]:
    """Each competency the module teaches, with how many questions there are of each difficulty."""
    counts: dict[int, dict[str, int]] = {}
    for competency_id, difficulty, count in db.session.execute(queries.bank()):
        counts.setdefault(competency_id, {})[difficulty.value] = count
    return [(one, counts.get(one.id, {})) for one in module.competencies]


@bp.post("/modules/<int:module_id>/quiz/drop")
@requires(Permission.WRITE_MODULES)
def drop_quiz(module_id: int) -> ResponseReturnValue:
    module = _module(module_id)
    known = one_or_404(Quiz.visible_to(viewer()).where(Quiz.module_id == module.id))
    services.drop_quiz(db.session(), known, module, by=viewer(), on=now())
    db.session.commit()
    flash(_("The module no longer has a quiz. Its attempts are kept."))
    return redirect(url_for("curriculum.module", module_id=module.id))


def _module(module_id: int) -> Module:
    return one_or_404(
        Module.visible_to(viewer()).where(Module.id == module_id).options(selectinload(Module.competencies))
    )


# --- Attempts of others ---


@bp.get("/modules/<int:module_id>/attempts")
@requires(Permission.SEE_LEARNING)
def attempts(module_id: int) -> ResponseReturnValue:
    """The attempts at a module's quiz, of people within reach."""
    module = _module(module_id)
    within = lists.attempts(viewer(), module.id).with_only_columns(Attempt.id)
    counts = select(
        func.count(func.distinct(Attempt.person_id)),
        func.count(func.distinct(Attempt.person_id)).filter(Attempt.passed.is_(True)),
        func.count(),
    ).where(Attempt.id.in_(within))
    people, passed, all_of_them = db.session.execute(counts).one()
    return lists.attempt_table(viewer()).answer(
        lists.attempts(viewer(), module.id),
        "curriculum/quizzes/attempts.html",
        module=module,
        people=people,
        passed=passed,
        all_of_them=all_of_them,
    )


@bp.get("/attempts/<int:attempt_id>")
@requires(Permission.SEE_LEARNING)
def attempt(attempt_id: int) -> ResponseReturnValue:
    """One attempt: what was asked and answered. What is right is shown to who writes modules."""
    found = _attempt(attempt_id, Permission.SEE_LEARNING)
    return render_template(
        "curriculum/quizzes/attempt.html",
        attempt=found,
        outcome=lists.outcome(found),
        lines=results.lines(found, reveals=may(viewer(), Permission.WRITE_MODULES)) if found.ended_at else [],
        may_forgive=may(viewer(), Permission.ASSIGN_MODULES)
        and found.person_id != viewer().id
        and found.ended_at is not None
        and not found.passed
        and not found.forgiven,
    )


@bp.post("/attempts/<int:attempt_id>/forgive")
@requires(Permission.ASSIGN_MODULES)
def forgive(attempt_id: int) -> ResponseReturnValue:
    found = _attempt(attempt_id, Permission.ASSIGN_MODULES)
    taking.forgive(db.session(), found, by=viewer(), on=now())
    db.session.commit()
    flash(_("This attempt no longer counts against the limit: another may begin."))
    return redirect(url_for("curriculum.attempt", attempt_id=found.id))


def _attempt(attempt_id: int, to: Permission) -> Attempt:
    asked = selectinload(Attempt.asked).joinedload(Asked.question).selectinload(Question.options)
    return one_or_404(
        Attempt.visible_to(viewer(), to)
        .where(Attempt.id == attempt_id)
        .options(asked, joinedload(Attempt.person), joinedload(Attempt.module))
    )
