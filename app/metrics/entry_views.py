"""Values and targets by hand, and files of them, for who sets policies."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import select

from app.accounts.access import may, requires, viewer
from app.accounts.filters import unit_options
from app.accounts.models import Unit
from app.accounts.permissions import Permission
from app.accounts.queries import subtree
from app.accounts.reach import everywhere, unit_scope
from app.core.clock import month_start, now
from app.core.database import db, one_or_404
from app.core.problems import BadFile, describe
from app.core.tables import Column, Filter, Table, on_day, text
from app.core.web import row_number
from app.metrics import entering, services
from app.metrics.blueprint import bp, views
from app.metrics.forms import FileForm, TargetForm, ValueForm, known_metrics
from app.metrics.labels import metric_name, written
from app.metrics.models import MetricValue, Target

SHOWN_PROBLEMS = 50


@bp.route("/new", methods=["GET", "POST"])
@requires(Permission.SET_POLICIES)
def new_value() -> ResponseReturnValue:
    """Write or correct a value of a month; the address may say of what."""
    form = ValueForm(unit_options(viewer(), Permission.SET_POLICIES))
    if form.validate_on_submit() and form.month.data is not None:
        unit, month = _unit(form.unit.data), month_start(form.month.data)
        figures = float(form.numerator.data or 0), float(form.denominator.data or 0)
        entering.put_value(db.session(), _metric(form), unit, month, *figures, by=viewer(), on=now())
        db.session.commit()
        flash(_("Saved: %(metric)s, %(unit)s.", metric=metric_name(_metric(form)), unit=unit.name))
        return redirect(url_for("metrics.index"))
    row = _named()
    if row is not None and not form.is_submitted():
        form.metric.data, form.unit.data, form.month.data = row.metric, str(row.unit_id), row.period
        form.numerator.data, form.denominator.data = row.numerator, row.denominator
    page = render_template("metrics/value.html", form=form, metrics=known_metrics(), row=row)
    return page, 422 if form.errors else 200


def _named() -> MetricValue | None:
    """The value of a unit that the address names."""
    number = request.args.get("value", 0, type=row_number)
    mine = MetricValue.visible_to(viewer(), Permission.SET_POLICIES)
    return db.session.scalar(mine.where(MetricValue.id == number, MetricValue.person_id.is_(None)))


@bp.post("/<int:value_id>/remove")
@requires(Permission.SET_POLICIES)
def remove_value(value_id: int) -> ResponseReturnValue:
    """Take a value away."""
    row = one_or_404(MetricValue.visible_to(viewer(), Permission.SET_POLICIES).where(MetricValue.id == value_id))
    entering.remove_value(db.session(), row, by=viewer(), on=now())
    db.session.commit()
    flash(_("Value removed."))
    return redirect(url_for("metrics.index"))


@bp.get("/targets")
@requires(Permission.SEE_REPORTS)
def targets() -> ResponseReturnValue:
    """All targets, the newest first."""
    mine = set(db.session.scalars(unit_scope(viewer(), Permission.SET_POLICIES))) if _may_set() else set()
    found = Target.visible_to(viewer()).add_columns(Unit.path, Unit.name).join(Unit, Unit.id == Target.unit_id)
    return _targets().answer(
        found, "metrics/targets.html", views=views(), may_set=_may_set(), mine=mine, metric_name=metric_name
    )


def _targets() -> Table:
    return Table(
        id="targets",
        columns=[
            Column("metric", lazy_gettext("Metric"), lambda row: text(metric_name(row[0].metric)), sort=Target.metric),
            Column(
                "unit", lazy_gettext("Unit"), lambda row: text(row[1].replace("/", " · ") or row[2]), sort=Unit.path
            ),
            Column(
                "target", lazy_gettext("Target"), lambda row: text(written(row[0].target), raw=row[0].target),
                sort=Target.target, align="end", kind="number",
            ),
            Column(
                "valid_from", lazy_gettext("Valid from"), lambda row: on_day(row[0].valid_from),
                sort=Target.valid_from, kind="date",
            ),
        ],
        filters=[
            Filter(
                "unit",
                lazy_gettext("Unit"),
                lambda v: Target.unit_id.in_(subtree(row_number(v))),
                lambda: unit_options(viewer(), Permission.SEE_REPORTS),
            )
        ],
        sort="-valid_from",
        caption=lazy_gettext("Targets"),
        tie_break=Target.id,
        empty_text=lazy_gettext("No target has been set yet."),
    )  # fmt: skip


@bp.route("/targets/new", methods=["GET", "POST"])
@requires(Permission.SET_POLICIES)
def new_target() -> ResponseReturnValue:
    """Set a target from a day on."""
    form = TargetForm(unit_options(viewer(), Permission.SET_POLICIES))
    if form.validate_on_submit() and form.valid_from.data is not None:
        unit, aim = _unit(form.unit.data), float(form.target.data or 0)
        entering.put_target(db.session(), _metric(form), unit, form.valid_from.data, aim, by=viewer(), on=now())
        db.session.commit()
        flash(_("Saved: %(metric)s, %(unit)s.", metric=metric_name(_metric(form)), unit=unit.name))
        return redirect(url_for("metrics.targets"))
    page = render_template("metrics/target.html", form=form, metrics=known_metrics())
    return page, 422 if form.errors else 200


@bp.post("/targets/<int:target_id>/remove")
@requires(Permission.SET_POLICIES)
def remove_target(target_id: int) -> ResponseReturnValue:
    """Take a target away."""
    within = unit_scope(viewer(), Permission.SET_POLICIES)
    row = one_or_404(Target.visible_to(viewer()).where(Target.id == target_id, Target.unit_id.in_(within)))
    entering.remove_target(db.session(), row, by=viewer(), on=now())
    db.session.commit()
    flash(_("Target removed; the previous one applies again."))
    return redirect(url_for("metrics.targets"))


@bp.route("/import", methods=["GET", "POST"])
@requires(Permission.SET_POLICIES)
def import_file() -> ResponseReturnValue:
    """A file of values or targets: all of it, or all that is wrong with it. It may name any unit."""
    if not everywhere(viewer(), Permission.SET_POLICIES):
        abort(403)
    form, problems = FileForm(), []
    if form.validate_on_submit():
        problems = _take_in(form)
        if not problems:
            return redirect(url_for("metrics.targets" if form.kind.data == "targets" else "metrics.index"))
    page = render_template("metrics/import.html", form=form, problems=problems[:SHOWN_PROBLEMS], count=len(problems))
    return page, 422 if form.errors or problems else 200


def _take_in(form: FileForm) -> list[str]:
    """What is wrong with the file; nothing when it is in."""
    take = services.import_targets if form.kind.data == "targets" else services.import_values
    file = form.file.data
    with tempfile.NamedTemporaryFile(suffix=Path(file.filename or "").suffix[:8]) as kept:
        file.save(kept.name)
        try:
            done = take(db.session(), kept.name, by=viewer(), on=now())
            db.session.commit()
        except BadFile as bad:
            db.session.rollback()
            return [describe(problem) for problem in bad.problems]
    counts = {"new": done.new, "changed": done.changed, "same": done.unchanged}
    flash(_("File imported: %(new)s new, %(changed)s changed, %(same)s unchanged.", **counts))
    if done.unknown_columns:
        names = ", ".join(done.unknown_columns)
        flash(_("Columns not read, because nothing here has these names: %(columns)s", columns=names))
    return []


def _metric(form: Any) -> str:
    return str(form.metric.data).strip()


def _unit(text: str | None) -> Unit:
    within = unit_scope(viewer(), Permission.SET_POLICIES)
    return one_or_404(select(Unit).where(Unit.id == row_number(text or "0"), Unit.id.in_(within)))


def _may_set() -> bool:
    return may(viewer(), Permission.SET_POLICIES)
