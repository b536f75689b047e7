"""Policies: what is owed where, since when, and how it changes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import case
from sqlalchemy.orm import joinedload

from app.accounts.access import may, requires, viewer
from app.accounts.models import Unit, UnitKind
from app.accounts.permissions import Permission
from app.accounts.reach import unit_scope
from app.coaching import agenda, labels, services
from app.coaching.blueprint import bp
from app.coaching.models import CoachingPolicy
from app.coaching.policy_forms import PolicyForm
from app.coaching.rules import OPTIONAL, TERMS
from app.core.clock import day_of, now
from app.core.database import db, one_or_404
from app.core.web import row_number


def _today() -> date:
    return day_of(now(), current_app.config["PROGRAMME_TIME_ZONE"])


@bp.get("/policies")
@requires(Permission.USE)
def policies() -> ResponseReturnValue:
    """What is owed and by when, by unit: what holds, what will, and what held."""
    found = db.session.scalars(
        CoachingPolicy.visible_to(viewer())
        .join(CoachingPolicy.unit)
        .order_by(case((Unit.kind == UnitKind.PROGRAMME, 0), else_=1), Unit.path, CoachingPolicy.valid_from.desc())
        .options(joinedload(CoachingPolicy.unit))
    ).all()
    today = _today()
    return render_template(
        "coaching/policies.html",
        current=[p for p in found if p.valid_to is None or p.valid_to > today],
        past=[p for p in found if p.valid_to is not None and p.valid_to <= today],
        today=today,
        one_day=timedelta(days=1),
        terms=labels.TERM_NAMES,
        clocks=labels.CLOCKS,
        away_rules=labels.AWAY_RULES,
        may_set=may(viewer(), Permission.SET_POLICIES),
        settable=set(db.session.scalars(unit_scope(viewer(), Permission.SET_POLICIES))),
        ever=services.EVER,
    )


@bp.route("/policies/new", methods=["GET", "POST"])
@requires(Permission.SET_POLICIES)
def new_policy() -> ResponseReturnValue:
    """Let other terms hold for a unit from a day to come."""
    mine = Unit.visible_to(viewer()).where(Unit.id.in_(unit_scope(viewer(), Permission.SET_POLICIES)))
    units = db.session.scalars(mine.order_by(case((Unit.kind == UnitKind.PROGRAMME, 0), else_=1), Unit.path)).all()
    form = PolicyForm([(u.id, u.path.replace("/", " · ") or u.name) for u in units], _today())
    effects = None
    if form.validate_on_submit():
        unit = one_or_404(mine.where(Unit.id == form.unit.data))
        if "confirm" in request.form:
            return _set(unit, form)
        effects = services.preview(db.session(), unit, form.terms, today=_today())
    elif not form.is_submitted():
        _fill_in(form, [u.id for u in units])
    page = render_template(
        "coaching/policy.html",
        form=form,
        groups=_groups(),
        optional=OPTIONAL.values(),
        effects=effects,
        kinds=labels.OBLIGATION_KINDS,
    )
    return page, 422 if form.errors else 200


def _groups() -> list[tuple[str, list[str], str | None]]:
    """The numbers of a policy in groups: title, names, and what is to be known of them."""
    every = [name for name in TERMS if name.startswith("days")]
    after = ["fatal_hours", "gap_hours", "asked_hours", "nominated_hours"]
    then = ["acknowledge_hours", "follow_up_days"]
    rest = [name for name in TERMS if name not in (*every, *after, *then)]
    return [
        (_("Regular sessions"), every, None),
        (_("After an event"), after, None),
        (_("Where the policy asks for it"), rest, _("With 0 hours no session is owed.")),
        (_("After a session"), then, None),
    ]


def _set(unit: Unit, form: PolicyForm) -> ResponseReturnValue:
    day: Any = form.valid_from.data
    services.set_policy(db.session(), unit, form.terms, valid_from=day, by=viewer(), on=now())
    db.session.commit()
    flash(_("Policy saved. It applies from the day chosen; what is already owed by then stays."))
    return redirect(url_for("coaching.policies"))


def _fill_in(form: PolicyForm, units: list[int]) -> None:
    """Start from what holds in the unit asked for."""
    asked = request.args.get("unit", type=row_number)
    form.unit.data = asked if asked in units else next(iter(units), None)
    form.valid_from.data = _today() + timedelta(days=1)
    form.show(agenda.terms_at(db.session(), form.unit.data, _today()))
