"""The pages of deliveries: the list, planning, the attendance with both quizzes, feedback, and the cascade."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.access import may, requires, viewer
from app.accounts.filters import teams_of
from app.accounts.models import Unit, UnitKind, User
from app.accounts.permissions import Permission
from app.accounts.queries import belongings, places
from app.accounts.reach import everywhere, unit_scope
from app.cohorts.blueprint import bp
from app.cohorts.deliveries import lists, services
from app.cohorts.deliveries.cascade import cascade as count
from app.cohorts.deliveries.cascade import left, there
from app.cohorts.deliveries.forms import DeliveryForm, FeedbackForm, read_list
from app.cohorts.deliveries.models import Delivery, DeliverySeat
from app.cohorts.deliveries.outcomes import results
from app.cohorts.licences.models import TrainerLicence
from app.cohorts.licences.rules import Standing
from app.cohorts.licences.services import holding
from app.cohorts.programmes.forms import LiveForm, choices_of
from app.cohorts.programmes.models import Cohort, Enrolment
from app.cohorts.programmes.pages import seen_cohort, today
from app.cohorts.programmes.rules import Outcome
from app.core import exports
from app.core.clock import now, zone
from app.core.database import db, one_or_404
from app.core.web import row_number
from app.metrics.labels import metric_name, written

MOST_LEFT, MOST_THERE = 20, 200


@bp.get("/deliveries")
@requires(Permission.USE)
def deliveries() -> ResponseReturnValue:
    """The deliveries within reach."""
    may_plan = bool(_licences())
    return lists.delivery_table(viewer(), today()).answer(
        lists.deliveries(viewer()), "cohorts/deliveries.html", may_plan=may_plan
    )


def _licences() -> list[TrainerLicence]:
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
    licences = _licences()
    units = {one.id: one for one in _units(licences)}
    if not licences or not units:
        flash(_("Deliveries are planned on a licence to teach that holds; there is none within reach."), "error")
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


def _run(delivery_id: int) -> Delivery:
    """A delivery one gave or, to run cohorts, within reach; 404 otherwise."""
    return one_or_404(
        Delivery.visible_to(viewer(), Permission.RUN_COHORTS)
        .where(Delivery.id == delivery_id, _mine_or_run())
        .options(joinedload(Delivery.unit), selectinload(Delivery.seats).joinedload(DeliverySeat.person))
    )


def _mine_or_run() -> ColumnElement[bool]:
    run = Delivery.unit_id.in_(unit_scope(viewer(), Permission.RUN_COHORTS))
    return (Delivery.trainer_id == viewer().id) | run


@bp.get("/deliveries/<int:delivery_id>")
@requires(Permission.USE)
def delivery(delivery_id: int) -> ResponseReturnValue:
    """A delivery: who was there and what they knew before and after, of the people within reach."""
    found = one_or_404(
        Delivery.visible_to(viewer())
        .where(Delivery.id == delivery_id)
        .options(joinedload(Delivery.unit), joinedload(Delivery.trainer), joinedload(Delivery.programme))
    )
    seats = DeliverySeat.visible_to(viewer()).where(DeliverySeat.delivery_id == found.id)
    people = db.session.scalars(
        seats.join(User, User.id == DeliverySeat.person_id).order_by(User.name).options(joinedload(DeliverySeat.person))
    ).all()
    mine = next((one for one in people if one.person_id == viewer().id), None)
    runs = found.trainer_id == viewer().id or found.unit_id in _scope()
    return render_template(
        "cohorts/delivery.html",
        delivery=found,
        people=people,
        mine=mine,
        runs=runs,
        begun=found.starts_at <= now(),
        state=lists.state_of(found, now()),
        results=lists.results(people),
        form=FeedbackForm(data={"useful": "", "applicable": ""}),
    )


def _scope() -> set[int]:
    return set(db.session.scalars(unit_scope(viewer(), Permission.RUN_COHORTS)))


@bp.route("/deliveries/<int:delivery_id>/edit", methods=["GET", "POST"])
@requires(Permission.USE)
def edit_delivery(delivery_id: int) -> ResponseReturnValue:
    """Move a delivery, or say where it is."""
    found = _run(delivery_id)
    name = places(db.session())[found.unit_id].time_zone
    here = found.starts_at.astimezone(zone(name))
    form = LiveForm(obj=found, day=here.date(), at=here.time())
    if form.validate_on_submit():
        services.change(db.session(), found, starts_at=form.moment(name), **form.facts, by=viewer(), on=now())
        db.session.commit()
        flash(_("Delivery changed. Calendars are told."))
        return redirect(url_for("cohorts.delivery", delivery_id=found.id))
    return render_template("cohorts/delivery_form.html", form=form, delivery=found), 422 if form.errors else 200


@bp.post("/deliveries/<int:delivery_id>/cancel")
@requires(Permission.USE)
def cancel_delivery(delivery_id: int) -> ResponseReturnValue:
    """Call a delivery off."""
    found = _run(delivery_id)
    services.call_off(db.session(), found, by=viewer(), on=now())
    db.session.commit()
    flash(_("The delivery is called off. Calendars are told."))
    return redirect(url_for("cohorts.delivery", delivery_id=found.id))


@bp.post("/deliveries/<int:delivery_id>/attendance")
@requires(Permission.USE)
def delivery_attendance(delivery_id: int) -> ResponseReturnValue:
    """Keep the list: who was there, and the quiz before and after."""
    found = _run(delivery_id)
    seen, problems = read_list(found, request.form)
    if problems:
        flash(" ".join(problems), "error")
        return redirect(url_for("cohorts.delivery", delivery_id=found.id))
    there = services.keep_list(db.session(), found, seen, by=viewer(), on=now())
    db.session.commit()
    flash(ngettext("%(num)s person was there.", "%(num)s people were there.", there))
    return redirect(url_for("cohorts.delivery", delivery_id=found.id))


@bp.post("/deliveries/<int:delivery_id>/feedback")
@requires(Permission.USE)
def delivery_feedback(delivery_id: int) -> ResponseReturnValue:
    """Say how it was."""
    own = select(DeliverySeat).where(DeliverySeat.person_id == viewer().id)
    seat = one_or_404(own.where(DeliverySeat.delivery_id == delivery_id).options(joinedload(DeliverySeat.delivery)))
    form = FeedbackForm()
    if not form.validate():
        flash(_("Answer both questions, from 1 to 5."), "error")
    else:
        services.give_feedback(db.session(), seat, **form.facts, by=viewer(), on=now())
        db.session.commit()
        flash(_("Thank you. The trainer sees it without a name among the others."))
    return redirect(url_for("cohorts.delivery", delivery_id=delivery_id))


# --- The cascade ---


@bp.get("/<int:cohort_id>/cascade")
@requires(Permission.SEE_COHORTS)
def cascade(cohort_id: int) -> ResponseReturnValue:
    """How far a cohort has reached: by market, site, team and trainer, and who is left."""
    cohort, unit_id = seen_cohort(cohort_id), request.args.get("unit", type=row_number)
    found = count(db.session(), viewer(), cohort, today())
    outcomes = results(db.session(), viewer(), cohort)
    missing = left(db.session(), viewer(), cohort, today(), unit_id)
    if request.args.get("format") in ("csv", "xlsx"):
        sheets = lists.cascade_sheets(found, outcomes, db.session.scalars(missing).all())
        return exports.download(sheets, request.args["format"], f"cascade-{cohort.id}")
    shown = db.session.scalars(missing.limit(MOST_LEFT + 1)).all()
    trainers = Enrolment.visible_to(viewer()).where(
        Enrolment.cohort_id == cohort.id, Enrolment.outcome == Outcome.CERTIFIED
    )
    return render_template(
        "cohorts/cascade.html",
        cohort=cohort,
        found=found,
        results=outcomes,
        metric_name=metric_name,
        written=written,
        told_of=lists.told_of,
        left=shown[:MOST_LEFT],
        more=len(shown) > MOST_LEFT,
        unit_id=unit_id,
        unit_name=next((line.name for line in found.units if line.unit_id == unit_id), None),
        teams=teams_of(db.session(), {one.id for one in shown}),
        there=_there(cohort, unit_id),
        has_trainers=db.session.scalar(trainers.limit(1)) is not None,
        may_plan=bool(_licences()),
        sees_all=everywhere(viewer(), Permission.SEE_COHORTS),
    )


def _there(cohort: Cohort, unit_id: int | None) -> Sequence[Row[str, str, date | None]]:
    """Who was reached in a site or team, by whom and when; nobody while none is chosen."""
    if unit_id is None:
        return ()
    return db.session.execute(there(db.session(), viewer(), cohort, today(), unit_id).limit(MOST_THERE)).all()
