"""Charts of the spreadsheet's own: drawn by it from the cells of a sheet, so that they can be changed and copied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

COLOURS = ("#0b5f5b", "#b9493d", "#5d8d89", "#834d00", "#43524f")
GUIDE = "#76847f"
BESIDE = 8
"""A table of at most so many columns has its charts beside it, a wider one below."""
WIDTH, HEIGHT, ROW_HEIGHT = 720, 320, 20
LARGE = 0.8


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of a sheet: the column of names and those of values, counted from 0, of these rows (first and last, from 1).

    `guides` are those of the values that are drawn as a dashed line, as targets are. `bar` lies, `column` stands.
    """

    kind: Literal["line", "bar", "column"]
    title: str
    names: int
    values: int | tuple[int, ...]
    guides: tuple[int, ...] = ()
    rows: tuple[int, int] | None = None

    @property
    def series(self) -> tuple[int, ...]:
        """The columns that are drawn as what the chart is of."""
        values = (self.values,) if isinstance(self.values, int) else self.values
        return tuple(column for column in values if column not in self.guides)


def insert(
    book: Any, page: Any, charts: Sequence[Chart], *, kinds: Sequence[str], formats: Any, last: int, most: Any
) -> None:
    """Draw the charts of a sheet whose last row is `last` (from 1): beside a narrow table, below a wide one.

    `most` is the greatest value of each column that is drawn.
    """
    beside = len(kinds) <= BESIDE
    row, column = (1, len(kinds) + 1) if beside else (last + 2, 0)
    for chart in charts:
        drawn = _chart(book, page.name, chart, kinds, formats, last, most)
        page.insert_chart(row, column, drawn, {"description": chart.title, "object_position": 2})
        row += HEIGHT // ROW_HEIGHT + 1


def _chart(book: Any, page: str, chart: Chart, kinds: Sequence[str], formats: Any, last: int, most: Any) -> Any:
    drawn = book.add_chart({"type": chart.kind})
    for at, column in enumerate(chart.series):
        drawn.add_series(_series(page, chart, column, last, COLOURS[at % len(COLOURS)]))
    if chart.guides:
        _add_guides(book, drawn, page, chart, last)
    drawn.set_title({"name": chart.title, "name_font": {"size": 11}, "overlay": False})
    several = len(chart.series) > 1 or (chart.guides and chart.kind != "bar")
    drawn.set_legend({"position": "bottom"} if several else {"none": True})
    _set_axes(drawn, chart, kinds, formats, max((most.get(one, 0) for one in chart.series), default=0))
    drawn.set_size({"width": WIDTH, "height": HEIGHT})
    return drawn


def _add_guides(book: Any, drawn: Any, page: str, chart: Chart, last: int) -> None:
    """Targets, as dashed lines over what is drawn; a lying bar has none, for lines can't lie."""
    if chart.kind == "bar":
        return
    lines = drawn if chart.kind == "line" else book.add_chart({"type": "line"})
    for column in chart.guides:
        series = _series(page, chart, column, last, GUIDE)
        lines.add_series({**series, "marker": {"type": "none"}, "line": {"color": GUIDE, "dash_type": "dash"}})
    if lines is not drawn:
        drawn.combine(lines)


def _series(page: str, chart: Chart, column: int, last: int, colour: str) -> dict[str, Any]:
    first, until = chart.rows or (1, last)
    series: dict[str, Any] = {
        "name": [page, 0, column],
        "categories": [page, first, chart.names, until, chart.names],
        "values": [page, first, column, until, column],
    }
    if chart.kind != "line":
        return {**series, "fill": {"color": colour}, "gap": 60}
    return {**series, "line": {"color": colour, "width": 2.25}, "marker": {"type": "circle", "fill": {"color": colour}}}


def _set_axes(drawn: Any, chart: Chart, kinds: Sequence[str], formats: Any, most: float) -> None:
    """Names as their column writes them, clear of the bars; shares in per cent, large ones to 100 % at most."""
    kind = kinds[chart.series[0]]
    share = {"max": 1} if kind == "rate" and LARGE < most <= 1 else {}
    look = {"num_format": formats[kind]["num_format"]} if kind in ("rate", "figure", "decimal") else {}
    values = {**look, **share, "major_gridlines": {"visible": True, "line": {"color": "#e1e7e5"}}}
    months = kinds[chart.names] == "month"
    names = {"num_format": formats["month"]["num_format"], "text_axis": True} if months else {}
    if chart.kind == "bar":
        drawn.set_x_axis(values)
        drawn.set_y_axis({"reverse": True, "label_position": "low", **names})
    else:
        drawn.set_x_axis(names)
        drawn.set_y_axis(values)
