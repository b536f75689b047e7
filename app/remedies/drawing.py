"""The chart of a gap: its probability by week, the lines at which it opens and closes, remedies, and each check beneath."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _

from app.core import charts
from app.core.i18n import day, number, percent
from app.curriculum.models import AssignmentState
from app.gaps.live import WeekPoint
from app.gaps.rules import DEFAULT_POLICY, Policy
from app.remedies.entries import Entry, Learning, Talk
from app.remedies.labels import sure

WIDTH = 480
"""Of the plot, in pixels: with what is written at its right it fills the column of the page without shrinking."""
CHECK_STEP = 14
"""Pixels between the checks of a week, which stand below each other."""
MOST_CHECKS = 6


@dataclass(frozen=True, slots=True)
class Remedy:
    """A completed module or a session held, as the chart marks it and the page sums it up."""

    day: date
    is_session: bool


def remedies(entries: Iterable[Entry]) -> list[Remedy]:
    """The completed remedies of a thread, oldest first."""
    found = [Remedy(one.day, True) for one in entries if isinstance(one, Talk)]
    found += [
        Remedy(one.day, False) for one in entries if isinstance(one, Learning) and one.step is AssignmentState.COMPLETED
    ]
    return sorted(found, key=lambda one: one.day)


def remedy_name(one: Remedy) -> str:
    """`module, 4 Sep`."""
    when = day(one.day, "short")
    return _("session, %(day)s", day=when) if one.is_session else _("module, %(day)s", day=when)


def title(points: Sequence[WeekPoint]) -> str:
    """The finding of the chart in a sentence."""
    if not points:
        return _("No check yet")
    now, first, peak = points[-1], points[0], max(points, key=lambda one: one.probability)
    facts = {"now": sure(now.probability), "peak": sure(peak.probability), "first": sure(first.probability)}
    if now.probability < peak.probability - 0.1:
        return _("From %(peak)s down to %(now)s since %(day)s", **facts, day=day(_sunday(peak.week), "short"))
    if now.probability > first.probability + 0.1:
        return _("From %(first)s up to %(now)s since %(day)s", **facts, day=day(_sunday(first.week), "short"))
    return _("Steady, at %(now)s", **facts)


def description(points: Sequence[WeekPoint]) -> str:
    """What the chart shows, for who can't see it."""
    if not points:
        return _("No check yet")
    peak = max(points, key=lambda one: one.probability)
    return _(
        "Probability of a gap by week: %(first)s on %(from)s, at most %(peak)s on %(at)s, %(now)s on %(to)s.",
        **{
            "first": sure(points[0].probability),
            "from": day(_sunday(points[0].week), "short"),
            "peak": sure(peak.probability),
            "at": day(_sunday(peak.week), "short"),
            "now": sure(points[-1].probability),
            "to": day(_sunday(points[-1].week), "short"),
        },
    )


def spec(
    points: Sequence[WeekPoint], marks: Sequence[Remedy], theme: str, terms: Policy = DEFAULT_POLICY
) -> dict[str, Any]:
    """The definition of the chart in the reader's language."""
    upper = curve(points, [(one.day, remedy_name(one)) for one in marks], theme, terms)
    outer = {key: upper.pop(key) for key in ("padding",) if key in upper}
    return {
        **outer,
        "vconcat": [upper, _checks(points, theme)],
        "spacing": 6,
        "resolve": {"scale": {"x": "shared"}},
    }


def curve(
    points: Sequence[WeekPoint], marks: Sequence[tuple[date, str]], theme: str, terms: Policy = DEFAULT_POLICY
) -> dict[str, Any]:
    """The probability by week alone, with what was done on which day."""
    first = points[0].week if points else date.max
    return charts.probability(
        [{"day": _sunday(one.week).isoformat(), "p": one.probability} for one in points],
        [{"day": when.isoformat(), "label": label} for when, label in marks if when >= first],
        opens=terms.open_probability,
        closes=terms.close_probability,
        labels={
            "opens": _("opens at %(share)s", share=percent(terms.open_probability, 0)),
            "closes": _("closes at %(share)s", share=percent(terms.close_probability, 0)),
            "now": _("%(share)s now", share=sure(points[-1].probability)) if points else "",
        },
        theme=theme,
        width=WIDTH,
    )


def _checks(points: Sequence[WeekPoint], theme: str) -> dict[str, Any]:
    """Each check as a ring, each missed one as a cross, below its week."""
    hue = charts.colours(theme)
    rows = [
        {"day": _sunday(one.week).isoformat(), "row": index, "missed": index < one.missed}
        for one in points
        for index in range(min(one.checks, MOST_CHECKS))
    ]
    depth = max((min(one.checks, MOST_CHECKS) for one in points), default=1)
    x = {"field": "day", "type": "temporal", "axis": None}
    y = {
        "field": "row",
        "type": "quantitative",
        "axis": None,
        "scale": {"domain": [-0.5, max(depth, 2) - 0.5], "reverse": True},
    }
    ring = {"type": "point", "shape": "circle", "filled": False, "size": 55, "strokeWidth": 1.4, "color": hue["ink2"]}
    cross = {
        "type": "point",
        "shape": "M-1,-1L1,1M1,-1L-1,1",
        "filled": False,
        "size": 40,
        "strokeWidth": 2.2,
        "color": hue["bad"],
    }
    passed, missed = sum(one.checks - one.missed for one in points), sum(one.missed for one in points)
    said = [
        {"row": 0, "said": _("○ passed %(count)s", count=number(passed))},
        {"row": 1, "said": _("× missed %(count)s", count=number(missed))},
    ]
    return {
        "width": WIDTH,
        "height": CHECK_STEP * max(depth, 2),
        "layer": [
            {"data": {"values": [r for r in rows if not r["missed"]]}, "mark": ring, "encoding": {"x": x, "y": y}},
            {"data": {"values": [r for r in rows if r["missed"]]}, "mark": cross, "encoding": {"x": x, "y": y}},
            {
                "data": {"values": said},
                "mark": {"type": "text", "align": "left", "dx": 12},
                "encoding": {"x": {"value": WIDTH}, "y": y, "text": {"field": "said"}},
            },
        ],
    }


def _sunday(week: date) -> date:
    return week + timedelta(days=6)
