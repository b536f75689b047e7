"""Coaching compliance month by month, as a chart."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext as _

from app.coaching.compliance import Compliance
from app.coaching.rules import Tally
from app.core import charts
from app.core.i18n import month_name, month_short, percent


def chart(found: Compliance) -> charts.Spec | None:
    """The share in time by month; none where fewer than two months have anything due."""
    known = _known(found)
    if len(known) < 2:
        return None
    points = [{"month": month_short(month), "rate": t.rate, "n": t.due} for month, t in _months(found)]
    labels = (percent(known[-1][1].rate), _("target %(share)s", share=percent(found.target, 0)))
    return charts.trend(points, x="month", y="rate", target=found.target, labels=labels)


def chart_title(found: Compliance) -> str:
    """What the chart shows, in a sentence."""
    known = _known(found)
    if len(known) < 2:
        return ""
    first, last = known[0], known[-1]
    return _(
        "On time: %(first)s in %(start)s, %(last)s in %(end)s",
        first=percent(first[1].rate),
        start=month_name(first[0]),
        last=percent(last[1].rate),
        end=month_name(last[0]),
    )


def _months(found: Compliance) -> list[tuple[date, Tally]]:
    """The months of the chart: from the first in which anything was due."""
    known = [(month, t) for month, t in found.trend if t is not None]
    first = next((i for i, (_month, t) in enumerate(known) if t.due), len(known))
    return known[first:]


def _known(found: Compliance) -> list[tuple[date, Tally]]:
    return [(month, t) for month, t in _months(found) if t.due]
