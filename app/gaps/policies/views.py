"""Pages of policies: what holds where and since when, and a new one, tried on the last month before it is saved."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.access import requires, viewer
from app.accounts.models import Unit, User
from app.accounts.permissions import Permission
from app.accounts.reach import agents_in, everywhere
from app.core.clock import day_of, monday_of, now
from app.core.database import db, one_or_404
from app.core.i18n import time_zone
from app.core.web import row_number
from app.curriculum.models import Competency
from app.gaps import labels, policies
from app.gaps.blueprint import bp
from app.gaps.models import GapPolicy
from app.gaps.policies import forms, services, trial
from app.gaps.rules import DEFAULT_POLICY, POLICY_TERMS
from app.gaps.standing import sunday

DIFFERENCES_SHOWN = 100


def _first_week() -> date:
    return services.first_week(db.session(), day_of(now(), time_zone()))


def _may_set() -> bool:
    """A policy of a market or of all holds beyond any unit, so who sets it holds the permission over the programme."""
    return everywhere(viewer(), Permission.SET_POLICIES)


@bp.get("/policies")
@requires(Permission.SEE_GAPS)
def policy_list() -> ResponseReturnValue:
    """What a weekly decision asks for, by competency and market: what holds, what will, and what held."""
    rows = db.session.scalars(
        GapPolicy.visible_to(viewer())
        .options(joinedload(GapPolicy.competency))
        .order_by(GapPolicy.competency_id, GapPolicy.market, GapPolicy.valid_from.desc())
    ).all()
    first = _first_week()
    return render_template(
        "gaps/policies.html",
        current=[row for row in rows if row.valid_to is None or row.valid_to > first],
        past=[row for row in rows if row.valid_to is not None and row.valid_to <= first],
        default=DEFAULT_POLICY,
        terms=labels.TERMS,
        shares=labels.SHARES,
        first=first,
        sunday=sunday,
        one_week=timedelta(weeks=1),
        may_set=_may_set(),
    )


@bp.route("/policies/new", methods=["GET", "POST"])
@requires(Permission.SET_POLICIES)
def new_gap_policy() -> ResponseReturnValue:
    """Other terms from a week on; first what they would have done in the last month."""
    if not _may_set():
        abort(403)
    session = db.session()
    abouts = session.scalars(select(Competency).order_by(Competency.name.sql())).all()
    markets = session.scalars(
        select(Unit.market).where(Unit.market.is_not(None)).distinct().order_by(Unit.market)
    ).all()
    first = _first_week()
    form = forms.PolicyForm([(str(one.id), one.name.text) for one in abouts], [str(one) for one in markets], first)
    tried = None
    if form.validate_on_submit():
        day: Any = form.valid_from.data
        if "confirm" in request.form:
            services.set_policy(session, form.scope, form.terms, week=monday_of(day), by=viewer(), on=now())
            session.commit()
            flash(_("Policy saved. It applies from the week chosen; past decisions stay."))
            return redirect(url_for("gaps.policy_list"))
        tried = trial.run(session, _candidate(form))
    elif not form.is_submitted():
        _fill_in(form, first)
    page = render_template(
        "gaps/policy.html",
        form=form,
        terms=POLICY_TERMS,
        tried=tried,
        asked=form.is_submitted() and not form.errors,
        shown=_shown(tried),
        labels=labels,
        sunday=sunday,
    )
    return page, 422 if form.errors else 200


@bp.post("/policies/<int:policy_id>/end")
@requires(Permission.SET_POLICIES)
def end_gap_policy(policy_id: int) -> ResponseReturnValue:
    """Let wider terms decide from the next decision on."""
    if not _may_set():
        abort(403)
    policy = one_or_404(GapPolicy.visible_to(viewer()).where(GapPolicy.id == policy_id))
    services.end_policy(db.session(), policy, week=_first_week(), by=viewer(), on=now())
    db.session.commit()
    flash(_("Policy ended. The next decision uses the more general terms."))
    return redirect(url_for("gaps.policy_list"))


def _candidate(form: forms.PolicyForm) -> GapPolicy:
    """The policy as typed, not saved."""
    scope, terms = form.scope, form.terms
    values = {name: getattr(terms, name) for name in POLICY_TERMS}
    return GapPolicy(competency_id=scope.competency_id, market=scope.market, valid_from=form.first, **values)


def _fill_in(form: forms.PolicyForm, first: date) -> None:
    """Start from a policy asked for, or from what holds for all."""
    asked = request.args.get("policy", type=row_number)
    row = db.session.get(GapPolicy, asked) if asked is not None else None
    wide = [one for one in policies.in_force(db.session(), first) if one.competency_id is None and one.market is None]
    form.show(policies.terms_of(row or (wide[0] if wide else None)))
    form.valid_from.data = first
    if row is not None:
        form.competency.data, form.market.data = str(row.competency_id or ""), row.market or ""


def _shown(tried: trial.Trial | None) -> list[tuple[User, Competency, trial.Difference]]:
    """The pairs that differ, of people whose gaps the viewer sees."""
    if tried is None:
        return []
    session = db.session()
    some = tried.differences[:DIFFERENCES_SHOWN]
    seen = agents_in(viewer(), Permission.SEE_GAPS)
    wanted = select(User).where(User.id.in_({one.person_id for one in some}), User.id.in_(seen))
    people = {one.id: one for one in session.scalars(wanted)}
    abouts = select(Competency).where(Competency.id.in_({one.competency_id for one in some}))
    names = {one.id: one for one in session.scalars(abouts)}
    return [(people[one.person_id], names[one.competency_id], one) for one in some if one.person_id in people]
