"""The one way a chart is drawn: a Vega-Lite definition, rendered to SVG on the server at an address of its own.

A page shows it as an image (`ui/chart.html`) with a table of the same figures behind it, so nothing depends on it:

    @bp.get("/compliance/chart.svg")
    @requires(Permission.SEE_REPORTS)
    def compliance_chart() -> Response:
        return charts.answer(charts.lines(points, x="month", y="rate", ...))

`?theme=dark` draws it for the dark theme. For paper, `charts.svg(spec)` gives the drawing itself.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from flask import Response, request

from app.core.i18n import language, number_locale

Spec = dict[str, Any]

WIDTH, HEIGHT = 640, 240
NEAR = 0.07  # labels closer than this share of the height would touch
LABEL_DAYS = 40  # marks closer than this are not both named: their labels would touch
DASHES = [[1, 0], [1, 0], [6, 3], [2, 2], [8, 3, 2, 3]]
PERCENT = "round(100 * datum.value) + '\u00a0%'"
FONT = "Roboto, 'Noto Sans', 'Helvetica Neue', Arial, sans-serif"
LIGHT = {
    "ink": "#14201e", "ink2": "#43524f", "line": "#e1e7e5", "edge": "#76847f", "accent": "#0b5f5b",
    "bar": "#5d8d89", "bad": "#b9493d", "bad_soft": "#fcebe8", "good_soft": "#e3f3e8", "ground": "#ffffff",
}  # fmt: skip
DARK = {
    "ink": "#e9efed", "ink2": "#b9c5c2", "line": "#26312f", "edge": "#71817d", "accent": "#62cabf",
    "bar": "#4f9089", "bad": "#d4685b", "bad_soft": "#3a1b18", "good_soft": "#12301e", "ground": "#111817",
}  # fmt: skip
"""The colours of the style sheet, by role."""


def colours(theme: str) -> dict[str, str]:
    """The colours of a theme, `light` or `dark`."""
    return DARK if theme == "dark" else LIGHT


def asked_theme() -> str:
    """The theme the address asks for."""
    return "dark" if request.args.get("theme") == "dark" else "light"


def svg(spec: Spec, theme: str = "light") -> str:
    """Draw a Vega-Lite definition in the reader's language and number format."""
    locale = {"en": "en-US", "es_419": "es-MX", "es_MX": "es-MX", "es_CO": "es-ES"}.get(number_locale(), "en-US")
    times = "es-ES" if language() == "es" else "en-US"
    return _draw(json.dumps({**spec, "config": _config(theme)}, sort_keys=True, default=str), locale, times)


def answer(spec: Spec) -> Response:
    """The chart as an answer to a request; unchanged ones are not sent again."""
    drawing = svg(spec, asked_theme())
    response = Response(drawing, mimetype="image/svg+xml")
    response.set_etag(hashlib.sha256(drawing.encode()).hexdigest()[:32])
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    response.make_conditional(request)
    return response


@lru_cache(maxsize=256)
def _draw(definition: str, number_format: str, time_format: str) -> str:
    import vl_convert

    locales: dict[str, Any] = {"format_locale": number_format, "time_format_locale": time_format}
    drawing: str = vl_convert.vegalite_to_svg(definition, show_warnings=False, **locales)
    return drawing


def _config(theme: str) -> Spec:
    hue = colours(theme)
    label = {"labelColor": hue["ink2"], "titleColor": hue["ink2"], "labelFontSize": 13, "titleFontSize": 13}
    return {
        "background": None,
        "font": FONT,
        "view": {"stroke": None, "continuousWidth": WIDTH, "continuousHeight": HEIGHT},
        "axis": {
            **label,
            "titleFontWeight": 400,
            "grid": False,
            "domainColor": hue["line"],
            "tickColor": hue["line"],
            "gridColor": hue["line"],
            "labelPadding": 6,
        },
        "axisY": {"grid": True, "domain": False, "ticks": False},
        "line": {"color": hue["ink"], "strokeWidth": 2.25},
        "point": {"color": hue["ink"], "filled": True, "size": 60, "opacity": 1},
        "bar": {"color": hue["bar"]},
        "rule": {"color": hue["edge"], "strokeDash": [4, 4]},
        "text": {"color": hue["ink2"], "fontSize": 13},
        "legend": {"disable": True},
    }


def trend(points: list[dict[str, Any]], *, x: str, y: str, target: float | None, labels: tuple[str, str]) -> Spec:
    """A rate over time: `points` have the period's name at `x` (in order), the fraction at `y`, and `n`.

    `labels` name the last point and the target, written where they stand.
    """
    names = [str(p[x]) for p in points]
    rates = [float(p[y]) for p in points if p[y] is not None]
    last = next((p for p in reversed(points) if p[y] is not None), None)
    floor = _floor([*rates, *([] if target is None else [target])])
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
        "axis": {"labelExpr": PERCENT, "values": _steps(floor)},
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
    percent = {"scale": {"domain": [floor, 1]}, "axis": {"labelExpr": PERCENT, "values": _steps(floor)}}
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


def _floor(shares: list[float]) -> float:
    """Where the axis of shares begins, a multiple of a quarter: the lowest has some room below it."""
    return max(0.0, math.floor((min(shares, default=0) - 0.05) * 4) / 4)


def _steps(floor: float) -> list[float]:
    """The lines of an axis from there to 1."""
    step = {0.75: 0.05, 0.5: 0.1}.get(floor, 0.25)
    return [round(floor + step * i, 2) for i in range(round((1 - floor) / step) + 1)]


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


def _quoted(words: str) -> str:
    return words.replace("\\", "\\\\").replace("'", "\\'")
