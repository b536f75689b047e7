"""Workbooks as they leave: what stays in sight, real numbers and months, charts of the spreadsheet's own."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest
from openpyxl import load_workbook

from app.core.exports import Chart, Sheet, write_xlsx

pytestmark = pytest.mark.once

MONTHS = [date(2026, month, 1) for month in range(1, 5)]
KINDS = ("month", "number", "rate", "rate")


def book_of(*sheets: Sheet) -> io.BytesIO:
    out = io.BytesIO()
    write_xlsx(sheets, out, "Of all")
    return out


def a_sheet(name: str, chart: Chart | list[Chart] | None = None, rows: int = 4) -> Sheet:
    values = [[month, 10, at / 10, 0.9] for at, month in enumerate(MONTHS[:rows])]
    return Sheet(name, ["Month", "n", "Share", "Target"], values, KINDS, chart)


def parts(out: io.BytesIO, folder: str) -> list[str]:
    with zipfile.ZipFile(out) as held:
        return [held.read(name).decode() for name in sorted(held.namelist()) if name.startswith(folder)]


def test_months_and_shares_stay_numbers_and_the_header_stays_in_sight() -> None:
    page = load_workbook(book_of(a_sheet("Shares"))).active
    assert page is not None
    assert page["A2"].is_date
    assert page["A2"].number_format == "mmm yyyy"
    assert [cell.value for cell in page[3]][1:] == [10, 0.1, 0.9]
    assert page["C3"].number_format == "0.0%"
    assert page.freeze_panes == "A2"
    assert page.auto_filter.ref == "A1:D5"
    assert page.print_title_rows == "$1:$1"
    assert page.page_setup.orientation == "landscape"


def test_a_wide_table_keeps_its_first_column_in_sight() -> None:
    wide = Sheet("Wide", [str(number) for number in range(9)], [list(range(9))], ["number"] * 9)
    page = load_workbook(book_of(wide)).active
    assert page is not None
    assert page.freeze_panes == "B2"


def test_a_chart_is_drawn_from_the_cells_with_its_target_and_a_text_for_who_does_not_see_it() -> None:
    out = book_of(a_sheet("Shares", Chart("line", "Up, up", names=0, values=2, guides=(3,))))
    (drawn,) = parts(out, "xl/charts/chart")
    assert "Shares!$C$2:$C$5" in drawn
    assert "Shares!$D$2:$D$5" in drawn
    assert drawn.count("<c:ser>") == 2
    assert 'val="dash"' in drawn
    assert 'descr="Up, up"' in "".join(parts(out, "xl/drawings/drawing"))


def test_a_sheet_has_several_charts_of_some_rows_each() -> None:
    charts = [Chart("column", "First", names=0, values=2, guides=(3,), rows=(1, 2)), Chart("bar", "Rest", 0, 2)]
    first, rest = parts(book_of(a_sheet("Shares", charts)), "xl/charts/chart")[:2]
    assert "Shares!$C$2:$C$3" in first
    assert "lineChart" in first  # the target stands over the columns
    assert 'barDir val="bar"' in rest


def test_a_sheet_without_rows_has_no_chart() -> None:
    assert not parts(book_of(a_sheet("Shares", Chart("line", "None", 0, 2), rows=0)), "xl/charts/chart")


def test_names_of_sheets_differ_and_are_what_a_workbook_takes() -> None:
    long = "Coaching on time, by unit and team lead"
    names = load_workbook(book_of(a_sheet("A/B"), a_sheet("a b"), a_sheet(long), a_sheet(long))).sheetnames
    assert names == ["A B", "a b (2)", long[:31], f"{long[:27]} (2)"]


def test_rows_are_as_high_as_their_words_and_labels_stand_clear_of_bars() -> None:
    rows = [["Norte", 0.04, -3.5, "One word after another. " * 12], ["Sur", 0.02, 2.0, "Short."]]
    charts = [Chart("line", "Fatal", names=0, values=1), Chart("bar", "Points", names=0, values=2)]
    heads = ["Unit", "Share of audits with a fatal error", "Points", "What was said"]
    out = book_of(Sheet("Units", heads, rows, ("text", "rate", "decimal", "words"), charts))
    page = load_workbook(out).active
    assert page is not None
    assert [page.row_dimensions[number].height for number in (1, 2, 3)] == [45, 75, None]
    assert (page["B2"].number_format, page["C2"].number_format) == ("0.0%", "#,##0.0#")
    shares, points = parts(out, "xl/charts/chart")
    assert "<c:max" not in shares, "a few per cent are not drawn on an axis up to 100"
    assert '<c:tickLblPos val="low"/>' in points
