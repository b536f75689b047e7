"""Bars from the largest down."""

from __future__ import annotations

from typing import Any

from app.core.charts.drawing import WIDTH, Spec

TONE, EDGE = "#2f8f88", "#76847f"
"""Tones that stand out in the light theme and in the dark one."""


def pareto(bars: list[dict[str, Any]], *, name: str, value: str, share: str, unit: str) -> Spec:
    """Bars from the largest down with their cumulative share: each has its name, value and (as text) the share of
    all so far."""
    order = [str(b[name]) for b in bars]
    rows = {
        "field": name,
        "type": "nominal",
        "sort": order,
        "title": None,
        "axis": {"labelLimit": 260, "domain": False, "ticks": False, "grid": False},
    }
    length = {
        "field": value,
        "type": "quantitative",
        "title": unit,
        "axis": {"grid": True, "tickCount": 5, "domain": False},
    }
    return {
        "width": WIDTH - 120,
        "height": {"step": 30},
        "padding": 8,
        "data": {"values": bars},
        "layer": [
            {"mark": {"type": "bar", "height": 16}, "encoding": {"y": rows, "x": length}},
            {
                "mark": {"type": "text", "align": "left", "dx": 6},
                "encoding": {"y": rows, "x": length, "text": {"field": share, "type": "nominal"}},
            },
        ],
    }


def intervals(lines: list[dict[str, Any]], *, unit: str, width: int, height: int, share: bool = False) -> Spec:
    """Figures with what they may be off by: each line has its `name`, `value`, `low` and `high`; nought is marked."""
    names = {
        "field": "name",
        "type": "nominal",
        "sort": None,
        "title": None,
        "axis": {"labelLimit": 260, "ticks": False, "domain": False},
    }
    axis = {"grid": True, **({"format": ".0%"} if share else {})}
    figure = {"type": "quantitative", "title": unit, "axis": axis}
    return {
        "width": width,
        "height": height,
        "autosize": {"type": "fit", "contains": "padding"},
        "data": {"values": lines},
        "layer": [
            {"mark": {"type": "rule", "color": EDGE}, "encoding": {"x": {"datum": 0}}},
            {
                "mark": {"type": "rule", "color": TONE, "strokeWidth": 4, "strokeDash": [], "opacity": 0.6},
                "encoding": {"y": names, "x": {**figure, "field": "low"}, "x2": {"field": "high"}},
            },
            {
                "mark": {"type": "point", "size": 90, "color": TONE, "filled": True, "opacity": 1},
                "encoding": {"y": names, "x": {**figure, "field": "value"}},
            },
        ],
    }
