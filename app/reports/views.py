"""The gallery of reports, and each report: a page with its chart and table, the same figures as a file."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, abort, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeSerializer

from app.accounts.access import may, requires, viewer
from app.accounts.permissions import Permission
from app.accounts.queries import subtree
from app.accounts.reach import everywhere, unit_scope
from app.core import charts
from app.core.clock import last_month, next_month, now
from app.core.database import db
from app.core.web import address
from app.reports import compliance, documents, meaning, performance, priorities
from app.reports.asked import Asked, asked, chooser, this_month, today
from app.reports.documents import FORMATS, Report
from app.reports.tree import most_missing, tree

bp = Blueprint("reports", __name__, url_prefix="/reports", template_folder="templates")


UNITS_SHOWN = 60
"""Of a figure by unit; files have all."""


@bp.get("")
@requires(Permission.SEE_REPORTS)
def index() -> ResponseReturnValue:
    """The gallery."""
    month = this_month()
    return render_template("reports/index.html", earlier=last_month(month), later=next_month(month))


@bp.get("/compliance")
@requires(Permission.SEE_REPORTS)
def coaching_compliance() -> ResponseReturnValue:
    """Coaching compliance of a month."""
    chosen = asked()
    unit_id = chosen.unit.id if chosen.unit else None
    cut = request.args.get("by", "")
    report = compliance.report(
        db.session(),
        viewer(),
        chosen.month,
        at=now(),
        unit_id=unit_id,
        place=chosen.place,
        more=cut == "more" or "format" in request.args,
    )
    folded = tree(report.context["found"].units, request.args.get("open", ""))
    return _show(
        report,
        chosen,
        "reports/compliance.html",
        last=this_month(),
        cut=cut,
        cuts=_cuts(cut),
        tree=folded,
        chosen_unit=unit_id,
        by_beyond=compliance.beside(report, folded.lines) if cut == "more" else (),
        shown_leads=most_missing(report.context["by_lead"]),
    )


def _cuts(cut: str) -> list[tuple[str, str, bool]]:
    """The ways a month is cut, as tabs; what is none of them is the first."""
    names = {
        None: _("By unit"),
        "lead": _("By team lead"),
        "reason": _("By reason"),
        "market": _("By market"),
        "tenure": _("By tenure"),
        "month": _("By month"),
        "more": _("Held, confirmed, followed up"),
    }
    chosen = cut if cut in names else None
    return [(address(by=key, open=None), name, key == chosen) for key, name in names.items()]


@bp.get("/priorities")
@requires(Permission.SEE_REPORTS)
def learning_priorities() -> ResponseReturnValue:
    """Learning priorities of a month."""
    chosen = asked()
    teams = subtree(chosen.unit.id) if chosen.unit else unit_scope(viewer(), Permission.SEE_REPORTS)
    report = priorities.report(db.session(), teams, chosen.month, at=now(), today=today(), place=chosen.place)
    may_agree = everywhere(viewer(), Permission.SEE_REPORTS)
    return _show(report, chosen, "reports/priorities.html", last=next_month(this_month()), may_agree=may_agree)


@bp.get("/performance")
@requires(Permission.SEE_REPORTS)
def performance_against_target() -> ResponseReturnValue:
    """Every figure of a month against its target, and one of them (`metric`) by unit."""
    chosen = asked()
    unit_id = chosen.unit.id if chosen.unit else None
    report = performance.report(
        db.session(), viewer(), chosen.month, at=now(), today=today(), unit_id=unit_id, place=chosen.place
    )
    found = report.context["found"]
    metric = next((one for one in found.metrics if one.code == request.args.get("metric")), None)
    units = found.units(metric) if metric is not None else []
    return _show(
        report,
        chosen,
        "reports/performance.html",
        last=this_month(),
        chosen_metric=metric,
        units=units[:UNITS_SHOWN],
        all_units=len(units),
        source=performance.source,
        may_start=may(viewer(), Permission.SET_POLICIES),
        chosen_unit=unit_id,
    )


def _show(report: Report, chosen: Asked, template: str, *, last: date, **context: Any) -> ResponseReturnValue:
    """A report as a page, or as the file that `format` asks for; `last` is the last month there is something to say of."""
    file_format = request.args.get("format")
    if file_format in FORMATS and chosen.problem is None:
        return documents.answer(report, file_format)
    page = render_template(
        template,
        report=report,
        page=chooser(chosen, last),
        chart_urls=_chart_urls(report),
        export_urls={name: address(format=name, open=None) for name in FORMATS},
        **report.context,
        **context,
    )
    return page, 200 if chosen.problem is None else 422


# --- Charts: what is drawn stands in the address, so that it is what the page says and is worked out once ---


def _signer() -> URLSafeSerializer:
    """Signs what one reader may have drawn."""
    return URLSafeSerializer(current_app.secret_key or "", salt=f"chart:{viewer().id}")


def _chart_urls(report: Report) -> tuple[str, str] | None:
    """The addresses of the chart for the light and for the dark theme."""
    if report.chart is None:
        return None
    drawing = _signer().dumps(report.chart)
    return url_for("reports.chart", drawing=drawing), url_for("reports.chart", drawing=drawing, theme="dark")


@bp.get("/chart.svg")
@requires(Permission.SEE_REPORTS)
def chart() -> ResponseReturnValue:
    """The chart of a report this reader has seen; no other."""
    try:
        spec = _signer().loads(request.args.get("drawing", ""))
    except BadSignature:
        abort(404)
    return charts.answer(spec)


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
        performance=performance.definitions(),
    )


from app.reports import cli  # noqa: E402, F401 -- the room's commands
