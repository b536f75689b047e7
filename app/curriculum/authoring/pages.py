"""The pages of who writes modules: writing with a preview, publishing, versions, and what waits for translation."""

from __future__ import annotations

from flask import abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import defer

from app.accounts.access import requires, viewer
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.core.clock import now
from app.core.database import db, one_or_404
from app.core.errors import Refused
from app.core.i18n import clock_time
from app.core.web import row_number
from app.curriculum import lists as room_lists
from app.curriculum import writing
from app.curriculum.article import render
from app.curriculum.authoring import lists, rules, services
from app.curriculum.authoring.forms import GiveBackForm, PublishForm
from app.curriculum.authoring.models import ModuleVersion
from app.curriculum.blueprint import bp, seen_module
from app.curriculum.forms import ModuleForm
from app.curriculum.models import Assignment, AssignmentState, Module, ModuleState

PARTS = (("title_en", "en"), ("body_en", "en"), ("title_es", "es"), ("body_es", "es"))


# --- Writing ---


@bp.route("/modules/new", methods=["GET", "POST"])
@requires(Permission.WRITE_MODULES)
def new_module() -> ResponseReturnValue:
    """Write a new module; it begins as a draft."""
    return _write(Module(state=ModuleState.DRAFT, revision=0))


@bp.route("/modules/<int:module_id>/edit", methods=["GET", "POST"])
@requires(Permission.WRITE_MODULES)
def edit_module(module_id: int) -> ResponseReturnValue:
    """Write on a module, its two languages side by side, with a preview."""
    return _write(seen_module(module_id))


def _write(module: Module) -> ResponseReturnValue:
    then, said = request.form.get("then", "save"), None
    with db.session.no_autoflush:
        form = _form(module, publishing=then == "publish")
        valid = form.is_submitted() and then != "preview" and form.validate()
        if valid:
            try:
                _save(module, form)
                if then == "publish" and module.state is ModuleState.DRAFT:
                    services.publish(db.session(), module, by=viewer(), on=now())
                db.session.commit()
            except Refused as refusal:
                db.session.rollback()
                said = str(refusal)
            else:
                return _written(module, then)
        page = render_template(
            "curriculum/module_form.html",
            form=form,
            module=module,
            said=said,
            draft=services.draft_of(db.session(), module),
            holder=services.holder_of(db.session(), module),
            previews={code: render(getattr(form, f"body_{code}").data or "", code) for code in ("en", "es")},
            asked_by=db.session.get(User, module.review_asked_by_id) if module.review_asked_by_id else None,
        )
    return page, 422 if form.errors or said else 200


def _form(module: Module, *, publishing: bool = False) -> ModuleForm:
    options = [(int(value), name) for value, name in room_lists.competency_options()]
    stored = module.id is not None
    holder = services.holder_of(db.session(), module) if stored else None
    return ModuleForm(module if stored else None, options, holder=holder, publishing=publishing)


def _save(module: Module, form: ModuleForm, *, quietly: bool = False) -> None:
    services.save(
        db.session(),
        module,
        form.facts,
        competency_ids=form.competency_ids,
        revision=_revision(form, module),
        up_to_date=form.up_to_date.data,
        quietly=quietly,
        by=viewer(),
        on=now(),
    )


def _revision(form: ModuleForm, module: Module) -> int:
    try:
        return row_number(str(form.revision.data))
    except ValueError:
        return module.revision


def _written(module: Module, then: str) -> ResponseReturnValue:
    if then == "publish" and services.draft_of(db.session(), module) is not None:
        return redirect(url_for("curriculum.publish", module_id=module.id))
    if module.state is ModuleState.PUBLISHED and services.draft_of(db.session(), module) is not None:
        flash(_("Draft saved. Learners see the published text until the draft is published."))
    else:
        flash(_("Module saved and published.") if module.state is ModuleState.PUBLISHED else _("Draft saved."))
    return redirect(url_for("curriculum.module", module_id=module.id))


@bp.post("/modules/<int:module_id>/autosave")
@requires(Permission.WRITE_MODULES)
def autosave(module_id: int) -> ResponseReturnValue:
    """Keep what is being typed; answers with the new revision and what to say."""
    module = seen_module(module_id)
    with db.session.no_autoflush:
        form = _form(module)
        if not form.validate_on_submit():
            return jsonify(says=_("Not saved yet: something in the form needs correcting.")), 422
        try:
            _save(module, form, quietly=True)
            db.session.commit()
        except Refused as refusal:
            db.session.rollback()
            return jsonify(says=str(refusal)), 409
    return jsonify(revision=module.revision, says=_("Saved at %(time)s.", time=clock_time(now())))


