"""Scorecards in and out as files."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound
from werkzeug.utils import secure_filename

from app.accounts.access import requires, viewer
from app.accounts.permissions import Permission
from app.audits import reading, services
from app.audits.blueprint import bp
from app.audits.building import files
from app.audits.building.forms import ScorecardFileForm
from app.audits.building.found import need_all, version_of
from app.core.clock import now
from app.core.database import db
from app.core.problems import BadFile, describe


@bp.route("/scorecards/import", methods=["GET", "POST"])
@requires(Permission.LEAD_QUALITY)
def import_scorecard() -> ResponseReturnValue:
    """Bring versions in from a file."""
    need_all()
    form, problems = ScorecardFileForm(), []
    if form.validate_on_submit():
        with TemporaryDirectory() as folder:
            path = Path(folder) / (secure_filename(form.file.data.filename or "") or "scorecard")
            form.file.data.save(path)
            try:
                made = services.import_scorecard(db.session(), path, by=viewer(), on=now(), later=True)
            except BadFile as bad:
                db.session.rollback()
                problems = [describe(problem) for problem in bad.problems]
            else:
                db.session.commit()
                flash(
                    _(
                        "File imported. Versions: %(new)s new, %(changed)s changed, %(same)s unchanged.",
                        new=made.versions_new,
                        changed=made.versions_changed,
                        same=made.versions_unchanged,
                    )
                )
                if made.waiting:
                    flash(
                        _(
                            "What criteria tell of changes in some minutes, as all evidence is derived again: %(codes)s. "
                            "A notice tells when it is saved.",
                            codes=", ".join(made.waiting),
                        )
                    )
                return redirect(url_for("audits.scorecards"))
    bad = bool(problems or form.errors)
    return render_template(
        "audits/building/import.html", form=form, problems=problems, columns=files.COLUMNS
    ), 422 if bad else 200


@bp.get("/scorecards/<int:version_id>/file/<file_format>")
@requires(Permission.USE)
def scorecard_file(version_id: int, file_format: str) -> ResponseReturnValue:
    """A version as CSV, XLSX or JSON, as it may come in again."""
    if file_format not in files.FORMATS:
        raise NotFound
    version = version_of(version_id)
    return files.answer(version, reading.criteria(db.session(), version.id), file_format)
