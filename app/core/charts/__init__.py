"""The one way a chart is drawn: a Vega-Lite definition, rendered to SVG on the server at an address of its own.

A page shows it as an image (`ui/chart.html`) with a table of the same figures behind it, so nothing depends on it:

    @bp.get("/compliance/chart.svg")
    @requires(Permission.SEE_REPORTS)
    def compliance_chart() -> Response:
        return charts.answer(charts.trend(points, x="month", y="rate", ...))

`?theme=dark` draws it for the dark theme. For paper, `charts.svg(spec)` gives the drawing itself.
"""

from app.core.charts.bars import intervals, pareto
from app.core.charts.drawing import Spec, answer, asked_theme, colours, svg
from app.core.charts.gap import probability
from app.core.charts.lines import many, trend

__all__ = ["Spec", "answer", "asked_theme", "colours", "intervals", "many", "pareto", "probability", "svg", "trend"]
