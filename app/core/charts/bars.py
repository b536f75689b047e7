"""Bars from the largest down."""

from __future__ import annotations

from typing import Any

from app.core.charts.drawing import WIDTH, Spec


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
