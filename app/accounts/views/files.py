"""People and absences from a file, on screen: choose it, see what it would change, then let it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, lazy_gettext, ngettext
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import Forbidden, NotFound

from app.accounts.access import requires, viewer
from app.accounts.blueprint import admin
from app.accounts.columns import ABSENCE_COLUMNS, PEOPLE_COLUMNS
from app.accounts.forms import FileForm
from app.accounts.permissions import Permission
from app.accounts.services import AbsenceSummary, PeopleSummary, import_absences, import_people
from app.accounts.views.overview import administers_all
from app.core import exports
from app.core.clock import now
from app.core.database import db
from app.core.i18n import number
from app.core.problems import BadFile, describe
from app.core.sheets import Column

KEPT_SECONDS = 24 * 3600
"""How long a file waits to be let in, after it was looked at."""

Summary = PeopleSummary | AbsenceSummary


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: what it holds, how it comes in, and what is said of what it did."""

    key: str
    title: LazyString
    columns: tuple[Column, ...]
    rules: tuple[LazyString, ...]
    """What to know before filling it in."""
    take: Callable[..., Summary]
    figures: Mapping[str, LazyString]
    """What each count of the summary is called."""
    done: Callable[[int, int, int], str]
    """Says how many are new, changed and unchanged."""


def _people_done(new: int, changed: int, same: int) -> str:
    return ngettext(
        "File imported: %(new)s new person, %(changed)s changed, %(same)s unchanged.",
        "File imported: %(new)s new people, %(changed)s changed, %(same)s unchanged.",
        new,
        new=number(new),
        changed=number(changed),
        same=number(same),
    )


def _absences_done(new: int, changed: int, same: int) -> str:
    return ngettext(
        "The file is in: %(new)s absence new, %(changed)s changed, %(same)s unchanged.",
        "The file is in: %(new)s absences new, %(changed)s changed, %(same)s unchanged.",
        new,
        new=number(new),
        changed=number(changed),
        same=number(same),
    )


KINDS = {
    "people": Kind(
        "people",
        lazy_gettext("Import people"),
        PEOPLE_COLUMNS,
        (
            lazy_gettext("One row for each person and role; a person with several roles has several rows."),
            lazy_gettext(
                "An agent belongs to the team named. A team lead leads it. "
                "Any other role holds over the deepest unit named, or over the whole programme."
            ),
            lazy_gettext("Units that do not exist yet are created. A cell left empty changes nothing."),
            lazy_gettext("The same file again changes nothing; a later one moves people from “valid_from” on."),
        ),
        import_people,
        {
            "rows": lazy_gettext("Rows"),
            "people_new": lazy_gettext("New people"),
            "people_changed": lazy_gettext("Changed people"),
            "unchanged": lazy_gettext("Unchanged people"),
            "units_new": lazy_gettext("New units"),
            "memberships_new": lazy_gettext("Teams assigned"),
            "grants_new": lazy_gettext("Roles assigned"),
            "places_ended": lazy_gettext("Teams and roles ended"),
        },
        _people_done,
    ),
    "absences": Kind(
        "absences",
        lazy_gettext("Import absences"),
        ABSENCE_COLUMNS,
        (
            lazy_gettext("One row for each absence, from its first day to its last; both are days away."),
            lazy_gettext("The kind is vacation, sick, leave or other, or its word in Spanish."),
            lazy_gettext(
                "While somebody is away, clocks stop or what falls due is waived, as the policy of the unit says."
            ),
            lazy_gettext("The same file again changes nothing; known days with another kind get the new one."),
        ),
        import_absences,
        {
            "rows": lazy_gettext("Rows"),
            "absences_new": lazy_gettext("Absences new"),
            "absences_changed": lazy_gettext("Absences changed"),
            "unchanged": lazy_gettext("Absences unchanged"),
        },
        _absences_done,
    ),
}


@admin.get("/<any(people, absences):what>/import")
@requires(Permission.ADMINISTER)
def choose_file(what: str) -> ResponseReturnValue:
    """The page to choose a file at."""
    _need_all()
    return _choose(KINDS[what], FileForm())


@admin.get("/<any(people, absences):what>/import/template")
@requires(Permission.ADMINISTER)
def file_template(what: str) -> Response:
    """An empty file with the columns there are."""
    _need_all()
    return exports.download([exports.Sheet(what, [column.name for column in KINDS[what].columns], [])], "csv", what)


@admin.post("/<any(people, absences):what>/import")
@requires(Permission.ADMINISTER)
def check_file(what: str) -> ResponseReturnValue:
    """Look at a file: what it would change, or all that is wrong with it. Nothing is stored but the file."""
    _need_all()
    form, kind = FileForm(), KINDS[what]
    if not form.validate_on_submit():
        return _choose(kind, form), 422
    path = _keep(form.file.data)
    try:
        summary = kind.take(db.session, path, by=viewer(), on=now())
    except BadFile as error:
        path.unlink(missing_ok=True)
        return _bad(kind, form.file.data.filename, error), 422
    finally:
        db.session.rollback()
    return render_template(
        "accounts/admin/check_file.html",
        kind=kind,
        news=_news(summary) != (0, 0),
        summary=summary,
        figures=[(name, number(getattr(summary, key))) for key, name in kind.figures.items()],
        name=form.file.data.filename,
        token=_signer().dumps([viewer().id, what, path.name]),
    )


@admin.post("/<any(people, absences):what>/import/commit")
@requires(Permission.ADMINISTER)
def take_file(what: str) -> ResponseReturnValue:
    """Let the file in that was looked at before."""
    _need_all()
    kind, path = KINDS[what], _kept(what, request.form.get("token", ""))
    try:
        summary = kind.take(db.session, path, by=viewer(), on=now())
    except BadFile as error:  # what is known has changed since it was looked at
        db.session.rollback()
        return _bad(kind, path.name, error), 422
    db.session.commit()
    path.unlink(missing_ok=True)
    new, changed = _news(summary)
    flash(kind.done(new, changed, summary.unchanged))
    return redirect(url_for("admin.people_list"))


def _news(summary: Summary) -> tuple[int, int]:
    """How many are new, and how many changed."""
    if isinstance(summary, PeopleSummary):
        return summary.people_new, summary.people_changed
    return summary.absences_new, summary.absences_changed


def _choose(kind: Kind, form: FileForm) -> str:
    return render_template("accounts/admin/choose_file.html", form=form, kind=kind)


def _bad(kind: Kind, name: str | None, error: BadFile) -> str:
    problems = [describe(problem) for problem in error.problems]
    return render_template("accounts/admin/bad_file.html", kind=kind, name=name, problems=problems)


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


def _kept(what: str, token: str) -> Path:
    """The file of a token this reader was given for this kind; 404 when it is gone."""
    try:
        owner, kind, name = _signer().loads(token, max_age=KEPT_SECONDS)
    except BadSignature as error:
        raise NotFound from error
    path = _folder() / name
    if (owner, kind) != (viewer().id, what) or not path.is_file():
        raise NotFound
    return path


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="people-file")
