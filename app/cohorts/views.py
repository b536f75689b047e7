"""The door of the room: its tabs, what concerns oneself, and the check-in."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.access import may, requires, signed_in, viewer
from app.accounts.permissions import Permission
from app.cohorts import labels
from app.cohorts.programmes import attending
from app.cohorts.programmes.forms import CheckInForm
from app.cohorts.programmes.models import Cohort, CohortSession, Enrolment
from app.cohorts.programmes.progress import progress
from app.cohorts.programmes.rules import Stage
from app.core.clock import now
from app.core.database import db

bp = Blueprint("cohorts", __name__, url_prefix="/cohorts", template_folder="templates")


@bp.context_processor
def places() -> dict[str, object]:
    """The views of this room this reader may go to, as tabs."""
    user = signed_in()
    if user is None:
        return {}
    sees = may(user, Permission.SEE_COHORTS)
    entries = [
        ("cohorts.index", _("Cohorts"), sees),
        ("cohorts.programmes", _("Programmes for trainers"), sees),
        ("cohorts.mine", _("What concerns me"), True),
    ]
    return {
        "tabs": [(url_for(name), label, request.endpoint == name) for name, label, allowed in entries if allowed],
        "may_run": may(user, Permission.RUN_COHORTS),
        "may_nominate": may(user, Permission.NOMINATE),
        "labels": labels,
    }


@bp.get("/mine")
@requires(Permission.USE)
def mine() -> ResponseReturnValue:
    """One's own way through cohorts: seats, sessions to come."""
    at = now()
    own = db.session.scalars(
        select(Enrolment)
        .where(Enrolment.person_id == viewer().id)
        .order_by(Enrolment.id.desc())
        .options(joinedload(Enrolment.cohort).joinedload(Cohort.programme))
    ).all()
    seats = [one.cohort_id for one in own if one.stage is Stage.SEATED]
    coming = db.session.scalars(
        select(CohortSession)
        .where(CohortSession.cohort_id.in_(seats), CohortSession.cancelled_at.is_(None), CohortSession.starts_at > at)
        .order_by(CohortSession.starts_at)
        .options(joinedload(CohortSession.cohort).selectinload(Cohort.facilitators))
    ).all()
    return render_template(
        "cohorts/mine.html", own=own, progress=progress(db.session(), own, at), coming=coming, stages=Stage
    )


@bp.route("/check-in", methods=["GET", "POST"])
@requires(Permission.USE)
def check_in() -> ResponseReturnValue:
    """Say that one is there, with the code of the session."""
    form = CheckInForm()
    if form.validate_on_submit():
        held = attending.check_in(db.session(), form.code.data or "", by=viewer(), on=now())
        db.session.commit()
        flash(_("Checked in to “%(title)s”.", title=held.title))
        return redirect(url_for("cohorts.mine"))
    return render_template("cohorts/check_in.html", form=form), 422 if form.errors else 200


from app.cohorts.programmes import pages as _programmes  # noqa: E402, F401 -- the pages of programmes and cohorts
