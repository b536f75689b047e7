"""When sites are open and which public holidays they keep: what a clock of working hours runs by."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import may, requires, viewer
from app.accounts.models import Unit, UnitKind
from app.accounts.permissions import Permission
from app.accounts.queries import Place, places
from app.accounts.reach import unit_scope
from app.coaching import rules, services
from app.coaching.blueprint import bp
from app.coaching.policy_forms import HoursForm
from app.coaching.working import WEEK, Hours, public_holidays
from app.core.clock import day_of, now
from app.core.database import db, one_or_404
from app.core.i18n import language, weekday_names
from app.core.web import row_number

LOOKS_AHEAD = timedelta(days=120)


@bp.get("/hours")
@requires(Permission.USE)
def hours() -> ResponseReturnValue:
    """The hours of each site, and the public holidays to come in its market."""
    known, own = places(db.session()), services.opening_hours(db.session())
    mine = set(db.session.scalars(unit_scope(viewer(), Permission.USE)))
    shown = [p for p in known.values() if p.kind is not UnitKind.TEAM and (p.id in mine or p.id in own)]
    return render_template(
        "coaching/hours.html",
        units=[(place, _hours_of(place, own), place.id in own) for place in shown],
        markets=_holidays(known, day_of(now(), current_app.config["PROGRAMME_TIME_ZONE"])),
        weekdays=weekday_names(),
        may_set=may(viewer(), Permission.SET_POLICIES),
        settable=set(db.session.scalars(unit_scope(viewer(), Permission.SET_POLICIES))),
    )


def _hours_of(place: Place, own: Mapping[int, Hours]) -> Hours:
    return rules.nearest(place.ancestors, own) or WEEK


def _holidays(known: Mapping[int, Place], today: date) -> list[tuple[str, list[tuple[date, str]]]]:
    """The public holidays of the next months by market."""
    found = []
    for market in sorted({place.market for place in known.values() if place.market}):
        days = {
            **public_holidays(market, today.year, language()),
            **public_holidays(market, today.year + 1, language()),
        }
        found.append((market, sorted((day, name) for day, name in days.items() if today <= day <= today + LOOKS_AHEAD)))
    return found


@bp.route("/hours/set", methods=["GET", "POST"])
@requires(Permission.SET_POLICIES)
def set_hours() -> ResponseReturnValue:
    """Change when a unit is open, or let it have the hours of what is above it."""
    mine = Unit.visible_to(viewer()).where(
        Unit.id.in_(unit_scope(viewer(), Permission.SET_POLICIES)), Unit.kind != UnitKind.TEAM
    )
    asked = request.args.get("unit", type=row_number)
    if asked is None:
        return redirect(url_for("coaching.hours"))
    unit, form = one_or_404(mine.where(Unit.id == asked)), HoursForm()
    own = services.opening_hours(db.session())
    if form.is_submitted() and "inherit" in request.form:
        return _save(unit, None)
    if form.validate_on_submit():
        return _save(unit, form.spans())
    if not form.is_submitted():
        form.show(_hours_of(places(db.session())[unit.id], own))
    page = render_template(
        "coaching/hours_set.html", form=form, unit=unit, weekdays=weekday_names(), own=unit.id in own
    )
    return page, 422 if form.is_submitted() else 200


def _save(unit: Unit, spans: Hours | None) -> ResponseReturnValue:
    services.set_hours(db.session(), unit, spans, by=viewer(), on=now())
    db.session.commit()
    flash(_("Hours saved. What is owed already keeps its due time."))
    return redirect(url_for("coaching.hours"))
