"""The one way rows leave as files: CSV, XLSX and JSON, with formula injection neutralised.

Values keep their type: numbers stay numbers, days stay days. A text that a spreadsheet would run as a formula gets an
apostrophe in CSV; in XLSX it is written as a text cell.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
import tempfile
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import IO, Any

from flask import Response, current_app, send_file, stream_with_context
from werkzeug.utils import secure_filename

from app.core import book_charts
from app.core.book_charts import Chart
from app.core.i18n import Bilingual, day, local, month_name, number, percent

RISKY = ("=", "+", "-", "@", "\t", "\r")
MIME = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "pdf": "application/pdf",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
FORMATS = {
    "number": {"num_format": "#,##0"},
    "decimal": {"num_format": "#,##0.0#"},
    "rate": {"num_format": "0.0%"},
    "figure": {"num_format": "[<=1]0.0%;#,##0.0#"},
    "month": {"num_format": "mmm yyyy", "align": "left"},
    "date": {"num_format": "yyyy-mm-dd"},
    "moment": {"num_format": "yyyy-mm-dd hh:mm"},
    "text": {},
    "words": {"text_wrap": True},
}
FIGURES = ("number", "decimal", "rate", "figure")
"""Kinds of columns that stand to the right."""
WIDTHS = {"text": 28, "words": 70}
OTHER_WIDTH = 14
WIDE = 6
"""A table of more columns than this keeps the first one in sight."""
A4 = 9
LINE, MOST_LINES = 15, 25
"""The height of a line, and of how many a row shows at most."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A named table of values. `kinds`, one a column: `text`, `words` (long text), `number`, `rate` (a fraction), `figure` (a
    fraction or another number, as metrics are), `month` (its first day), `date` or `moment`. Charts are for workbooks."""

    name: str
    headers: Sequence[str]
    rows: Iterable[Sequence[Any]]
    kinds: Sequence[str] = field(default_factory=tuple)
    chart: Chart | Sequence[Chart] | None = None

    @property
    def filled(self) -> bool:
        """Whether it has rows; for sheets whose rows are at hand."""
        return any(True for _row in self.rows)

    @property
    def charts(self) -> Sequence[Chart]:
        """Its charts, none, one or several."""
        return [] if self.chart is None else [self.chart] if isinstance(self.chart, Chart) else self.chart


def plain(value: Any) -> Any:
    """A value as a file holds it."""
    if isinstance(value, Bilingual):
        return value.text
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return local(value).replace(tzinfo=None)
    return value


def shown(value: Any, kind: str) -> str:
    """A value as people read it, on pages, on paper and on slides."""
    value = plain(value)
    if value is None or value == "":
        return "–"
    if kind == "rate" or (kind == "figure" and abs(value) <= 1):
        return percent(value)
    if kind == "decimal":
        return number(value, 1 if round(value, 1) == round(value, 2) else 2)
    if kind in FIGURES:
        return number(value, 0 if float(value).is_integer() else 1)
    if kind == "month":
        return month_name(value)
    return local_moment(value) if isinstance(value, datetime) else day(value) if kind == "date" else str(value)


def local_moment(value: datetime) -> str:
    """A moment that `plain` has put into the reader's zone already."""
    return f"{day(value.date())}, {value:%H:%M}"


def harmless(value: Any) -> Any:
    """A text that no spreadsheet takes for a formula."""
    if isinstance(value, str) and value.startswith(RISKY):
        return "'" + value
    return value


