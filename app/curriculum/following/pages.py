"""The pages of following: learning by team with a reminder, transcripts, and what learners send while they read."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import Select, func
from sqlalchemy.orm import joinedload

from app.accounts.access import may, requires, viewer
from app.accounts.filters import belonging_to, unit_options
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.core.clock import now
from app.core.database import db, one_or_404
from app.core.web import row_number
from app.curriculum.blueprint import bp
from app.curriculum.following import lists, queries, services
from app.curriculum.following.rules import STARS
from app.curriculum.giving import programme_day
from app.curriculum.lists import module_options
from app.curriculum.models import Assignment
from app.curriculum.paths.models import PathAssignment
from app.curriculum.queries import is_overdue

LONGEST_REMARK = 500


# --- By team ---


@bp.get("/progress")
@requires(Permission.SEE_LEARNING)
def learning_by_team() -> ResponseReturnValue:
    """How far each team is, those with most overdue first."""
    today = programme_day(now())
    within = _within(Permission.SEE_LEARNING)
    late = within.where(is_overdue(today)).with_only_columns(func.count(), func.count(Assignment.person_id.distinct()))
    overdue, people = db.session.execute(late).one()
    return lists.team_table(viewer()).answer(
        queries.by_team(_of_module(queries.given(viewer())), today),
        "curriculum/following/progress.html",
        overdue=overdue,
        people=people,
        may_remind=may(viewer(), Permission.ASSIGN_MODULES),
        onwards=urlencode(list(request.args.items(multi=True))),
    )


@bp.post("/progress/remind")
@requires(Permission.ASSIGN_MODULES)
def remind_overdue() -> ResponseReturnValue:
    """One notice to everybody with overdue learning whom the filters of the list leave."""
    done = services.remind(db.session(), _within(Permission.ASSIGN_MODULES), by=viewer(), on=now())
    db.session.commit()
    told = ngettext("%(num)s person reminded.", "%(num)s people reminded.", done.told)
    left = ngettext(
        "%(num)s was left out: already notified within three days.",
        "%(num)s were left out: already notified within three days.",
        done.left,
    )
    flash(f"{told} {left}" if done.left else told)
    return redirect(f"{url_for('curriculum.learning_by_team')}?{urlencode(list(request.args.items(multi=True)))}")


def _within(to: Permission) -> Select[Assignment]:
    """What the filters in the address leave."""
    found, unit = _of_module(queries.given(viewer(), to)), request.args.get("unit", "")
    if unit in dict(unit_options(viewer(), to)):
        found = found.where(Assignment.person_id.in_(belonging_to(row_number(unit))))
    return found


def _of_module(found: Select[Assignment]) -> Select[Assignment]:
    module = request.args.get("module", "")
    return found.where(Assignment.module_id == row_number(module)) if module in dict(module_options()) else found


# --- Transcripts ---


@bp.get("/transcripts/<int:person_id>")
@requires(Permission.USE)
def transcript(person_id: int) -> ResponseReturnValue:
    """All that somebody learnt: one's own, or of people within reach."""
    person = one_or_404(User.visible_to(viewer(), Permission.SEE_LEARNING).where(User.id == person_id))
    own = person.id == viewer().id
    walked = PathAssignment.visible_to(viewer(), Permission.SEE_LEARNING).where(PathAssignment.person_id == person.id)
    return lists.transcript_table(programme_day(now()), own=own).answer(
        queries.transcript(viewer(), person.id).options(joinedload(Assignment.module)),
        "curriculum/following/transcript.html",
        person=person,
        own=own,
        completed=_completed(person),
        paths=db.session.scalars(
            walked.where(PathAssignment.state != "cancelled")
            .options(joinedload(PathAssignment.version))
            .order_by(PathAssignment.id.desc())
        ).all(),
    )


def _completed(person: User) -> tuple[int, int]:
    """(modules completed, minutes spent)."""
    done = queries.transcript(viewer(), person.id).where(Assignment.completed_on.is_not(None))
    modules = done.with_only_columns(
        func.count(Assignment.module_id.distinct()), func.coalesce(func.sum(Assignment.seconds), 0)
    )
    count, seconds = db.session.execute(modules).one()
    return count, round(seconds / 60)


# --- What a learner sends ---


@bp.post("/learn/<int:assignment_id>/here")
@requires(Permission.LEARN)
def here(assignment_id: int) -> ResponseReturnValue:
    """The module is open and looked at."""
    services.note_time(db.session(), _own(assignment_id), on=now())
    db.session.commit()
    return "", 204


@bp.post("/learn/<int:assignment_id>/rate")
@requires(Permission.LEARN)
def rate_module(assignment_id: int) -> ResponseReturnValue:
    """How useful the module was, from 1 to 5, with a remark if one likes."""
    found = _own(assignment_id)
    stars = request.form.get("stars", 0, type=row_number)
    if stars not in STARS:
        flash(_("Choose from 1 to 5 how useful it was."), "bad")
    else:
        remark = request.form.get("remark", "").strip()[:LONGEST_REMARK]
        services.rate(db.session(), found, stars=stars, remark=remark, on=now())
        db.session.commit()
        flash(_("Thank you. The people who write the modules will read it."))
    return redirect(url_for("curriculum.learn", assignment_id=found.id))


def _own(assignment_id: int) -> Assignment:
    return one_or_404(
        Assignment.visible_to(viewer())
        .where(Assignment.id == assignment_id, Assignment.person_id == viewer().id)
        .options(joinedload(Assignment.module), joinedload(Assignment.person))
    )
