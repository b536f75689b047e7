"""The tables of coaching, causes, gaps and priorities in a business review."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext, pgettext

from app.audits.labels import CAUSES
from app.audits.models import Cause
from app.audits.root_causes.labels import ROOTS
from app.audits.root_causes.rules import RootClass
from app.core.exports import Chart, Sheet
from app.core.i18n import Bilingual, month_name, number, percent
from app.gaps.priorities import Certainty
from app.governance.reviews.labels import ACTION_STATES
from app.governance.reviews.rules import ActionState
from app.reports.priorities import CERTAINTIES

Rows = Sequence[dict[str, Any]]


def _month(written: str) -> date:
    return date.fromisoformat(f"{written}-01")


def coached(held: dict[str, Any], month: date) -> str:
    """What coaching compliance says of a month, in one sentence."""
    total = held["total"]
    if not held["tracked"]:
        return _("%(month)s is not tracked: Hilo was not live yet, so nothing was owed.", month=month_name(month))
    if not total["due"]:
        return _("Nothing was due in %(month)s.", month=month_name(month))
    return ngettext(
        "%(held)s of %(due)s session due in %(month)s was held on time: %(share)s; the target is %(target)s.",
        "%(held)s of %(due)s sessions due in %(month)s were held on time: %(share)s; the target is %(target)s.",
        total["due"],
        held=number(total["in_time"]),
        due=number(total["due"]),
        month=month_name(month),
        share=percent(total["rate"]),
        target=percent(held["target"], 0),
    )


def coaching_sheets(held: dict[str, Any]) -> list[Sheet]:
    """By month with the target, and by the units directly below."""
    heads = [pgettext("obligations", "On time"), pgettext("obligations", "Due"), _("Share on time")]
    months = [[_month(one["month"]), one["in_time"], one["due"], one["rate"], held["target"]] for one in held["months"]]
    chart = Chart("line", _("Share of coaching sessions held on time, by month"), names=0, values=3, guides=(4,))
    kinds = ("month", "number", "number", "rate", "rate")
    by_month = Sheet(_("Coaching by month"), [_("Month"), *heads, _("Target")], months, kinds, chart)
    more = [pgettext("obligations", "Late"), pgettext("obligations", "Missed"), pgettext("obligations", "Waived")]
    hours = _("Fatal to session, median hours")
    rows = [
        [
            one["name"], one["in_time"], one["due"], one["rate"], one["late"], one["missed"], one["waived"],
            None if one["fatal_hours"] is None else round(one["fatal_hours"], 1),
        ]
        for one in held["units"]
        if one["due"]
    ]  # fmt: skip
    by_unit = Sheet(
        _("Coaching by unit"),
        [_("Unit"), *heads, *more, hours],
        rows,
        ("text", "number", "number", "rate", *["number"] * 4),
    )
    return [by_month, by_unit]


def cause_sheets(dsat: dict[str, Rows]) -> list[Sheet]:
    """What cases were decided to be due to, and the roots that analyses found."""
    causes = [[str(CAUSES[Cause(one["cause"])]), one["cases"]] for one in dsat["causes"]]
    roots = [[str(ROOTS[RootClass(one["cause"])]), one["cases"]] for one in dsat["roots"]]
    kinds = ("text", "number")
    return [
        Sheet(
            _("Causes of DSAT cases"),
            [_("Cause"), _("Cases")],
            causes,
            kinds,
            Chart("bar", _("DSAT cases by cause"), 0, 1),
        ),
        Sheet(_("Roots of DSAT cases"), [_("Root"), _("Cases")], roots, kinds),
    ]


def gap_sheets(gaps: dict[str, Rows]) -> list[Sheet]:
    """What moved by month, and by competency in the last one."""
    moved = [
        pgettext("gaps moved", "Opened"), pgettext("gaps moved", "Closed"), pgettext("gaps moved", "Relapsed"),
        _("Active at the end"),
    ]  # fmt: skip
    keys = ("opened", "closed", "relapsed", "active")
    months = [[_month(one["month"]), *(one[key] for key in keys)] for one in gaps["months"]]
    first = next((at for at, row in enumerate(months) if any(row[1:])), len(months))
    lines = [[Bilingual(**one["name"]), *(one[key] for key in keys)] for one in gaps["competencies"]]
    chart = Chart("column", _("Gaps opened, closed and relapsed, by month"), names=0, values=(1, 2, 3))
    numbers = ["number"] * 4
    return [
        Sheet(_("Gaps by month"), [_("Month"), *moved], months[first:], ("month", *numbers), chart),
        Sheet(_("Gaps by competency"), [_("Competency"), *moved], lines, ("text", *numbers)),
    ]


def priority_sheet(entries: Rows) -> Sheet:
    """The first priorities with their arithmetic."""
    headers = [
        _("Competency"), _("Rank"), _("Agents above"), _("Over the allowed rate"), _("Avoidable errors a month"), _("Score"),
        _("Share"), _("Certainty"), _("Module"),
    ]  # fmt: skip
    rows = [
        [
            Bilingual(**one["name"]), one["rank"], one["agents"], one["excess"], round(one["errors"], 1),
            round(one["score"], 1), one["share"], str(CERTAINTIES[Certainty(one["certainty"])]),
            one["module"] or _("to be written"),
        ]
        for one in entries
    ]  # fmt: skip
    kinds = ("text", "number", "number", "rate", "number", "number", "rate", "text", "text")
    chart = Chart("bar", _("Errors a month that learning would remove"), names=0, values=5)
    return Sheet(_("Priorities"), headers, rows, kinds, chart)


def agreed_sheet(agreed: Rows, name: str) -> Sheet:
    """Actions: what, who, by when, and what became of it."""
    headers = [_("Action"), _("Agreed in"), _("Owner"), _("Due"), _("State"), _("Settled on"), _("Outcome")]
    rows = [
        [
            one["text"], _month(one["month"]), one["owner"], date.fromisoformat(one["due_on"]),
            str(ACTION_STATES[ActionState(one["state"])]),
            date.fromisoformat(one["settled_on"]) if one["settled_on"] else None, one["outcome"],
        ]
        for one in agreed
    ]  # fmt: skip
    return Sheet(name, headers, rows, ("words", "month", "text", "date", "text", "date", "words"))


def decided_sheet(decided: Rows) -> Sheet:
    """Decisions of reviews before: what, why, and whether each stands."""
    headers = [
        _("Decision"), _("Why"), _("Decided in"), _("Decided by"), _("State"), _("Review due"),
    ]  # fmt: skip
    rows = [
        [
            Bilingual(**one["text"]), one["why"], _month(one["month"]), one["by"],
            _("Stands") if one["stands"] else _("Replaced"),
            date.fromisoformat(one["review_on"]) if one["review_on"] and one["stands"] else None,
        ]
        for one in decided
    ]  # fmt: skip
    return Sheet(_("Decisions of earlier reviews"), headers, rows, ("words", "words", "month", "text", "text", "date"))
