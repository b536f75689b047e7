"""Coaching compliance of a month, laid out."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from app.coaching.compliance import Beyond, Cut, beyond, compliance, with_courses
from app.core.i18n import month_name
from app.core.web import address
from app.reports.compliance import drawing, plain, sheets
from app.reports.compliance.naming import by_lead, by_market, by_reason, by_tenure, named_lines
from app.reports.compliance.plain import Named, Side
from app.reports.compliance.wording import definitions, lead
from app.reports.declared import Declared, Question
from app.reports.documents import Report
from app.reports.tree import most_missing, tree


class Show(StrEnum):
    """What a page shows of each line beside the figures of the month."""

    MORE = "more"
    TREND = "trend"


def report(asked: Question) -> Report:
    """The compliance of a month within the viewer's scope (of all of it when there is no viewer), laid out.

    Asked for as a whole, what was held, confirmed and followed up and the course of twelve months are counted for all
    cuts, else where the address says so.
    """
    session, viewer, month, at, unit_id = asked.session, asked.viewer, asked.month, asked.at, asked.unit_id
    cuts = list(Cut) if asked.whole else [_cut(asked)]
    shows = [one for one in Show if asked.whole or one == asked.options.get("show")]
    found = compliance(session, viewer, month, at=at, unit_id=unit_id)
    named = named_lines(asked, found, cuts)
    more, trend = cuts if Show.MORE in shows else [], cuts if Show.TREND in shows else []
    sides = {cut: _sides(asked, cut, named[cut]) for cut in more}
    courses = {cut: _with_courses(asked, cut, named[cut]) for cut in trend if cut is not Cut.MONTH}
    return Report(
        id="coaching-compliance",
        title=_("Coaching compliance, %(month)s", month=month_name(month)),
        lead=lead(found),
        place=asked.place,
        month=month,
        at=at,
        sheets=[
            sheets.units(found),
            sheets.leads(found),
            sheets.kinds(found),
            sheets.trend(found),
            sheets.of_lines(_("By market"), _("Market"), by_market(found)),
            sheets.of_lines(_("By tenure"), _("Tenure"), by_tenure(found)),
            *([sheets.beyond_in_time(sides)] if sides else ()),
            *([sheets.month_by_month(courses)] if courses else ()),
        ],
        data=plain.data(found, asked.place, sides, courses),
        definitions=definitions(),
        chart=drawing.chart(found),
        chart_title=drawing.chart_title(found),
        context={
            "found": found,
            "by_lead": by_lead(found),
            "by_reason": by_reason(found),
            "named": named,
            "sides": sides,
            "courses": courses,
        },
    )


def _cut(asked: Question) -> Cut:
    """What the month is cut by; anything else is by unit."""
    return Cut(asked.cut) if asked.cut in list(Cut) else Cut.UNIT


def _sides(asked: Question, cut: Cut, entries: Sequence[Named]) -> list[Side]:
    """The lines of a cut with what is said of them apart from "in time"."""
    months = [line.month for _name, line in entries if line.month] if cut is Cut.MONTH else [asked.month]
    found = beyond(asked.session, asked.viewer, months, at=asked.at, by=cut, unit_id=asked.unit_id)
    return [(name, line, found.get(line.key(cut), Beyond())) for name, line in entries]


def _with_courses(asked: Question, cut: Cut, entries: Sequence[Named]) -> list[Named]:
    """The lines of a cut, each with its course over twelve months."""
    lines = [line for _name, line in entries]
    facts: dict[str, Any] = {"month": asked.month, "at": asked.at, "unit_id": asked.unit_id}
    found = with_courses(asked.session, asked.viewer, lines, cut, **facts)
    return [(name, line) for (name, _old), line in zip(entries, found, strict=True)]


def cuts() -> list[tuple[str, str]]:
    """The ways a month is cut."""
    return [
        ("", _("By unit")),
        ("lead", _("By team lead")),
        ("reason", _("By reason")),
        ("market", _("By market")),
        ("tenure", _("By tenure")),
        ("month", _("By month")),
    ]


def _shows(cut: Cut, chosen: str) -> list[tuple[str, str, bool]]:
    """What may be shown of each line; months have no course of their own."""
    names = {
        "": _("On time, late, missed"),
        Show.MORE: _("Held, confirmed, followed up"),
        Show.TREND: _("Month by month"),
    }
    return [
        (address(show=key or None), name, key == (chosen if chosen in names else ""))
        for key, name in names.items()
        if not (key == Show.TREND and cut is Cut.MONTH)
    ]


def _page(made: Report, asked: Question) -> dict[str, Any]:
    cut, show = _cut(asked), asked.options.get("show", "")
    folded = tree(made.context["found"].units, asked.options.get("open", ""))
    leads = most_missing(made.context["by_lead"])
    kept = {
        Cut.UNIT: {line.key(Cut.UNIT) for line in folded.lines},
        Cut.LEAD: {line.key(Cut.LEAD) for _name, line in leads},
    }
    return {
        "cut": cut,
        "show": show,
        "shows": _shows(cut, show),
        "tree": folded,
        "shown_leads": leads,
        "shown": {
            name: [one for one in made.context[name].get(cut, ()) if cut not in kept or one[1].key(cut) in kept[cut]]
            for name in ("sides", "courses")
        },
    }


DECLARED = Declared(
    name="compliance",
    endpoint="coaching_compliance",
    title=lazy_gettext("Coaching compliance"),
    about=lazy_gettext("How much of the coaching owed in a month was held on time, by unit, team lead and reason."),
    drawing="talk",
    help="Coaching compliance of a month by unit.",
    answer=report,
    definitions=definitions,
    cuts=cuts,
    template="reports/compliance.html",
    page=_page,
)
