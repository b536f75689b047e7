"""Coaching compliance as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import pgettext

from app.coaching.compliance import Compliance, Cut, Line
from app.core.exports import Chart, Sheet
from app.reports.compliance.naming import by_lead, by_reason, cut_names
from app.reports.compliance.plain import Named, Side

CHARTED = 12
"""Tables of more lines have no bars for each."""
_FIGURE_KINDS = ("number", "number", "rate", *["number"] * 9)


def units(found: Compliance) -> Sheet:
    """By unit."""
    lines = [(line.unit.path or line.unit.name, line) for line in found.units if line.unit is not None]
    return of_lines(_("By unit"), _("Unit"), lines)


def leads(found: Compliance) -> Sheet:
    """By team lead."""
    return of_lines(_("By team lead"), _("Team lead"), by_lead(found))


def kinds(found: Compliance) -> Sheet:
    """By what the session was owed for."""
    return of_lines(_("By reason"), _("Reason"), by_reason(found))


def of_lines(name: str, first: str, lines: Sequence[tuple[str, Line]]) -> Sheet:
    """A sheet of lines with their names, and bars where they are few."""
    headers = [first, *_heads(), _("Fatal to session, median hours"), _("On the month before, points")]
    headers += [_("Adjustments since"), _("Adjustments, on time")]
    rows = [[label, *_figures(line)] for label, line in lines]
    chart = Chart("bar", _("Share on time"), names=0, values=3) if len(rows) <= CHARTED else None
    return Sheet(name, headers, rows, ("text", *_FIGURE_KINDS), chart)


def _heads() -> list[str]:
    """What the counts are called."""
    return [
        pgettext("obligations", "On time"),
        pgettext("obligations", "Due"),
        _("Share on time"),
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


def beyond_in_time(sides: Mapping[Cut, Sequence[Side]]) -> Sheet:
    """What was held, confirmed and followed up, for all cuts."""
    names = [_("Held, on time or late"), _("Confirmed on time"), _("Follow-ups on time"), _("Agents who had a session")]
    headers = [_("Cut by"), _("Line"), *(head for name in names for head in (name, _("%(figure)s: of", figure=name)))]
    cuts, rows = cut_names(), []
    for cut, entries in sides.items():
        for name, line, more in entries:
            held = (line.tally.held, line.tally.due)
            rows.append([cuts[cut], _path(name, line), *held, *more.confirmed, *more.followed_up, *more.agents])
    return Sheet(_("Held, confirmed, followed up"), headers, rows, ("text", "text", *["number"] * 8))


def month_by_month(courses: Mapping[Cut, Sequence[Named]]) -> Sheet:
    """The course of twelve months, for all cuts."""
    headers = [
        _("Cut by"),
        _("Line"),
        _("Month"),
        pgettext("obligations", "On time"),
        pgettext("obligations", "Due"),
        _("Share on time"),
    ]
    cuts, rows = cut_names(), []
    for cut, entries in courses.items():
        for name, line in entries:
            known = [(month, t) for month, t in line.course if t is not None]
            rows += [[cuts[cut], _path(name, line), month, t.in_time, t.due, t.rate] for month, t in known]
    return Sheet(_("Month by month"), headers, rows, ("text", "text", "date", "number", "number", "rate"))


def _path(name: str, line: Line) -> str:
    return name if line.unit is None else line.unit.path or line.unit.name


def trend(found: Compliance) -> Sheet:
    """All of it by month."""
    rows = [[month, t.in_time, t.due, t.rate] for month, t in found.trend if t is not None]
    headers = [_("Month"), pgettext("obligations", "On time"), pgettext("obligations", "Due"), _("Share on time")]
    headers.append(_("Target"))
    rows = [[*row, found.target] for row in rows]
    chart = Chart("line", _("Share of coaching sessions held on time, by month"), names=0, values=3, guides=(4,))
    return Sheet(_("By month"), headers, rows, ("month", "number", "number", "rate", "rate"), chart)
