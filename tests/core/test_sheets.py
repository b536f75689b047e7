"""CSV as people send it: what is read, and what is said of what can't be."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.problems import VALUE_LENGTH, Problem, ProblemKind
from app.core.sheets import BadFile, Cells, Column, Table, csvfile, open_table, table
from app.core.sheets.cells import tidy

COLUMNS = (
    Column("employee_no", aliases=("Número de empleado", "agent id")),
    Column("result", aliases=("Resultado",)),
    Column("comment", required=False, aliases=("Comentario",)),
)
HEAD = "employee_no,result,comment\n"


@pytest.fixture(params=["small file", "large file"], autouse=True)
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test reads with care, as small files are read, and then fast and across chunks, as large ones are."""
    if request.param == "large file":
        monkeypatch.setattr(csvfile, "SMALL", 0)
        monkeypatch.setattr(csvfile, "CHUNK", 100)


@pytest.fixture
def file(tmp_path: Path):
    def write(content: str | bytes) -> Path:
        path = tmp_path / "file.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def read(path: Path, columns=COLUMNS, **options) -> list[tuple[int, list[str]]]:
    """Row numbers and texts of a file in which nothing is wrong."""
    opened = open_table(path, columns=columns, **options)
    problems: list[Problem] = []
    rows = [(row.line, list(row.values.values())) for row in opened.rows(problems)]
    assert problems == []
    return rows


def unread(opened: Table) -> tuple[list[tuple], list[int]]:
    """What could not be read, and the numbers of the rows that could."""
    problems: list[Problem] = []
    lines = [row.line for row in opened.rows(problems)]
    return [(p.kind, p.line, p.value, p.hint) for p in problems], lines


def refusal(path: Path, columns=COLUMNS, **options) -> list[Problem]:
    with pytest.raises(BadFile) as error:
        for _block in open_table(path, columns=columns, **options).blocks():
            pass
    return list(error.value.problems)


# --- What is read ---


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_delimiter_line_ends_and_byte_order_mark_are_told_from_the_file(file, delimiter, line_end, mark):
    text = mark + HEAD + "A1,pass,bien\nA2,fail,\n"
    path = file(text.replace(",", delimiter).replace("\n", line_end))
    assert read(path) == [(2, ["A1", "pass", "bien"]), (3, ["A2", "fail", ""])]


def test_a_line_that_declares_the_delimiter_is_believed(file):
    assert read(file("sep=;\nemployee_no;result\nA,1;pass\n")) == [(3, ["A,1", "pass", ""])]


def test_headers_match_whatever_their_language_case_accents_and_blanks(file):
    opened = open_table(file("NUMERO_DE EMPLEADO;resultado ;Comentário\nA1;pass;x\n"), columns=COLUMNS)
    assert opened.columns == ("employee_no", "result", "comment")
    assert opened.headers["employee_no"] == "NUMERO_DE EMPLEADO"


def test_unknown_columns_are_listed_and_given_when_asked_for(file):
    path = file("employee_no,C101,result,,C102:comment\nA1,pass,fail,,note\n")
    assert open_table(path, columns=COLUMNS).unknown == ("C101", "(4)", "C102:comment")
    (block,) = open_table(path, columns=COLUMNS, keep_unknown=True).blocks()
    assert block["C101"].tolist() == ["pass"]
    assert block["C102:comment"].tolist() == ["note"]


def test_an_absent_optional_column_is_empty(file):
    opened = open_table(file("employee_no,result\nA1,pass\n"), columns=COLUMNS)
    (block,) = opened.blocks()
    assert "comment" not in opened.columns
    assert block["comment"].tolist() == [""]


def test_blank_lines_and_rows_of_separators_are_skipped_and_counted(file):
    path = file("\n,,\n" + HEAD + '\nA1,pass,\n,,\n \n , ,\n"",,""\nA2,pass,\n,,,,,\n')
    assert read(path) == [(5, ["A1", "pass", ""]), (10, ["A2", "pass", ""])]


def test_line_breaks_separators_and_doubled_marks_inside_quotation_marks(file):
    path = file(HEAD + 'A1,pass,"dos\r\nlíneas, y ""más"""\n"A2","fail",""\nA3,na,última')
    assert read(path) == [
        (2, ["A1", "pass", 'dos\nlíneas, y "más"']),
        (4, ["A2", "fail", ""]),
        (5, ["A3", "na", "última"]),
    ]


