"""Values over time: one line with its target, or several named at their ends."""

from __future__ import annotations

from typing import Any

from app.core.charts.drawing import HEIGHT, WIDTH, Spec, colours
from app.core.charts.scales import NEAR, PERCENT, floor_of, steps

DASHES = [[1, 0], [1, 0], [6, 3], [2, 2], [8, 3, 2, 3]]


def trend(points: list[dict[str, Any]], *, x: str, y: str, target: float | None, labels: tuple[str, str]) -> Spec:
    """A rate over time: `points` have the period's name at `x` (in order), the fraction at `y`, and `n`.

    `labels` name the last point and the target, written where they stand.
    """
    names = [str(p[x]) for p in points]
    rates = [float(p[y]) for p in points if p[y] is not None]
    last = next((p for p in reversed(points) if p[y] is not None), None)
    floor = floor_of([*rates, *([] if target is None else [target])])
    below = last is not None and target is not None and last[y] < target
    near = last is not None and target is not None and abs(last[y] - target) < NEAR * (1 - floor)
    axis_x = {
        "field": x,
        "type": "ordinal",
        "scale": {"domain": names},
        "title": None,
        "axis": {"labelAngle": 0, "labelOverlap": True},
    }
    axis_y = {
        "field": y,
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [floor, 1]},
        "axis": {"labelExpr": PERCENT, "values": steps(floor)},
    }
    layers: list[Spec] = [
        {"mark": {"type": "line", "point": True}, "encoding": {"x": axis_x, "y": axis_y}},
        {
            "transform": [
                {"filter": {"field": x, "oneOf": [str(last[x])] if last is not None else []}},
                {"calculate": f"'{_quoted(labels[0])}'", "as": "said"},
            ],
            "mark": {
                "type": "text",
                "align": "left",
                "dx": 10,
                "dy": (8 if below else -8) if near else 0,
                "fontWeight": 600,
            },
            "encoding": {"x": axis_x, "y": axis_y, "text": {"field": "said"}},
        },
    ]
    if target is not None:
        layers += [
            {
                "data": {"values": [{"target": target}]},
                "mark": "rule",
                "encoding": {"y": {"field": "target", "type": "quantitative"}},
            },
            {
                "data": {"values": [{"target": target, "said": labels[1], "end": names[-1] if names else ""}]},
                "mark": {"type": "text", "align": "left", "dx": 10, "dy": -10 if below else 12},
                "encoding": {
                    "x": {**axis_x, "field": "end"},
                    "y": {"field": "target", "type": "quantitative"},
                    "text": {"field": "said"},
                },
            },
        ]
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "padding": {"right": 110, "left": 5, "top": 8, "bottom": 5},
        "data": {"values": points},
        "layer": layers,
    }


def many(points: list[dict[str, Any]], *, theme: str, floor: float = 0.0, shares: bool = True) -> Spec:
    """Several lines over time, each named at its end: `points` have `day`, `value` and the `name` of their line.

    `shares` are fractions from `floor` to 1, otherwise the values are counts from 0.
    """
    hue = colours(theme)
    names = list(dict.fromkeys(str(point["name"]) for point in points))
    last = {str(point["name"]): point for point in points}
    x = {"field": "day", "type": "temporal", "title": None, "axis": {"format": "%d %b", "tickCount": 6}}
    percent = {"scale": {"domain": [floor, 1]}, "axis": {"labelExpr": PERCENT, "values": steps(floor)}}
    y = {
        "field": "value",
        "type": "quantitative",
        "title": None,
        **(percent if shares else {"axis": {"tickMinStep": 1}}),
    }
    tones = [hue[name] for name in ("bad", "accent", "ink2", "bar", "edge")]
    colour = {"field": "name", "type": "nominal", "legend": None, "scale": {"domain": names, "range": tones}}
    dash = {"field": "name", "type": "nominal", "legend": None, "scale": {"domain": names, "range": DASHES}}
    text = {"x": x, "y": y, "color": colour, "text": {"field": "name"}}
    return {
        "width": WIDTH - 160,
        "height": HEIGHT,
        "padding": {"right": 10, "left": 5, "top": 8, "bottom": 5},
        "data": {"values": points},
        "layer": [
            {
                "mark": {"type": "line", "strokeWidth": 2},
                "encoding": {"x": x, "y": y, "color": colour, "strokeDash": dash},
            },
            {
                "data": {"values": _spaced(list(last.values()))},
                "mark": {"type": "text", "align": "left", "dx": 8, "limit": 170},
                "encoding": {**text, "y": {**y, "field": "at"}},
            },
        ],
    }


def _spaced(ends: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The ends of lines with where their names stand (`at`), far enough from each other not to touch."""
    found: list[dict[str, Any]] = []
    for one in sorted(ends, key=lambda end: float(end["value"])):
        least = float(found[-1]["at"]) + NEAR if found else 0.0
        found.append({**one, "at": max(float(one["value"]), least)})
    over = max((float(one["at"]) for one in found), default=0.0) - 1
    return [{**one, "at": float(one["at"]) - over} for one in found] if 0 < over < 1 else found


def _quoted(words: str) -> str:
    return words.replace("\\", "\\\\").replace("'", "\\'")
