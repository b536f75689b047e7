"""The pages of deliveries: the list, planning, moving and calling off."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.access import may, requires, viewer
from app.accounts.models import Unit, UnitKind
from app.accounts.permissions import Permission
from app.accounts.queries import belongings, places
from app.accounts.reach import unit_scope
from app.cohorts.blueprint import bp
from app.cohorts.deliveries import lists, services
from app.cohorts.deliveries.forms import DeliveryForm
from app.cohorts.deliveries.models import Delivery, DeliverySeat
from app.cohorts.licences.models import TrainerLicence
from app.cohorts.licences.rules import Standing
from app.cohorts.licences.services import holding
from app.cohorts.programmes.forms import LiveForm, choices_of
from app.cohorts.programmes.pages import today
from app.core.clock import now, zone
from app.core.database import db, one_or_404
from app.core.errors import said_on
from app.core.web import row_number


@bp.get("/deliveries")
@requires(Permission.USE)
def deliveries() -> ResponseReturnValue:
    """The deliveries within reach."""
    may_plan = bool(licences_to_plan_on())
    return lists.delivery_table(viewer(), today()).answer(
        lists.deliveries(viewer()), "cohorts/deliveries.html", may_plan=may_plan
    )


def licences_to_plan_on() -> list[TrainerLicence]:
    """The licences one may plan deliveries on: one's own, and, to run cohorts, those within reach."""
    seen = TrainerLicence.visible_to(viewer(), Permission.RUN_COHORTS)
    statement = seen.where(TrainerLicence.is_latest).options(
        joinedload(TrainerLicence.person), joinedload(TrainerLicence.programme), joinedload(TrainerLicence.enrolment)
    )
    found = db.session.scalars(statement).all()
    held = holding(db.session(), found)
    valid = [one for one in found if held[one.id].standing(today()) is not Standing.LAPSED]
    return sorted(valid, key=lambda one: (one.person.name, one.id))


def _units(licences: list[TrainerLicence]) -> list[Unit]:
    """The sites and teams one may plan for: those in scope, and those of the own partner for who only teaches."""
    allowed = select(Unit).where(Unit.kind.in_((UnitKind.SITE, UnitKind.TEAM))).order_by(Unit.path)
    if may(viewer(), Permission.RUN_COHORTS):
        return list(db.session.scalars(allowed.where(Unit.id.in_(unit_scope(viewer(), Permission.RUN_COHORTS)))))
    own = belongings(db.session(), [viewer().id], today()).get(viewer().id)
    if own is None or not licences:
        return []
    within = {number for number, place in places(db.session()).items() if place.partner_id == own.partner_id}
    return list(db.session.scalars(allowed.where(Unit.id.in_(within))))


@bp.route("/deliveries/new", methods=["GET", "POST"])
@requires(Permission.USE)
def new_delivery() -> ResponseReturnValue:
    """Plan a delivery; `unit` and `cohort` of the address fill it in, and leave out who was reached already."""
    licences = licences_to_plan_on()
    units = {one.id: one for one in _units(licences)}
    if not licences or not units:
        flash(_("Planning a delivery takes a valid licence to teach; there is none within your reach."), "error")
        return redirect(url_for("cohorts.deliveries"))
    form = DeliveryForm()
    form.licence_id.choices = choices_of(
        (one.id, f"{one.person.name} · {one.programme.title.text}") for one in licences
    )
    form.unit_id.choices = choices_of((one.id, one.path.replace("/", " · ")) for one in units.values())
    if not form.is_submitted():
        form.unit_id.data = request.args.get("unit", type=row_number)
        form.licence_id.data = _first_of(licences, request.args.get("cohort", type=row_number))
    if form.validate_on_submit():
        licence = next(one for one in licences if one.id == form.licence_id.data)
        with said_on(form):
            made = _plan(form, licence, units[int(form.unit_id.data or 0)])
            flash(ngettext("Planned for %(num)s person.", "Planned for %(num)s people.", len(made.seats)))
            return redirect(url_for("cohorts.delivery", delivery_id=made.id))
    return render_template("cohorts/delivery_form.html", form=form, delivery=None), 422 if form.errors else 200


def _first_of(licences: list[TrainerLicence], cohort_id: int | None) -> int | None:
    return next((one.id for one in licences if one.enrolment.cohort_id == cohort_id), licences[0].id)


def _plan(form: DeliveryForm, licence: TrainerLicence, unit: Unit) -> Delivery:
    at = form.moment(places(db.session())[unit.id].time_zone)
    only_left = bool(request.form.get("only_left"))
    made = services.plan(
        db.session(), licence, unit, starts_at=at, **form.facts, only_left=only_left, by=viewer(), on=now()
    )
    db.session.commit()
    return made


def run_delivery(delivery_id: int) -> Delivery:
    """A delivery one gave or, to run cohorts, within reach; 404 otherwise."""
    return one_or_404(
        Delivery.visible_to(viewer(), Permission.RUN_COHORTS)
        .where(Delivery.id == delivery_id, _mine_or_run())
        .options(joinedload(Delivery.unit), selectinload(Delivery.seats).joinedload(DeliverySeat.person))
    )


def _mine_or_run() -> ColumnElement[bool]:
    run = Delivery.unit_id.in_(unit_scope(viewer(), Permission.RUN_COHORTS))
    return (Delivery.trainer_id == viewer().id) | run


@bp.route("/deliveries/<int:delivery_id>/edit", methods=["GET", "POST"])
@requires(Permission.USE)
def edit_delivery(delivery_id: int) -> ResponseReturnValue:
    """Move a delivery, or say where it is."""
    found = run_delivery(delivery_id)
    name = places(db.session())[found.unit_id].time_zone
    here = found.starts_at.astimezone(zone(name))
    form = LiveForm(obj=found, day=here.date(), at=here.time())
    if form.validate_on_submit():
        with said_on(form):
            services.change(db.session(), found, starts_at=form.moment(name), **form.facts, by=viewer(), on=now())
            db.session.commit()
            flash(_("Delivery changed. Calendars are updated."))
            return redirect(url_for("cohorts.delivery", delivery_id=found.id))
    return render_template("cohorts/delivery_form.html", form=form, delivery=found), 422 if form.errors else 200


@bp.post("/deliveries/<int:delivery_id>/cancel")
@requires(Permission.USE)
def cancel_delivery(delivery_id: int) -> ResponseReturnValue:
    """Call a delivery off."""
    found = run_delivery(delivery_id)
    services.call_off(db.session(), found, by=viewer(), on=now())
    db.session.commit()
    flash(_("Delivery cancelled. Calendars are updated."))
    return redirect(url_for("cohorts.delivery", delivery_id=found.id))