def test_a_mark_inside_an_unquoted_text_is_part_of_it(file):
    assert read(file(HEAD + 'A1,pass,pantalla de 5" rota\nA2,pass,"x, y"\n')) == [
        (2, ["A1", "pass", 'pantalla de 5" rota']),
        (3, ["A2", "pass", "x, y"]),
    ]


def test_texts_keep_their_zeros_and_lose_blanks_around_and_a_vendors_dress(file):
    path = file(HEAD + '007,NA, x \u00a0\n="008",true,="2026-10-01 08:00:00"\n"=""009""",1e5,=1+1\n')
    assert [texts for _line, texts in read(path)] == [
        ["007", "NA", "x"],
        ["008", "true", "2026-10-01 08:00:00"],
        ["009", "1e5", "=1+1"],
    ]


def test_decomposed_accents_are_composed(file):
    assert read(file(HEAD + "A1,pass,Jose\u0301\n"))[0][1][2] == "José"


def test_blocks_hold_no_more_rows_than_asked_for_and_keep_the_order(file):
    opened = open_table(file(HEAD + "".join(f"A{i},pass,\n" for i in range(25))), columns=COLUMNS)
    blocks = list(opened.blocks(size=10))
    assert max(map(len, blocks)) <= 10
    assert [line for block in blocks for line in block.lines] == list(range(2, 27))
    assert [text for block in opened.blocks() for text in block["employee_no"]] == [f"A{i}" for i in range(25)]


def test_cells_are_asked_once_for_each_distinct_text():
    asked = []
    cells = Cells.of(["a", "b", "a", "a"])
    assert cells.map(lambda text: asked.append(text) or text.upper()).tolist() == ["A", "B", "A", "A"]
    assert cells.where(lambda text: text == "a").tolist() == [True, False, True, True]
    assert asked == ["a", "b"]


PLAIN = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12)
TEXT = PLAIN | st.sampled_from(['"', ",", "\n", ' "a", ', "", "7"])


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=30),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    delimiter=st.sampled_from(",;\t"),
    chunk=st.integers(20, 300),
)
def test_any_table_comes_back_as_it_was_written(tmp_path, monkeypatch, rows, quoting, delimiter, chunk):
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, quoting=quoting, lineterminator="\n")
    writer.writerow(["employee_no", "result", "comment"])
    writer.writerows([f"A{i}x", *row] for i, row in enumerate(rows))
    (tmp_path / "any.csv").write_bytes(buffer.getvalue().encode())
    monkeypatch.setattr(csvfile, "CHUNK", chunk)
    texts = [texts for _line, texts in read(tmp_path / "any.csv")]
    assert texts == [[f"A{i}x", *map(tidy, row)] for i, row in enumerate(rows)]


# --- Rows that can't be read ---


def test_rows_with_too_few_or_too_many_cells_are_named_and_left_out(file):
    opened = open_table(file(HEAD + "A1,pass,\nA2,pass\n\nA3,pass,a,b\nA4,pass,\n"), columns=COLUMNS)
    ragged = ProblemKind.RAGGED_ROW
    assert unread(opened) == ([(ragged, 3, "2", "3"), (ragged, 5, "4", "3")], [2, 6])


def test_text_after_a_closing_mark_is_named_and_left_out(file):
    opened = open_table(file(HEAD + 'A1,pass,"dijo" no\nA2,pass,"a ""b"""\n'), columns=COLUMNS)
    assert unread(opened) == ([(ProblemKind.BAD_QUOTES, 2, None, None)], [3])


def test_a_mark_that_never_closes_is_named_by_the_row_that_opens_it(file):
    path = file(HEAD + 'A1,pass,\nA2,pass,"abierto\n' + "A3,pass,\n" * 20_000)
    (problem,) = refusal(path)
    assert (problem.kind, problem.line) == (ProblemKind.UNCLOSED_QUOTE, 3)


def test_a_file_of_unreadable_rows_is_given_up(file, monkeypatch):
    monkeypatch.setattr(table, "MAX_PROBLEMS", 30)
    *listed, last = refusal(file(HEAD + "x\n" * 100))
    assert {p.kind for p in listed} == {ProblemKind.RAGGED_ROW}
    assert last.kind is ProblemKind.TOO_MANY_PROBLEMS


def test_empty_cells_of_a_column_that_must_be_filled_in(file):
    opened = open_table(file("Número de empleado,result\nA1,pass\n ,pass\n"), columns=COLUMNS)
    found = [problem for block in opened.blocks() for problem in block.blanks("employee_no", "result")]
    assert found == [Problem(ProblemKind.REQUIRED, 3, "Número de empleado", "")]


