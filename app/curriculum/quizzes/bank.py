"""The pages of the question bank: for who writes modules."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.access import requires, viewer
from app.accounts.permissions import Permission
from app.core.clock import now
from app.core.database import db, one_or_404
from app.core.errors import Refused
from app.curriculum.article import render
from app.curriculum.blueprint import bp
from app.curriculum.lists import competency_options
from app.curriculum.quizzes import labels, lists, queries, rules, services
from app.curriculum.quizzes.forms import QuestionForm
from app.curriculum.quizzes.models import Question
from app.curriculum.quizzes.rules import QuestionKind


@bp.get("/questions")
@requires(Permission.WRITE_MODULES)
def questions() -> ResponseReturnValue:
    """The bank: what may be asked, in which languages, and how it fared."""
    return lists.question_table().answer(
        lists.questions(viewer()), "curriculum/quizzes/questions.html", kinds=labels.KINDS
    )


@bp.route("/questions/new", methods=["GET", "POST"])
@requires(Permission.WRITE_MODULES)
def new_question() -> ResponseReturnValue:
    """Write a new question of the kind the address names."""
    try:
        kind = QuestionKind(request.args.get("kind", QuestionKind.SINGLE.value))
    except ValueError:
        abort(404)
    return _edit(Question(kind=kind, options=[]))


@bp.route("/questions/<int:question_id>/edit", methods=["GET", "POST"])
@requires(Permission.WRITE_MODULES)
def edit_question(question_id: int) -> ResponseReturnValue:
    """A question, how it reads, and how it fared."""
    return _edit(_question(question_id))


def _edit(question: Question) -> ResponseReturnValue:
    with db.session.no_autoflush:
        form, said = QuestionForm(question, competency_options()), None
        if form.validate_on_submit():
            try:
                services.write_question(db.session(), question, form.facts, form.option_facts, by=viewer(), on=now())
                db.session.commit()
            except Refused as refusal:
                db.session.rollback()
                said = str(refusal)
            else:
                flash(_("Question saved.") if question.ready else _("Question saved. It waits for its translation."))
                return redirect(url_for("curriculum.edit_question", question_id=question.id))
        record = lists.records_of([question.id]).get(question.id) if question.id else None
        warning = rules.warning(record) if record else None
        page = render_template(
            "curriculum/quizzes/question.html",
            question=question,
            form=form,
            said=said,
            kind=question.kind,
            kinds=labels.KINDS,
            record=record,
            warning=labels.WARNINGS[warning] if warning else None,
            asked=bool(question.id) and services.is_asked(db.session(), question),
            reads=render(question.text.text),
        )
    return page, 422 if form.errors or said else 200


@bp.post("/questions/<int:question_id>/copy")
@requires(Permission.WRITE_MODULES)
def copy_question(question_id: int) -> ResponseReturnValue:
    fresh = services.copy(db.session(), _question(question_id), by=viewer(), on=now())
    db.session.commit()
    flash(_("This is the copy. It has never been asked, so all of it can be changed."))
    return redirect(url_for("curriculum.edit_question", question_id=fresh.id))


@bp.post("/questions/<int:question_id>/retire")
@requires(Permission.WRITE_MODULES)
def retire_question(question_id: int) -> ResponseReturnValue:
    found = _question(question_id)
    services.retire(db.session(), found, by=viewer(), on=now())
    db.session.commit()
    short = _short_of_questions(found)
    if short:
        flash(_("Question retired. These quizzes now lack questions: %(modules)s.", modules=", ".join(short)), "warn")
    else:
        flash(_("Question retired. It is no longer drawn; attempts keep it."))
    return redirect(url_for("curriculum.edit_question", question_id=found.id))


def _short_of_questions(question: Question) -> list[str]:
    from app.curriculum.quizzes.models import Quiz

    modules = db.session.scalars(queries.drawing_from(question.competency_id)).all()
    quizzes = {one.id: db.session.get(Quiz, one.id) for one in modules}
    return [one.title.text for one in modules if (quiz := quizzes[one.id]) and services.shortfall(db.session(), quiz)]


@bp.post("/questions/<int:question_id>/restore")
@requires(Permission.WRITE_MODULES)
def restore_question(question_id: int) -> ResponseReturnValue:
    found = _question(question_id)
    services.restore(db.session(), found, by=viewer(), on=now())
    db.session.commit()
    flash(_("The question may be drawn again."))
    return redirect(url_for("curriculum.edit_question", question_id=found.id))


def _question(question_id: int) -> Question:
    return one_or_404(
        Question.visible_to(viewer())
        .where(Question.id == question_id)
        .options(selectinload(Question.options), joinedload(Question.competency))
    )
