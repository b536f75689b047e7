"""The gallery of reports, and each report: a page with its chart and table, the same figures as a file."""

from __future__ import annotations

from typing import Any

from flask import abort, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeSerializer

from app.accounts.access import may, requires, viewer
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.core import charts
from app.core.clock import last_month, next_month, now
from app.core.database import db, one_or_404
from app.core.web import address
from app.reports import agent, documents, meaning
from app.reports.agent_list import agent_table
from app.reports.asked import asked, chooser, this_month, today
from app.reports.blueprint import bp
from app.reports.declared import Declared, Question
from app.reports.documents import FORMATS, Report
from app.reports.gallery import OF_ONE, REPORTS, open_to
from app.reports.kept import views as kept

KEPT = ("unit", "by", "metric", "month")
"""What stands in the address of a report and says what it shows."""


@bp.get("")
@requires(Permission.SEE_REPORTS)
def index() -> ResponseReturnValue:
    """The gallery."""
    month = this_month()
    return render_template(
        "reports/index.html",
        reports=open_to(viewer()),
        of_one=OF_ONE,
        earlier=last_month(month),
        later=next_month(month),
        viewer_id=viewer().id,
        **kept.kept(),
    )


def _add(declared: Declared) -> None:
    """Give a report its page."""

    def page() -> ResponseReturnValue:
        return _show(declared)

    page.__doc__ = f"The report `{declared.name}`, as a page or as the file that `format` asks for."
    bp.add_url_rule(f"/{declared.name}", declared.endpoint, requires(declared.may)(page))


for _declared in REPORTS.values():
    _add(_declared)


@bp.get("/agents")
@requires(Permission.SEE_REPORTS)
def agents() -> ResponseReturnValue:
    """The agents whose one-pager the viewer reads."""
    return agent_table(viewer()).answer(agent.agents(viewer()), "reports/agents.html", declared=OF_ONE)


@bp.get("/agent/<int:person_id>", endpoint=OF_ONE.endpoint)
@requires(OF_ONE.may)
def one_pager(person_id: int) -> ResponseReturnValue:
    """The one-pager of somebody within reach, or one's own."""
    return _show(OF_ONE, one_or_404(agent.agents(viewer()).where(User.id == person_id)))


def _show(declared: Declared, person: User | None = None) -> ResponseReturnValue:
    """A report as a page, or as the file that `format` asks for."""
    chosen, at = asked(), now()
    file_format = request.args.get("format")
    leaves = file_format in FORMATS and chosen.problem is None
    question = Question(
        db.session(), viewer(), chosen.month, at, today(), unit=chosen.unit, place=chosen.place, person=person,
        options=request.args.to_dict(), whole="format" in request.args,
    )  # fmt: skip
    report = declared.answer(question)
    if leaves and file_format is not None:
        return documents.answer(report, file_format)
    cut = question.cut if question.cut in dict(declared.cuts()) else ""
    context = {
        "declared": declared,
        "report": report,
        "page": chooser(chosen, next_month(this_month()) if declared.ahead else this_month()),
        "chart_urls": _chart_urls(report),
        "keep_url": url_for("reports.new_view", report=declared.name, **_kept_query()),
        "export_urls": {name: address(format=name, open=None) for name in FORMATS},
        "cut": cut,
        "reads_reports": may(viewer(), Permission.SEE_REPORTS),
        "cuts": [(address(by=key or None, open=None), name, key == cut) for key, name in declared.cuts()],
        **report.context,
        **declared.page(report, question),
    }
    return render_template(declared.template, **context), 200 if chosen.problem is None else 422


def _kept_query() -> dict[str, Any]:
    """What a saved view keeps of the address."""
    return {key: value for key, value in request.args.items() if key in KEPT and value}


# --- Charts: what is drawn stands in the address, so that it is what the page says and is worked out once ---


def _signer() -> URLSafeSerializer:
    """Signs what one reader may have drawn."""
    return URLSafeSerializer(current_app.secret_key or "", salt=f"chart:{viewer().id}")


def _chart_urls(report: Report) -> tuple[str, str] | None:
    """The addresses of the chart for the light and for the dark theme."""
    if report.chart is None:
        return None
    return chart_urls(report.chart)


def chart_urls(spec: charts.Spec) -> tuple[str, str]:
    """Where this reader finds a drawing, for the light and for the dark theme."""
    drawing = _signer().dumps(spec)
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
    """What every figure is: of reports, and of gaps and audits."""
    told = [(f"report-{one.name}", str(one.title), one.definitions()) for one in (*REPORTS.values(), OF_ONE)]
    told[1:1] = [("gaps", _("Gaps"), meaning.gaps()), ("audits", _("Audits"), meaning.audits())]
    tabs = [(f"#{key}", title, False) for key, title, _told in told]
    return render_template("reports/definitions.html", told=told, tabs=tabs)
