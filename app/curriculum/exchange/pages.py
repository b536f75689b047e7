"""The pages of the whole curriculum as one file: out, and in again."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from flask import Response, render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from werkzeug.datastructures import FileStorage

from app.accounts.access import may, requires, viewer
from app.accounts.permissions import Permission
from app.core.clock import now
from app.core.database import db
from app.core.errors import Refused
from app.core.problems import BadFile, describe
from app.curriculum import intake
from app.curriculum.blueprint import bp
from app.curriculum.exchange.arrival import Summary
from app.curriculum.exchange.arriving import take_in
from app.curriculum.exchange.leaving import written
from app.curriculum.exchange.packing import archived
from app.curriculum.exchange.shape import MOST_BYTES
from app.curriculum.exchange.unpacking import Carried, is_archive, unpacked
from app.curriculum.packages.reading.archive import LARGEST
from app.curriculum.services import programme_day

SHOWN = 100
TABLES = {".csv", ".xlsx"}
ROOM_FOR_FORM = 1 << 20


class CurriculumForm(FlaskForm):
    """A file as the export writes it, or a table of competencies or modules."""

    file = FileField(lazy_gettext("File"), validators=[FileRequired(lazy_gettext("Choose a file."))])


@bp.route("/exchange", methods=["GET", "POST"])
@requires(Permission.WRITE_MODULES)
def exchange() -> ResponseReturnValue:
    """Take the whole curriculum out as a file, or in from one or from tables: what it did, or all that is wrong with it."""
    form = CurriculumForm()
    summary: Summary | intake.Summary | None = None
    problems: list[str] = []
    if form.validate_on_submit():
        sent = form.file.data
        take = _take_table if Path(sent.filename or "").suffix.lower() in TABLES else _take_whole
        db.session.rollback()  # files are looked at before the writing transaction begins
        try:
            summary = take(sent)
            db.session.commit()
        except Refused as error:
            db.session.rollback()
            problems = [str(error)]
        except BadFile as error:
            db.session.rollback()
            problems = [describe(one) for one in error.problems]
    page = render_template(
        "curriculum/exchange/exchange.html",
        form=form,
        summary=summary,
        problems=problems[:SHOWN],
        count=len(problems),
        tables=((_("Competencies"), intake.COMPETENCIES), (_("Modules"), intake.MODULES)),
    )
    return page, 422 if form.errors or problems else 200


def _take_whole(sent: FileStorage) -> Summary:
    content, carried = _read(sent.stream)
    sets_targets = may(viewer(), Permission.SET_POLICIES)
    return take_in(db.session(), content, by=viewer(), on=now(), sets_targets=sets_targets, carried=carried, later=True)


def _take_table(sent: FileStorage) -> intake.Summary:
    """Competencies or modules, told apart by the header; competencies and their targets by who sets policies."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"table{Path(sent.filename or '').suffix.lower()}"
        sent.save(path)
        made = intake.import_file(db.session(), path, by=viewer(), on=now(), later=True)
    if made.kind == "competencies" and not may(viewer(), Permission.SET_POLICIES):
        raise Refused(_("Only people who set policies can import competencies and their targets."))
    return made


def _read(stream: IO[bytes]) -> tuple[bytes, Carried]:
    """(the curriculum, what comes with it): of the file alone, nothing."""
    return unpacked(stream) if is_archive(stream) else (stream.read(MOST_BYTES + 1), Carried())


@bp.url_value_preprocessor
def let_archives_be_large(endpoint: str | None, _values: object) -> None:
    """Before anything reads the form: with its files a curriculum may be larger than other files."""
    if endpoint == "curriculum.exchange":
        request.max_content_length = LARGEST + ROOM_FOR_FORM


@bp.get("/exchange/curriculum.zip")
@requires(Permission.WRITE_MODULES)
def export_with_files() -> ResponseReturnValue:
    """The file with pictures, videos, documents and packages, as an archive."""
    name = f"curriculum-{programme_day(now()).isoformat()}.zip"
    answer = send_file(archived(db.session()), "application/zip", as_attachment=True, download_name=name)
    answer.cache_control.private, answer.cache_control.no_store = True, True
    return answer


@bp.get("/exchange/curriculum.json")
@requires(Permission.WRITE_MODULES)
def export_curriculum() -> ResponseReturnValue:
    """The file."""
    name = f"curriculum-{programme_day(now()).isoformat()}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return Response(written(db.session()), mimetype="application/json", headers=headers)
