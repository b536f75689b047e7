"""Pages of the risk log."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.access import requires, viewer
from app.accounts.filters import unit_options
from app.accounts.labels import named
from app.accounts.models import User
from app.accounts.reach import unit_scope
from app.core.clock import now
from app.core.database import db, one_or_404
from app.core.errors import Refused, said_on
from app.core.sheets import parse_date
from app.governance import scoping
from app.governance.desk import desk, today, views, writes
from app.governance.initiatives.models import Initiative
from app.governance.risks import forms, labels, lists, services
from app.governance.risks.models import Risk, RiskScore
from app.governance.scoping import SEES, WRITES


@desk.get("/risks")
@requires(SEES)
def risks() -> ResponseReturnValue:
    """The risks of units within reach: as a matrix, and as a list with the gravest first."""
    return lists.table(viewer(), today()).answer(
        lists.risks(viewer()),
        "governance/risks/index.html",
        views=views(),
        matrix=lists.matrix(viewer()),
        labels=labels,
        may_write=writes(),
    )


@desk.get("/risks/<int:risk_id>")
@requires(SEES)
def risk(risk_id: int) -> ResponseReturnValue:
    """One risk, with every score it was given."""
    return _page(_one(risk_id))


def _one(risk_id: int, to: Any = SEES) -> Risk:
    whole = (
        joinedload(Risk.owner),
        joinedload(Risk.unit),
        joinedload(Risk.initiative),
        selectinload(Risk.scores).joinedload(RiskScore.by),
    )
    return one_or_404(Risk.visible_to(viewer(), to).where(Risk.id == risk_id).options(*whole))


def _page(one: Risk, form: forms.ReviewForm | None = None) -> ResponseReturnValue:
    own = writes() and one.unit_id in set(db.session.scalars(unit_scope(viewer(), WRITES)))
    seen = Initiative.visible_to(viewer()).where(Initiative.id == one.initiative_id)
    return render_template(
        "governance/risks/one.html",
        one=one,
        own=own,
        answers=own or one.owner_id == viewer().id,
        form=form or forms.ReviewForm(one, formdata=None),
        initiative=db.session.scalar(seen) if one.initiative_id else None,
        labels=labels,
        late=one.late_on(today()),
        trail=scoping.trail(db.session(), one),
        verbs=named("VERBS"),
    ), 422 if form is not None and (form.errors or form.form_errors) else 200


@desk.route("/risks/new", methods=["GET", "POST"])
@requires(WRITES)
def new_risk() -> ResponseReturnValue:
    """Raise a risk."""
    return _form(Risk(owner_id=viewer().id))


@desk.route("/risks/<int:risk_id>/edit", methods=["GET", "POST"])
@requires(WRITES)
def edit_risk(risk_id: int) -> ResponseReturnValue:
    """Change what is written of a risk."""
    return _form(_one(risk_id, WRITES))


def _form(one: Risk) -> ResponseReturnValue:
    owners = [(user.id, user.name) for user in db.session.scalars(scoping.owners(viewer(), today()))]
    seen = db.session.scalars(Initiative.visible_to(viewer()).order_by(Initiative.id.desc()))
    form = forms.RiskForm(
        one,
        owners=owners,
        units=unit_options(viewer(), WRITES),
        initiatives=[(known.id, known.title.text) for known in seen],
    )
    if form.validate_on_submit():
        with said_on(form):
            owner = one_or_404(select(User).where(User.id == form.owner.data))
            services.save(db.session(), one, form.facts, owner=owner, by=viewer(), on=now())
            return _after(one, _("“%(name)s” saved.", name=one.title.text))
    status = 422 if form.errors or form.form_errors else 200
    return render_template("governance/risks/form.html", form=form, one=one), status


@desk.post("/risks/<int:risk_id>/review")
@requires(SEES)
def review_risk(risk_id: int) -> ResponseReturnValue:
    """Look at a risk again: its owner, or who writes for its unit."""
    one = _answered_for(risk_id)
    form = forms.ReviewForm(one)
    if not form.validate_on_submit() or form.review_on.data is None:
        return _page(one, form)
    score = {"likelihood": int(form.likelihood.data or 0), "impact": int(form.impact.data or 0)}
    note, review_on = form.note.data or "", form.review_on.data
    with said_on(form):
        services.review(db.session(), one, **score, note=note, review_on=review_on, by=viewer(), on=now())
        return _after(one, _("Review recorded."))
    return _page(one, form)


@desk.post("/risks/<int:risk_id>/close")
@requires(SEES)
def close_risk(risk_id: int) -> ResponseReturnValue:
    """Close a risk, with the reason."""
    one = _answered_for(risk_id)
    services.close(db.session(), one, request.form.get("because", "")[:500], by=viewer(), on=now())
    return _after(one, _("The risk is closed."))


@desk.post("/risks/<int:risk_id>/reopen")
@requires(SEES)
def reopen_risk(risk_id: int) -> ResponseReturnValue:
    """Open a risk again."""
    one = _answered_for(risk_id)
    day = parse_date(request.form.get("review_on", ""))
    if day is None:
        raise Refused(_("Say when it is reviewed next."))
    services.reopen(db.session(), one, review_on=day, by=viewer(), on=now())
    return _after(one, _("The risk is open again."))


def _answered_for(risk_id: int) -> Risk:
    one = _one(risk_id)
    if one.owner_id != viewer().id and one.unit_id not in set(db.session.scalars(unit_scope(viewer(), WRITES))):
        raise Refused(_("Only its owner, or people who write for these units, can do that."))
    return one


def _after(one: Risk, said: str) -> ResponseReturnValue:
    db.session.commit()
    flash(said)
    return redirect(services.path_of(one))
