"""The pages of who changes what was assigned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import joinedload

from app.accounts.access import requires, viewer
from app.accounts.filters import teams_of
from app.accounts.permissions import Permission
from app.core.clock import now
from app.core.database import db, one_or_404
from app.core.i18n import Bilingual
from app.curriculum import lists, queries, services
from app.curriculum.blueprint import bp
from app.curriculum.changing.forms import ChangeForm, RescheduleForm
from app.curriculum.changing.services import MODULES, PATHS, Deed, Deeds, Given, change_many
from app.curriculum.changing.services import reschedule as set_due_date
from app.curriculum.models import Assignment
from app.curriculum.paths import lists as path_lists
from app.curriculum.paths import queries as path_queries
from app.curriculum.paths.models import PathAssignment

MOST = 500


@bp.route("/assignments/change", methods=["GET", "POST"])
@requires(Permission.ASSIGN_MODULES)
def change_assignments() -> ResponseReturnValue:
    """The open assignments that the filters of the list leave, ticked, and what is to become of them."""
    today = services.programme_day(now())
    within = Assignment.visible_to(viewer(), Permission.ASSIGN_MODULES).options(
        joinedload(Assignment.person), joinedload(Assignment.module)
    )
    wanted = lists.assignment_table(viewer(), today).narrowed(within).where(queries.is_open())
    wanted = wanted.where(Assignment.person_id != viewer().id)
    found = list(db.session.scalars(wanted.order_by(Assignment.due_on, Assignment.id).limit(MOST + 1)))
    rows = [(one, one.module.title, lists.standing(one, today)) for one in found]
    return change_listed(rows, MODULES, today, back="curriculum.assignments")


@bp.route("/paths/people/change", methods=["GET", "POST"])
@requires(Permission.ASSIGN_MODULES)
def change_paths() -> ResponseReturnValue:
    """The open paths that the filters of the list leave, ticked, and what is to become of them."""
    today = services.programme_day(now())
    within = PathAssignment.visible_to(viewer(), Permission.ASSIGN_MODULES).options(
        joinedload(PathAssignment.person), joinedload(PathAssignment.path), joinedload(PathAssignment.version)
    )
    wanted = path_lists.people_table(viewer(), today).narrowed(within).where(path_queries.is_open())
    wanted = wanted.where(PathAssignment.person_id != viewer().id)
    found = list(db.session.scalars(wanted.order_by(PathAssignment.due_on, PathAssignment.id).limit(MOST + 1)))
    rows = [(one, one.version.title, lists.standing(one, today)) for one in found]
    return change_listed(rows, PATHS, today, back="curriculum.path_people")


def change_listed(
    rows: Sequence[tuple[Given, Bilingual, tuple[Any, str]]], how: Deeds[Given], today: date, *, back: str
) -> ResponseReturnValue:
    """(what was given, its title, where it stands) of each, ticked, and the deed for all that stay so."""
    form = ChangeForm([one.id for one, _title, _standing in rows[:MOST]], today)
    if form.validate_on_submit():
        chosen = set(form.chosen.data or ())
        done = change_many(
            db.session(),
            [one for one, _title, _standing in rows if one.id in chosen],
            Deed(form.deed.data),
            how,
            due_on=form.due_on.data,
            reason=form.reason.data or "",
            by=viewer(),
            on=now(),
        )
        db.session.commit()
        flash(ngettext("%(num)s assignment changed.", "%(num)s assignments changed.", done.changed))
        if done.left:
            flash(
                ngettext(
                    "%(num)s was left as it is: started or no longer open.",
                    "%(num)s were left as they are: started or no longer open.",
                    done.left,
                ),
                "warn",
            )
        return redirect(_list(back))
    page = render_template(
        "curriculum/change.html",
        form=form,
        rows=rows[:MOST],
        teams=teams_of(db.session(), {one.person_id for one, _title, _standing in rows}),
        too_many=len(rows) > MOST,
        back=_list(back),
        of_paths=how is PATHS,
    )
    return page, 422 if form.errors else 200


def _list(endpoint: str) -> str:
    """The list, filtered as it was."""
    return f"{url_for(endpoint)}?{urlencode(list(request.args.items(multi=True)))}"


@bp.post("/assignments/<int:assignment_id>/reschedule")
@requires(Permission.ASSIGN_MODULES)
def reschedule(assignment_id: int) -> ResponseReturnValue:
    """Give one assignment another due date."""
    found = one_or_404(
        Assignment.visible_to(viewer(), Permission.ASSIGN_MODULES)
        .where(Assignment.id == assignment_id)
        .options(joinedload(Assignment.person), joinedload(Assignment.module))
    )
    form = RescheduleForm(services.programme_day(now()))
    if form.validate_on_submit() and form.due_on.data is not None:
        set_due_date(db.session(), found, due_on=form.due_on.data, by=viewer(), on=now())
        db.session.commit()
        flash(_("Due date changed."))
    else:
        flash(" ".join(str(error) for error in form.due_on.errors), "bad")
    return redirect(url_for("curriculum.assignment", assignment_id=found.id))
