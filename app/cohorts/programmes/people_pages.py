"""The pages of nominations: whom to nominate, one nomination, and both approvals."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy.orm import joinedload

from app.accounts.access import requires, viewer
from app.accounts.filters import by_unit, teams_of
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.cohorts.blueprint import bp
from app.cohorts.licences.models import TrainerLicence
from app.cohorts.programmes import nominating, queries
from app.cohorts.programmes.forms import ReasonForm, stripped
from app.cohorts.programmes.models import Cohort, Enrolment
from app.cohorts.programmes.pages import runs_cohort, seen_cohort, today
from app.cohorts.programmes.progress import progress
from app.cohorts.programmes.rules import OPEN_STAGES, Outcome, Side, Stage
from app.cohorts.teachbacks.models import TeachBack
from app.core.clock import now
from app.core.database import db, one_or_404
from app.core.errors import Refused
from app.core.tables import Column, Table, search, text
from app.core.web import row_number


@bp.route("/<int:cohort_id>/nominate", methods=["GET", "POST"])
@requires(Permission.NOMINATE)
def nominate(cohort_id: int) -> ResponseReturnValue:
    """Choose people within reach, and say why."""
    found = seen_cohort(cohort_id)
    if found.cancelled_at is not None:
        raise Refused(_("This cohort was cancelled."))
    if request.method == "POST":
        return _nominate(found)
    teams: dict[int, str] = {}
    table = Table(
        id="people",
        columns=[Column("name", lazy_gettext("Person"), lambda p: text(p.name), User.name)],
        filters=[
            search(User.name, User.employee_no, label=lazy_gettext("Search people")),
            by_unit(User.id, viewer(), Permission.NOMINATE),
        ],
        sort="name",
        tie_break=User.id,
        after=lambda rows: teams.update(teams_of(db.session(), {one.id for one in rows})),
    )
    return table.answer(
        queries.may_be_nominated(viewer(), found.id, today()), "cohorts/nominate.html", cohort=found, teams=teams
    )


def _nominate(found: Cohort) -> ResponseReturnValue:
    try:
        asked = [row_number(one) for one in request.form.getlist("person")]
    except ValueError:
        abort(422)
    within = queries.may_be_nominated(viewer(), found.id, today())
    people = db.session.scalars(within.where(User.id.in_(asked))).all()
    if len(people) != len(set(asked)):
        abort(404)
    if not people:
        flash(_("Select somebody first."), "error")
        return redirect(url_for("cohorts.nominate", cohort_id=found.id))
    reason = stripped(request.form.get("reason"))[:300]
    for one in people:
        sides = _may_approve(found, _partner_of(one, found))
        nominating.nominate(db.session(), found, one, reason=reason, approves=sides, by=viewer(), on=now())
    db.session.commit()
    flash(_("Nominated: %(names)s.", names=", ".join(one.name for one in people)))
    return redirect(url_for("cohorts.cohort", cohort_id=found.id))


def _partner_of(person: User, found: Cohort) -> int | None:
    place = nominating.belongings(db.session(), [person.id], today()).get(person.id)
    return place.partner_id if place is not None else None


def _may_approve(found: Cohort, partner: int | None) -> set[Side]:
    """The sides the viewer may approve for."""
    sides = set()
    partners = queries.partners(viewer(), Permission.APPROVE_NOMINATIONS).with_only_columns(queries.Unit.id)
    if partner is not None and partner in set(db.session.scalars(partners.order_by(None))):
        sides.add(Side.PARTNER)
    if runs_cohort(found):
        sides.add(Side.PROGRAMME)
    return sides


@bp.get("/enrolments/<int:enrolment_id>")
@requires(Permission.USE)
def enrolment(enrolment_id: int) -> ResponseReturnValue:
    """One person's way through a cohort."""
    found = seen_enrolment(enrolment_id)
    return render_template(
        "cohorts/enrolment.html",
        enrolment=found,
        cohort=found.cohort,
        progress=progress(db.session(), [found], now())[found.id],
        missing=nominating.missing(found) if found.stage is Stage.NOMINATED and not found.cohort.cancelled_at else [],
        sides=_may_approve(found.cohort, found.partner_id) if found.person_id != viewer().id else set(),
        may_close=_may_close(found),
        stages=Stage,
        side=Side,
        form=ReasonForm(),
        teach_backs=_teach_backs(found),
        licence=db.session.scalars(
            TrainerLicence.visible_to(viewer()).where(TrainerLicence.enrolment_id == found.id, TrainerLicence.is_latest)
        ).first(),
        runs=runs_cohort(found.cohort),
        outcomes=Outcome,
    )


def _teach_backs(found: Enrolment) -> list[TeachBack]:
    seen = TeachBack.visible_to(viewer()).where(TeachBack.enrolment_id == found.id).order_by(TeachBack.attempt)
    return list(db.session.scalars(seen))


def seen_enrolment(enrolment_id: int) -> Enrolment:
    """A nomination the viewer may see; 404 otherwise."""
    return one_or_404(
        Enrolment.visible_to(viewer())
        .where(Enrolment.id == enrolment_id)
        .options(
            joinedload(Enrolment.person),
            joinedload(Enrolment.partner),
            joinedload(Enrolment.nominated_by),
            joinedload(Enrolment.cohort).joinedload(Cohort.programme),
        )
    )


def _may_close(found: Enrolment) -> bool:
    """Whoever may approve for a side may decline and withdraw; who nominated may take it back."""
    open_still = found.stage in OPEN_STAGES and found.outcome is None and found.person_id != viewer().id
    mine = found.nominated_by_id == viewer().id
    return open_still and (mine or bool(_may_approve(found.cohort, found.partner_id)))


@bp.post("/enrolments/<int:enrolment_id>/approve")
@requires(Permission.SEE_COHORTS)
def approve(enrolment_id: int) -> ResponseReturnValue:
    """Approve for one side."""
    found = seen_enrolment(enrolment_id)
    try:
        side = Side(request.form.get("side", ""))
    except ValueError:
        abort(422)
    if side not in _may_approve(found.cohort, found.partner_id):
        abort(403)
    nominating.approve(db.session(), found, side, by=viewer(), on=now())
    db.session.commit()
    told = {
        Stage.SEATED: _("Approved: %(name)s has a seat.", name=found.person.name),
        Stage.WAITING: _("Approved: %(name)s is on the waiting list.", name=found.person.name),
    }
    flash(told.get(found.stage) or _("Approved. The other side has to approve as well."))
    return redirect(url_for("cohorts.cohort", cohort_id=found.cohort_id))


@bp.post("/enrolments/<int:enrolment_id>/close")
@requires(Permission.SEE_COHORTS)
def close_enrolment(enrolment_id: int) -> ResponseReturnValue:
    """Decline a nomination, or withdraw somebody who has a seat; a reason stays with it."""
    found = seen_enrolment(enrolment_id)
    if not _may_close(found):
        abort(403)
    form = ReasonForm()
    if not form.validate():
        flash(_("Say why: the reason stays with it."), "error")
        return redirect(url_for("cohorts.enrolment", enrolment_id=found.id))
    stage = Stage.DECLINED if found.stage is Stage.NOMINATED else Stage.WITHDRAWN
    nominating.close(db.session(), found, stage, reason=form.reason.data or "", by=viewer(), on=now())
    db.session.commit()
    flash(
        _("Declined.") if stage is Stage.DECLINED else _("Withdrawn. A free seat goes to whoever has waited longest.")
    )
    return redirect(url_for("cohorts.cohort", cohort_id=found.cohort_id))
