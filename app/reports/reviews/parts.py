"""How each part of a business review reads: its name, the sentence that says the finding, and its tables with their charts.

All of it is made from figures as they are kept (`drawing`), in the reader's language.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from flask_babel import ngettext, pgettext

from app.core.exports import Chart, Sheet
from app.core.i18n import Bilingual, day, month_name, number, percent, signed
from app.governance.reviews.labels import PARTS
from app.governance.reviews.rules import Part
from app.metrics import performance as metrics
from app.metrics.labels import STANDINGS, metric_name, written
from app.metrics.performance import Better, Standing
from app.reports.reviews import learned
from app.reports.reviews.drawing import Figures

ACCURACIES = (metrics.CUSTOMER_ACCURACY, metrics.BUSINESS_ACCURACY, metrics.COMPLIANCE_ACCURACY)


@dataclass(frozen=True, slots=True)
class Section:
    """A part as it is read; `sheets` are its tables, the first one first."""

    part: Part
    name: str
    finding: str
    sheets: Sequence[Sheet]

    @property
    def tables(self) -> list[Sheet]:
        """Those that have rows."""
        return [sheet for sheet in self.sheets if sheet.filled]

    @property
    def charts(self) -> list[tuple[Sheet, Chart]]:
        """The charts there is something to draw in."""
        return [(sheet, chart) for sheet in self.tables for chart in sheet.charts]


def sections(figures: Figures) -> list[Section]:
    """The parts of a review in the order they are read."""
    return [
        Section(part, str(PARTS[part]), finding, sheets)
        for part, make in MAKERS.items()
        for finding, sheets in [make(figures)]
    ]


Made = tuple[str, list[Sheet]]
"""Finding and tables."""


def month_of(figures: Figures) -> date:
    """The first day of the month reviewed."""
    return first_day(figures["month"])


def first_day(written_month: str) -> date:
    """The first day of a month as it is kept."""
    return date.fromisoformat(f"{written_month}-01")


def figure(figures: Figures, metric: metrics.Metric) -> Figures | None:
    """A figure by its metric, where anything is known of its month."""
    found = next((one for one in figures["figures"] if one["metric"] == metric.code), None)
    return found if found is not None and found["value"] is not None else None


def where(one: Figures) -> str | None:
    """Where a figure stands, in words."""
    if one["standing"] is None:
        return None
    better = Better(one["better"]) if one.get("better") else None
    return str(STANDINGS[Standing(one["standing"]), better][1])


def points(one: Figures) -> float | None:
    """The change on the month before: in percentage points of a share, else as it is."""
    if one["change"] is None:
        return None
    return round(100 * one["change"] if (one["value"] or 0) <= 1 else one["change"], 1)


# --- All figures ---


def _results(figures: Figures) -> Made:
    known = [one for one in figures["figures"] if one["value"] is not None]
    headers = [_("Metric"), _("Value"), _("n"), _("Target"), _("Standing"), _("On the month before, points")]
    kinds = ("text", "figure", "number", "figure", "text", "decimal")
    rows = [
        [metric_name(one["metric"]), one["value"], one["denominator"], one["target"], where(one), points(one)]
        for one in known
    ]
    sheets = [Sheet(_("Figures"), headers, rows, kinds), _distances(known)]
    return _off(known, month_of(figures)), sheets


def _off(known: Sequence[Figures], month: date) -> str:
    off = [metric_name(one["metric"]) for one in known if one["off"]]
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


def _distances(known: Sequence[Figures]) -> Sheet:
    """How far shares are from their targets: to the right is better."""
    rows = []
    for one in known:
        if one["target"] is not None and max(one["value"], one["target"]) <= 1 and one["better"]:
            sign = 1 if one["better"] == Better.MORE.value else -1
            rows.append([metric_name(one["metric"]), round(100 * sign * (one["value"] - one["target"]), 1)])
    name = _("Distance to target")
    chart = Chart("bar", _("Percentage points better (+) or worse (−) than the target"), names=0, values=1)
    return Sheet(name, [_("Metric"), _("Points from target")], rows, ("text", "decimal"), chart)


# --- One figure by month and by unit ---


def by_month(one: Figures, headers: tuple[str, str, str], title: str) -> Sheet:
    """So much of so much, month by month, with the target beside."""
    rows = [
        [first_day(at["month"]), at["numerator"], at["denominator"], at["value"], one["target"]]
        for at in one["months"]
        if at["denominator"]
    ]
    guides = () if one["target"] is None else (4,)
    chart = Chart("line", title, names=0, values=3, guides=guides)
    kinds = ("month", "number", "number", "rate", "rate")
    return Sheet(_("%(figure)s by month", figure=headers[2]), [_("Month"), *headers, _("Target")], rows, kinds, chart)


def by_unit(one: Figures, headers: tuple[str, str, str]) -> Sheet:
    """The same of the units directly below."""
    rows = [
        [
            at["name"],
            at["numerator"],
            at["denominator"],
            at["value"],
            at["target"],
            where({**at, "better": one["better"]}),
        ]
        for at in one["units"]
    ]
    kinds = ("text", "number", "number", "rate", "rate", "text")
    heads = [_("Unit"), *headers, _("Target"), _("Standing")]
    return Sheet(_("%(figure)s by unit", figure=headers[2]), heads, rows, kinds)


def against(one: Figures, said: str) -> str:
    """What is said, and then the target where there is one."""
    if one["target"] is None:
        return said
    # Not inside the braces of a text: there it would not be found for translation
    aim = _("The target is %(target)s.", target=written(one["target"]))
    return f"{said} {aim}"


# --- Quality and fatal errors ---


def _quality(figures: Figures) -> Made:
    one = figure(figures, metrics.QUALITY)
    if one is None:
        return _("Nothing was audited in %(month)s.", month=month_name(month_of(figures))), []
    change = points(one)
    facts = {"score": percent(one["value"]), "n": number(one["denominator"])}
    if change is None:
        said = _("Quality score %(score)s in %(n)s random audits.", **facts)
    else:
        said = _(
            "Quality score %(score)s in %(n)s random audits, %(change)s points on the month before.",
            **facts,
            change=signed(change),
        )
    told = [one, *(found for metric in ACCURACIES if (found := figure(figures, metric)) is not None)]
    return against(one, said), [_qualities_by_month(told), _qualities_by_unit(told)]


def _qualities_by_month(told: Sequence[Figures]) -> Sheet:
    headers = [_("Month"), *(metric_name(one["metric"]) for one in told), _("Random audits with a score")]
    rows = [
        [first_day(at["month"]), *(one["months"][place]["value"] for one in told), at["denominator"]]
        for place, at in enumerate(told[0]["months"])
        if at["denominator"]
    ]
    chart = Chart("line", _("Quality score and critical-error accuracy, by month"), 0, tuple(range(1, len(told) + 1)))
    kinds = ("month", *["rate"] * len(told), "number")
    return Sheet(_("Quality by month"), headers, rows, kinds, chart)


def _qualities_by_unit(told: Sequence[Figures]) -> Sheet:
    headers = [_("Unit"), *(metric_name(one["metric"]) for one in told), _("Random audits with a score")]
    values = [{at["name"]: at["value"] for at in one["units"]} for one in told]
    rows = [[at["name"], *(of.get(at["name"]) for of in values), at["denominator"]] for at in told[0]["units"]]
    return Sheet(_("Quality by unit"), headers, rows, ("text", *["rate"] * len(told), "number"))


def _fatal(figures: Figures) -> Made:
    one = figure(figures, metrics.FATAL_ERRORS)
    if one is None:
        return _("Nothing was audited in %(month)s.", month=month_name(month_of(figures))), []
    facts = {"part": number(one["numerator"]), "share": percent(one["value"], 2)}
    if one["target"] is None and one["limits"]:
        limits = {key: percent(one["limits"][key], 2) for key in ("middle", "high")}
        said = ngettext(
            "%(part)s of %(num)s random audit had a fatal error: %(share)s; usual is %(middle)s, up to %(high)s by chance.",
            "%(part)s of %(num)s random audits had a fatal error: %(share)s; usual is %(middle)s, up to %(high)s by chance.",
            round(one["denominator"]),
            **facts,
            **limits,
        )
    else:
        said = ngettext(
            "%(part)s of %(num)s random audit had a fatal error: %(share)s.",
            "%(part)s of %(num)s random audits had a fatal error: %(share)s.",
            round(one["denominator"]),
            **facts,
        )
        said = against(one, said)
    headers = _("With a fatal error"), _("Random audits"), _("Fatal-error rate")
    title = _("Share of random audits with a fatal error, by month")
    return said, [by_month(one, headers, title), by_unit(one, headers)]


# --- Coaching, learning, DSAT, gaps and priorities ---


def _coaching(figures: Figures) -> Made:
    held = figures["coaching"]
    return learned.coached(held, month_of(figures)), learned.coaching_sheets(held)


def _learning(figures: Figures) -> Made:
    one = figure(figures, metrics.LEARNING_IN_TIME)
    if one is None:
        return _("No learning was due in %(month)s.", month=month_name(month_of(figures))), []
    said = ngettext(
        "%(part)s of %(num)s assignment due was completed on time: %(share)s.",
        "%(part)s of %(num)s assignments due were completed on time: %(share)s.",
        round(one["denominator"]),
        part=number(one["numerator"]),
        share=percent(one["value"]),
    )
    headers = _("Completed on time"), pgettext("assignments", "Due"), _("Learning on time")
    return against(one, said), [
        by_month(one, headers, _("Share of learning completed on time, by month")),
        by_unit(one, headers),
    ]


def _dsat(figures: Figures) -> Made:
    one = figure(figures, metrics.DSAT_AUDITED)
    if one is None:
        return _("No DSAT case was received in %(month)s.", month=month_name(month_of(figures))), []
    said = ngettext(
        "%(part)s of %(num)s DSAT case received was audited: %(share)s.",
        "%(part)s of %(num)s DSAT cases received were audited: %(share)s.",
        round(one["denominator"]),
        part=number(one["numerator"]),
        share=percent(one["value"]),
    )
    causes = learned.cause_sheets(figures["dsat"])
    if causes[0].filled:
        first = next(iter(causes[0].rows))
        said += " " + _(
            "The first cause is %(cause)s, in %(cases)s.", cause=str(first[0]).lower(), cases=number(first[1])
        )
    headers = pgettext("cases", "Audited"), _("Cases received"), _("Share audited")
    months = by_month(one, headers, _("Share of DSAT cases audited, by month of receipt"))
    return said, [*causes, months, by_unit(one, headers)]


def _gaps(figures: Figures) -> Made:
    last = figures["gaps"]["months"][-1]
    said = _(
        "Gaps in %(month)s: %(opened)s opened, %(closed)s closed, %(relapsed)s relapsed; active at its end: %(active)s.",
        **{key: number(last[key]) for key in ("opened", "closed", "relapsed", "active")},
        month=month_name(month_of(figures)),
    )
    return said, learned.gap_sheets(figures["gaps"])


def _priorities(figures: Figures) -> Made:
    ranked = figures["priorities"]
    until = day(date.fromisoformat(ranked["evidence_until"]))
    if not ranked["entries"]:
        return _("No competency is over its allowed error rate on the evidence up to %(day)s.", day=until), []
    first = ranked["entries"][0]
    said = _(
        "%(name)s comes first, with %(share)s of what there is to gain; evidence up to %(day)s.",
        name=Bilingual(**first["name"]).text,
        share=percent(first["share"], 0),
        day=until,
    )
    return said, [learned.priority_sheet(ranked["entries"])]


MAKERS: Mapping[Part, Callable[[Figures], Made]] = {
    Part.RESULTS: _results,
    Part.QUALITY: _quality,
    Part.FATAL: _fatal,
    Part.COACHING: _coaching,
    Part.LEARNING: _learning,
    Part.DSAT: _dsat,
    Part.GAPS: _gaps,
    Part.PRIORITIES: _priorities,
}
"""In the order they are read."""