def test_a_row_names_its_problem_by_the_files_own_header(file):
    (row,) = open_table(file("Agent ID,Resultado\nA1,quizás\n"), columns=COLUMNS).rows([])
    assert row.problem(ProblemKind.BAD_VALUE, "result", "pass, fail, na") == Problem(
        ProblemKind.BAD_VALUE, 2, "Resultado", "quizás", "pass, fail, na"
    )


# --- Files that can't be read ---


@pytest.mark.parametrize(
    ("content", "kind", "line"),
    [
        (b"", ProblemKind.EMPTY_FILE, None),
        (b"\xef\xbb\xbf", ProblemKind.EMPTY_FILE, None),
        (b"\n \n;;;\n", ProblemKind.EMPTY_FILE, None),
        (HEAD.encode(), ProblemKind.NO_ROWS, 1),
        (HEAD.encode() + b"\n,,\n\n", ProblemKind.NO_ROWS, 1),
        (HEAD.encode("utf-16"), ProblemKind.UTF_16, None),
        (HEAD.encode("utf-16-le"), ProblemKind.UTF_16, None),
        (HEAD.encode("utf-16-be"), ProblemKind.UTF_16, None),
        (HEAD.encode() + b"A1,pass,\nA2,\0,\n", ProblemKind.NOT_TEXT, 3),
        (b"%PDF-1.7\n1 0 obj\n", ProblemKind.NOT_TEXT, 1),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(1, 32)) * 20, ProblemKind.NOT_TEXT, 1),
        (b'employee_no,"result,comment\nA1,pass,\n', ProblemKind.UNCLOSED_QUOTE, 1),
    ],
)
def test_what_is_not_a_table_is_told_apart(file, content, kind, line):
    (problem,) = refusal(file(content))
    assert (problem.kind, problem.line) == (kind, line)


@pytest.mark.parametrize("rows_before", [1, 60_000])
def test_another_encoding_is_named_with_its_row_and_what_it_reads(file, rows_before):
    (problem,) = refusal(file(HEAD.encode() + b"A1,pass,x\n" * rows_before + "A2,fail,García\n".encode("latin-1")))
    assert problem == Problem(ProblemKind.UNKNOWN_ENCODING, rows_before + 2, value="García")


def test_a_character_cut_off_at_the_end_is_another_encoding(file):
    assert refusal(file(HEAD.encode() + b"A1,pass,\xc3"))[0].kind is ProblemKind.UNKNOWN_ENCODING


def test_every_missing_column_is_named_with_what_it_may_be_called(file):
    problems = refusal(file("agente,nota\nA1,3\n"))
    assert [(p.kind, p.line, p.column, p.value) for p in problems] == [
        (ProblemKind.MISSING_COLUMN, 1, "employee_no", "agente, nota"),
        (ProblemKind.MISSING_COLUMN, 1, "result", "agente, nota"),
    ]
    assert problems[0].hint == "employee_no, Número de empleado, agent id"


def test_two_columns_that_mean_the_same(file):
    (problem,) = refusal(file("employee_no,Agent ID,result\nA1,A2,pass\n"))
    assert problem == Problem(ProblemKind.DUPLICATE_COLUMN, 1, "employee_no", "employee_no", "Agent ID")


def test_the_same_header_twice(file):
    path = file("employee_no,result,result,C1,C1\nA1,pass,pass,na,na\n")
    assert refusal(path) == [Problem(ProblemKind.DUPLICATE_HEADER, 1, "result")]
    path = file("employee_no,result,C1,C1\nA1,pass,na,na\n")
    assert open_table(path, columns=COLUMNS).unknown == ("C1", "C1")
    assert refusal(path, keep_unknown=True) == [Problem(ProblemKind.DUPLICATE_HEADER, 1, "C1")]


def test_limits_of_size_and_rows(file):
    path = file(HEAD + "A1,pass,\n" * 11)
    assert refusal(path, max_bytes=50)[0].kind is ProblemKind.TOO_LARGE
    assert refusal(path, max_rows=10) == [Problem(ProblemKind.TOO_MANY_ROWS, hint="10")]
    assert len(read(path, max_rows=11)) == 11


def test_fifty_megabytes_of_rubbish_in_one_line_are_refused(file):
    (first, *_others) = refusal(file(b"QUJD" * (50 << 18)))
    assert first.kind is ProblemKind.MISSING_COLUMN
    assert len(first.value or "") == VALUE_LENGTH
