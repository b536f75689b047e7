"""The pages of paths: which there are, one of them, and writing it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.access import may, requires, viewer
from app.accounts.permissions import Permission
from app.core.clock import now
from app.core.database import db, one_or_404
from app.core.errors import Refused
from app.core.web import row_number
from app.curriculum import labels as room_labels
from app.curriculum import languages
from app.curriculum.blueprint import bp
from app.curriculum.models import OPEN_STATES, Module, ModuleState
from app.curriculum.paths import lists, queries, writing
from app.curriculum.paths.forms import Offered, PathForm
from app.curriculum.paths.labels import BRANCHES
from app.curriculum.paths.models import Path, PathAssignment, PathVersion


@bp.get("/paths")
@requires(Permission.USE)
def paths() -> ResponseReturnValue:
    """All paths."""
    follows = may(viewer(), Permission.SEE_LEARNING)
    table = lists.path_table(writes=may(viewer(), Permission.WRITE_MODULES), follows=follows)
    return table.answer(lists.paths(viewer()), "curriculum/paths/list.html", follows=follows)


@bp.get("/paths/<int:path_id>")
@requires(Permission.USE)
def path(path_id: int) -> ResponseReturnValue:
    """A path with its steps; who writes it sees what is being written."""
    found = seen_path(path_id)
    draft = db.session.scalars(queries.draft_of(found.id)).one_or_none()
    version = db.session.scalars(queries.current_version(found.id)).one_or_none()
    writes = may(viewer(), Permission.WRITE_MODULES)
    shown = version or draft
    return render_template(
        "curriculum/paths/path.html",
        path=found,
        version=shown,
        steps=_steps(shown) if shown else [],
        draft=draft if writes else None,
        draft_steps=_steps(draft) if writes and draft is not None and draft is not shown else [],
        state=(room_labels.MODULE_TONES[found.state], room_labels.MODULE_STATES[found.state]),
        mine=_mine(found),
        missing=languages.lacking_of_path(db.session(), found.id),
        branches=BRANCHES,
        may_follow=may(viewer(), Permission.SEE_LEARNING),
    )


def _steps(version: PathVersion) -> list[Any]:
    return list(version.steps)


def _mine(found: Path) -> PathAssignment | None:
    own = PathAssignment.visible_to(viewer()).where(
        PathAssignment.person_id == viewer().id,
        PathAssignment.path_id == found.id,
        PathAssignment.state.in_(OPEN_STATES),
    )
    return db.session.scalars(own.order_by(PathAssignment.id.desc()).limit(1)).one_or_none()


def seen_path(path_id: int) -> Path:
    """A path the viewer may see; 404 for any other."""
    return one_or_404(Path.visible_to(viewer()).where(Path.id == path_id).options(joinedload(Path.shorter)))


# --- Writing ---


@bp.route("/paths/new", methods=["GET", "POST"])
@requires(Permission.WRITE_MODULES)
def new_path() -> ResponseReturnValue:
    """Write a new path; it begins as a draft."""
    return _write(Path(state=ModuleState.DRAFT, revision=0))


@bp.route("/paths/<int:path_id>/edit", methods=["GET", "POST"])
@requires(Permission.WRITE_MODULES)
def edit_path(path_id: int) -> ResponseReturnValue:
    """Write on a path; of a published one in a draft beside it."""
    return _write(seen_path(path_id))


def _write(found: Path) -> ResponseReturnValue:
    said = None
    with db.session.no_autoflush:
        form = PathForm(found, _being_written(found), _offered(found))
        if form.validate_on_submit():
            try:
                writing.save(
                    db.session(), found, form.facts, form.step_facts, revision=_revision(form), by=viewer(), on=now()
                )
                if request.form.get("then") == "publish":
                    writing.publish(db.session(), found, by=viewer(), on=now())
                db.session.commit()
            except Refused as refusal:
                db.session.rollback()
                said = str(refusal)
            else:
                published = request.form.get("then") == "publish"
                flash(_("Path saved and published.") if published else _("Path saved as a draft."))
                more = request.form.get("then") == "more"
                endpoint = "curriculum.edit_path" if more else "curriculum.path"
                return redirect(url_for(endpoint, path_id=found.id))
        page = render_template("curriculum/paths/form.html", form=form, path=found, said=said)
    return page, 422 if form.errors or said else 200


def _being_written(found: Path) -> PathVersion | None:
    if found.id is None:
        return None
    draft = db.session.scalars(queries.draft_of(found.id)).one_or_none()
    return draft or db.session.scalars(queries.current_version(found.id)).one_or_none()


def _offered(found: Path) -> Offered:
    modules = db.session.scalars(
        Module.visible_to(viewer()).where(Module.state != ModuleState.RETIRED).order_by(Module.code)
    )
    others = db.session.scalars(Path.visible_to(viewer()).where(Path.id != (found.id or 0)).order_by(Path.code))
    return Offered(
        modules=[(str(one.id), f"{one.code} · {one.title.text}") for one in modules],
        paths=[(str(one.id), f"{one.code} · {one.title.text}") for one in others],
    )


def _revision(form: PathForm) -> int:
    try:
        return row_number(str(form.revision.data))
    except ValueError:
        return -1 if form.path.id is not None else 0


@bp.post("/paths/<int:path_id>/publish")
@requires(Permission.WRITE_MODULES)
def publish_path(path_id: int) -> ResponseReturnValue:
    """Let the draft be what is assigned from now on."""
    found = seen_path(path_id)
    version = writing.publish(db.session(), found, by=viewer(), on=now())
    db.session.commit()
    flash(_("Version %(number)s published. People under way stay on the version they began.", number=version.number))
    return redirect(url_for("curriculum.path", path_id=found.id))


@bp.post("/paths/<int:path_id>/throw-away")
@requires(Permission.WRITE_MODULES)
def throw_path_draft_away(path_id: int) -> ResponseReturnValue:
    """Forget what was written since it was published."""
    found = seen_path(path_id)
    draft = one_or_404(select(PathVersion).where(PathVersion.path_id == found.id, PathVersion.number.is_(None)))
    writing.throw_away(db.session(), draft, found, by=viewer(), on=now())
    db.session.commit()
    flash(_("Draft discarded."))
    return redirect(url_for("curriculum.path", path_id=found.id))


@bp.post("/paths/<int:path_id>/retire")
@requires(Permission.WRITE_MODULES)
def retire_path(path_id: int) -> ResponseReturnValue:
    found = seen_path(path_id)
    writing.retire(db.session(), found, by=viewer(), on=now())
    db.session.commit()
    flash(_("Path retired. People under way can still finish it."))
    return redirect(url_for("curriculum.path", path_id=found.id))
