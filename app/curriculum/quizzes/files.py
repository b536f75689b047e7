"""The pages of files of questions: in, and out as a table that comes in again."""

from __future__ import annotations

from pathlib import Path
from tempfile import NamedTemporaryFile

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.access import requires, viewer
from app.accounts.permissions import Permission
from app.core import exports
from app.core.clock import now
from app.core.database import db
from app.core.problems import BadFile, describe
from app.curriculum.blueprint import bp
from app.curriculum.models import Competency
from app.curriculum.quizzes.forms import QuestionFileForm
from app.curriculum.quizzes.intake import sheet
from app.curriculum.quizzes.intake.storing import Summary, import_questions
from app.curriculum.quizzes.intake.told import Aside
from app.curriculum.quizzes.models import Question

ASIDES = {
    Aside.ESSAY: lazy_gettext("an essay, which nobody here would mark"),
    Aside.KIND: lazy_gettext("a kind of question that quizzes here do not have, or a text without a question"),
    Aside.PARTLY: lazy_gettext("a choice that is partly right; here a choice is right or not"),
    Aside.PICTURE: lazy_gettext("imported, but without its picture"),
}


@bp.route("/questions/import", methods=["GET", "POST"], endpoint="import_questions")
@requires(Permission.WRITE_MODULES)
def take_file() -> ResponseReturnValue:
    """A file of questions: what it did, or all that is wrong with it."""
    form = QuestionFileForm(_competencies())
    summary: Summary | None = None
    problems: list[str] = []
    if form.validate_on_submit():
        try:
            summary = _take(form)
            db.session.commit()
        except BadFile as error:
            db.session.rollback()
            problems = [describe(one) for one in error.problems]
    page = render_template(
        "curriculum/quizzes/import.html",
        form=form,
        summary=summary,
        problems=problems,
        asides=[(line, name, ASIDES[why]) for line, name, why in summary.asides] if summary else [],
        columns=[column.name for column in sheet.COLUMNS],
    )
    return page, 422 if form.errors or problems else 200


def _take(form: QuestionFileForm) -> Summary:
    with NamedTemporaryFile(suffix=Path(form.file.data.filename or "").suffix[-10:]) as kept:
        form.file.data.save(kept)
        kept.flush()
        return import_questions(
            db.session(),
            Path(kept.name),
            form.file.data.filename or "",
            language=form.language.data or "en",
            competency=form.competency.data or None,
            by=viewer(),
            on=now(),
        )


def _competencies() -> list[tuple[str, str]]:
    found = db.session.scalars(select(Competency).order_by(Competency.code))
    return [(one.code, f"{one.code} · {one.name.text}") for one in found]


@bp.get("/questions/export", endpoint="export_questions")
@requires(Permission.WRITE_MODULES)
def give_file() -> ResponseReturnValue:
    """All questions as a table that can be imported."""
    found = db.session.scalars(
        Question.visible_to(viewer())
        .options(joinedload(Question.competency), selectinload(Question.options))
        .order_by(Question.code)
    )
    table = exports.Sheet("questions", [column.name for column in sheet.COLUMNS], sheet.rows(found.all()))
    return exports.download([table], "xlsx" if request.args.get("format") == "xlsx" else "csv", "questions")
