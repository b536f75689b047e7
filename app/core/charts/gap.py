"""The course of a gap."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from app.core.charts.drawing import HEIGHT, WIDTH, Spec, colours
from app.core.charts.scales import NEAR, PERCENT

LABEL_DAYS = 40  # marks closer than this are not both named: their labels would touch


def probability(
    weeks: list[dict[str, Any]],
    marks: list[dict[str, Any]],
    *,
    opens: float,
    closes: float,
    labels: dict[str, str],
    theme: str,
    width: int = WIDTH,
) -> Spec:
    """The probability of a gap week by week, with the lines at which it opens and closes, and the remedies as marks.

    `weeks` have `day` (ISO date) and `p`; `marks` have `day` and `label`. `labels`: opens, closes, now, opened.
    """
    hue = colours(theme)
    x = {
        "field": "day",
        "type": "temporal",
        "title": None,
        "axis": {"format": "%b", "tickCount": "month", "grid": False},
    }
    y = {
        "field": "p",
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [0, 1]},
        "axis": {"labelExpr": PERCENT, "values": [0, 0.5, 1]},
    }
    last = weeks[-1:]
    lift = _aside(last[0]["p"], (opens, closes)) if last else 0
    zones = ((opens, 1, hue["bad_soft"]), (0, closes, hue["good_soft"]))
    layers: list[Spec] = [
        *(
            {
                "data": {"values": [{"from": low, "to": high}]},
                "mark": {"type": "rect", "opacity": 0.7},
                "encoding": {
                    "y": {"field": "from", "type": "quantitative"},
                    "y2": {"field": "to"},
                    "color": {"value": colour},
                },
            }
            for low, high, colour in zones
        ),
        {
            "data": {"values": [{"at": opens}, {"at": closes}]},
            "mark": "rule",
            "encoding": {"y": {"field": "at", "type": "quantitative"}},
        },
        {"data": {"values": weeks}, "mark": {"type": "line"}, "encoding": {"x": x, "y": y}},
        {
            "data": {"values": [{**w, "said": labels["now"]} for w in last]},
            "layer": [
                {"mark": {"type": "point", "size": 90}, "encoding": {"x": x, "y": y}},
                {
                    "mark": {
                        "type": "text",
                        "align": "left",
                        "dx": 12,
                        "dy": lift,
                        "fontWeight": 600,
                        "color": hue["ink"],
                    },
                    "encoding": {"x": x, "y": y, "text": {"field": "said"}},
                },
            ],
        },
        {
            "data": {"values": [{"at": opens, "said": labels["opens"]}, {"at": closes, "said": labels["closes"]}]},
            "mark": {"type": "text", "align": "left", "dx": 12},
            "encoding": {
                "x": {"value": width},
                "y": {"field": "at", "type": "quantitative"},
                "text": {"field": "said"},
            },
        },
    ]
    if marks:
        layers += [
            {
                "data": {"values": marks},
                "mark": {"type": "rule", "color": hue["accent"], "strokeWidth": 1.5, "strokeDash": [1, 0]},
                "encoding": {"x": {"field": "day", "type": "temporal"}},
            },
            {
                "data": {"values": [{**m, "low": 0.06 + 0.08 * (i % 3)} for i, m in enumerate(_apart(marks))]},
                "mark": {"type": "text", "align": "right", "dx": -6, "color": hue["accent"], "fontWeight": 500},
                "encoding": {
                    "x": {"field": "day", "type": "temporal"},
                    "y": {"field": "low", "type": "quantitative"},
                    "text": {"field": "label"},
                },
            },
        ]
    return {
        "width": width,
        "height": HEIGHT,
        "padding": {"right": 130, "left": 5, "top": 8, "bottom": 5},
        "layer": layers,
    }


def _aside(value: float, lines: Sequence[float]) -> int:
    """How far a label moves up (−) or down from `value` so as not to touch the label of a line close to it."""
    close = [line for line in lines if abs(value - line) < NEAR]
    if not close:
        return 0
    return 14 if value < close[0] else -14


def _apart(marks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The marks with room for a label: the last one, and those before it that are far enough from the next."""
    kept: list[dict[str, Any]] = []
    for mark in sorted(marks, key=lambda m: str(m["day"]), reverse=True):
        day = date.fromisoformat(str(mark["day"]))
        if not kept or (date.fromisoformat(str(kept[-1]["day"])) - day).days >= LABEL_DAYS:
            kept.append(mark)
    return kept[::-1]
