"""Pages of plans of reaudits, for who leads quality."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import joinedload

from app.accounts.access import requires, viewer
from app.accounts.filters import unit_options
from app.accounts.permissions import Permission
from app.audits.blueprint import bp
from app.audits.reaudits import labels, services
from app.audits.reaudits.forms import PlanForm
from app.audits.reaudits.models import Reaudit, ReauditPlan
from app.audits.sampling import plans
from app.audits.sampling.rules import Period
from app.core.clock import day_of, now
from app.core.database import db, one_or_404
from app.core.i18n import time_zone


@bp.get("/reaudits/plans")
@requires(Permission.LEAD_QUALITY)
def reaudit_plans() -> ResponseReturnValue:
    """The plans of the viewer's units, and how far each is in its present period."""
    today = day_of(now(), time_zone())
    found = db.session.scalars(
        ReauditPlan.visible_to(viewer())
        .options(joinedload(ReauditPlan.unit))
        .order_by(ReauditPlan.ended_on.is_not(None), ReauditPlan.name, ReauditPlan.id)
    ).all()
    counts = plans.counts(db.session(), found, Reaudit, today)
    shown = [plans.Progress(plan, labels.asks(plan), *counts[plan.id]) for plan in found]
    return render_template("audits/reaudits/plans.html", plans=shown)


@bp.route("/reaudits/plans/new", methods=["GET", "POST"])
@requires(Permission.LEAD_QUALITY)
def new_reaudit_plan() -> ResponseReturnValue:
    """Make a plan; its first audits are drawn at once."""
    today = day_of(now(), time_zone())
    form = PlanForm(unit_options(viewer(), Permission.LEAD_QUALITY))
    if form.validate_on_submit():
        terms = services.Terms(
            name=str(form.name.data),
            unit_id=int(str(form.unit.data)),
            count=form.count.data or 1,
            period=Period(form.period.data),
            valid_from=form.valid_from.data or today,
        )
        plan = services.make_plan(db.session(), terms, by=viewer(), on=now())
        drawn = services.top_up(db.session(), plan, today) if plan.valid_from <= today else 0
        db.session.commit()
        flash(_drawn(drawn))
        return redirect(url_for("audits.reaudit_plans"))
    if not form.is_submitted():
        form.valid_from.data = today
    return render_template("audits/reaudits/new.html", form=form), 422 if form.errors else 200


@bp.post("/reaudits/plans/<int:plan_id>/draw")
@requires(Permission.LEAD_QUALITY)
def draw_reaudit_plan(plan_id: int) -> ResponseReturnValue:
    """Draw what is missing now, as the daily run does."""
    drawn = services.top_up(db.session(), _plan(plan_id), day_of(now(), time_zone()))
    db.session.commit()
    flash(_drawn(drawn))
    return redirect(url_for("audits.reaudit_plans"))


@bp.post("/reaudits/plans/<int:plan_id>/end")
@requires(Permission.LEAD_QUALITY)
def end_reaudit_plan(plan_id: int) -> ResponseReturnValue:
    """Draw no more."""
    services.end_plan(db.session(), _plan(plan_id), day_of(now(), time_zone()), by=viewer(), on=now())
    db.session.commit()
    flash(_("Plan ended. What was begun stays."))
    return redirect(url_for("audits.reaudit_plans"))


def _plan(plan_id: int) -> ReauditPlan:
    return one_or_404(ReauditPlan.visible_to(viewer()).where(ReauditPlan.id == plan_id, ReauditPlan.ended_on.is_(None)))


def _drawn(count: int) -> str:
    if not count:
        return _("Nothing is missing, or nobody else available can audit these teams.")
    return ngettext("%(num)s audit drawn to be scored again.", "%(num)s audits drawn to be scored again.", count)
