"""Coaching compliance of a month, laid out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext, pgettext

from app.coaching.compliance import Beyond, Compliance, Cut, Line, beyond, compliance, monthly, with_courses
from app.coaching.labels import OBLIGATION_KINDS as KINDS
from app.coaching.labels import TENURES
from app.coaching.rules import Tally
from app.core import charts
from app.core.exports import Chart, Sheet
from app.core.i18n import month_name, month_short, number, percent
from app.core.web import address
from app.reports import compliance_plain
from app.reports.compliance_plain import Named, Side
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
    named = _named(asked, found, cuts)
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
            _units(found),
            _leads(found),
            _kinds(found),
            _trend(found),
            _sheet(_("By market"), _("Market"), by_market(found)),
            _sheet(_("By tenure"), _("Tenure"), by_tenure(found)),
            *([_beyond(sides)] if sides else ()),
            *([_courses(courses)] if courses else ()),
        ],
        data=compliance_plain.data(found, asked.place, sides, courses),
        definitions=definitions(),
        chart=_chart(found),
        chart_title=_chart_title(found),
        context={
            "found": found,
            "by_lead": _by_lead(found),
            "by_reason": _by_reason(found),
            "named": named,
            "sides": sides,
            "courses": courses,
        },
    )


def _cut(asked: Question) -> Cut:
    """What the month is cut by; anything else is by unit."""
    return Cut(asked.cut) if asked.cut in list(Cut) else Cut.UNIT


def _named(asked: Question, found: Compliance, cuts: Sequence[Cut]) -> dict[Cut, list[Named]]:
    """The lines of each cut with their names."""
    named = {
        Cut.UNIT: [(line.unit.name, line) for line in found.units if line.unit is not None],
        Cut.LEAD: _by_lead(found),
        Cut.KIND: _by_reason(found),
        Cut.MARKET: by_market(found),
        Cut.TENURE: by_tenure(found),
    }
    if Cut.MONTH in cuts and found.tracked:
        months = monthly(asked.session, asked.viewer, found, unit_id=asked.unit_id)
        named[Cut.MONTH] = [(month_name(line.month), line) for line in months if line.month is not None]
    return {cut: named.get(cut, []) for cut in Cut}


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


def lead(found: Compliance) -> str:
    """What the report shows, in one sentence."""
    month, tally = month_name(found.month), found.total.tally
    if not found.tracked:
        return _("%(month)s is not tracked: Hilo was not live yet, so nothing was owed.", month=month)
    if not tally.due:
        if found.finished:
            return _("Nothing was due in %(month)s.", month=month)
        return _("Nothing has fallen due in %(month)s yet.", month=month)
    facts = {
        "held": number(tally.in_time),
        "due": number(tally.due),
        "month": month,
        "share": percent(tally.rate),
        "target": percent(found.target, 0),
    }
    if found.finished:
        return ngettext(
            "%(held)s of %(due)s session due in %(month)s was held in time: %(share)s; the target is %(target)s.",
            "%(held)s of %(due)s sessions due in %(month)s were held in time: %(share)s; the target is %(target)s.",
            tally.due,
            **facts,
        )
    return ngettext(
        "%(held)s of %(due)s session due so far in %(month)s was held in time: %(share)s; the target is %(target)s.",
        "%(held)s of %(due)s sessions due so far in %(month)s were held in time: %(share)s; the target is %(target)s.",
        tally.due,
        **facts,
    )


def definitions() -> list[tuple[str, str]]:
    """What each figure is."""
    return [
        (
            pgettext("obligations", "In time"),
            _(
                "Obligations due in the month and met by a session held at or before their due time, of those due in the "
                "month less waived and void ones."
            ),
        ),
        (pgettext("obligations", "Late"), _("Met by a session held after the due time.")),
        (pgettext("obligations", "Missed"), _("Still open when the month closed.")),
        (pgettext("obligations", "Open"), _("Past due and neither met nor closed yet, in a month that still runs.")),
        (pgettext("obligations", "Waived"), _("Let go with a reason; not counted as due.")),
        (pgettext("obligations", "Void"), _("The cause fell away or the person left; not counted as due.")),
        (
            _("Fatal to session"),
            _("Median hours from the release of an audit with a fatal error to the session that met its obligation."),
        ),
        (_("On the month before"), _("Change of the share in time, in percentage points.")),
        (
            _("Adjustments since"),
            _(
                "A month is closed by the first nightly run of the next one; its figures stay as they were. Counted here is "
                "what became something else afterwards, as by a session logged late, or came to be owed in it afterwards."
            ),
        ),
        (_("Held, in time or late"), _("Met at all, of those due.")),
        (
            _("Confirmed in time"),
            _(
                "Records of sessions the agent confirmed by the time asked for, of those whose time fell in the month; by "
                "reason, a record counts for each reason its session met."
            ),
        ),
        (_("Follow-ups in time"), _("Follow-up sessions held in time, of those due in the month.")),
        (
            _("Agents who had a session"),
            _("Agents with at least one obligation met, of those with one due; who changed teams counts in each."),
        ),
        (_("Tenure"), _("Of the agent on the day the obligation arose.")),
        (_("Team and lead"), _("Those at the time the obligation arose: a past month does not move when people do.")),
    ]


# --- As tables ---

CHARTED = 12
"""Tables of more lines have no bars for each."""
_FIGURE_KINDS = ("number", "number", "rate", *["number"] * 9)


def _sheet(name: str, first: str, lines: Sequence[tuple[str, Line]]) -> Sheet:
    headers = [first, *_heads(), _("Fatal to session, median hours"), _("On the month before, points")]
    headers += [_("Adjustments since"), _("Adjustments, in time")]
    rows = [[label, *_figures(line)] for label, line in lines]
    chart = Chart("bar", _("Share in time"), names=0, values=3) if len(rows) <= CHARTED else None
    return Sheet(name, headers, rows, ("text", *_FIGURE_KINDS), chart)


def _heads() -> list[str]:
    """What the counts are called."""
    return [
        pgettext("obligations", "In time"),
        _("Due"),
        _("Share in time"),
        pgettext("obligations", "Late"),
        pgettext("obligations", "Missed"),
        pgettext("obligations", "Open"),
        pgettext("obligations", "Waived"),
        pgettext("obligations", "Void"),
    ]


def _figures(line: Line) -> list[Any]:
    tally = line.tally
    hours = None if line.fatal_hours is None else round(line.fatal_hours, 1)
    points = None if line.change is None else round(100 * line.change, 1)
    return [
        tally.in_time, tally.due, tally.rate, tally.late, tally.missed, tally.open, tally.waived, tally.void, hours, points,
        line.changed if line.closed else None, line.since.in_time if line.closed else None,
    ]  # fmt: skip


def _units(found: Compliance) -> Sheet:
    lines = [(line.unit.path or line.unit.name, line) for line in found.units if line.unit is not None]
    return _sheet(_("By unit"), _("Unit"), lines)


def _leads(found: Compliance) -> Sheet:
    return _sheet(_("By team lead"), _("Team lead"), _by_lead(found))


def _by_lead(found: Compliance) -> list[tuple[str, Line]]:
    return [(line.lead.name if line.lead else _("no team lead"), line) for line in found.leads]


def _kinds(found: Compliance) -> Sheet:
    return _sheet(_("By reason"), _("Reason"), _by_reason(found))


def _by_reason(found: Compliance) -> list[tuple[str, Line]]:
    return [(str(KINDS[line.kind]), line) for line in found.kinds if line.kind is not None]


def by_market(found: Compliance) -> list[tuple[str, Line]]:
    """The lines of markets with their names."""
    return [(line.market or _("no market"), line) for line in found.markets]


def by_tenure(found: Compliance) -> list[tuple[str, Line]]:
    """The lines of tenure with their names."""
    return [(str(TENURES[line.tenure]) if line.tenure else _("not known"), line) for line in found.tenures]


def cut_names() -> dict[Cut, str]:
    """What each cut is called, in the order of the tabs."""
    return {
        Cut.UNIT: _("Unit"),
        Cut.LEAD: _("Team lead"),
        Cut.KIND: _("Reason"),
        Cut.MARKET: _("Market"),
        Cut.TENURE: _("Tenure"),
        Cut.MONTH: _("Month"),
    }


def _path(name: str, line: Line) -> str:
    return name if line.unit is None else line.unit.path or line.unit.name


def _beyond(sides: Mapping[Cut, Sequence[Side]]) -> Sheet:
    names = [_("Held, in time or late"), _("Confirmed in time"), _("Follow-ups in time"), _("Agents who had a session")]
    headers = [_("Cut by"), _("Line"), *(head for name in names for head in (name, _("%(figure)s: of", figure=name)))]
    cuts, rows = cut_names(), []
    for cut, entries in sides.items():
        for name, line, more in entries:
            held = (line.tally.held, line.tally.due)
            rows.append([cuts[cut], _path(name, line), *held, *more.confirmed, *more.followed_up, *more.agents])
    return Sheet(_("Held, confirmed, followed up"), headers, rows, ("text", "text", *["number"] * 8))


def _courses(courses: Mapping[Cut, Sequence[Named]]) -> Sheet:
    headers = [_("Cut by"), _("Line"), _("Month"), pgettext("obligations", "In time"), _("Due"), _("Share in time")]
    cuts, rows = cut_names(), []
    for cut, entries in courses.items():
        for name, line in entries:
            known = [(month, t) for month, t in line.course if t is not None]
            rows += [[cuts[cut], _path(name, line), month, t.in_time, t.due, t.rate] for month, t in known]
    return Sheet(_("Month by month"), headers, rows, ("text", "text", "date", "number", "number", "rate"))


def _trend(found: Compliance) -> Sheet:
    rows = [[month, t.in_time, t.due, t.rate] for month, t in found.trend if t is not None]
    headers = [_("Month"), pgettext("obligations", "In time"), _("Due"), _("Share in time")]
    headers.append(_("Target"))
    rows = [[*row, found.target] for row in rows]
    chart = Chart("line", _("Share of coaching sessions held in time, by month"), names=0, values=3, guides=(4,))
    return Sheet(_("By month"), headers, rows, ("month", "number", "number", "rate", "rate"), chart)


# --- As a chart ---


def _months(found: Compliance) -> list[tuple[date, Tally]]:
    """The months of the chart: from the first in which anything was due."""
    known = [(month, t) for month, t in found.trend if t is not None]
    first = next((i for i, (_month, t) in enumerate(known) if t.due), len(known))
    return known[first:]


def _known(found: Compliance) -> list[tuple[date, Tally]]:
    return [(month, t) for month, t in _months(found) if t.due]


def _chart(found: Compliance) -> charts.Spec | None:
    known = _known(found)
    if len(known) < 2:
        return None
    points = [{"month": month_short(month), "rate": t.rate, "n": t.due} for month, t in _months(found)]
    labels = (percent(known[-1][1].rate), _("target %(share)s", share=percent(found.target, 0)))
    return charts.trend(points, x="month", y="rate", target=found.target, labels=labels)


def _chart_title(found: Compliance) -> str:
    known = _known(found)
    if len(known) < 2:
        return ""
    first, last = known[0], known[-1]
    return _(
        "In time: %(first)s in %(start)s, %(last)s in %(end)s",
        first=percent(first[1].rate),
        start=month_name(first[0]),
        last=percent(last[1].rate),
        end=month_name(last[0]),
    )


# --- As a page ---


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
        "": _("In time, late, missed"),
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
    about=lazy_gettext("How much of the coaching owed in a month was held in time, by unit, team lead and reason."),
    drawing="talk",
    help="Coaching compliance of a month by unit.",
    answer=report,
    definitions=definitions,
    cuts=cuts,
    template="reports/compliance.html",
    page=_page,
)
