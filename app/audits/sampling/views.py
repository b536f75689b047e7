"""Pages of sampling plans, for who leads quality; an auditor's queue is on the desk."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.access import requires, viewer
from app.accounts.filters import unit_options
from app.accounts.permissions import Permission
from app.audits.blueprint import bp
from app.audits.models import Scorecard
from app.audits.sampling import labels, plans, services, watched
from app.audits.sampling.forms import PlanForm
from app.audits.sampling.models import Sample, SamplingPlan
from app.audits.sampling.rules import Per, Period
from app.core.clock import day_of, now
from app.core.database import db, one_or_404
from app.core.i18n import time_zone


@bp.get("/plans")
@requires(Permission.LEAD_QUALITY)
def sampling_plans() -> ResponseReturnValue:
    """The plans of the viewer's units, and how far each is in its present period."""
    today = day_of(now(), time_zone())
    found = db.session.scalars(
        SamplingPlan.visible_to(viewer())
        .options(joinedload(SamplingPlan.unit), joinedload(SamplingPlan.scorecard))
        .order_by(SamplingPlan.ended_on.is_not(None), SamplingPlan.name, SamplingPlan.id)
    ).all()
    counts = plans.counts(db.session(), found, Sample, today, ~Sample.watched)
    waiting = dict(db.session.execute(watched.waiting_by_plan([plan.id for plan in found], today)).all())
    shown = [
        plans.Progress(
            plan,
            labels.asks(plan),
            *counts[plan.id],
            more=labels.asks_watched(plan, waiting.get(plan.id, 0)),
            scorecard=plan.scorecard.name,
        )
        for plan in found
    ]
    return render_template("audits/sampling/plans.html", plans=shown)


@bp.route("/plans/new", methods=["GET", "POST"])
@requires(Permission.LEAD_QUALITY)
def new_sampling_plan() -> ResponseReturnValue:
    """Make a plan; its first contacts are drawn at once."""
    today = day_of(now(), time_zone())
    cards = [(row[0], row[1]) for row in db.session.execute(select(Scorecard.id, Scorecard.name.sql()))]
    form = PlanForm(unit_options(viewer(), Permission.LEAD_QUALITY), cards)
    if form.validate_on_submit():
        terms = services.Terms(
            name=str(form.name.data),
            unit_id=int(str(form.unit.data)),
            scorecard_id=int(str(form.scorecard.data)),
            per=Per(form.per.data),
            count=form.count.data or 1,
            period=Period(form.period.data),
            watch_count=form.watch_count.data or 0,
            valid_from=form.valid_from.data or today,
        )
        plan = services.make_plan(db.session(), terms, by=viewer(), on=now())
        drawn = services.top_up(db.session(), plan, today) if plan.valid_from <= today else 0
        db.session.commit()
        flash(_drawn(drawn))
        return redirect(url_for("audits.sampling_plans"))
    if not form.is_submitted():
        form.valid_from.data = today
    return render_template("audits/sampling/new.html", form=form), 422 if form.errors else 200


@bp.post("/plans/<int:plan_id>/draw")
@requires(Permission.LEAD_QUALITY)
def draw_sampling_plan(plan_id: int) -> ResponseReturnValue:
    """Draw what is missing now, as the daily run does."""
    today = day_of(now(), time_zone())
    drawn = services.top_up(db.session(), _plan(plan_id), today)
    db.session.commit()
    flash(_drawn(drawn))
    return redirect(url_for("audits.sampling_plans"))


@bp.post("/plans/<int:plan_id>/end")
@requires(Permission.LEAD_QUALITY)
def end_sampling_plan(plan_id: int) -> ResponseReturnValue:
    """Draw no more."""
    services.end_plan(db.session(), _plan(plan_id), day_of(now(), time_zone()), by=viewer(), on=now())
    db.session.commit()
    flash(_("Plan ended. What was begun stays."))
    return redirect(url_for("audits.sampling_plans"))


@bp.post("/samples/<int:sample_id>/another-day")
@requires(Permission.AUDIT)
def another_day(sample_id: int) -> ResponseReturnValue:
    """There is no contact of that day: draw another."""
    sample = one_or_404(Sample.visible_to(viewer()).where(Sample.id == sample_id, Sample.auditor_id == viewer().id))
    services.another_day(db.session(), sample, by=viewer(), on=now())
    db.session.commit()
    flash(_("Another day was drawn."))
    return redirect(url_for("audits.desk"))


def _plan(plan_id: int) -> SamplingPlan:
    return one_or_404(
        SamplingPlan.visible_to(viewer()).where(SamplingPlan.id == plan_id, SamplingPlan.ended_on.is_(None))
    )


def _drawn(count: int) -> str:
    if not count:
        return _("Nothing is missing, or no auditor available can audit these teams.")
    return ngettext("%(num)s contact drawn.", "%(num)s contacts drawn.", count)
