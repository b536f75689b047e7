"""The pages of the whole curriculum as one file: out, and in again."""

from __future__ import annotations

from flask import Response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired

from app.accounts.access import may, requires, viewer
from app.accounts.permissions import Permission
from app.core.clock import now
from app.core.database import db
from app.core.problems import BadFile, describe
from app.curriculum.blueprint import bp
from app.curriculum.exchange.arriving import Summary, take_in
from app.curriculum.exchange.leaving import written
from app.curriculum.exchange.shape import MOST_BYTES
from app.curriculum.services import programme_day

SHOWN = 100


class CurriculumForm(FlaskForm):
    """A file as the export writes it."""

    file = FileField(lazy_gettext("File"), validators=[FileRequired(lazy_gettext("Choose a file."))])


@bp.route("/exchange", methods=["GET", "POST"])
@requires(Permission.WRITE_MODULES)
def exchange() -> ResponseReturnValue:
    """Take the whole curriculum out as a file, or in from one: what it did, or all that is wrong with it."""
    form = CurriculumForm()
    summary: Summary | None = None
    problems: list[str] = []
    if form.validate_on_submit():
        sets_targets = may(viewer(), Permission.SET_POLICIES)
        content = form.file.data.read(MOST_BYTES + 1)
        try:
            summary = take_in(db.session(), content, by=viewer(), on=now(), sets_targets=sets_targets)
            db.session.commit()
        except BadFile as error:
            db.session.rollback()
            problems = [describe(one) for one in error.problems]
    page = render_template(
        "curriculum/exchange/exchange.html", form=form, summary=summary, problems=problems[:SHOWN], count=len(problems)
    )
    return page, 422 if form.errors or problems else 200


@bp.get("/exchange/curriculum.json")
@requires(Permission.WRITE_MODULES)
def export_curriculum() -> ResponseReturnValue:
    """The file."""
    name = f"curriculum-{programme_day(now()).isoformat()}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return Response(written(db.session()), mimetype="application/json", headers=headers)