def write_csv(sheet: Sheet, out: IO[str]) -> None:
    """Write the sheet as comma-separated values with a header line; dates are ISO 8601."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([harmless(h) for h in sheet.headers])
    for row in sheet.rows:
        writer.writerow([_csv_value(v) for v in row])


def _csv_value(value: Any) -> Any:
    value = plain(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    return harmless(value)


def write_xlsx(sheets: Sequence[Sheet], out: IO[bytes], title: str = "") -> None:
    """Write the sheets as a workbook: frozen header, filters, real numbers and dates, charts; memory stays flat.

    Each sheet prints across one page, with its header on every one.
    """
    import xlsxwriter

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(out, {**options, "tmpdir": tempfile.gettempdir()}) as book:
        book.set_properties({"title": title or sheets[0].name, "author": "Hilo"})
        header = book.add_format(
            {"bold": True, "bottom": 1, "text_wrap": True, "valign": "bottom", "bg_color": "#eef3f1"}
        )
        formats = {kind: book.add_format({"valign": "top", **look}) for kind, look in FORMATS.items()}
        for sheet in sheets:
            _write_sheet(book, sheet, header, formats)


def _write_sheet(book: Any, sheet: Sheet, header: Any, formats: dict[str, Any]) -> None:
    page = book.add_worksheet(_sheet_name(sheet.name, book.sheetnames))
    kinds = list(sheet.kinds) or ["text"] * len(sheet.headers)
    for index, kind in enumerate(kinds):
        page.set_column(index, index, WIDTHS.get(kind, OTHER_WIDTH), formats.get(kind))
    _set_up(page, len(kinds))
    _fit(page, 0, zip(sheet.headers, kinds, strict=True))
    page.write_row(0, 0, list(sheet.headers), header)
    last, most = 0, dict.fromkeys((column for chart in sheet.charts for column in chart.series), 0.0)
    for last, row in enumerate(sheet.rows, start=1):
        if "words" in kinds:
            _fit(page, last, ((plain(one), kind) for one, kind in zip(row, kinds, strict=True) if kind == "words"))
        for column in most:
            most[column] = max(most[column], row[column] or 0)
        for index, value in enumerate(row):
            value = plain(value)
            broken = kinds[index] == "number" and isinstance(value, float) and not value.is_integer()
            look = formats["decimal"] if broken else formats["month"] if kinds[index] == "month" else None
            _write_cell(page, last, index, value, formats, look)
    page.autofilter(0, 0, last, max(len(sheet.headers) - 1, 0))
    if last:
        book_charts.insert(book, page, sheet.charts, kinds=kinds, formats=FORMATS, last=last, most=most)


def _fit(page: Any, row: int, cells: Iterable[tuple[Any, str]]) -> None:
    """Make a row as high as its words need: not every program does so itself."""
    lines = max((_lines(str(text or ""), WIDTHS.get(kind, OTHER_WIDTH)) for text, kind in cells), default=1)
    if lines > 1:
        page.set_row(row, LINE * min(lines, MOST_LINES))


def _lines(text: str, width: int) -> int:
    return sum(len(textwrap.wrap(part, width)) if len(part) > width else 1 for part in text.split("\n"))


def _set_up(page: Any, columns: int) -> None:
    """What stays in sight, on screen and on paper: the header, and of wide tables the first column."""
    page.freeze_panes(1, 1 if columns > WIDE else 0)
    page.repeat_rows(0)
    page.set_landscape()
    page.set_paper(A4)
    page.fit_to_pages(1, 0)
    page.set_footer("&L&A&R&P / &N")


def _sheet_name(name: str, taken: Iterable[str]) -> str:
    """The name without what a workbook does not take, and unlike those of other sheets."""
    base = re.sub(r"[\[\]:*?/\\]", " ", name)[:31].strip("' ") or "-"
    known = {one.casefold() for one in taken}
    ways = itertools.chain([base], (f"{base[:27]} ({number})" for number in itertools.count(2)))
    return next(way for way in ways if way.casefold() not in known)


def _write_cell(page: Any, row: int, column: int, value: Any, formats: dict[str, Any], look: Any = None) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        page.write_boolean(row, column, value)
    elif isinstance(value, (int, float)):
        page.write_number(row, column, value, look)
    elif isinstance(value, datetime):
        page.write_datetime(row, column, value, formats["moment"])
    elif isinstance(value, date):
        page.write_datetime(row, column, value, look or formats["date"])
    else:
        page.write_string(row, column, str(value))


def write_json(value: Any, out: IO[str]) -> None:
    """Write plain values as JSON, dates as ISO 8601."""
    json.dump(value, out, ensure_ascii=False, indent=2, default=_json_value)
    out.write("\n")


def _json_value(value: Any) -> Any:
    if isinstance(value, Bilingual):
        return {"en": value.en, "es": value.es}
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"{type(value).__name__} has no plain form")


def download(sheets: Sequence[Sheet], file_format: str, name: str) -> Response:
    """Answer a request with the sheets as `csv` (the first one) or `xlsx`."""
    file_name = secure_filename(f"{name}.{file_format}")
    if file_format == "csv":
        return Response(
            stream_with_context(_csv_stream(sheets[0])),  # the reader's language and zone, to its last line
            mimetype=MIME["csv"],
            headers={"Content-Disposition": f'attachment; filename="{file_name}"'},
        )
    spool = tempfile.TemporaryFile()  # noqa: SIM115 -- send_file closes it
    write_xlsx(sheets, spool)
    spool.seek(0)
    current_app.logger.debug("export %s", file_name)
    return send_file(spool, mimetype=MIME["xlsx"], as_attachment=True, download_name=file_name)


def _csv_stream(sheet: Sheet) -> Iterator[str]:
    """The lines of the file; the mark at its start lets spreadsheets read accents."""
    yield "\ufeff"
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([harmless(h) for h in sheet.headers])
    for count, row in enumerate(sheet.rows, start=1):
        writer.writerow([_csv_value(v) for v in row])
        if count % 500 == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()
