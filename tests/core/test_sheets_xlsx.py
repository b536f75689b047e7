"""Workbooks: what is read, and the bombs and rubbish that are refused in little time and memory."""

from __future__ import annotations

import struct
import subprocess
import sys
import zipfile
import zlib
from datetime import date, datetime, time
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from app.core.problems import Problem, ProblemKind
from app.core.sheets import BadFile, Column, open_table
from app.core.sheets.workbook import column_index

COLUMNS = (Column("employee_no", aliases=("Número de empleado",)), Column("result"), Column("comment", required=False))
NAMES = ["Número de empleado", "result", "comment"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.xlsx"


def write(path: Path, *rows: list, at: tuple[int, int] = (0, 0), sheets: tuple[str, ...] = ("Datos",)) -> None:
    """A workbook whose first sheet holds the rows from that cell on."""
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        pages = [book.add_worksheet(name) for name in sheets]
        for number, row in enumerate(rows, start=at[0]):
            pages[0].write_row(number, at[1], row)


def package(path: Path, sheet: str | bytes, **parts: str | bytes) -> None:
    """A workbook made by hand: one sheet with these rows, and other parts by name (`/` written `__`)."""
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    book = '<sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>'
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    types = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"></Types>'
    body = (
        sheet if isinstance(sheet, bytes) else f"<worksheet {main}><sheetData>{sheet}</sheetData></worksheet>".encode()
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("[Content_Types].xml", types)
        archive.writestr("xl/workbook.xml", f'<workbook {main} xmlns:r="{office}">{book}')
        archive.writestr("_rels/.rels", links(f"{office}/officeDocument", "xl/workbook.xml"))
        archive.writestr("xl/_rels/workbook.xml.rels", links(f"{office}/worksheet", "worksheets/sheet1.xml"))
        archive.writestr("xl/worksheets/sheet1.xml", body)
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/") + ".xml", content)


def links(kind: str, target: str) -> str:
    namespace = "http://schemas.openxmlformats.org/package/2006/relationships"
    link = f'<Relationship Id="r1" Type="{kind}" Target="{target}"/>'
    return f'<Relationships xmlns="{namespace}">{link}</Relationships>'


def text_cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


HEADER = f'<row r="1">{text_cell("A1", "employee_no")}{text_cell("B1", "result")}</row>'


def read(path: Path) -> list[tuple[int, list[str]]]:
    problems: list[Problem] = []
    rows = [(row.line, list(row.values.values())) for row in open_table(path, columns=COLUMNS).rows(problems)]
    assert problems == []
    return rows


def refusal(path: Path, **options) -> list[Problem]:
    with pytest.raises(BadFile) as error:
        open_table(path, columns=COLUMNS, **options)
    return list(error.value.problems)


# --- What is read ---


def test_values_become_the_text_a_person_would_write(path):
    moment = datetime.fromisoformat("2026-10-01T08:00:01")
    values = [3.0, 0.85, 12345678901234.0, True, False, date(2026, 10, 31), moment, time(8, 30)]
    texts = ["3", "0.85", "12345678901234", "TRUE", "FALSE", "2026-10-31", "2026-10-01T08:00:01", "08:30:00"]
    write(path, NAMES, *(["A1", "pass", value] for value in values))
    assert [row[2] for _line, row in read(path)] == texts


def test_texts_are_texts(path):
    texts = ["007", "=1+1", '="2026-10-01 08:00:00"', ' dos\r\nlíneas, y "más" ', "a;b\tc"]
    write(path, NAMES, *(["A1", "pass", text] for text in texts))
    expected = ["007", "=1+1", "2026-10-01 08:00:00", 'dos\nlíneas, y "más"', "a;b\tc"]
    assert [row[2] for _line, row in read(path)] == expected


def test_rows_keep_their_numbers_wherever_the_table_stands(path):
    write(path, NAMES, ["A1", "pass", "x"], [], ["A2", "fail", "y\nz"], ["A3", "na"], at=(2, 1))
    assert read(path) == [(4, ["A1", "pass", "x"]), (6, ["A2", "fail", "y\nz"]), (7, ["A3", "na", ""])]


def test_it_is_told_by_its_content_not_its_name(path, tmp_path):
    write(path, NAMES, ["A1", "pass", "x"])
    assert read(path.rename(tmp_path / "file.csv")) == [(2, ["A1", "pass", "x"])]
    path.write_text("employee_no,result\nA1,pass\n")
    assert read(path) == [(2, ["A1", "pass", ""])]


def test_the_first_visible_sheet_is_read_and_the_others_are_named(path):
    book = openpyxl.Workbook()
    book.active.sheet_state = "hidden"
    book.create_sheet("Datos").append(["employee_no", "result"])
    book["Datos"].append(["A1", "pass"])
    book.create_sheet("Más & más")
    book.save(path)
    assert open_table(path, columns=COLUMNS).other_sheets == ("Más & más",)
    assert read(path) == [(2, ["A1", "pass", ""])]


def test_a_missing_column_of_a_workbook_with_several_sheets_says_which_was_read(path):
    write(path, ["Portada"], ["x"], sheets=("Portada", "Datos"))
    note = refusal(path)[-1]
    assert note == Problem(ProblemKind.ONLY_FIRST_SHEET, value="Portada", hint="Datos")


def test_errors_and_unsaved_results_are_named_by_row_and_column_and_the_rows_left_out(path):
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        for number, row in enumerate([[*NAMES, "other"], *[["A1", "pass", "x", "y"]] * 5], start=2):
            page.write_row(number, 1, row)
        page.write_formula("C5", "=NA()", None, "#N/A")
        page.write_formula("D6", '="a"&B6', None, "")
        page.write_formula("E7", "=1/0", None, "#DIV/0!")  # in a column nobody reads
    problems: list[Problem] = []
    lines = [row.line for row in open_table(path, columns=COLUMNS).rows(problems)]
    assert problems == [
        Problem(ProblemKind.ERROR_CELL, 5, "result", "#N/A"),
        Problem(ProblemKind.NO_RESULT, 6, "comment", '"a"&B6'),
    ]
    assert lines == [4, 7, 8]


def test_formulas_are_read_by_their_saved_result(path):
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, NAMES)
        page.write_row(1, 0, ["A1", "pass"])
        page.write_formula("C2", "=1+1", None, 2)
    assert read(path) == [(2, ["A1", "pass", "2"])]


def test_the_converted_file_goes_with_the_table(path):
    write(path, NAMES, ["A1", "pass", "x"])
    table = open_table(path, columns=COLUMNS)
    converted = table._workbook.path
    assert converted.exists()
    del table
    assert not converted.exists()


def test_a_length_of_time_is_hours_minutes_and_seconds(path):
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, NAMES)
        page.write_row(1, 0, ["A1", "pass"])
        page.write_number("C2", 1.25, book.add_format({"num_format": "[h]:mm:ss"}))
    assert read(path) == [(2, ["A1", "pass", "30:00:00"])]


