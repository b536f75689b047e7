"""What each form of a report holds, compared with the report's own rows: a sentence for each that differs."""

from __future__ import annotations

import csv
import html
import io
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import zip_longest
from typing import Any

from app.core.exports import Sheet, harmless, plain, shown
from app.reports.documents import Report, render

FIGURES = ("number", "decimal", "rate", "figure")
GAP = 60
"""Characters between two figures of a line, on a page and on paper: a unit, a word, another figure."""
COMPLIANCE = (3, 1, 2, 4, 5, 6, 7, 8)
"""Columns of coaching compliance in the order of its page, where the share comes first."""
PAGES = {"": 0, "lead": 1, "reason": 2, "market": 4, "tenure": 5, "month": 3}
"""Which sheet of coaching compliance its page shows by."""
MONTHS = 4
"""Columns of the sheet of months before its target."""
Lines = list[list[str]]


def in_files(report: Report, *, files: Sequence[str] = ("csv", "xlsx", "json")) -> list[str]:
    """What differs in CSV, XLSX and JSON."""
    found = {"csv": _csv, "xlsx": _xlsx, "json": _json}
    return [f"{name}: {said}" for name in files for said in found[name](report)]


def _csv(report: Report) -> Iterator[str]:
    head, *lines = csv.reader(io.StringIO(render(report, "csv").decode()))
    sheet = report.sheets[0]
    yield from as_table(sheet, head, lines, lambda value: _of_csv(plain(value)))


