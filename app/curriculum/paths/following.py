"""The pages of who gives people paths and follows how far they are."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.accounts.access import may, requires, viewer
from app.accounts.permissions import Permission
from app.core.clock import now
from app.core.database import db, one_or_404
from app.curriculum import assigning, languages
from app.curriculum import labels as room_labels
from app.curriculum import lists as room_lists
from app.curriculum.blueprint import bp
from app.curriculum.changing.forms import RescheduleForm
from app.curriculum.forms import AssignForm, WaiveForm
from app.curriculum.giving import programme_day
from app.curriculum.models import AssignmentReason
from app.curriculum.paths import labels, lists, progress, queries, services
from app.curriculum.paths.models import PathAssignment
from app.curriculum.paths.pages import seen_path


@bp.route("/paths/<int:path_id>/assign", methods=["GET", "POST"])
@requires(Permission.ASSIGN_MODULES)
def assign_path(path_id: int) -> ResponseReturnValue:
    """Choose who gets a path, see who has it or walked it, and assign it."""
    found, today = seen_path(path_id), programme_day(now())
    version = db.session.scalars(queries.current_version(found.id)).one_or_none()
    missing = sorted(languages.lacking_of_path(db.session(), found.id))
    choice = assigning.choose(viewer(), partial(queries.taken, found), today, request.args, missing)
    form = AssignForm([line.person.id for line in choice.lines], today)
    if form.validate_on_submit():
        given = services.give(db.session(), found, assigning.rows(form, today), by=viewer(), on=now())
        db.session.commit()
        flash(ngettext("Assigned to %(num)s person.", "Assigned to %(num)s people.", len(given)))
        return redirect(url_for("curriculum.path_people", path=found.id, state="open"))
    if not form.is_submitted():
        form.due_on.data = today + timedelta(days=version.days if version is not None else assigning.DUE_DAYS)
        form.reason.data = choice.reason.value
    renewers = services.renewers(db.session(), found, [line.person.id for line in choice.lines], today)
    page = render_template(
        "curriculum/paths/assign.html", path=found, form=form, choice=choice, missing=missing, renewers=renewers
    )
    return page, 422 if form.errors else 200


@bp.get("/paths/people")
@requires(Permission.SEE_LEARNING)
def path_people() -> ResponseReturnValue:
    """How far people within reach are on their paths."""
    today = programme_day(now())
    within = PathAssignment.visible_to(viewer(), Permission.SEE_LEARNING).with_only_columns(PathAssignment.id)
    count = select(func.count(), func.count().filter(queries.is_overdue(today))).where(
        PathAssignment.id.in_(within), queries.is_open()
    )
    still_open, overdue = db.session.execute(count).one()
    return lists.people_table(viewer(), today).answer(
        lists.people(viewer()), "curriculum/paths/people.html", still_open=still_open, overdue=overdue
    )


@bp.get("/paths/assignments/<int:given_id>")
@requires(Permission.SEE_LEARNING)
def path_assignment(given_id: int) -> ResponseReturnValue:
    """Somebody's path, step by step, and what may be done about it."""
    return _page(_given(given_id, Permission.SEE_LEARNING), WaiveForm())


@bp.post("/paths/assignments/<int:given_id>/waive")
@requires(Permission.ASSIGN_MODULES)
def waive_path(given_id: int) -> ResponseReturnValue:
    found, form = _given(given_id, Permission.ASSIGN_MODULES), WaiveForm()
    if not form.validate_on_submit():
        return _page(found, form), 422
    services.waive(db.session(), found, reason=form.reason.data or "", by=viewer(), on=now())
    db.session.commit()
    flash(_("Path waived, with the steps that were open."))
    return redirect(url_for("curriculum.path_assignment", given_id=found.id))


@bp.post("/paths/assignments/<int:given_id>/reschedule")
@requires(Permission.ASSIGN_MODULES)
def reschedule_path(given_id: int) -> ResponseReturnValue:
    """Give a path another due date, with its open steps."""
    found, form = _given(given_id, Permission.ASSIGN_MODULES), RescheduleForm(programme_day(now()))
    if form.validate_on_submit() and form.due_on.data is not None:
        services.reschedule(db.session(), found, due_on=form.due_on.data, by=viewer(), on=now())
        db.session.commit()
        flash(_("Due date changed."))
    else:
        flash(" ".join(str(error) for error in form.due_on.errors), "bad")
    return redirect(url_for("curriculum.path_assignment", given_id=found.id))


@bp.post("/paths/assignments/<int:given_id>/cancel")
@requires(Permission.ASSIGN_MODULES)
def cancel_path(given_id: int) -> ResponseReturnValue:
    found = _given(given_id, Permission.ASSIGN_MODULES)
    services.cancel(db.session(), found, by=viewer(), on=now())
    db.session.commit()
    flash(_("Path cancelled, with its steps."))
    return redirect(url_for("curriculum.path_assignment", given_id=found.id))


def _given(given_id: int, to: Permission) -> PathAssignment:
    return one_or_404(
        PathAssignment.visible_to(viewer(), to)
        .where(PathAssignment.id == given_id)
        .options(
            joinedload(PathAssignment.person),
            joinedload(PathAssignment.path),
            joinedload(PathAssignment.version),
            joinedload(PathAssignment.assigned_by),
        )
    )


def _page(found: PathAssignment, form: WaiveForm) -> str:
    today = programme_day(now())
    name, look = room_lists.standing(found, today)
    return render_template(
        "curriculum/paths/assignment.html",
        given=found,
        walk=progress.look(db.session(), [found])[0],
        stands=labels.STANDS,
        state=(look, name),
        reason=room_labels.REASONS[found.reason],
        by_itself=found.assigned_by is None and found.reason is not AssignmentReason.SELF,
        form=form,
        may_decide=services.may_decide(found, viewer()) and may(viewer(), Permission.ASSIGN_MODULES),
        may_cancel=services.may_cancel(found),
        reschedule=RescheduleForm(today, formdata=None),
    )
