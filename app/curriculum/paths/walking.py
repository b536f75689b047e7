"""The pages of who walks a path: its steps, and going on where one was, on whatever device."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from app.accounts.access import requires, viewer
from app.accounts.permissions import Permission
from app.core.clock import now
from app.core.database import db, one_or_404
from app.core.errors import Refused
from app.curriculum import lists as room_lists
from app.curriculum.blueprint import bp
from app.curriculum.giving import programme_day
from app.curriculum.models import OPEN_STATES, AssignmentReason, AssignmentState
from app.curriculum.paths import labels, progress, services
from app.curriculum.paths.models import PathAssignment
from app.curriculum.paths.pages import seen_path
from app.curriculum.quizzes.models import Attempt
from app.curriculum.quizzes.pages import first_open
from app.curriculum.quizzes.queries import attempts_of


@bp.get("/learn/paths/<int:given_id>")
@requires(Permission.LEARN)
def walk(given_id: int) -> ResponseReturnValue:
    """One's own path: what is done, what is open, what comes later and why."""
    found = _own(given_id)
    name, look = room_lists.standing(found, programme_day(now()))
    return render_template(
        "curriculum/paths/walk.html",
        given=found,
        walk=progress.look(db.session(), [found])[0],
        stands=labels.STANDS,
        state=(look, name),
        still_open=found.state in OPEN_STATES,
        may_drop=found.reason is AssignmentReason.SELF and found.state is AssignmentState.ASSIGNED,
    )


@bp.post("/learn/paths/<int:given_id>/go-on")
@requires(Permission.LEARN)
def go_on(given_id: int) -> ResponseReturnValue:
    """Open the step one was at: what was begun last, else the first that is open. It is kept here, not on the device."""
    found = _own(given_id)
    step = progress.look(db.session(), [found])[0].next_step
    if step is None:
        raise Refused(_("No step of this path is open."))
    return _begin(found, step.module_id)


@bp.post("/learn/paths/<int:given_id>/steps/<int:module_id>")
@requires(Permission.LEARN)
def begin_step(given_id: int, module_id: int) -> ResponseReturnValue:
    """Begin a step, or go on with it."""
    return _begin(_own(given_id), module_id)


def _begin(found: PathAssignment, module_id: int) -> ResponseReturnValue:
    assignment = services.take_step(db.session(), found, module_id, on=now())
    db.session.commit()
    attempt = db.session.scalars(attempts_of(assignment.id).where(Attempt.ended_at.is_(None))).first()
    if attempt is not None:
        return redirect(url_for("curriculum.quiz_question", attempt_id=attempt.id, place=first_open(attempt)))
    return redirect(url_for("curriculum.learn", assignment_id=assignment.id))


@bp.post("/paths/<int:path_id>/take")
@requires(Permission.LEARN)
def take_path(path_id: int) -> ResponseReturnValue:
    """Take a path of one's own accord."""
    found = seen_path(path_id)
    given = services.take(db.session(), found, by=viewer(), on=now())
    db.session.commit()
    return redirect(url_for("curriculum.walk", given_id=given.id))


@bp.post("/learn/paths/<int:given_id>/drop")
@requires(Permission.LEARN)
def drop_path(given_id: int) -> ResponseReturnValue:
    """Give back a path one took oneself and has not begun."""
    found = _own(given_id)
    if found.reason is not AssignmentReason.SELF:
        raise Refused(_("It was assigned by somebody else, who can cancel or waive it."))
    services.cancel(db.session(), found, by=viewer(), on=now())
    db.session.commit()
    flash(_("Removed from your list. You can take it again at any time."))
    return redirect(url_for("curriculum.learning"))


def _own(given_id: int) -> PathAssignment:
    return one_or_404(
        PathAssignment.visible_to(viewer())
        .where(PathAssignment.id == given_id, PathAssignment.person_id == viewer().id)
        .options(joinedload(PathAssignment.path), joinedload(PathAssignment.version), joinedload(PathAssignment.person))
    )
