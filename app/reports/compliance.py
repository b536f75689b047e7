"""Coaching compliance of a month, laid out."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.coaching.compliance import Compliance, Line, compliance
from app.coaching.labels import OBLIGATION_KINDS as KINDS
from app.core import charts
from app.core.exports import Sheet
from app.core.i18n import month_name, number, percent
from app.reports.documents import Report

TARGET = 0.9
"""Of sessions held in time, until targets are set by unit."""


def report(
    session: Session, viewer: User | None, month: date, *, at: datetime, unit_id: int | None, place: str
) -> Report:
    """The compliance of a month within the viewer's scope (of all of it when there is no viewer), laid out."""
    found = compliance(session, viewer, month, at=at, unit_id=unit_id)
    return Report(
        id="coaching-compliance",
        title=_("Coaching compliance, %(month)s", month=month_name(month)),
        lead=lead(found),
        place=place,
        month=month,
        at=at,
        sheets=[_units(found), _leads(found), _kinds(found), _trend(found)],
        data=_data(found, place),
        definitions=definitions(),
        chart=_chart(found),
        chart_title=_chart_title(found),
        context={"found": found, "kinds": KINDS, "target": TARGET},
    )


def lead(found: Compliance) -> str:
    """What the report shows, in one sentence."""
    month = month_name(found.month)
    if not found.tracked:
        return _("%(month)s is not tracked: Hilo was not live yet, so nothing was owed.", month=month)
    tally = found.total.tally
    if not tally.due:
        return _("Nothing was due in %(month)s.", month=month)
    if found.finished:
        return ngettext(
            "%(held)s of %(num)s session due in %(month)s was held in time: %(share)s.",
            "%(held)s of %(num)s sessions due in %(month)s were held in time: %(share)s.",
            tally.due,
            held=number(tally.in_time),
            month=month,
            share=percent(tally.rate),
        )
    return ngettext(
        "%(held)s of %(num)s session due so far in %(month)s was held in time: %(share)s.",
        "%(held)s of %(num)s sessions due so far in %(month)s were held in time: %(share)s.",
        tally.due,
        held=number(tally.in_time),
        month=month,
        share=percent(tally.rate),
    )


def definitions() -> list[tuple[str, str]]:
    """What each figure is."""
    return [
        (
            _("In time"),
            _(
                "Obligations due in the month and met by a session held at or before their due time, of those due in the "
                "month less waived and void ones."
            ),
        ),
        (_("Late"), _("Met by a session held after the due time.")),
        (_("Missed"), _("Still open when the month closed.")),
        (_("Open"), _("Past due and neither met nor closed yet, in a month that still runs.")),
        (_("Waived"), _("Let go with a reason; not counted as due.")),
        (_("Void"), _("The cause fell away or the person left; not counted as due.")),
        (
            _("Fatal to session"),
            _("Median hours from the release of an audit with a fatal error to the session that met its obligation."),
        ),
        (_("Change"), _("Of the share in time on the month before, in percentage points.")),
        (_("Team and lead"), _("Those at the time the obligation arose: a past month does not move when people do.")),
    ]


def _headers(first: str) -> list[str]:
    return [
        first, _("In time"), _("Due"), _("Share in time"), _("Late"), _("Missed"), _("Open"), _("Waived"), _("Void"),
        _("Fatal to session, median hours"), _("Change, points"),
    ]  # fmt: skip


_KINDS = ("text", "number", "number", "rate", "number", "number", "number", "number", "number", "number", "number")


def _row(line: Line, name: str) -> list[Any]:
    tally = line.tally
    points = None if line.change is None else round(100 * line.change, 1)
    return [
        name, tally.in_time, tally.due, tally.rate, tally.late, tally.missed, tally.open, tally.waived, tally.void,
        line.fatal_hours, points,
    ]  # fmt: skip


def _units(found: Compliance) -> Sheet:
    rows = [_row(line, line.unit.path or line.unit.name) for line in found.units if line.unit is not None]
    return Sheet(_("By unit"), _headers(_("Unit")), rows, _KINDS)


def _leads(found: Compliance) -> Sheet:
    rows = [_row(line, line.lead.name if line.lead else _("no team lead")) for line in found.leads]
    return Sheet(_("By team lead"), _headers(_("Team lead")), rows, _KINDS)


def _kinds(found: Compliance) -> Sheet:
    rows = [_row(line, str(KINDS[line.kind])) for line in found.kinds if line.kind is not None]
    return Sheet(_("By reason"), _headers(_("Reason")), rows, _KINDS)


def _trend(found: Compliance) -> Sheet:
    rows = [[month, *((t.in_time, t.due, t.rate) if t is not None else (None, None, None))] for month, t in found.trend]
    headers = [_("Month"), _("In time"), _("Due"), _("Share in time")]
    return Sheet(_("By month"), headers, rows, ("date", "number", "number", "rate"))


def _known(found: Compliance) -> list[tuple[date, Any]]:
    return [(month, t) for month, t in found.trend if t is not None and t.due]


def _chart(found: Compliance) -> charts.Spec | None:
    known = _known(found)
    if len(known) < 2:
        return None
    points = [
        {"month": month_name(month).split(" ")[0][:3] + f" {month:%y}", "rate": t.rate, "n": t.due}
        for month, t in known
    ]
    labels = (percent(known[-1][1].rate), _("target %(share)s", share=percent(TARGET, 0)))
    return charts.trend(points, x="month", y="rate", target=TARGET, labels=labels)


def _chart_title(found: Compliance) -> str:
    known = _known(found)
    if len(known) < 2:
        return ""
    first, last = known[0], known[-1]
    return _(
        "From %(first)s in %(start)s to %(last)s in %(end)s",
        first=percent(first[1].rate),
        start=month_name(first[0]),
        last=percent(last[1].rate),
        end=month_name(last[0]),
    )


def _data(found: Compliance, place: str) -> dict[str, Any]:
    def figures(line: Line) -> dict[str, Any]:
        t = line.tally
        return {
            "in_time": t.in_time, "due": t.due, "rate": t.rate, "late": t.late, "missed": t.missed, "open": t.open,
            "waived": t.waived, "void": t.void, "fatal_hours_median": line.fatal_hours, "change": line.change,
        }  # fmt: skip

    return {
        "report": "coaching-compliance",
        "month": f"{found.month:%Y-%m}",
        "as_of": found.at,
        "scope": place,
        "tracked": found.tracked,
        "finished": found.finished,
        "total": figures(found.total),
        "units": [
            {"unit": line.unit.path, "name": line.unit.name, "kind": line.unit.kind.value, **figures(line)}
            for line in found.units
            if line.unit is not None
        ],
        "leads": [
            {
                "employee_no": line.lead.employee_no if line.lead else None,
                "name": line.lead.name if line.lead else None,
                **figures(line),
            }
            for line in found.leads
        ],
        "kinds": [{"kind": line.kind.value, **figures(line)} for line in found.kinds if line.kind is not None],
        "months": [
            {"month": f"{m:%Y-%m}", "in_time": t.in_time if t else None, "due": t.due if t else None, "rate": t.rate if t else None}
            for m, t in found.trend
        ],
    }  # fmt: skip
