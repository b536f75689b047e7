"""People from a file, on screen: choose it, see what it would change, then let it."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from tempfile import NamedTemporaryFile

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import Forbidden, NotFound

from app.accounts.access import requires, viewer
from app.accounts.blueprint import admin
from app.accounts.columns import PEOPLE_COLUMNS
from app.accounts.forms import FileForm
from app.accounts.permissions import Permission
from app.accounts.services import PeopleSummary, import_people
from app.accounts.views.overview import administers_all
from app.core import exports
from app.core.clock import now
from app.core.database import db
from app.core.i18n import number
from app.core.problems import BadFile, describe

KEPT_SECONDS = 24 * 3600
"""How long a file waits to be let in, after it was looked at."""


@admin.get("/people/import")
@requires(Permission.ADMINISTER)
def choose_file() -> ResponseReturnValue:
    """The page to choose a file of people at."""
    _need_all()
    return render_template("accounts/admin/choose_file.html", form=FileForm(), columns=PEOPLE_COLUMNS)


@admin.get("/people/import/template")
@requires(Permission.ADMINISTER)
def file_template() -> Response:
    """An empty file with the columns there are."""
    _need_all()
    return exports.download([exports.Sheet("people", [column.name for column in PEOPLE_COLUMNS], [])], "csv", "people")


@admin.post("/people/import")
@requires(Permission.ADMINISTER)
def check_file() -> ResponseReturnValue:
    """Look at a file: what it would change, or all that is wrong with it. Nothing is stored but the file."""
    _need_all()
    form = FileForm()
    if not form.validate_on_submit():
        return render_template("accounts/admin/choose_file.html", form=form, columns=PEOPLE_COLUMNS), 422
    path = _keep(form.file.data)
    try:
        summary = import_people(db.session, path, by=viewer(), on=now())
    except BadFile as error:
        path.unlink(missing_ok=True)
        problems = [describe(problem) for problem in error.problems]
        return render_template("accounts/admin/bad_file.html", name=form.file.data.filename, problems=problems), 422
    finally:
        db.session.rollback()
    return render_template(
        "accounts/admin/check_file.html",
        summary=summary,
        figures=_figures(summary),
        name=form.file.data.filename,
        token=_signer().dumps([viewer().id, path.name]),
    )


@admin.post("/people/import/commit")
@requires(Permission.ADMINISTER)
def take_file() -> ResponseReturnValue:
    """Let the file in that was looked at before."""
    _need_all()
    path = _kept(request.form.get("token", ""))
    try:
        summary = import_people(db.session, path, by=viewer(), on=now())
    except BadFile as error:  # what is known has changed since it was looked at
        db.session.rollback()
        problems = [describe(problem) for problem in error.problems]
        return render_template("accounts/admin/bad_file.html", name=path.name, problems=problems), 422
    db.session.commit()
    path.unlink(missing_ok=True)
    flash(
        _(
            "The file is in: %(new)s people new, %(changed)s changed, %(same)s unchanged.",
            new=summary.people_new,
            changed=summary.people_changed,
            same=summary.unchanged,
        )
    )
    return redirect(url_for("admin.people_list"))


def _need_all() -> None:
    if not administers_all():
        raise Forbidden


def _folder() -> Path:
    folder = Path(current_app.config["DATA_DIR"]) / "uploads" / "people"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _keep(upload: FileStorage) -> Path:
    """Keep an upload under the hash of its content, and drop those that nobody let in within a day."""
    folder, oldest = _folder(), now().timestamp() - KEPT_SECONDS
    for old in folder.iterdir():
        with suppress(FileNotFoundError):
            if old.stat().st_mtime < oldest:
                old.unlink()
    digest = hashlib.sha256()
    with NamedTemporaryFile(dir=folder, delete=False) as part:
        while block := upload.stream.read(1 << 20):
            digest.update(block)
            part.write(block)
    return Path(part.name).replace(folder / digest.hexdigest())


def _kept(token: str) -> Path:
    """The file of a token this reader was given; 404 when it is gone."""
    try:
        owner, name = _signer().loads(token, max_age=KEPT_SECONDS)
    except BadSignature as error:
        raise NotFound from error
    path = _folder() / name
    if owner != viewer().id or not path.is_file():
        raise NotFound
    return path


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="people-file")


def _figures(summary: PeopleSummary) -> list[tuple[str, str]]:
    """The counts of an import, named."""
    counts = asdict(summary)
    names = {
        "rows": _("Rows"),
        "people_new": _("People new"),
        "people_changed": _("People changed"),
        "unchanged": _("People unchanged"),
        "units_new": _("Units new"),
        "memberships_new": _("Teams given"),
        "grants_new": _("Roles given"),
        "places_ended": _("Teams and roles ended"),
    }
    return [(name, number(counts[key])) for key, name in names.items()]
