"""The page of one delivery: who was there, the quiz before and after, and what people thought of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.access import requires, viewer
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.reach import unit_scope
from app.cohorts.blueprint import bp
from app.cohorts.deliveries import lists, services
from app.cohorts.deliveries.forms import FeedbackForm, read_list
from app.cohorts.deliveries.models import Delivery, DeliverySeat
from app.cohorts.deliveries.pages import run_delivery
from app.core.clock import now
from app.core.database import db, one_or_404


@bp.get("/deliveries/<int:delivery_id>")
@requires(Permission.USE)
def delivery(delivery_id: int) -> ResponseReturnValue:
    """A delivery: who was there and what they knew before and after, of the people within reach."""
    return _page(delivery_id)


def _page(
    delivery_id: int,
    *,
    problems: Sequence[str] = (),
    typed: Mapping[str, str] | None = None,
    form: FeedbackForm | None = None,
) -> ResponseReturnValue:
    """The page, with what was `typed` into its list where there are `problems` in it."""
    found = one_or_404(
        Delivery.visible_to(viewer())
        .where(Delivery.id == delivery_id)
        .options(joinedload(Delivery.unit), joinedload(Delivery.trainer), joinedload(Delivery.programme))
    )
    people = _seats(found)
    runs = found.trainer_id == viewer().id or found.unit_id in _scope()
    page = render_template(
        "cohorts/delivery.html",
        delivery=found,
        people=people,
        mine=next((one for one in people if one.person_id == viewer().id), None),
        runs=runs,
        comments=sorted(one.comment for one in people if one.comment) if runs else [],
        begun=found.starts_at <= now(),
        state=lists.state_of(found, now()),
        results=lists.results(people),
        form=form or FeedbackForm(formdata=None),
        problems=problems,
        typed=typed,
    )
    return page, 422 if problems or (form and form.errors) else 200


def _seats(found: Delivery) -> Sequence[DeliverySeat]:
    """The people within the viewer's reach, by name."""
    seats = DeliverySeat.visible_to(viewer()).where(DeliverySeat.delivery_id == found.id)
    named = seats.join(User, User.id == DeliverySeat.person_id).order_by(User.name, User.id)
    return db.session.scalars(named.options(joinedload(DeliverySeat.person))).all()


def _scope() -> set[int]:
    return set(db.session.scalars(unit_scope(viewer(), Permission.RUN_COHORTS)))


@bp.post("/deliveries/<int:delivery_id>/attendance")
@requires(Permission.USE)
def delivery_attendance(delivery_id: int) -> ResponseReturnValue:
    """Keep the list: who was there, and the quiz before and after."""
    found = run_delivery(delivery_id)
    seen, problems = read_list(_seats(found), request.form)
    if problems:
        return _page(found.id, problems=problems, typed=request.form)
    there = services.keep_list(db.session(), found, seen, by=viewer(), on=now())
    db.session.commit()
    flash(ngettext("%(num)s person attended.", "%(num)s people attended.", there))
    return redirect(url_for("cohorts.delivery", delivery_id=found.id))


@bp.post("/deliveries/<int:delivery_id>/feedback")
@requires(Permission.USE)
def delivery_feedback(delivery_id: int) -> ResponseReturnValue:
    """Say how it was."""
    own = select(DeliverySeat).where(DeliverySeat.person_id == viewer().id)
    seat = one_or_404(own.where(DeliverySeat.delivery_id == delivery_id).options(joinedload(DeliverySeat.delivery)))
    form = FeedbackForm()
    if not form.validate():
        return _page(delivery_id, form=form)
    services.give_feedback(db.session(), seat, **form.facts, by=viewer(), on=now())
    db.session.commit()
    flash(_("Thank you. The trainer sees it without your name, among the others."))
    return redirect(url_for("cohorts.delivery", delivery_id=delivery_id))
