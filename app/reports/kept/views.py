"""Saved views: keep, open, share, forget; and schedules: make, look at, change, pause, stop."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from app.accounts.access import may, requires, viewer
from app.accounts.filters import unit_options
from app.accounts.models import Unit
from app.accounts.permissions import Permission
from app.accounts.reach import everywhere, unit_scope
from app.core.clock import now
from app.core.database import db, one_or_404
from app.core.errors import Refused
from app.reports.blueprint import bp
from app.reports.declared import Declared
from app.reports.gallery import REPORTS
from app.reports.kept import labels, services
from app.reports.kept.forms import ScheduleForm, ViewForm
from app.reports.kept.models import Recipient, ReportSend, SavedView, Schedule

SENDS_SHOWN = 100


@bp.route("/views/new", methods=["GET", "POST"])
@requires(Permission.SEE_REPORTS)
def new_view() -> ResponseReturnValue:
    """Keep a report with the filters of its address (`report` and the rest of the query)."""
    declared = _readable(request.args.get("report", ""))
    if declared is None:
        return redirect(url_for("reports.index"))
    form, query = ViewForm(unit_options(viewer(), Permission.SEE_REPORTS)), request.args.to_dict()
    if form.validate_on_submit():
        try:
            services.save(db.session(), str(form.name.data), declared.name, query, form.sharing, by=viewer(), on=now())
            db.session.commit()
            flash(_("View saved."))
            return redirect(url_for("reports.index") + "#views")
        except Refused as refused:
            db.session.rollback()
            form.refuse("name", refused)
    return _form("reports/view_form.html", form, declared=declared, view=None)


def _readable(name: str) -> Declared | None:
    declared = REPORTS.get(name)
    return declared if declared is not None and may(viewer(), declared.may) else None


def _form(template: str, form: Any, **context: Any) -> ResponseReturnValue:
    return render_template(template, form=form, **context), 422 if form.errors else 200


@bp.get("/views/<int:view_id>")
@requires(Permission.SEE_REPORTS)
def view(view_id: int) -> ResponseReturnValue:
    """Open a view: its report with its filters, within what the reader may see."""
    one = _view(SavedView.visible_to(viewer()), view_id)
    declared, query = _readable(one.report), dict(sorted(one.query.items()))
    if declared is None:
        abort(404)
    scope = unit_scope(viewer(), Permission.SEE_REPORTS)
    unit = str(query.get("unit", ""))
    if unit and not (
        unit.isdecimal() and db.session.scalar(select(Unit.id).where(Unit.id == int(unit), Unit.id.in_(scope)))
    ):
        query.pop("unit")
        flash(_("The unit of this view is not within your reach: showing everything that is."))
    return redirect(url_for(f"reports.{declared.endpoint}", **query))


def _view(rows: Select[SavedView], view_id: int) -> SavedView:
    return one_or_404(rows.where(SavedView.id == view_id))


def _own(view_id: int) -> SavedView:
    return _view(select(SavedView).where(SavedView.owner_id == viewer().id), view_id)


@bp.route("/views/<int:view_id>/edit", methods=["GET", "POST"])
@requires(Permission.SEE_REPORTS)
def edit_view(view_id: int) -> ResponseReturnValue:
    """Rename a view of one's own, or share it."""
    one = _own(view_id)
    form = ViewForm(unit_options(viewer(), Permission.SEE_REPORTS), one)
    if form.validate_on_submit():
        try:
            services.change(db.session(), one, str(form.name.data), form.sharing, by=viewer(), on=now())
            db.session.commit()
            flash(_("View changed."))
            return redirect(url_for("reports.index") + "#views")
        except Refused as refused:
            db.session.rollback()
            form.refuse("name", refused)
    return _form("reports/view_form.html", form, declared=REPORTS.get(one.report), view=one)


@bp.post("/views/<int:view_id>/drop")
@requires(Permission.SEE_REPORTS)
def drop_view(view_id: int) -> ResponseReturnValue:
    """Forget a view of one's own, with its schedules."""
    services.drop(db.session(), _own(view_id), by=viewer(), on=now())
    db.session.commit()
    flash(_("View deleted."))
    return redirect(url_for("reports.index") + "#views")


# --- By mail ---


@bp.route("/views/<int:view_id>/schedule", methods=["GET", "POST"])
@requires(Permission.SEE_REPORTS)
def new_schedule(view_id: int) -> ResponseReturnValue:
    """Have a view of one's own mailed regularly."""
    one = _own(view_id)
    if _readable(one.report) is None:
        abort(404)
    form = ScheduleForm(own=viewer().email or viewer().employee_no, ahead=REPORTS[one.report].ahead)
    if form.validate_on_submit():
        try:
            people = services.found_people(db.session(), form.words, by=viewer())
            made = services.schedule(db.session(), one, form.timing, people, by=viewer(), on=now())
            db.session.commit()
            flash(_("The report will be sent by email."))
            return redirect(url_for("reports.schedule", schedule_id=made.id))
        except Refused as refused:
            db.session.rollback()
            form.refuse("recipients", refused)
    return _form("reports/schedule_form.html", form, view=one, schedule=None)


