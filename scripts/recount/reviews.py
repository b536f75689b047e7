"""Business reviews: the same in slides, on paper, in workbook, plain values and page, for each reader."""

from __future__ import annotations

import html
import io
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from sqlalchemy import select

from app.accounts.models import User
from app.core.database import db, reading
from app.core.exports import Sheet, plain, shown
from app.core.i18n import LANGUAGES, speak_to
from app.core.sheet_charts import label, rows_of
from app.core.slides import ROWS
from app.governance.reviews.models import BusinessReview
from app.reports.reviews.document import FORMATS, Document
from app.reports.reviews.views.one import figures_of
from scripts.recount import asking, forms


def in_forms(app: Any, readers: Mapping[str, int], *, paper: bool) -> Iterator[tuple[str, list[str]]]:
    """Each review in each form and language as each reader gets it; unseen by who may not see it."""
    with app.app_context(), reading():
        kept = list(db.session.scalars(select(BusinessReview.id).order_by(BusinessReview.id)))
    for role, reader in readers.items():
        for language in LANGUAGES:
            asks = asking.client(app, reader, language)
            for number in kept:
                name = f"review {number} {role} {language}"
                with app.app_context(), reading():
                    who = db.session.get_one(User, reader)
                    seen = db.session.scalar(BusinessReview.visible_to(who).where(BusinessReview.id == number))
                    if seen is None or not asking.reads(who):
                        status = asks.get(f"/reports/reviews/{number}").status_code
                        yield name, [] if status in (403, 404) else [f"answers {status}, and is not theirs to read"]
                        continue
                    with speak_to(language, who.time_zone or asking.zone(), who.number_format):
                        document = Document.of(seen, figures_of(seen))
                        yield name, list(compared(document, fetched(asks, number, paper=paper)))


def fetched(asks: Any, number: int, *, paper: bool) -> dict[str, bytes]:
    """A review in each form, its page among them."""
    address = f"/reports/reviews/{number}"
    held = {one: asks.get(f"{address}?format={one}").data for one in FORMATS if paper or one != "pdf"}
    return {**held, "page": asks.get(address).data}


def compared(document: Document, held: Mapping[str, bytes]) -> Iterator[str]:
    """What each form of a review says otherwise than the review."""
    checks = {"xlsx": _workbook, "pptx": _deck, "json": _plain, "pdf": _paper, "page": _page}
    for form, content in held.items():
        yield from (f"{form}: {said}" for said in checks[form](document, content))


def _page(document: Document, content: bytes) -> Iterator[str]:
    text = html.unescape(re.sub(r"<[^>]+>", " ", content.decode()))
    yield from _read(document, text, tables(document))


def tables(document: Document) -> list[Sheet]:
    """Those of its parts."""
    return [sheet for section in document.sections for sheet in section.tables]


def _agreed(document: Document) -> list[Sheet]:
    told = (document.came_back, document.decided_before, document.decided, document.agreed)
    return [one for one in told if one.filled]


def _workbook(document: Document, content: bytes) -> Iterator[str]:
    sheets = [*tables(document), *_agreed(document)]
    _cover, *rest = forms.cells_of(content)
    if len(rest) != len(sheets) + 1:
        yield f"{len(rest)} sheets after the first one for {len(sheets)} and the definitions"
    for (name, rows), sheet in zip(rest, sheets, strict=False):
        head, *lines = rows or [[]]
        yield from (f"{name}: {said}" for said in forms.as_table(sheet, head, lines, forms.of_xlsx))


def _plain(document: Document, content: bytes) -> Iterator[str]:
    told = json.loads(content)
    figures = json.loads(json.dumps(document.figures))
    for key, value in figures.items():
        if key != "as_of" and told[key] != value:
            yield f"{key} is told otherwise"


def _paper(document: Document, content: bytes) -> Iterator[str]:
    from pypdf import PdfReader

    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    yield from _read(document, text, [*tables(document), *_agreed(document)])


def _read(document: Document, text: str, sheets: Sequence[Sheet]) -> Iterator[str]:
    """What is missing of findings, and of tables as they are read."""
    bare = re.sub(r"\s+", "", text)
    for finding in document.findings:
        if re.sub(r"\s+", "", finding) not in bare:
            yield f"nothing of “{finding}”"
    for sheet in sheets:
        for said in forms.missing([forms.written(row, sheet.kinds) for row in sheet.rows], text):
            yield f"{sheet.name}: {said}"


# --- Slides ---


def _deck(document: Document, content: bytes) -> Iterator[str]:
    """Charts of its own with the figures of their tables; tables as they are read."""
    from pptx import Presentation

    shapes = [shape for slide in Presentation(io.BytesIO(content)).slides for shape in slide.shapes]
    words = "".join(re.sub(r"\s+", "", shape.text_frame.text) for shape in shapes if shape.has_text_frame)
    charts = [shape.chart for shape in shapes if shape.has_chart]
    drawn = [one for one in tables(document) if one.charts]
    if len(charts) != len(drawn):
        yield f"{len(charts)} charts for {len(drawn)}"
    for chart, sheet in zip(charts, drawn, strict=False):
        yield from (f"{sheet.name}: {said}" for said in _chart(chart, sheet))
    held = [[[cell.text for cell in row.cells] for row in shape.table.rows] for shape in shapes if shape.has_table]
    plain_ones = [one for one in [*tables(document), *_agreed(document)] if not one.charts]
    for sheet in plain_ones:
        head = [str(one) for one in sheet.headers]
        wanted = [[shown(value, kind) for value, kind in zip(row, sheet.kinds, strict=True)] for row in sheet.rows]
        if [head, *wanted[:ROWS]] not in held:
            yield f"{sheet.name}: no table with its rows"
    yield from (f"nothing of “{one}”" for one in document.findings if re.sub(r"\s+", "", one) not in words)


def _chart(chart: Any, sheet: Sheet) -> Iterator[str]:
    declared = sheet.charts[0]
    rows = rows_of(sheet, declared)
    if [str(one) for one in chart.plots[0].categories] != [label(row[declared.names]) for row in rows]:
        yield f"named {list(chart.plots[0].categories)}"
    columns = (*declared.series, *(declared.guides if declared.kind == "line" else ()))
    for series, column in zip_longest(chart.plots[0].series, columns):
        values = [plain(row[column]) for row in rows]
        if len(series.values) != len(values) or not all(map(_near, series.values, values)):
            yield f"{series.name} draws {list(series.values)} for {values}"


def _near(one: float | None, other: float | None) -> bool:
    return one == other if one is None or other is None else math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
