"""The door of the room: its tabs, what concerns oneself, and the check-in."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from app.accounts.access import requires, viewer
from app.accounts.permissions import Permission
from app.cohorts.blueprint import bp
from app.cohorts.deliveries import lists as delivery_lists
from app.cohorts.deliveries import services as deliveries
from app.cohorts.deliveries.models import Delivery, DeliverySeat
from app.cohorts.licences import lists as licence_lists
from app.cohorts.licences.models import TrainerLicence
from app.cohorts.licences.services import holding
from app.cohorts.programmes import attending
from app.cohorts.programmes.forms import CheckInForm
from app.cohorts.programmes.models import Cohort, CohortSession, Enrolment
from app.cohorts.programmes.progress import progress
from app.cohorts.programmes.rules import Stage, tidy_code
from app.cohorts.teachbacks.models import ScoreSheet, TeachBack
from app.core.clock import now
from app.core.database import db
from app.core.errors import said_on
from app.curriculum.services import programme_day

LOOKS_BACK = timedelta(days=60)


@bp.get("/mine")
@requires(Permission.USE)
def mine() -> ResponseReturnValue:
    """One's own way through cohorts and as a trainer: seats, what is to be scored, licences, deliveries."""
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
        "cohorts/mine.html",
        own=own,
        progress=progress(db.session(), own, at),
        coming=coming,
        stages=Stage,
        **_as_trainer(at),
    )


def _as_trainer(at: datetime) -> dict[str, object]:
    """What one scores, may teach, teaches, and is taught."""
    me, today = viewer().id, programme_day(at)
    sheets = select(ScoreSheet).where(ScoreSheet.observer_id == me, ScoreSheet.submitted_at.is_(None))
    person = joinedload(ScoreSheet.teach_back).joinedload(TeachBack.person)
    own = select(TrainerLicence).where(TrainerLicence.person_id == me, TrainerLicence.is_latest)
    licences = db.session.scalars(own.options(joinedload(TrainerLicence.programme))).all()
    held = holding(db.session(), licences)
    invited = select(DeliverySeat.delivery_id).where(
        DeliverySeat.person_id == me,
        DeliverySeat.useful.is_(None),
        or_(DeliverySeat.present.is_(True), Delivery.held_on.is_(None)),
    )
    open_ones = or_(Delivery.trainer_id == me, Delivery.id.in_(invited.correlate(Delivery)))
    near = Delivery.starts_at > at - LOOKS_BACK
    found = select(Delivery).where(open_ones, near, Delivery.cancelled_at.is_(None)).order_by(Delivery.starts_at)
    return {
        "to_score": db.session.scalars(sheets.options(person)).all(),
        "licences": [(one, held[one.id], licence_lists.standing_cell(one, held[one.id], today)) for one in licences],
        "deliveries": [
            (one, delivery_lists.state_of(one, at))
            for one in db.session.scalars(found.limit(50).options(joinedload(Delivery.unit)))
        ],
    }


@bp.route("/check-in", methods=["GET", "POST"])
@requires(Permission.USE)
def check_in() -> ResponseReturnValue:
    """Say that one is there, with the code of the session."""
    form = CheckInForm()
    if form.validate_on_submit():
        code = tidy_code(form.code.data or "")
        with said_on(form):
            held = deliveries.check_in(db.session(), code, by=viewer(), on=now())
            held = held or attending.check_in(db.session(), code, by=viewer(), on=now())
            db.session.commit()
            flash(_("Checked in to “%(title)s”.", title=held.title))
            return redirect(url_for("cohorts.mine"))
    return render_template("cohorts/check_in.html", form=form), 422 if form.errors else 200