@bp.post("/modules/<int:module_id>/throw-away")
@requires(Permission.WRITE_MODULES)
def throw_away_draft(module_id: int) -> ResponseReturnValue:
    module = seen_module(module_id)
    draft = services.draft_of(db.session(), module)
    if draft is None:
        abort(404)
    services.throw_away(db.session(), draft, by=viewer(), on=now())
    db.session.commit()
    flash(_("Draft discarded. What was published stays."))
    return redirect(url_for("curriculum.module", module_id=module.id))


# --- Review and publishing ---


@bp.post("/modules/<int:module_id>/ask-review")
@requires(Permission.WRITE_MODULES)
def ask_review(module_id: int) -> ResponseReturnValue:
    module = seen_module(module_id)
    services.ask_for_review(db.session(), module, by=viewer(), on=now())
    db.session.commit()
    flash(_("Review requested. The module is in the list of translations and reviews."))
    return redirect(url_for("curriculum.edit_module", module_id=module.id))


@bp.post("/modules/<int:module_id>/give-back")
@requires(Permission.WRITE_MODULES)
def give_back(module_id: int) -> ResponseReturnValue:
    module, form = seen_module(module_id), GiveBackForm()
    if not form.validate_on_submit():
        flash(_("Say what should change."), "bad")
        return redirect(url_for("curriculum.publish", module_id=module.id))
    services.give_back(db.session(), module, remark=form.remark.data or "", by=viewer(), on=now())
    db.session.commit()
    flash(_("Returned. The person who requested the review is notified."))
    return redirect(url_for("curriculum.module", module_id=module.id))


@bp.route("/modules/<int:module_id>/publish", methods=["GET", "POST"])
@requires(Permission.WRITE_MODULES)
def publish(module_id: int) -> ResponseReturnValue:
    """What publishing would change, and whether earlier completions still count; then publish."""
    module, form = seen_module(module_id), PublishForm()
    if form.validate_on_submit():
        services.publish(
            db.session(),
            module,
            counts_earlier=form.counts_earlier.data != "no",
            note=form.note.data or "",
            by=viewer(),
            on=now(),
        )
        db.session.commit()
        flash(_("Module published. It can be assigned now."))
        return redirect(url_for("curriculum.module", module_id=module.id))
    holder = services.holder_of(db.session(), module)
    published = module.state is not ModuleState.DRAFT
    completed = select(func.count(func.distinct(Assignment.person_id))).where(
        Assignment.module_id == module.id, Assignment.state == AssignmentState.COMPLETED
    )
    page = render_template(
        "curriculum/authoring/publish.html",
        module=module,
        holder=holder,
        form=form,
        back=GiveBackForm(formdata=None),
        missing=writing.missing_languages(holder),
        differences=_differences(module, holder) if published else [],
        published=published,
        completed=db.session.scalar(completed) or 0,
        asked_by=db.session.get(User, module.review_asked_by_id) if module.review_asked_by_id else None,
    )
    return page, 422 if form.errors else 200


def _differences(before: object, after: object) -> list[tuple[str, str, list[rules.Line]]]:
    """(part, language, lines) of each text that differs."""
    found = [(name, code, rules.difference(getattr(before, name), getattr(after, name))) for name, code in PARTS]
    return [one for one in found if one[2]]


# --- Versions ---


@bp.get("/modules/<int:module_id>/versions")
@requires(Permission.WRITE_MODULES)
def versions(module_id: int) -> ResponseReturnValue:
    """What was published of a module, the newest first, each with what changed since the one before."""
    module = seen_module(module_id)
    found = db.session.scalars(
        ModuleVersion.visible_to(viewer())
        .where(ModuleVersion.module_id == module.id)
        .order_by(ModuleVersion.number.desc())
        .options(defer(ModuleVersion.body_en), defer(ModuleVersion.body_es))
    ).all()
    return render_template("curriculum/authoring/versions.html", module=module, versions=found)


@bp.get("/modules/<int:module_id>/versions/<int:number>")
@requires(Permission.WRITE_MODULES)
def version(module_id: int, number: int) -> ResponseReturnValue:
    """A version as it was, and how it differs from the one before."""
    module = seen_module(module_id)
    of_it = ModuleVersion.visible_to(viewer()).where(ModuleVersion.module_id == module.id)
    found = one_or_404(of_it.where(ModuleVersion.number == number))
    before = db.session.scalars(of_it.where(ModuleVersion.number == number - 1)).one_or_none()
    return render_template(
        "curriculum/authoring/version.html",
        module=module,
        version=found,
        before=before,
        article=render(found.body.text, found.body.lang or "en"),
        differences=_differences(before, found) if before is not None else [],
    )


# --- What waits ---


@bp.get("/translations")
@requires(Permission.WRITE_MODULES)
def translations() -> ResponseReturnValue:
    """What waits for translation or review, in each language: modules and questions."""
    return lists.waiting_table().answer(lists.waiting(viewer()), "curriculum/authoring/translations.html")