def _of_csv(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    return "" if value is None else str(harmless(value))


def _xlsx(report: Report) -> Iterator[str]:
    sheets = cells_of(render(report, "xlsx"))
    if len(sheets) != len(report.sheets) + 1:
        yield f"{len(sheets)} sheets for {len(report.sheets)} and the definitions"
    for (name, rows), sheet in zip(sheets, report.sheets, strict=False):
        head, *lines = rows or [[]]
        for said in as_table(sheet, head, lines, of_xlsx):
            yield f"{name}: {said}"


def cells_of(book: bytes) -> list[tuple[str, list[list[Any]]]]:
    """The sheets of a workbook by name, row by row."""
    from python_calamine import CalamineWorkbook

    held = CalamineWorkbook.from_filelike(io.BytesIO(book))
    return [(name, held.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in held.sheet_names]


def of_xlsx(value: Any) -> Any:
    """A value as a workbook gives it back."""
    value = plain(value)
    return "" if value is None else float(value) if isinstance(value, int) else value


def as_table(sheet: Sheet, head: Sequence[Any], lines: Sequence[Sequence[Any]], of: Any) -> Iterator[str]:
    """What differs between a sheet and the lines a file holds of it."""
    rows = list(sheet.rows)
    if [str(one) for one in head] != [str(harmless(one)) for one in sheet.headers]:
        yield f"headed {head}"
    if len(set(head)) < len(head):
        yield f"two columns of one name: {head}"
    if len(lines) != len(rows):
        yield f"{len(lines)} lines for {len(rows)}"
    for number, (row, line) in enumerate(zip(rows, lines, strict=False), start=1):
        for value, held in zip_longest((of(one) for one in row), line, fillvalue=""):
            if not _same(value, held):
                yield f"line {number} holds {held!r} for {value!r}"


def _same(value: Any, held: Any) -> bool:
    if isinstance(value, float) and isinstance(held, float):
        return math.isclose(value, held, rel_tol=1e-12, abs_tol=1e-12)
    if isinstance(held, datetime) and isinstance(value, date) and not isinstance(value, datetime):
        held = held.date()
    return bool(value == held or str(value) == str(held))


# --- JSON: other names, and figures that tables round ---


def _json(report: Report) -> Iterator[str]:
    told = [set(_numbers(one)) for one in _objects(json.loads(render(report, "json")), {})]
    for sheet in report.sheets:
        kinds = list(sheet.kinds)
        for row in sheet.rows:
            wanted = [
                plain(value) for value, kind in zip(row, kinds, strict=True) if kind in FIGURES and value is not None
            ]
            if wanted and not any(all(_told(value, one) for value in wanted) for one in told):
                yield f"{sheet.name}: no object has the figures of {plain(row[0])}: {wanted}"


def _objects(value: Any, above: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Each object of each list, with what is said once above it."""
    if isinstance(value, dict):
        own = {**above, **{key: one for key, one in value.items() if not isinstance(one, list)}}
        for one in value.values():
            if isinstance(one, list):
                yield from (each for item in one for each in _objects(item, own))
        yield own


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, dict):
        for one in value.values():
            yield from _numbers(one)
    elif isinstance(value, (int, float)):
        yield float(value)


def _told(value: float, among: Iterable[float]) -> bool:
    return any(
        math.isclose(value, one, rel_tol=1e-9, abs_tol=1e-9) or value in (round(one, 1), round(100 * one, 1))
        for one in among
    )


# --- Page and paper: figures as people read them, in the order of their line ---


def on_paper(report: Report) -> list[str]:
    """What is missing on paper."""
    from pypdf import PdfReader

    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(render(report, "pdf"))).pages)
    return [f"pdf: {said}" for said in missing([*_lines(report), *_of_months(report)], text)]


def on_page(report: Report, page: str, cut: str = "") -> list[str]:
    """What is missing on a page, of the cut it shows."""
    text = html.unescape(re.sub(r"<[^>]+>", " ", page))
    return [f"page by {cut}: {said}" for said in missing(_lines(report, page=True, cut=cut), text)]


def _lines(report: Report, *, page: bool = False, cut: str = "") -> Lines:
    """The figures of each line, as they are to be read."""
    context = report.context
    if "all_cuts" in context:
        shown_cuts = [context["table"]] if page and not context.get("on_paper") else context["all_cuts"]
        on_sheet = [] if page else list(context.get("on_paper", {}).values())
        cuts = [one for one in on_sheet or shown_cuts if not (on_sheet and one.key == "gaps")]
        return [written(row.values, [one.kind for one in cut.fields]) for cut in cuts for row in cut.shown]
    if report.id == "coaching-compliance":
        sheets = [report.sheets[PAGES[cut]]] if page else report.sheets[:3] if context["found"].total.tally.all else []
        rows = [(sheet, list(row)) for sheet in sheets for row in sheet.rows if row[2]]
        return [
            written([row[at] for at in _columns(row)], [sheet.kinds[at] for at in _columns(row)]) for sheet, row in rows
        ]
    if report.id == "learning-priorities":
        return [[shown(round(one.score), "number")] for one in context["found"].entries]
    if report.brief is None:
        raise LookupError(f"nobody has said what the page of {report.id} holds")
    named = [written(row[1:-1], report.brief.kinds[1:-1], texts=True) for row in report.brief.rows]
    return [[line[0], line[1], *line[2:]] for line in named]


def _columns(row: Sequence[Any]) -> Sequence[int]:
    """Months have no more than their share."""
    return [at for at in COMPLIANCE if at < min(len(row), MONTHS if len(row) < len(COMPLIANCE) else len(row))]


def _of_months(report: Report) -> Lines:
    """Coaching compliance has its months on paper."""
    if report.id != "coaching-compliance" or not report.context["found"].tracked:
        return []
    return [written(row[1:4], report.sheets[3].kinds[1:4]) for row in report.sheets[3].rows]


def written(values: Sequence[Any], kinds: Sequence[str], *, texts: bool = False) -> list[str]:
    """The figures of a line as people read them, and its words if they are asked for."""
    return [
        shown(value, kind)
        for value, kind in zip(values, kinds, strict=True)
        if value is not None and (kind in FIGURES or (texts and value))
    ]


def missing(lines: Lines, text: str) -> Iterator[str]:
    """The lines whose figures do not stand beside each other in a text."""
    text = " ".join(text.split())
    for line in lines:
        figures = [rf"(?<![\d.,]){re.escape(' '.join(one.split()))}(?![\d]|[.,]\d)" for one in line]
        if figures and not re.search(rf".{{0,{GAP}}}?".join(figures), text):
            yield f"no line with {line}"
