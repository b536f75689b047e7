"""Files coming in: send, check, decide, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload
from werkzeug.exceptions import NotFound
from wtforms.fields.choices import SelectChoice

from app.accounts.access import requires, viewer
from app.accounts.permissions import Permission
from app.audits import labels, report, services
from app.audits.blueprint import bp
from app.audits.dsat import imports as dsat
from app.audits.forms import UploadForm
from app.audits.lists import imports as lists
from app.audits.models import Import, ImportState
from app.audits.profiles import making
from app.audits.profiles.mapping import Shape
from app.audits.profiles.models import MappingProfile
from app.core import exports
from app.core.clock import now
from app.core.database import db, one_or_404
from app.core.jobs import enqueue

UNDER_WAY = (ImportState.RECEIVED, ImportState.QUEUED)


@bp.get("/imports")
@requires(Permission.IMPORT_AUDITS)
def imports() -> ResponseReturnValue:
    """What came in, and what became of it."""
    return lists.import_table().answer(lists.imports(viewer()), "audits/imports.html")


@bp.route("/import", methods=["GET", "POST"])
@requires(Permission.IMPORT_AUDITS)
def send() -> ResponseReturnValue:
    """Send a file of findings; it is checked before anything is stored."""
    form, ready = UploadForm(), _ready_profiles()
    form.profile.choices = [SelectChoice("", _("Standard columns")), *(SelectChoice(name, name) for name in ready)]
    if not form.validate_on_submit():
        return render_template("audits/send.html", form=form), 422 if form.errors else 200
    file, chosen = form.file.data, {"profile": form.profile.data} if form.profile.data else {}
    row = services.receive(db.session(), file.stream, file.filename or "", by=viewer(), on=now(), options=chosen)
    enqueue(db.session, "audits.check", key=str(row.id), import_id=row.id)
    db.session.commit()
    return redirect(url_for("audits.import_page", import_id=row.id))


@bp.get("/imports/<int:import_id>")
@requires(Permission.IMPORT_AUDITS)
def import_page(import_id: int) -> ResponseReturnValue:
    """How far a file is, what is wrong with it, or what it changed."""
    row = _import(import_id)
    return render_template(
        "audits/import.html",
        row=row,
        under_way=row.state in UNDER_WAY,
        report=report.of(row),
        brought=lists.brought(row),
        before=db.session.scalars(services.imported_before(row).limit(1)).first(),
        has_file=services.stored_file(row) is not None,
        has_lines=any(problem.get("line") for problem in row.problems),
        labels=labels,
    )


@bp.get("/imports/<int:import_id>/mend.csv")
@requires(Permission.IMPORT_AUDITS)
def rows_to_mend(import_id: int) -> ResponseReturnValue:
    """The rows of the file that need mending, with what is wrong with each."""
    row = _import(import_id)
    path = services.stored_file(row)
    if path is None or row.kind not in ("findings", "dsat"):
        raise NotFound
    if row.kind == "dsat":
        sheet = dsat.rows_to_mend(db.session(), row, path)
    else:
        profile = row.options.get("profile")
        sheet = services.rows_to_mend(db.session(), path, by=row.by, on=now(), profile=profile)
    return exports.download([sheet], "csv", _("rows to mend"))


@bp.get("/imports/<int:import_id>/file")
@requires(Permission.IMPORT_AUDITS)
def import_file(import_id: int) -> ResponseReturnValue:
    """The file as it came in."""
    row = _import(import_id)
    path = services.stored_file(row)
    if path is None:
        raise NotFound
    return send_file(path, mimetype="application/octet-stream", as_attachment=True, download_name=row.file_name)


@bp.post("/imports/<int:import_id>/decide-names")
@requires(Permission.IMPORT_AUDITS)
def decide_names(import_id: int) -> ResponseReturnValue:
    """Take the file as the sample of its profile, to decide on what the profile does not know."""
    row = _import(import_id)
    name = row.options.get("profile", "")
    profile = one_or_404(MappingProfile.visible_to(viewer()).where(MappingProfile.name == name))
    making.sample_of_import(profile, row)
    db.session.commit()
    return redirect(url_for("audits.profile", profile_id=profile.id))


@bp.post("/imports/<int:import_id>/carry-out")
@requires(Permission.IMPORT_AUDITS)
def carry_out(import_id: int) -> ResponseReturnValue:
    """Carry out a checked import; as a job."""
    return _decide(import_id, skip_bad_rows=False)


@bp.post("/imports/<int:import_id>/carry-out-without-bad-rows")
@requires(Permission.IMPORT_AUDITS)
def carry_out_without(import_id: int) -> ResponseReturnValue:
    """Carry out a checked import and leave out the audits that have something wrong."""
    return _decide(import_id, skip_bad_rows=True)


@bp.post("/imports/<int:import_id>/undo")
@requires(Permission.IMPORT_AUDITS)
def undo(import_id: int) -> ResponseReturnValue:
    """Take an import back."""
    services.undo(db.session(), _import(import_id), by=viewer(), on=now())
    db.session.commit()
    flash(_("Import undone: everything is as it was before it."))
    return redirect(url_for("audits.import_page", import_id=import_id))


def _ready_profiles() -> Sequence[str]:
    profiles = MappingProfile.visible_to(viewer()).where(MappingProfile.ready).order_by(MappingProfile.name)
    return [profile.name for profile in db.session.scalars(profiles) if profile.mapping.shape is not Shape.CASES]


def _decide(import_id: int, *, skip_bad_rows: bool) -> ResponseReturnValue:
    row = _import(import_id)
    services.decide(db.session(), row, skip_bad_rows=skip_bad_rows)
    enqueue(db.session, "audits.import", key=str(row.id), import_id=row.id)
    db.session.commit()
    return redirect(url_for("audits.import_page", import_id=import_id))


def _import(import_id: int) -> Import:
    return one_or_404(Import.visible_to(viewer()).where(Import.id == import_id).options(joinedload(Import.by)))