@bp.get("/schedules/<int:schedule_id>")
@requires(Permission.USE)
def schedule(schedule_id: int) -> ResponseReturnValue:
    """When a report is mailed to whom, and what became of each letter; a recipient sees the own letters alone."""
    one = _schedule(schedule_id)
    manages = _manages(one)
    sends = select(ReportSend).where(ReportSend.schedule_id == one.id)
    recipients = [found for found in one.recipients if manages or found.person_id == viewer().id]
    if not manages:
        sends = sends.where(ReportSend.person_id == viewer().id)
    newest = sends.order_by(ReportSend.due_at.desc(), ReportSend.id.desc()).limit(SENDS_SHOWN)
    return render_template(
        "reports/schedule.html",
        schedule=one,
        declared=REPORTS.get(one.view.report),
        when=labels.when(one),
        manages=manages,
        recipients=recipients,
        mine=next((found for found in one.recipients if found.person_id == viewer().id), None),
        sends=db.session.scalars(newest.options(joinedload(ReportSend.person))).all(),
        labels=labels,
    )


def _schedule(schedule_id: int) -> Schedule:
    return one_or_404(Schedule.visible_to(viewer()).where(Schedule.id == schedule_id))


def _manages(one: Schedule) -> bool:
    return one.view.owner_id == viewer().id or everywhere(viewer(), Permission.ADMINISTER)


def _managed(schedule_id: int) -> Schedule:
    one = _schedule(schedule_id)
    if not _manages(one):
        abort(403)
    return one


@bp.route("/schedules/<int:schedule_id>/edit", methods=["GET", "POST"])
@requires(Permission.SEE_REPORTS)
def edit_schedule(schedule_id: int) -> ResponseReturnValue:
    """Change when a report is mailed, and to whom."""
    one = _managed(schedule_id)
    form = ScheduleForm(one, ahead=one.view.report in REPORTS and REPORTS[one.view.report].ahead)
    if form.validate_on_submit():
        try:
            people = services.found_people(db.session(), form.words, by=viewer())
            services.reschedule(db.session(), one, form.timing, people, by=viewer(), on=now())
            db.session.commit()
            flash(_("Schedule changed."))
            return redirect(url_for("reports.schedule", schedule_id=schedule_id))
        except Refused as refused:
            db.session.rollback()
            form.refuse("recipients", refused)
    return _form("reports/schedule_form.html", form, view=one.view, schedule=one)


@bp.post("/schedules/<int:schedule_id>/pause")
@requires(Permission.SEE_REPORTS)
def pause_schedule(schedule_id: int) -> ResponseReturnValue:
    """Send nothing until it is resumed, or resume it."""
    one = _managed(schedule_id)
    if one.paused_at is None:
        services.pause(db.session(), one, by=viewer(), on=now())
    else:
        services.resume(db.session(), one, by=viewer(), on=now())
    db.session.commit()
    flash(_("Paused: nothing is sent.") if one.paused_at else _("Sending resumed."))
    return redirect(url_for("reports.schedule", schedule_id=schedule_id))


@bp.post("/schedules/<int:schedule_id>/end")
@requires(Permission.SEE_REPORTS)
def end_schedule(schedule_id: int) -> ResponseReturnValue:
    """Mail it no more."""
    services.end(db.session(), _managed(schedule_id), by=viewer(), on=now())
    db.session.commit()
    flash(_("The report is no longer sent by email."))
    return redirect(url_for("reports.index") + "#mail")


@bp.post("/schedules/<int:schedule_id>/stop")
@requires(Permission.USE)
def stop_schedule(schedule_id: int) -> ResponseReturnValue:
    """Be mailed no more."""
    services.stop(db.session(), _schedule(schedule_id), by=viewer(), on=now())
    db.session.commit()
    flash(_("You will no longer get this report by email."))
    return redirect(url_for("reports.schedule", schedule_id=schedule_id))


def kept() -> dict[str, Any]:
    """What the gallery shows of views and schedules: one's own, those shared, and what one is mailed."""
    views = SavedView.visible_to(viewer()).options(joinedload(SavedView.owner), joinedload(SavedView.shared_unit))
    mine = select(SavedView.id).where(SavedView.owner_id == viewer().id)
    told = select(Recipient.schedule_id).where(Recipient.person_id == viewer().id, Recipient.stopped_at.is_(None))
    mailed = select(Schedule).where(Schedule.view_id.in_(mine) | Schedule.id.in_(told))
    readable = [name for name in REPORTS if _readable(name) is not None]
    return {
        "views": db.session.scalars(
            views.where(SavedView.report.in_(readable)).order_by(SavedView.name, SavedView.id)
        ).all(),
        "schedules": [
            (one, labels.when(one))
            for one in db.session.scalars(mailed.options(joinedload(Schedule.view)).order_by(Schedule.id))
        ],
    }
