"""The chart of a sheet drawn for page and paper: the same declaration that spreadsheets and slides draw by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from babel.dates import format_date

from app.core.charts.drawing import HEIGHT, WIDTH, Spec
from app.core.charts.lines import DASHES
from app.core.charts.scales import PERCENT
from app.core.exports import Chart, Sheet, plain
from app.core.i18n import LOCALES, language

TONES = ("#2f8f88", "#c0604f", "#8a7ab8", "#b0812f", "#76847f")
"""Tones that stand out in the light theme and in the dark one, for what is drawn before the theme is known."""


def month_label(value: date) -> str:
    """A month as an axis names it: `Oct 26`."""
    return format_date(value, "MMM yy", locale=LOCALES[language()]).replace(".", "")


def label(value: Any) -> str:
    """A name of an axis."""
    value = plain(value)
    return month_label(value) if isinstance(value, date) else str(value)


def rows_of(sheet: Sheet, chart: Chart) -> list[list[Any]]:
    """The rows that a chart of the sheet draws."""
    rows = [list(row) for row in sheet.rows]
    first, last = chart.rows or (1, len(rows))
    return rows[first - 1 : last]


def spec(sheet: Sheet, chart: Chart) -> Spec:
    """The chart as a Vega-Lite definition."""
    rows = rows_of(sheet, chart)
    names = [label(row[chart.names]) for row in rows]
    points = list(_points(sheet, rows, chart, chart.series))
    guides = list(_points(sheet, rows, chart, chart.guides))
    layers = [_bars(names, sheet, chart)] if chart.kind == "bar" else [_upright(names, sheet, chart)]
    if guides and chart.kind != "bar":
        layers.append({"data": {"values": guides}, **_guide(names, sheet, chart)})
    height: Any = {"step": 26} if chart.kind == "bar" else HEIGHT
    return {"width": WIDTH - 40, "height": height, "padding": 8, "data": {"values": points}, "layer": layers}


def _points(sheet: Sheet, rows: list[list[Any]], chart: Chart, columns: tuple[int, ...]) -> Iterator[dict[str, Any]]:
    for column in columns:
        for row in rows:
            if row[column] is not None:
                yield {"name": label(row[chart.names]), "series": str(sheet.headers[column]), "value": row[column]}


def _values(sheet: Sheet, chart: Chart) -> dict[str, Any]:
    """The axis of values: shares in per cent."""
    share = sheet.kinds[chart.series[0]] in ("rate", "figure")
    axis = {"labelExpr": PERCENT, "tickCount": 5} if share else {"tickMinStep": 1, "tickCount": 5}
    return {
        "field": "value",
        "type": "quantitative",
        "title": None,
        "axis": axis,
        "scale": {"zero": chart.kind != "line"},
    }


def _names(names: list[str]) -> dict[str, Any]:
    return {
        "field": "name",
        "type": "ordinal",
        "title": None,
        "scale": {"domain": names},
        "axis": {"labelAngle": 0, "labelOverlap": True, "labelLimit": 260},
    }


def _tones(sheet: Sheet, chart: Chart) -> dict[str, Any]:
    """Colours by series, told below the chart where there are several."""
    several = len(chart.series) > 1
    legend = {"title": None, "orient": "bottom", "labelLimit": 260, "columns": 2, "symbolStrokeWidth": 2.5}
    scale = {"domain": [str(sheet.headers[column]) for column in chart.series], "range": list(TONES)}
    return {"field": "series", "type": "nominal", "scale": scale, "legend": legend if several else None}


def _upright(names: list[str], sheet: Sheet, chart: Chart) -> Spec:
    colour = _tones(sheet, chart)
    encoding = {"x": _names(names), "y": _values(sheet, chart), "color": colour}
    if chart.kind == "line":
        dash = {**colour, "scale": {"domain": colour["scale"]["domain"], "range": DASHES}}
        return {"mark": {"type": "line", "point": True}, "encoding": {**encoding, "strokeDash": dash}}
    if len(chart.series) > 1:
        encoding["xOffset"] = {"field": "series", "scale": {"domain": colour["scale"]["domain"]}}
    return {"mark": {"type": "bar"}, "encoding": encoding}


def _bars(names: list[str], sheet: Sheet, chart: Chart) -> Spec:
    rows = {**_names(names), "sort": names, "axis": {"labelLimit": 260, "domain": False, "ticks": False, "grid": False}}
    return {"mark": {"type": "bar", "height": 16}, "encoding": {"y": rows, "x": _values(sheet, chart)}}


def _guide(names: list[str], sheet: Sheet, chart: Chart) -> Spec:
    mark = {"type": "line", "color": "#76847f", "strokeDash": [4, 4], "strokeWidth": 1.5}
    return {"mark": mark, "encoding": {"x": _names(names), "y": _values(sheet, chart), "detail": {"field": "series"}}}
