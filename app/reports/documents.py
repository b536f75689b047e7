"""A report laid out once, for every way it leaves: screen, CSV, XLSX, PDF, JSON, a table in the terminal."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flask import Response, render_template, send_file
from flask_babel import gettext as _

from app.core import charts
from app.core.exports import MIME, Sheet, plain, write_csv, write_json, write_xlsx
from app.core.i18n import moment, month_name, number, percent, time_zone

FORMATS = ("csv", "xlsx", "pdf", "json")
HEAD_WIDTH = 12
"""Headings in the terminal are broken into lines of about so many characters."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a report says, in the reader's language.

    `sheets`: the first is the report's own table. `data`: the same figures as plain values, keys in English whatever the
    language. `chart`: a Vega-Lite definition and the sentence that says its finding.
    """

    id: str
    title: str
    lead: str
    place: str
    month: date
    at: datetime
    sheets: Sequence[Sheet]
    data: dict[str, Any]
    definitions: Sequence[tuple[str, str]] = ()
    chart: charts.Spec | None = None
    chart_title: str = ""
    brief: Sheet | None = None
    """What the terminal shows instead of the first sheet."""
    context: dict[str, Any] = field(default_factory=dict)
    """What the templates of this report show beside."""
    paper: str = ""
    """Its template for paper; its own (`reports/ID.print.html`) where it says none."""

    @property
    def file_name(self) -> str:
        return f"{self.id}-{self.month:%Y-%m}"


def render(report: Report, file_format: str) -> bytes:
    """The report as `csv`, `xlsx`, `pdf`, `json` or, for a terminal, `table`."""
    if file_format == "xlsx":
        book = io.BytesIO()
        write_xlsx([*report.sheets, _definitions(report)], book, report.title)
        return book.getvalue()
    if file_format == "pdf":
        return pdf(report)
    text = io.StringIO(newline="")
    if file_format == "csv":
        write_csv(report.sheets[0], text)
    elif file_format == "json":
        write_json(report.data, text)
    else:
        lines = [report.title, report.lead, "", *as_text(report.brief or report.sheets[0])]
        text.write("\n".join(lines) + "\n")
    return text.getvalue().encode()


def _definitions(report: Report) -> Sheet:
    """The sheet that says what each figure is."""
    rows = [
        (_("Report"), report.title),
        (_("Month"), month_name(report.month)),
        (_("Scope"), report.place),
        (_("As of"), moment(report.at)),
        (_("In one sentence"), report.lead),
        *report.definitions,
    ]
    return Sheet(_("Definitions"), [_("Term"), _("Meaning")], rows, ["text", "words"])


def pdf(report: Report) -> bytes:
    """The report on paper: tagged, with its chart drawn inside and its definitions at the end."""
    from weasyprint import HTML

    drawing = charts.svg(report.chart) if report.chart is not None else None
    page = render_template(
        report.paper or f"reports/{report.id}.print.html",
        report=report,
        drawing=drawing,
        place=report.place,
        as_of=report.at,
        zone=time_zone(),
        **report.context,
    )
    made: bytes = HTML(string=page).write_pdf(pdf_variant="pdf/ua-1")
    return made


def as_file(report: Report, file_format: str) -> bytes:
    """The report as people open it: the mark at the start of a CSV lets spreadsheets read accents."""
    mark = "\ufeff".encode() if file_format == "csv" else b""
    return mark + render(report, file_format)


def answer(report: Report, file_format: str) -> Response:
    """The report as a file, for a request."""
    return send_file(
        io.BytesIO(as_file(report, file_format)),
        mimetype=MIME[file_format],
        as_attachment=True,
        download_name=f"{report.file_name}.{file_format}",
    )


def as_text(sheet: Sheet) -> list[str]:
    """A sheet as lines for a terminal: texts to the left, figures to the right."""
    columns = list(zip(*sheet.rows, strict=True)) or [()] * len(sheet.kinds)
    shown = [_column([plain(v) for v in column], kind) for column, kind in zip(columns, sheet.kinds, strict=True)]
    rows = list(zip(*shown, strict=True))
    heads = [textwrap.wrap(head, HEAD_WIDTH, break_long_words=False) for head in sheet.headers]
    deepest = max(len(head) for head in heads)
    head_rows = list(zip(*([""] * (deepest - len(head)) + head for head in heads), strict=True))
    widths = [max(map(len, column)) for column in zip(*head_rows, *rows, strict=True)]

    def line(row: Sequence[str]) -> str:
        cells = (
            cell.ljust(width) if kind in ("text", "words") else cell.rjust(width)
            for cell, width, kind in zip(row, widths, sheet.kinds, strict=True)
        )
        return "  ".join(cells).rstrip()

    return [*map(line, head_rows), "  ".join("-" * width for width in widths), *map(line, rows)]


def _figure(value: float | None) -> str:
    """A fraction as per cent, any other number as it is."""
    return percent(value) if value is None or abs(value) <= 1 else number(value, 1)


def _column(values: Sequence[Any], kind: str) -> list[str]:
    """What a terminal shows of a column; numbers with a digit after the point where one of them has it."""
    if kind == "rate":
        return [percent(value) for value in values]
    if kind == "figure":
        return [_figure(value) for value in values]
    if kind == "month":
        return ["–" if value is None else f"{value:%Y-%m}" for value in values]
    if kind in ("number", "decimal"):
        digits = 0 if all(value is None or float(value).is_integer() for value in values) else 1
        return [number(value, digits) for value in values]
    return ["–" if value is None else str(value) for value in values]
