"""A report laid out once, for every way it leaves: screen, CSV, XLSX, PDF, JSON, a table in the terminal."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import IO, Any

from flask import Response, render_template, send_file
from flask_babel import gettext as _
from werkzeug.utils import secure_filename

from app.core import charts
from app.core.exports import MIME, Sheet, plain, write_csv, write_json, write_xlsx
from app.core.i18n import month_name, number, percent

FORMATS = ("csv", "xlsx", "pdf", "json")


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
    context: dict[str, Any] = field(default_factory=dict)
    """What the templates of this report show beside."""

    @property
    def file_name(self) -> str:
        return secure_filename(f"{self.id}-{self.month:%Y-%m}")


def write(report: Report, file_format: str, out: IO[bytes]) -> None:
    """Write the report as `csv`, `xlsx`, `pdf` or `json`."""
    if file_format == "xlsx":
        write_xlsx([*report.sheets, _definitions(report)], out)
        return
    if file_format == "pdf":
        out.write(pdf(report))
        return
    text = io.StringIO(newline="")
    if file_format == "csv":
        write_csv(report.sheets[0], text)
    else:
        write_json(report.data, text)
    out.write(text.getvalue().encode())


def _definitions(report: Report) -> Sheet:
    """The sheet that says what each figure is."""
    rows = [
        (_("Report"), report.title),
        (_("Month"), month_name(report.month)),
        (_("Scope"), report.place),
        *report.definitions,
    ]
    return Sheet(_("Definitions"), [_("Term"), _("Meaning")], rows, ["text", "text"])


def pdf(report: Report) -> bytes:
    """The report on paper: tagged, with its chart drawn inside and its definitions at the end."""
    from weasyprint import HTML

    drawing = charts.svg(report.chart) if report.chart is not None else None
    page = render_template(
        f"reports/{report.id}.print.html", report=report, drawing=drawing, place=report.place, **report.context
    )
    made: bytes = HTML(string=page).write_pdf(pdf_variant="pdf/ua-1")
    return made


def answer(report: Report, file_format: str) -> Response:
    """The report as a file, for a request."""
    spool = io.BytesIO()
    write(report, file_format, spool)
    if file_format == "csv":
        spool = io.BytesIO("\ufeff".encode() + spool.getvalue())
    spool.seek(0)
    return send_file(
        spool, mimetype=MIME[file_format], as_attachment=True, download_name=f"{report.file_name}.{file_format}"
    )


def as_text(sheet: Sheet) -> list[str]:
    """A sheet as lines for a terminal: texts to the left, figures to the right."""
    kinds = list(sheet.kinds)
    rows = [[_shown(plain(v), kind) for v, kind in zip(row, kinds, strict=True)] for row in sheet.rows]
    table = [[str(h) for h in sheet.headers], *rows]
    widths = [max(len(row[i]) for row in table) for i in range(len(kinds))]

    def line(row: Sequence[str]) -> str:
        cells = (
            cell.ljust(width) if kind == "text" else cell.rjust(width)
            for cell, width, kind in zip(row, widths, kinds, strict=True)
        )
        return "  ".join(cells).rstrip()

    return [line(table[0]), "  ".join("-" * w for w in widths), *(line(row) for row in rows)]


def _shown(value: Any, kind: str) -> str:
    if value is None:
        return "–"
    if kind == "rate":
        return percent(value)
    if kind == "number":
        return number(value, 0 if float(value).is_integer() else 1)
    return str(value)
