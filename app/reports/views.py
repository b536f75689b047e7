"""The gallery of reports, and each report: a page with its chart and table, the same figures as a file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from app.accounts.access import requires, viewer
from app.accounts.filters import belonging_to, unit_options
from app.accounts.models import Unit
from app.accounts.permissions import Permission
from app.accounts.reach import agents_in, unit_scope
from app.core import charts
from app.core.clock import day_of, month_start, now
from app.core.database import db, one_or_404
from app.core.i18n import time_zone
from app.core.web import address
from app.reports import compliance, documents, meaning, priorities
from app.reports.documents import FORMATS, Report

bp = Blueprint("reports", __name__, url_prefix="/reports", template_folder="templates")


class Asked(NamedTuple):
    """What the address asks for: a month, and a unit or none."""

    month: date
    unit: Unit | None

    @property
    def place(self) -> str:
        """The unit by its path, or that it is all within reach."""
        if self.unit is None:
            return _("All units within reach")
        return self.unit.path.replace("/", " · ") or self.unit.name


def asked(default: date) -> Asked:
    """Read the address; a month that is none is the default, a unit out of scope is not found."""
    try:
        month = date.fromisoformat(request.args.get("month", "") + "-01")
    except ValueError:
        month = default
    number = request.args.get("unit", "")
    unit = None
    if number:
        if not number.isdigit():
            abort(404)
        scope = unit_scope(viewer(), Permission.SEE_REPORTS)
        unit = one_or_404(select(Unit).where(Unit.id == int(number), Unit.id.in_(scope)))
    return Asked(month, unit)


def this_month() -> date:
    """The first day of the reader's present month."""
    return month_start(day_of(now(), time_zone()))


def compliance_report() -> Report:
    """The compliance report the address asks for."""
    chosen = asked(this_month())
    unit_id = chosen.unit.id if chosen.unit else None
    return compliance.report(db.session(), viewer(), chosen.month, at=now(), unit_id=unit_id, place=chosen.place)


def priorities_report() -> Report:
    """The priorities report the address asks for."""
    chosen = asked(this_month())
    people = agents_in(viewer(), Permission.SEE_REPORTS)
    if chosen.unit is not None:
        people = belonging_to(chosen.unit.id)
    today = day_of(now(), time_zone())
    return priorities.report(db.session(), people, chosen.month, at=now(), today=today, place=chosen.place)


def show(make: Callable[[], Report], template: str, chart_endpoint: str) -> ResponseReturnValue:
    """A report as a page, or as the file that `format` asks for."""
    report = make()
    file_format = request.args.get("format")
    if file_format in FORMATS:
        return documents.answer(report, file_format)
    return render_template(
        template,
        report=report,
        units=unit_options(viewer(), Permission.SEE_REPORTS),
        chosen_unit=request.args.get("unit", ""),
        chart_endpoint=chart_endpoint,
        export_urls={f: address(format=f) for f in FORMATS},
        **report.context,
    )


def draw(make: Callable[[], Report]) -> Response:
    """The chart of a report."""
    report = make()
    if report.chart is None:
        abort(404)
    return charts.answer(report.chart)


@bp.get("")
@requires(Permission.SEE_REPORTS)
def index() -> ResponseReturnValue:
    """The gallery."""
    return render_template("reports/index.html", month=this_month())


@bp.get("/compliance")
@requires(Permission.SEE_REPORTS)
def coaching_compliance() -> ResponseReturnValue:
    """Coaching compliance of a month."""
    return show(compliance_report, "reports/compliance.html", "reports.compliance_chart")


@bp.get("/compliance/chart.svg")
@requires(Permission.SEE_REPORTS)
def compliance_chart() -> ResponseReturnValue:
    return draw(compliance_report)


@bp.get("/priorities")
@requires(Permission.SEE_REPORTS)
def learning_priorities() -> ResponseReturnValue:
    """Learning priorities of a month."""
    return show(priorities_report, "reports/priorities.html", "reports.priorities_chart")


@bp.get("/priorities/chart.svg")
@requires(Permission.SEE_REPORTS)
def priorities_chart() -> ResponseReturnValue:
    return draw(priorities_report)


@bp.get("/definitions")
@requires(Permission.USE)
def definitions() -> ResponseReturnValue:
    """What every figure is."""
    return render_template(
        "reports/definitions.html",
        compliance=compliance.definitions(),
        gaps=meaning.gaps(),
        audits=meaning.audits(),
        priorities=priorities.definitions(None),
    )


from app.reports import cli  # noqa: E402, F401 -- the room's commands
