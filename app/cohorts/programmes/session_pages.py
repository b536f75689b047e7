"""The pages of a cohort's sessions: planning, moving, calling off, and who was there."""

from __future__ import annotations

from datetime import datetime

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.access import requires, viewer
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.cohorts.blueprint import bp
from app.cohorts.programmes import attending, sessions
from app.cohorts.programmes.forms import LiveForm
from app.cohorts.programmes.models import Attendance, Cohort, CohortSession, Enrolment
from app.cohorts.programmes.pages import seen_cohort
from app.cohorts.programmes.rules import Stage
from app.core.clock import now, zone
from app.core.database import db, one_or_404
from app.core.web import row_number


@bp.route("/<int:cohort_id>/sessions/new", methods=["GET", "POST"])
@requires(Permission.RUN_COHORTS)
def new_session(cohort_id: int) -> ResponseReturnValue:
    """Plan a session of a cohort."""
    found, form = seen_cohort(cohort_id, Permission.RUN_COHORTS), LiveForm()
    if form.validate_on_submit():
        at = form.moment(found.time_zone)
        sessions.plan(db.session(), found, starts_at=at, **form.facts, by=viewer(), on=now())
        db.session.commit()
        flash(_("Session planned. Everybody with a seat gets a calendar invitation."))
        return redirect(url_for("cohorts.cohort", cohort_id=found.id))
    page = render_template("cohorts/live_form.html", form=form, cohort=found, live=None)
    return page, 422 if form.errors else 200


@bp.route("/sessions/<int:session_id>/edit", methods=["GET", "POST"])
@requires(Permission.RUN_COHORTS)
def edit_session(session_id: int) -> ResponseReturnValue:
    """Move a session, or say where it is."""
    found = run_session(session_id)
    form = LiveForm(obj=found, **_local(found.starts_at, found.cohort.time_zone))
    if form.validate_on_submit():
        at = form.moment(found.cohort.time_zone)
        sessions.change(db.session(), found, starts_at=at, **form.facts, by=viewer(), on=now())
        db.session.commit()
        flash(_("Session changed. Calendars are updated."))
        return redirect(url_for("cohorts.cohort", cohort_id=found.cohort_id))
    page = render_template("cohorts/live_form.html", form=form, cohort=found.cohort, live=found)
    return page, 422 if form.errors else 200


def _local(moment: datetime, name: str) -> dict[str, object]:
    here = moment.astimezone(zone(name))
    return {"day": here.date(), "at": here.time()}


def run_session(session_id: int) -> CohortSession:
    """A session of a cohort the viewer runs; 404 otherwise."""
    return one_or_404(
        CohortSession.visible_to(viewer(), Permission.RUN_COHORTS)
        .where(CohortSession.id == session_id)
        .options(joinedload(CohortSession.cohort).joinedload(Cohort.programme))
    )


@bp.post("/sessions/<int:session_id>/cancel")
@requires(Permission.RUN_COHORTS)
def cancel_session(session_id: int) -> ResponseReturnValue:
    """Call a session off."""
    found = run_session(session_id)
    sessions.call_off(db.session(), found, by=viewer(), on=now())
    db.session.commit()
    flash(_("Session cancelled. Calendars are updated."))
    return redirect(url_for("cohorts.cohort", cohort_id=found.cohort_id))


@bp.route("/sessions/<int:session_id>/attendance", methods=["GET", "POST"])
@requires(Permission.RUN_COHORTS)
def attendance(session_id: int) -> ResponseReturnValue:
    """Who was there: the list, with the code to be read aloud."""
    found = run_session(session_id)
    if request.method == "POST":
        try:
            present = {row_number(one) for one in request.form.getlist("present")}
        except ValueError:
            abort(422)
        count = attending.keep_list(db.session(), found, present, by=viewer(), on=now())
        db.session.commit()
        flash(ngettext("%(num)s person attended.", "%(num)s people attended.", count))
        return redirect(url_for("cohorts.cohort", cohort_id=found.cohort_id))
    seats = select(Enrolment.person_id).where(Enrolment.cohort_id == found.cohort_id, Enrolment.stage == Stage.SEATED)
    people = db.session.scalars(select(User).where(User.id.in_(seats)).order_by(User.name, User.id)).all()
    kept = {
        one.person_id: one for one in db.session.scalars(select(Attendance).where(Attendance.session_id == found.id))
    }
    return render_template(
        "cohorts/attendance.html",
        live=found,
        cohort=found.cohort,
        people=people,
        kept=kept,
        begun=found.starts_at <= now(),
    )
