"""The page of what came of disputes in some months: by month, criterion, auditor and partner, drawn and as files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import requires, viewer
from app.accounts.permissions import Permission
from app.audits.blueprint import bp
from app.audits.disputes.figures import Figures, figures
from app.audits.disputes.rules import Tally
from app.audits.period import asked_period
from app.core import charts, exports
from app.core.database import db
from app.core.i18n import month_name, percent

CUTS = ("months", "criteria", "auditors", "partners")


@bp.get("/disputes/figures")
@requires(Permission.LEAD_QUALITY)
def dispute_figures() -> ResponseReturnValue:
    """Overturned by criterion, auditor and partner, and days to resolve; `?format=xlsx` for all of it as a file."""
    period = asked_period()
    found = figures(db.session(), viewer(), period)
    if request.args.get("format") in ("csv", "xlsx"):
        return _file(found, request.args["format"])
    asked: dict[str, Any] = {**period.asked}
    return render_template(
        "audits/disputes/figures.html",
        found=found,
        period=period,
        title=_title(found),
        charted=sum(one.answered > 0 for one in found.months) > 1,
        chart_urls=[url_for("audits.dispute_chart", **asked, **theme) for theme in ({}, {"theme": "dark"})],
    )


@bp.get("/disputes/figures.svg")
@requires(Permission.LEAD_QUALITY)
def dispute_chart() -> Response:
    """The share overturned by month, drawn."""
    found = figures(db.session(), viewer(), asked_period())
    points = [{"month": month_name(one.name), "rate": _share(one), "n": one.answered} for one in found.months]
    last = next((one for one in reversed(found.months) if one.answered), None)
    said = percent(_share(last), 0) if last else ""
    return charts.answer(charts.trend(points, x="month", y="rate", target=None, labels=(said, "")))


def _share(one: Tally) -> float | None:
    return one.overturned / one.answered if one.answered else None


def _title(found: Figures) -> str:
    """What the chart finds."""
    facts = {"share": percent(_share(found.whole), 0)}
    return _("%(share)s of the answered disputes were overturned", **facts)


def _file(found: Figures, file_format: str) -> Response:
    """All cuts as sheets; a CSV has the one the address names with `of`."""
    sheets = dict(zip(CUTS, _sheets(found), strict=True))
    cut = request.args.get("of", "")
    if file_format == "csv":
        cut = cut if cut in sheets else CUTS[0]
        return exports.download([sheets[cut]], "csv", f"disputes-{cut}")
    return exports.download(list(sheets.values()), "xlsx", "disputes")


def _sheets(found: Figures) -> list[exports.Sheet]:
    chart = exports.Chart("line", _title(found), 0, 4)
    months = [[f"{one.name:%Y-%m}", *_values(one)] for one in found.months]
    criteria = [[*one.name, *_values(one)] for one in found.criteria]
    auditors, partners = ([[one.name, *_values(one)] for one in lines] for lines in (found.auditors, found.partners))
    return [
        _sheet(_("By month"), [_("Month")], months, chart),
        _sheet(_("By criterion"), [_("Code"), _("Criterion")], criteria),
        _sheet(_("By auditor"), [_("Auditor")], auditors),
        _sheet(_("By partner"), [_("Partner")], partners),
    ]


def _sheet(
    name: str, heads: list[str], rows: Sequence[Sequence[Any]], chart: exports.Chart | None = None
) -> exports.Sheet:
    figures_of = [_("Raised"), _("Answered"), _("Overturned"), _("Share overturned"), _("Median days to an answer")]
    kinds = [*["text"] * len(heads), "number", "number", "number", "rate", "number"]
    return exports.Sheet(name, [*heads, *figures_of], rows, kinds, chart)


def _values(one: Tally) -> list[Any]:
    days = None if one.days is None else round(one.days, 2)
    return [one.raised, one.answered, one.overturned, _share(one), days]
