"""Performance against target, laid out for every way it leaves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from app.accounts.access import may
from app.accounts.permissions import Permission
from app.core.exports import Chart, Sheet
from app.core.i18n import month_name
from app.metrics import performance as metrics
from app.metrics.labels import metric_name, standing, written
from app.metrics.performance import Metric, Series
from app.reports.declared import Declared, Question
from app.reports.documents import Report
from app.reports.performance.figures import Performance, performance


def report(asked: Question) -> Report:
    """Performance of a month within the viewer's scope, of all of it without a viewer, laid out."""
    month, at, place = asked.month, asked.at, asked.place
    found = performance(
        asked.session, asked.viewer, month, at=at, today=asked.today, unit_id=asked.unit_id, auditors=True
    )
    lines = [found.whole(metric) for metric in found.metrics]
    told = any(one.metric in metrics.OF_AUDITORS for one in lines)
    return Report(
        id="performance",
        title=_("Performance against target, %(month)s", month=month_name(month)),
        lead=lead(lines, month),
        place=place,
        month=month,
        at=at,
        sheets=[_figures(lines), _months(found, lines), _units(found)],
        data=_data(found, lines, place, at),
        definitions=definitions(auditors=told),
        brief=_brief(lines),
        context={"found": found, "lines": lines, "metric_name": metric_name, "written": written, "standing": standing},
    )


def source(metric: Metric) -> str:
    """Where a figure comes from."""
    return _("computed here") if metric.computed else _("imported")


def lead(lines: list[Series], month: date) -> str:
    """What the report shows, in one sentence."""
    known = [one for one in lines if one.rate is not None]
    off = [metric_name(one.metric.code) for one in known if one.is_off]
    if not known:
        return _("Nothing has been measured in %(month)s yet.", month=month_name(month))
    if not off:
        return ngettext(
            "%(num)s figure, not off beyond chance.", "%(num)s figures, none of them off beyond chance.", len(known)
        )
    return ngettext(
        "%(num)s of %(all)s figures is off beyond chance: %(names)s.",
        "%(num)s of %(all)s figures are off beyond chance: %(names)s.",
        len(off),
        all=len(known),
        names=", ".join(off),
    )


def definitions(*, auditors: bool = False) -> list[tuple[str, str]]:
    """What each figure is, that of auditors only where it is told."""
    of_auditors = (
        _("Auditor alignment"),
        _(
            "Of audits scored again in the month: the share of the applicable points on which auditor "
            "and benchmark agree. Only people who lead quality see it; calibrations are in the report "
            "on auditor quality."
        ),
    )
    return [
        (
            _("Computed here, imported"),
            _("Computed from the rows in Hilo, or imported from a file, with numerator and denominator."),
        ),
        (_("Quality score"), _("Mean score of released random audits, by the month of the contact.")),
        (_("Audits with a fatal error"), _("Released random audits with a fatal error, of all of them.")),
        (
            _("Critical-error accuracy"),
            _("Released random audits without an error of that class, of all of them: defective contacts count, not defects."),
        ),
        (_("Coaching on time"), _("As in coaching compliance: closed months stay as they closed.")),
        (
            _("Learning on time"),
            _(
                "Assignments completed by their due date, of those due in the month; people who changed "
                "teams count in the last one."
            ),
        ),
        (_("DSAT cases audited"), _("Cases with a released DSAT audit, of those received in the month.")),
        *([of_auditors] if auditors else []),
        (
            _("Units"),
            _("What a file says about a unit itself counts; if it says nothing, the units below are added up."),
        ),
        (
            _("On target, beyond chance"),
            _(
                "A share is off target where chance alone would bring about less than one such month in 1,000, were the true "
                "share at the target; a mean, where it is further off than its months usually differ. Anything nearer is "
                "“within chance”."
            ),
        ),
        (
            _("Limits"),
            _(
                "Where no target is set: three sigmas around the months before (p chart for shares, XmR chart for means), "
                "from three earlier months on."
            ),
        ),
    ]  # fmt: skip


# --- As tables ---

_KINDS = ("text", "figure", "number", "number", "figure", "text", "number", "figure", "figure")


def _heads() -> list[str]:
    return [
        _("Metric"), _("Value"), _("Numerator"), _("Denominator"), _("Target"), _("Standing"), _("On the month before"),
        _("Lower limit"), _("Upper limit"),
    ]  # fmt: skip


