"""The ways a business review leaves: slides, paper, workbook, plain values."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.core import charts, paper, sheet_charts
from app.core.i18n import language, time_zone
from app.governance.reviews.rules import Part
from app.reports.reviews.deck import deck
from app.reports.reviews.document import Document, plain_values, workbook


def render(document: Document, file_format: str) -> bytes:
    """The review as `pptx`, `pdf`, `xlsx` or `json`, in the reader's language."""
    return WAYS[file_format](document)


def _pdf(document: Document) -> bytes:
    """On paper: tagged, with its charts drawn and its definitions at the end."""
    drawn = {
        sheet.name: charts.svg(sheet_charts.spec(sheet, chart))
        for section in document.sections
        for sheet, chart in section.charts
    }
    return paper.pdf(
        "reports/reviews/review.print.html",
        language(),
        document=document,
        drawn=drawn,
        short=document.comment(Part.SUMMARY),
        place=document.place,
        as_of=document.at,
        zone=time_zone(),
    )


WAYS: Mapping[str, Callable[[Document], bytes]] = {
    "pptx": deck,
    "pdf": _pdf,
    "xlsx": workbook,
    "json": plain_values,
}
