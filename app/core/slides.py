"""The one way slides are made: titles that are titles, charts that can be edited, tables, each with a text for who can't see.

A chart is declared once, on its sheet (`exports.Sheet.chart`), and drawn here as one of the presentation's own.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from app.core.exports import FIGURES, Chart, Sheet, plain, shown
from app.core.i18n import Bilingual, language
from app.core.sheet_charts import label, rows_of

FONT = "Arial"
"""On every machine, so that nothing moves when the deck is shown on another one."""
INK, QUIET, ACCENT, GROUND, LINE = "14201E", "43524F", "0B5F5B", "EEF3F1", "C5CFCC"
TONES = ("0B5F5B", "B9493D", "5D8D89", "834D00", "43524F")
GUIDE = "76847F"
WIDTH, HEIGHT, MARGIN = 13.333, 7.5, 0.6
TOP, BOTTOM = 1.75, 6.85
"""Where what a slide shows begins and ends; inches, as all lengths here."""
ROWS = 11
"""Rows of a table on a slide; what is more is told to be in the workbook."""
LANGUAGES = {"en": "en-US", "es": "es-MX"}
SHARE = {"rate": "0.0%", "figure": "0.0%", "decimal": "#,##0.0"}

Words = str | Bilingual


class Deck:
    """Slides under one title, in the reader's language."""

    def __init__(self, title: str, foot: str) -> None:
        """`foot` stands at the bottom of each slide."""
        from pptx import Presentation
        from pptx.util import Inches

        self.inches = Inches
        self.foot = foot
        self.deck = Presentation()
        self.deck.slide_width, self.deck.slide_height = Inches(WIDTH), Inches(HEIGHT)
        facts = self.deck.core_properties
        facts.title, facts.author, facts.language = title, "Hilo", LANGUAGES[language()]

    def content(self) -> bytes:
        """The deck as a file."""
        out = io.BytesIO()
        self.deck.save(out)
        return out.getvalue()

    # --- Slides ---

    def cover(self, title: str, lines: Sequence[str]) -> None:
        """The first slide."""
        slide = self._slide(title, "", size=36, top=2.4)
        self._text(slide, lines, (MARGIN, 4.0, WIDTH - 2 * MARGIN, 1.6), size=18, colour=QUIET)

    def points(self, title: str, kicker: str, lines: Sequence[Words], size: int = 18) -> None:
        """A slide of sentences."""
        slide = self._slide(title, kicker)
        self._text(slide, lines, (MARGIN, TOP, WIDTH - 2 * MARGIN, BOTTOM - TOP), size=size, gap=8)

    def chart(self, title: str, kicker: str, sheet: Sheet, chart: Chart, aside: Words = "") -> None:
        """A slide of one chart; with something said of it, that stands at its right."""
        slide = self._slide(title, kicker)
        said = aside if isinstance(aside, str) else aside.text
        width = 8.2 if said else WIDTH - 2 * MARGIN
        self._chart(slide, sheet, chart, (MARGIN, TOP, width, BOTTOM - TOP))
        if said:
            left = MARGIN + width + 0.3
            self._text(slide, [aside], (left, TOP, WIDTH - MARGIN - left, BOTTOM - TOP), size=15)

    def table(self, title: str, kicker: str, sheet: Sheet, more: str, aside: Words = "") -> None:
        """A slide of one table, and what is said of it below; `more` says where rows beyond the first ones are."""
        slide = self._slide(title, kicker)
        rows = [list(row) for row in sheet.rows]
        bottom = self._table(slide, sheet, rows[:ROWS], TOP)
        left_out = [more] if len(rows) > ROWS else []
        said = [aside] if (aside if isinstance(aside, str) else aside.text) else []
        if said or left_out:
            box = (MARGIN, min(bottom + 0.15, BOTTOM - 0.6), WIDTH - 2 * MARGIN, 0.9)
            self._text(slide, [*said, *left_out], box, size=13, colour=QUIET)

    # --- What stands on them ---

    def _slide(self, title: str, kicker: str, size: int = 26, top: float = 0.65) -> Any:
        slide = self.deck.slides.add_slide(self.deck.slide_layouts[5])
        self._place(slide.shapes.title, (MARGIN, top, WIDTH - 2 * MARGIN, 1.0))
        self._write(slide.shapes.title.text_frame, [title], size=size, bold=True, anchor="top")
        if kicker:
            self._text(slide, [kicker], (MARGIN, 0.32, WIDTH - 2 * MARGIN, 0.35), size=13, colour=ACCENT, bold=True)
        number = str(len(self.deck.slides))
        self._text(slide, [self.foot], (MARGIN, 7.0, WIDTH - 2.4, 0.3), size=10, colour=QUIET)
        self._text(slide, [number], (WIDTH - 1.4, 7.0, 0.8, 0.3), size=10, colour=QUIET, right=True)
        return slide

    def _place(self, shape: Any, box: tuple[float, float, float, float]) -> None:
        shape.left, shape.top, shape.width, shape.height = map(self.inches, box)

    def _text(self, slide: Any, lines: Sequence[Words], box: tuple[float, float, float, float], **look: Any) -> None:
        shape = slide.shapes.add_textbox(*map(self.inches, box))
        self._write(shape.text_frame, lines, **look)

    def _write(
        self,
        frame: Any,
        lines: Sequence[Words],
        *,
        size: int,
        colour: str = INK,
        bold: bool = False,
        right: bool = False,
        gap: int = 0,
        anchor: str = "",
    ) -> None:
        """Paragraphs in one look, each marked with the language its words are in."""
        from pptx.dml.color import RGBColor
        from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
        from pptx.util import Pt

        frame.word_wrap = True
        frame.margin_left = frame.margin_right = self.inches(0)
        if anchor:
            frame.vertical_anchor = MSO_ANCHOR.TOP
        for at, line in enumerate(lines):
            paragraph = frame.paragraphs[0] if at == 0 else frame.add_paragraph()
            paragraph.alignment = PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT
            paragraph.space_after = Pt(gap)
            run = paragraph.add_run()
            run.text = line if isinstance(line, str) else line.text
            run.font.name, run.font.size, run.font.bold = FONT, Pt(size), bold
            run.font.color.rgb = RGBColor.from_string(colour)
            spoken = language() if isinstance(line, str) else line.lang
            run._r.get_or_add_rPr().set("lang", LANGUAGES[spoken])

    def _table(self, slide: Any, sheet: Sheet, rows: list[list[Any]], top: float) -> float:
        """A table with its header row; returns where it ends."""
        high = 0.36
        columns = len(sheet.headers)
        box = (MARGIN, top, WIDTH - 2 * MARGIN, high * (len(rows) + 1))
        frame = slide.shapes.add_table(len(rows) + 1, columns, *map(self.inches, box))
        frame._element.nvGraphicFramePr.cNvPr.set("descr", sheet.name)
        table = frame.table
        table.horz_banding = False
        weights = [{"words": 4.0, "text": 2.4, "month": 1.5, "date": 1.3}.get(kind, 1.0) for kind in sheet.kinds]
        for at, weight in enumerate(weights):
            table.columns[at].width = self.inches((WIDTH - 2 * MARGIN) * weight / sum(weights))
        small = 10 if columns > 7 else 12
        for at, head in enumerate(sheet.headers):
            self._cell(table.cell(0, at), str(head), sheet.kinds[at], size=small, head=True)
        for number, row in enumerate(rows, start=1):
            for at, value in enumerate(row):
                words = value if isinstance(value, Bilingual) else shown(value, sheet.kinds[at])
                self._cell(table.cell(number, at), words, sheet.kinds[at], size=small)
        return top + high * (len(rows) + 1)

    def _cell(self, cell: Any, words: Words, kind: str, *, size: int, head: bool = False) -> None:
        from pptx.dml.color import RGBColor

        cell.fill.solid()
        cell.fill.fore_color.rgb = RGBColor.from_string(GROUND if head else "FFFFFF")
        cell.margin_top = cell.margin_bottom = self.inches(0.04)
        self._write(
            cell.text_frame, [words], size=size, bold=head, right=kind in FIGURES, colour=QUIET if head else INK
        )
        cell.margin_left = cell.margin_right = self.inches(0.08)

    def _chart(self, slide: Any, sheet: Sheet, chart: Chart, box: tuple[float, float, float, float]) -> None:
        """A chart of the presentation's own, whose figures open as a workbook."""
        from pptx.chart.data import CategoryChartData
        from pptx.enum.chart import XL_CHART_TYPE as Kind

        kinds = {"line": Kind.LINE_MARKERS, "column": Kind.COLUMN_CLUSTERED, "bar": Kind.BAR_CLUSTERED}
        rows = rows_of(sheet, chart)
        guides = chart.guides if chart.kind == "line" else ()
        columns = (*chart.series, *guides)
        data = CategoryChartData(number_format=SHARE.get(sheet.kinds[chart.series[0]], "#,##0"))
        data.categories = [label(row[chart.names]) for row in rows]
        for column in columns:
            data.add_series(str(sheet.headers[column]), [plain(row[column]) for row in rows])
        frame = slide.shapes.add_chart(kinds[chart.kind], *map(self.inches, box), data)
        frame._element.nvGraphicFramePr.cNvPr.set("descr", chart.title)
        self._look(frame.chart, sheet, chart, len(columns))

    def _look(self, drawn: Any, sheet: Sheet, chart: Chart, count: int) -> None:
        """Fonts, colours, axes and a legend where there are several series."""
        from pptx.enum.chart import XL_LEGEND_POSITION, XL_TICK_LABEL_POSITION
        from pptx.util import Pt

        drawn.font.name, drawn.font.size = FONT, Pt(12)
        drawn.has_title = True
        drawn.chart_title.text_frame.text = chart.title
        drawn.chart_title.text_frame.paragraphs[0].runs[0].font.size = Pt(13)
        drawn.has_legend = count > 1
        if count > 1:
            drawn.legend.position, drawn.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
        kind = sheet.kinds[chart.series[0]]
        axis = drawn.value_axis
        axis.tick_labels.number_format, axis.tick_labels.number_format_is_linked = SHARE.get(kind, "#,##0"), False
        axis.major_gridlines.format.line.color.rgb = _colour(LINE)
        axis.format.line.fill.background()
        if chart.kind == "bar":
            drawn.category_axis.reverse_order = True
            drawn.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
        self._colour_series(drawn, chart)

    def _colour_series(self, drawn: Any, chart: Chart) -> None:
        from pptx.enum.dml import MSO_LINE
        from pptx.util import Pt

        plot = drawn.plots[0]
        if chart.kind != "line":
            plot.gap_width = 60
            plot.has_data_labels = True
            plot.data_labels.font.size = Pt(11)
        for at, series in enumerate(plot.series):
            guide = at >= len(chart.series)
            tone = _colour(GUIDE if guide else TONES[at % len(TONES)])
            if chart.kind != "line":
                series.format.fill.solid()
                series.format.fill.fore_color.rgb = tone
                series.invert_if_negative = False
                continue
            series.smooth = False
            series.format.line.color.rgb, series.format.line.width = tone, Pt(1.5 if guide else 2.5)
            _mark(series, tone, guide)
            if guide:
                series.format.line.dash_style = MSO_LINE.DASH


def _mark(series: Any, tone: Any, guide: bool) -> None:
    """The points of a line; a target has none."""
    from pptx.enum.chart import XL_MARKER_STYLE

    series.marker.style = XL_MARKER_STYLE.NONE if guide else XL_MARKER_STYLE.CIRCLE
    if not guide:
        series.marker.format.fill.solid()
        series.marker.format.fill.fore_color.rgb = tone
        series.marker.format.line.color.rgb = tone


def _colour(written: str) -> Any:
    from pptx.dml.color import RGBColor

    return RGBColor.from_string(written)