def _line(series: Series) -> list[Any]:
    said, limits = standing(series), series.limits
    return [
        metric_name(series.metric.code), series.rate, series.part, series.whole, series.target, said[1] if said else None,
        series.change, limits and limits.low, limits and limits.high,
    ]  # fmt: skip


def _figures(lines: Iterable[Series]) -> Sheet:
    rows = [[*_line(one), source(one.metric)] for one in lines]
    return Sheet(_("Figures"), [*_heads(), _("Source")], rows, (*_KINDS, "text"))


def _months(found: Performance, lines: Iterable[Series]) -> Sheet:
    rows: list[list[Any]] = []
    drawn: list[Chart] = []
    for one in lines:
        name, first = metric_name(one.metric.code), len(rows) + 1
        rows += [
            [name, month, rate, part, whole, one.target]
            for month, rate, (part, whole) in zip(found.months, one.rates, one.trend, strict=True)
            if whole
        ]
        guides = () if one.target is None else (5,)
        drawn.append(Chart("line", name, names=1, values=2, guides=guides, rows=(first, len(rows))))
    headers = [_("Metric"), _("Month"), _("Value"), _("Numerator"), _("Denominator"), _("Target")]
    return Sheet(_("By month"), headers, rows, ("text", "month", "figure", "number", "number", "figure"), drawn)


def _units(found: Performance) -> Sheet:
    rows = [
        [unit.path or unit.name, *_line(series)]
        for metric in found.metrics
        for unit, series in found.units(metric)
        if series.whole
    ]
    return Sheet(_("By unit"), [_("Unit"), *_heads()], rows, ("text", *_KINDS))


def _brief(lines: Iterable[Series]) -> Sheet:
    rows = []
    for one in lines:
        said = standing(one)
        target = None if one.target is None else written(one.target)
        rows.append([metric_name(one.metric.code), written(one.rate), one.whole, target, said[1] if said else None])
    headers = [_("Metric"), _("Value"), _("n"), _("Target"), _("Standing")]
    return Sheet(_("Figures"), headers, rows, ("text", "text", "number", "text", "text"))


# --- As plain values ---


def _data(found: Performance, lines: Iterable[Series], place: str, at: datetime) -> dict[str, Any]:
    return {
        "report": "performance",
        "month": f"{found.month:%Y-%m}",
        "as_of": at.isoformat(timespec="seconds"),
        "scope": place,
        "figures": [
            {
                **_plain(one),
                "computed": one.metric.computed,
                "months": [
                    {"month": f"{month:%Y-%m}", "numerator": part, "denominator": whole, "value": rate}
                    for month, rate, (part, whole) in zip(found.months, one.rates, one.trend, strict=True)
                ],
                "units": [
                    {"unit": unit.path, "name": unit.name, "kind": unit.kind.value, **_plain(series)}
                    for unit, series in found.units(one.metric)
                ],
            }
            for one in lines
        ],
    }


def _plain(series: Series) -> dict[str, Any]:
    limits = series.limits
    return {
        "metric": series.metric.code, "value": series.rate, "numerator": series.part, "denominator": series.whole,
        "target": series.target, "standing": series.standing and series.standing.value, "change": series.change,
        "limits": limits and {"low": limits.low, "middle": limits.middle, "high": limits.high},
    }  # fmt: skip


# --- As a page ---

UNITS_SHOWN = 60
"""Of a figure by unit; files have all."""


def _page(made: Report, asked: Question) -> dict[str, Any]:
    """One of the figures (`metric` in the address) by unit."""
    found: Performance = made.context["found"]
    metric = next((one for one in found.metrics if one.code == asked.options.get("metric")), None)
    units = found.units(metric) if metric is not None else []
    return {
        "chosen_metric": metric,
        "units": units[:UNITS_SHOWN],
        "all_units": len(units),
        "source": source,
        "of_auditors": metric in metrics.OF_AUDITORS,
        "may_start": asked.viewer is not None and may(asked.viewer, Permission.SET_POLICIES),
        "chosen_unit": asked.unit_id,
    }


DECLARED = Declared(
    name="performance",
    endpoint="performance_against_target",
    title=lazy_gettext("Performance against target"),
    about=lazy_gettext(
        "Quality, errors, coaching, learning and what other systems measure, month by month, with what chance explains."
    ),
    drawing="report",
    help="Every figure of a month against its target.",
    answer=report,
    definitions=definitions,
    template="reports/performance.html",
    page=_page,
)
