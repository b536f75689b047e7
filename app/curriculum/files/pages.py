"""The pages of files: those of a module, one handed out, and what was seen of a video."""

from __future__ import annotations

import json

from flask import Response, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import requires, viewer
from app.accounts.permissions import Permission
from app.core.blobs import handed_out
from app.core.clock import now
from app.core.database import db, one_or_404
from app.core.errors import Refused
from app.core.i18n import language
from app.curriculum.authoring.services import holder_of, save_main_file
from app.curriculum.blueprint import bp, seen_module
from app.curriculum.files import kinds, services, watching
from app.curriculum.files.forms import FileForm
from app.curriculum.files.kinds import FileKind
from app.curriculum.files.models import ModuleFile
from app.curriculum.models import Assignment, Module, ModuleKind

ROOM_FOR_FORM = 1024**2
SHOWN = (FileKind.PICTURE, FileKind.VIDEO, FileKind.CAPTIONS)
INERT = (
    "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"
)


@bp.url_value_preprocessor
def let_files_be_large(endpoint: str | None, _values: object) -> None:
    """Before anything reads the form: a video may be larger than other files."""
    if endpoint == "curriculum.files":
        request.max_content_length = kinds.LARGEST[FileKind.VIDEO] + ROOM_FOR_FORM


@bp.route("/modules/<int:module_id>/files", methods=["GET", "POST"])
@requires(Permission.WRITE_MODULES)
def files(module_id: int) -> ResponseReturnValue:
    """The files of a module, each with how a text names it; add another."""
    module, form, said = seen_module(module_id), FileForm(), None
    if form.validate_on_submit():
        try:
            _take_in(module, form)
        except Refused as refusal:
            db.session.rollback()
            module, said = seen_module(module_id), str(refusal)
        else:
            return redirect(url_for("curriculum.files", module_id=module_id))
    holder = holder_of(db.session(), module)
    page = render_template(
        "curriculum/files/files.html",
        module=module,
        holder=holder,
        form=form,
        said=said,
        found=services.files_of(db.session(), module),
        accepted=kinds.ACCEPTED,
    )
    return page, 422 if form.errors or said else 200


def _take_in(module: Module, form: FileForm) -> None:
    """Look at the file before the writing transaction begins, then store it."""
    module_id, sent = module.id, form.file.data
    db.session.rollback()
    file = services.keep(sent.stream, name=sent.filename or "")
    module = seen_module(module_id)
    said = {"alt_en": form.alt_en.data or "", "alt_es": form.alt_es.data or "", "language": form.language.data}
    services.add(db.session(), module, file, **said, by=viewer(), on=now())
    holder = holder_of(db.session(), module)
    fits = {ModuleKind.VIDEO: FileKind.VIDEO, ModuleKind.FILE: FileKind.DOCUMENT}.get(holder.kind)
    if not holder.url and file.kind is fits:
        save_main_file(db.session(), module, file.address, by=viewer(), on=now())
    db.session.commit()
    flash(_("File added: %(file)s.", file=file.name))


@bp.post("/modules/<int:module_id>/files/<int:file_id>/main")
@requires(Permission.WRITE_MODULES)
def make_main_file(module_id: int, file_id: int) -> ResponseReturnValue:
    """Let the module be made of this file."""
    module, file = seen_module(module_id), _file_of(module_id, file_id)
    save_main_file(db.session(), module, file.address, by=viewer(), on=now())
    db.session.commit()
    flash(_("“%(file)s” is now the content of the module.", file=file.name))
    return redirect(url_for("curriculum.files", module_id=module_id))


@bp.post("/modules/<int:module_id>/files/<int:file_id>/retire")
@requires(Permission.WRITE_MODULES)
def retire_file(module_id: int, file_id: int) -> ResponseReturnValue:
    """Take a file off the list."""
    module, file = seen_module(module_id), _file_of(module_id, file_id)
    services.retire(db.session(), module, file, by=viewer(), on=now())
    db.session.commit()
    flash(_("“%(file)s” was removed from the list. Texts that mention it still show it.", file=file.name))
    return redirect(url_for("curriculum.files", module_id=module_id))


def _file_of(module_id: int, file_id: int) -> ModuleFile:
    seen = ModuleFile.visible_to(viewer())
    return one_or_404(seen.where(ModuleFile.id == file_id, ModuleFile.module_id == module_id))


# --- Handing out ---


@bp.get("/files/<int:file_id>/<name>")
@requires(Permission.USE)
def module_file(file_id: int, name: str) -> ResponseReturnValue:
    """A file: pictures and videos shown, in parts where that is asked for; all else to be saved."""
    file = one_or_404(ModuleFile.visible_to(viewer()).where(ModuleFile.id == file_id))
    answer: Response = handed_out(file.sha256, file.type, save_as=None if file.kind in SHOWN else file.name)
    answer.headers["Content-Security-Policy"] = INERT
    return answer


# --- Watching ---


@bp.post("/learn/<int:assignment_id>/watched")
@requires(Permission.LEARN)
def watched(assignment_id: int) -> ResponseReturnValue:
    """Note what was seen of the video of one's own assignment; answers how much of it that is."""
    own = Assignment.visible_to(viewer()).where(Assignment.person_id == viewer().id)
    assignment = one_or_404(own.where(Assignment.id == assignment_id))
    video = services.video_of(db.session(), assignment.module)
    if video is None:
        abort(404)
    spans, place = _told()
    services.watch(db.session(), assignment, video, spans, place=place, language=language(), on=now())
    db.session.commit()
    return jsonify(
        share=round(services.share_seen(db.session(), assignment) or 0.0, 3), done=assignment.completed_on is not None
    )


def _told() -> tuple[list[list[float]], float]:
    """The spans and the place that were sent; 400 for anything else."""
    try:
        spans = [[float(a), float(b)] for a, b in json.loads(request.form["spans"])]
        place = float(request.form.get("place", 0))
    except (KeyError, TypeError, ValueError):
        abort(400)
    numbers = [place, *(one for span in spans for one in span)]
    if len(spans) > watching.MOST_SPANS or any(not 0 <= one < 1e6 for one in numbers):
        abort(400)
    return spans, place