def test_letters_of_columns():
    assert [column_index(letters) for letters in ("A", "Z", "AA", "XFD")] == [0, 25, 26, 16383]


# --- What is refused ---


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"PK\x03\x04" + bytes(range(256)) * 40, ProblemKind.NOT_A_SHEET),
        (b"PK\x05\x06" + bytes(18), ProblemKind.NOT_A_SHEET),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), ProblemKind.OLD_WORKBOOK),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000) + "EncryptedPackage".encode("utf-16-le"),
            ProblemKind.ENCRYPTED,
        ),
    ],
)
def test_what_is_no_workbook(path, content, kind):
    path.write_bytes(content)
    assert refusal(path) == [Problem(kind)]


def test_a_zip_without_a_workbook(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<document/>")
    assert refusal(path) == [Problem(ProblemKind.NOT_A_SHEET)]


def test_a_workbook_cut_short_or_with_a_broken_part(path):
    write(path, NAMES, ["A1", "pass", "x"])
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert refusal(path) == [Problem(ProblemKind.NOT_A_SHEET)]
    package(path, b"<worksheet><sheetData><row")
    assert refusal(path)[0].kind in {ProblemKind.NOT_A_SHEET, ProblemKind.EMPTY_FILE}


def test_a_sheet_without_rows(path):
    write(path)
    assert refusal(path) == [Problem(ProblemKind.EMPTY_FILE)]
    write(path, NAMES)
    assert refusal(path) == [Problem(ProblemKind.NO_ROWS, 1)]


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "declaration",
    [LAUGHS, '<!DOCTYPE x SYSTEM "file:///etc/passwd">', " " * (1 << 18) + LAUGHS, " " * 262_140 + LAUGHS],
)
@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"])
def test_entities_are_refused_wherever_they_stand(path, declaration, part):
    bomb = f'<?xml version="1.0"?>{declaration}<x/>'
    if part == "xl/sharedStrings.xml":
        package(path, HEADER, xl__sharedStrings=bomb)
    else:
        package(path, bomb.encode())
    assert refusal(path) == [Problem(ProblemKind.ENTITIES, value=part)]


