"""The page of a competency's target: what holds, what will and what held; another one, tried before it is saved."""

from __future__ import annotations

from datetime import date

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.access import requires, viewer
from app.accounts.permissions import Permission
from app.accounts.reach import everywhere
from app.core import headway
from app.core.clock import monday_of, now
from app.core.database import db, one_or_404
from app.core.errors import Refused
from app.core.i18n import percent
from app.curriculum import targets
from app.curriculum.models import Competency, CompetencyTarget
from app.curriculum.services import programme_day
from app.curriculum.targets import TargetChange
from app.gaps import labels
from app.gaps.blueprint import bp
from app.gaps.evidence import Reading
from app.gaps.policies.services import first_week
from app.gaps.redefining import deriving, services, showing, trial
from app.gaps.redefining.forms import TargetForm
from app.gaps.redefining.jobs import target_path
from app.gaps.standing import sunday


@bp.route("/targets/<int:competency_id>", methods=["GET", "POST"])
@requires(Permission.SEE_GAPS)
def competency_target(competency_id: int) -> ResponseReturnValue:
    """The targets of a competency by week; for who sets policies of the programme another one, tried first."""
    about = _competency(competency_id)
    session, may_set = db.session(), everywhere(viewer(), Permission.SET_POLICIES)
    form = TargetForm(first_week(session, programme_day(now())))
    if request.method == "POST" and not may_set:
        abort(403)
    tried = None
    if form.validate_on_submit() and form.target.data is not None and form.valid_from.data is not None:
        if "confirm" in request.form:
            return _save(about, form.target.data / 100, monday_of(form.valid_from.data))
        tried = trial.run(session, {about.id}, Reading(targets={about.id: form.target.data / 100}))
    elif not form.is_submitted():
        form.valid_from.data, form.target.data = form.first, round(100 * about.target)
    page = render_template(
        "gaps/redefining/target.html",
        about=about,
        rows=_rows(about),
        following=deriving.next_week(session) or form.first,
        ever=targets.EVER,
        form=form if may_set else None,
        asked=form.is_submitted() and not form.errors,
        wanted=percent((form.target.data or 0) / 100, 0),
        tried=tried,
        shown=showing.people(tried, viewer()),
        labels=labels,
        sunday=sunday,
        headway=headway.of(target_path(about.id)),
    )
    return page, 422 if form.errors else 200


@bp.post("/targets/<int:competency_id>/drop")
@requires(Permission.SET_POLICIES)
def drop_competency_target(competency_id: int) -> ResponseReturnValue:
    """Take back a target that does not hold yet."""
    if not everywhere(viewer(), Permission.SET_POLICIES):
        abort(403)
    about = _competency(competency_id)
    week = request.form.get("week", "")
    row = next((one for one in _rows(about) if one.valid_from.isoformat() == week), None)
    if row is None:
        abort(404)
    services.drop_target(db.session(), row, by=viewer(), on=now())
    db.session.commit()
    flash(_("Target undone."))
    return redirect(url_for("gaps.competency_target", competency_id=about.id))


def _save(about: Competency, target: float, week: date) -> ResponseReturnValue:
    session, page = db.session(), redirect(url_for("gaps.competency_target", competency_id=about.id))
    one = TargetChange(about, target, week)
    new = targets.change(session, [one], by=viewer(), on=now(), later=True)
    if one.refused is not None:
        raise Refused(one.refused)
    session.commit()
    if one.waits:
        showing.asked_later()
        return page
    flash(_("Target saved. Past decisions stay.") if new else _("This target already applies."))
    return page


def _competency(competency_id: int) -> Competency:
    return one_or_404(Competency.visible_to(viewer()).where(Competency.id == competency_id))


def _rows(about: Competency) -> list[CompetencyTarget]:
    """Its targets, the last one first."""
    statement = (
        select(CompetencyTarget)
        .where(CompetencyTarget.competency_id == about.id)
        .options(joinedload(CompetencyTarget.set_by), joinedload(CompetencyTarget.competency))
        .order_by(CompetencyTarget.valid_from.desc())
    )
    return list(db.session.scalars(statement))