def test_entities_in_another_encoding_are_refused(path):
    package(path, HEADER, xl__sharedStrings=f'<?xml version="1.0" encoding="UTF-16"?>{LAUGHS}<x/>'.encode("utf-16"))
    assert refusal(path) == [Problem(ProblemKind.NOT_A_SHEET)]


def test_a_workbook_larger_than_allowed_when_unpacked(path):
    write(path, NAMES, *[["A1", "pass", f"texto {i}"] for i in range(20_000)])
    assert refusal(path, max_unpacked=1 << 20) == [Problem(ProblemKind.TOO_LARGE_UNPACKED, hint="1\u00a0MB")]


# --- Bombs: seconds, and less than 150 MB more memory, the converter's own included ---

MEASURE = """
import resource, sys
from app.core.sheets import BadFile, Column, open_table

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

before = peak()
try:
    open_table(sys.argv[1], columns=[Column("employee_no")])
except BadFile as error:
    kind = error.problems[0].kind
print(kind, (peak() - before + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) // 1024)
"""


def refused_cheaply(path: Path) -> str:
    """The kind of problem of a file, read in a process of its own, within ten seconds and 150 MB."""
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, path], cwd=root, capture_output=True, text=True, timeout=10, check=True
    )
    kind, megabytes = done.stdout.split()
    assert int(megabytes) < 150
    return kind


def test_a_zip_bomb(path):
    package(path, b"<worksheet>" + b" " * (64 << 20))
    assert path.stat().st_size < 1 << 20
    assert refused_cheaply(path) == "bomb"


def test_a_zip_bomb_that_lies_about_its_size(path):
    content = b"<worksheet>" + b" " * (64 << 20)
    package(path, content)
    said = 1000
    honest = struct.pack("<I", zlib.crc32(content)), struct.pack("<I", len(content))
    lie = struct.pack("<I", zlib.crc32(content[:said])), struct.pack("<I", said)
    data = path.read_bytes()
    for true, false in zip(honest, lie, strict=True):
        assert data.count(true) == 2  # the part's own header and the directory
        data = data.replace(true, false)
    path.write_bytes(data)
    assert refused_cheaply(path) == "bomb"


def test_many_bombs_of_a_harmless_size_each(path):
    package(path, HEADER, **{f"xl__media{i}": b" " * (1 << 20) for i in range(270)})
    assert refused_cheaply(path) == "too_large_unpacked"


def test_two_cells_at_the_ends_of_the_largest_sheet(path):
    package(path, f'{HEADER}<row r="1048576">{text_cell("XFD1048576", "x")}</row>')
    assert refused_cheaply(path) == "bomb"


def test_one_long_text_in_every_cell(path):
    cells = "".join(f'<row r="{r}"><c r="A{r}" t="s"><v>0</v></c></row>' for r in range(2, 100_000))
    noise = "".join(chr(0x4E00 + i * 7919 % 20_000) for i in range(32_000))
    package(path, HEADER + cells, xl__sharedStrings=f"<sst><si><t>{noise}</t></si></sst>")
    assert refused_cheaply(path) == "bomb"


def test_fifty_megabytes_of_random_bytes(path):
    import random

    for start in (b"", b"PK\x03\x04"):
        path.write_bytes(start + random.Random(1).randbytes(50 << 20))
        assert refused_cheaply(path) in {"not_text", "not_a_sheet"}
