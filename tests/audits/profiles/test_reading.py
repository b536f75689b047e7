"""How cells are read: dates, numbers, results, and files in every encoding and nesting."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.audits.models import Result
from app.audits.profiles import guessing, survey
from app.audits.profiles.dates import styles_of, to_iso
from app.audits.profiles.mapped import Directory, MappedTable, name_key
from app.audits.profiles.mapping import DateStyle, Field, Mapping, PersonBy, Scale, Shape
from app.audits.profiles.results import decimal_of, number, of_points
from app.core.problems import BadFile, ProblemKind
from app.core.sheets import open_grid, unique_names

DAY, MONTH = DateStyle.DAY_FIRST, DateStyle.MONTH_FIRST


@pytest.mark.parametrize(
    ("text", "style", "iso"),
    [
        ("2026-10-01 08:00", DateStyle.ISO, "2026-10-01 08:00"),
        ("2026/10/01", DateStyle.ISO, "2026-10-01"),
        ("2026-10-01 08:00:00 UTC", DateStyle.ISO, "2026-10-01 08:00:00Z"),
        ("01/10/2026", DAY, "2026-10-01"),
        ("1.10.26 8:05", DAY, "2026-10-01T08:05:00"),
        ("31-10-2026 02:05 p. m.", DAY, "2026-10-31T14:05:00"),
        ("31 de octubre de 2026", DAY, "2026-10-31"),
        ("5 sept. 2026, 12:30 AM", DAY, "2026-09-05T00:30:00"),
        ("10/31/2026 3:00 PM", MONTH, "2026-10-31T15:00:00"),
        ("Oct 31, 2026 15:00:09", MONTH, "2026-10-31T15:00:09"),
        ("lunes, 5 de octubre de 2026 a las 14:05 hrs", DAY, "2026-10-05T14:05:00"),
        ("05-OCT.-2026", DAY, "2026-10-05"),
        ("Mon Oct 05 2026 15:00:00 GMT+0000 (Coordinated Universal Time)", MONTH, "2026-10-05T15:00:00+00:00"),
        ("5/10/2026 08:00 (UTC-5)", DAY, "2026-10-05T08:00:00-05:00"),
        ("5/10/2026 08:00 GMT+05:30", DAY, "2026-10-05T08:00:00+05:30"),
        ("2026/10/5 3:05 PM", DateStyle.ISO, "2026-10-05T15:05:00"),
        ("2026-10-05T08:00:00.000-0500", DateStyle.ISO, "2026-10-05T08:00:00.000-0500"),
        ("5/10/2026 08:00 EST", DAY, None),
        ("31/10/2026", MONTH, None),
        ("10/31/2026", DAY, None),
        ("31/02/2026", DAY, None),
        ("01/10/2026 25:00", DAY, None),
        ("1791212400", DateStyle.SECONDS, "2026-10-05T15:00:00+00:00"),
        ("1791212400000", DateStyle.MILLISECONDS, "2026-10-05T15:00:00+00:00"),
        ("1791212400", DateStyle.MILLISECONDS, None),
        ("9999999999999", DateStyle.MILLISECONDS, None),
        ("46300.5", DateStyle.SERIAL, "2026-10-05T12:00:00"),
        ("46300", DateStyle.SERIAL, "2026-10-05"),
        ("", DAY, None),
        ("ayer", DAY, None),
    ],
)
def test_a_date_reads_in_its_style_or_not_at_all(text: str, style: DateStyle, iso: str | None) -> None:
    assert to_iso(text, style) == iso


def test_a_time_without_a_zone_gets_the_profiles_and_one_with_a_zone_keeps_it() -> None:
    assert to_iso("01/10/2026 08:00", DAY, "America/Bogota") == "2026-10-01T13:00:00+00:00"
    assert to_iso("2026-10-01T08:00:00+02:00", DateStyle.ISO, "America/Bogota") == "2026-10-01T06:00:00+00:00"
    assert to_iso("01/10/2026", DAY, "America/Bogota") == "2026-10-01"


def test_dates_that_fit_two_styles_are_told_by_one_that_fits_only_one() -> None:
    assert styles_of(["05/10/2026", "06/10/2026"]) == [DAY, MONTH]
    assert styles_of(["05/10/2026", "13/10/2026"]) == [DAY]
    assert styles_of([]) == []


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("9,5", ",", 9.5), ("9.5", ".", 9.5), ("85 %", ".", 85.0), ("1.234,5", ",", 1234.5), ("1,234.5", ".", 1234.5),
        ("1.23,5", ",", None), ("9,5", ".", 9.5), ("9.5", ",", 9.5), ("1,234", ".", 1234.0), ("1.234", ",", 1234.0), ("1,2,3", ".", None), ("1 000", ".", 1000.0), ("", ".", None), ("N/A", ".", None),
    ],
)  # fmt: skip
def test_a_number_reads_with_its_mark_or_not_at_all(text: str, decimal: str, value: float | None) -> None:
    assert number(text, decimal) == value


def test_the_decimal_mark_is_told_only_where_it_shows() -> None:
    assert decimal_of(["9,5", "10"]) == ","
    assert decimal_of(["9.5"]) == "."
    assert decimal_of(["1,234"]) is None
    assert decimal_of(["9,5", "9.5"]) is None


@pytest.mark.parametrize(
    ("text", "maximum", "found"),
    [
        ("10", 10, Result.PASS), ("8", 10, Result.PASS), ("7,99", 10, Result.FAIL), ("0", 10, Result.FAIL),
        ("4/5", None, Result.PASS), ("3 de 5", None, Result.FAIL), ("80 %", 5, Result.PASS), ("79,9%", None, Result.FAIL),
        ("11", 10, None), ("-1", 10, None), ("8", None, None), ("ocho", 10, None),
    ],
)  # fmt: skip
def test_points_are_a_pass_from_a_share_of_their_maximum(
    text: str, maximum: float | None, found: Result | None
) -> None:
    assert of_points(text, maximum, Mapping(decimal=",", passes_from=0.8)) is found


def test_names_are_the_same_in_any_order_and_case_and_with_or_without_accents() -> None:
    assert name_key("Zúñiga, Iván") == name_key("ivan  ZUÑIGA")


def test_columns_without_a_name_or_with_the_same_one_are_told_apart() -> None:
    assert unique_names(["Q1", "Comment", "Q2", "comment", ""]) == ["Q1", "Comment", "Q2", "comment (2)", "(5)"]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("á;b\nñ;1\n".encode(), "utf-8"),
        ("á;b\nñ;1\n".encode("utf-8-sig"), "utf-8"),
        ("á;b\nñ;1\n".encode("cp1252"), "cp1252"),
        ("á;b\nñ;1\n".encode("utf-16"), "utf-16"),
    ],
)
def test_the_encoding_is_told_from_the_file(tmp_path: Path, content: bytes, encoding: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    grid = open_grid(path)
    assert (grid.encoding, grid.top(2)) == (encoding, [(1, ["á", "b"]), (2, ["ñ", "1"])])


def test_a_broken_letter_among_good_ones_is_not_taken_for_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("á;b\nñandú;1\nñ;2\n".encode() + b"\xff;3\n")
    with pytest.raises(BadFile) as bad:
        open_grid(path)
    assert bad.value.problems[0].kind is ProblemKind.UNKNOWN_ENCODING


NESTED = {
    "exported": "today",
    "reviews": [
        {"id": 1, "agent": {"mail": "a@b"}, "tags": ["x", "y"], "parts": [{"name": "P", "items": [{"q": "A", "ok": True}, {"q": "B"}]}]},
        {"id": 2.0, "agent": None, "tags": [], "parts": []},
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("chosen", "rows"),
    [
        (None, [["1", "a@b", "x; y", "P", "A", "true"], ["1", "a@b", "x; y", "P", "B", ""], ["2", "", "", "", "", ""]]),
        ("parts", [["1", "a@b", "x; y", "P"], ["2", "", "", ""]]),
        ("", [["1", "a@b", "x; y"], ["2", "", ""]]),
    ],
)
def test_records_within_records_become_rows(tmp_path: Path, chosen: str | None, rows: list[list[str]]) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(NESTED))
    grid = open_grid(path, chosen_list=chosen)
    assert grid.lists == ("parts.items", "parts", "")
    names = ["id", "agent.mail", "tags", "parts.name", "parts.items.q", "parts.items.ok"][: len(rows[0])]
    header, *found = [texts for _line, texts in grid.top(9)]
    assert [[row[header.index(name)] for name in names] for row in found] == rows


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("{", ProblemKind.BAD_JSON),
        ("[1, 2]", ProblemKind.EMPTY_FILE),
        ("[]", ProblemKind.EMPTY_FILE),
        ('{"a": 1}\n{"a": ', ProblemKind.BAD_JSON),
        ("[" * 100_000, ProblemKind.BAD_JSON),
    ],
    ids=["open", "numbers", "empty", "second line", "deep"],
)
def test_json_that_is_none_is_refused(tmp_path: Path, content: str, kind: ProblemKind) -> None:
    path = tmp_path / "a.json"
    path.write_text(content)
    with pytest.raises(BadFile) as bad:
        open_grid(path)
    assert bad.value.problems[0].kind is kind


def test_a_record_a_line_is_json_too(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"a": 1, "b": "\\u0000x"}\n\n{"a": 2, "c": [1, 2]}\n')
    assert [texts for _line, texts in open_grid(path).top(9)] == [["a", "b", "c"], ["1", "x", ""], ["2", "", "1; 2"]]


HEAD = {name: Field(says="x") for name in ("scorecard", "contact_at", "audited_at")}


def mapped(tmp_path: Path, text: str, mapping: Mapping, directory: Directory | None = None) -> dict[str, list[str]]:
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    table = MappedTable(path, mapping, directory or Directory())
    found: dict[str, list[str]] = {}
    for block in table.blocks():
        for name in block.cells:
            found.setdefault(name, []).extend(block[name].tolist())
    return found


def test_rows_above_below_and_left_out_do_not_come_in(tmp_path: Path) -> None:
    fields = {
        **HEAD, "audit_ref": Field(("Id", "Part")), "employee_no": Field(("Who",)), "criterion": Field(("Q",)),
        "result": Field(("R",)),
    }  # fmt: skip
    words: dict[str, Any] = {
        "result": {"Yes": "pass", "": None},
        "criterion": {"Hello": "C1", "Note": None},
        "employee_no": {"u1": "1001", "u9": None},
    }
    mapping = Mapping(fields=fields, words=words, rows_below=2, person_by={"employee_no": PersonBy.OTHER})
    text = (
        "Title\n\nId,Part,Who,Q,R\nA,1,u1,Hello,yes\nA,1,u1,Note,yes\nA,1,u2,Hello,Maybe\nB,,u9,Hello,Yes\nB,,u1,Hello,\n"
        "Total,,,,5\nmade by a tool\n"
    )
    found = mapped(tmp_path, text, mapping)
    assert found["audit_ref"] == ["A-1", "A-1"]
    assert found["criterion"] == ["C1", "C1"]
    assert found["result"] == ["pass", "Maybe"]
    assert found["employee_no"] == ["1001", "u2\u200b"]


def test_each_question_may_have_points_of_its_own(tmp_path: Path) -> None:
    fields = {**HEAD, "audit_ref": Field(("Id",)), "employee_no": Field(("Who",))}
    mapping = Mapping(
        shape=Shape.AUDITS, fields=fields, questions=("Greeting", "Solution"), comments={"Why": "Solution"},
        scale=Scale.POINTS, maximum=5, maxima={"Solution": 40}, words={"criterion": {"Greeting": "C1", "Solution": "C2"}},
    )  # fmt: skip
    found = mapped(
        tmp_path, "Id,Who,Greeting,Solution,Why\nA,1,5,20,late\nB,1,4,40,\nC,1,,40,\nD,1,5,,unsaid\n", mapping
    )
    assert found["C1"] == ["pass", "fail", "", "pass"]
    assert found["C2"] == ["fail", "pass", "pass", ""]
    assert found["C2:comment"] == ["late", "", "", ""]


def test_a_table_is_found_between_titles_and_totals(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "Report;;\nOct;;\nId;Agent;Score\nA;Ana Ruiz;1\nB;Luis Mora;0\n;;\nPromedio;;0,5\n", encoding="utf-8"
    )
    seen = survey.glimpse(path)
    assert (seen["header"], seen["rows_below"], seen["delimiter"]) == (3, 1, ";")


def test_what_cannot_be_told_is_not_suggested() -> None:
    guess = guessing.columns({"a": ["1"], "b": ["x"]})
    assert guess.fields == {}
    assert guessing.like("Says the price", {"Verifies the identity": "C2"}) is None


@pytest.mark.parametrize(
    ("headers", "contact", "audited"),
    [
        ("Interaction time,Evaluated at", "Interaction time", "Evaluated at"),  # the other one is the only one left
        ("Contact date (US),Completed", "Contact date (US)", "Completed"),
        ("ts_call,ts_scoring", "ts_call", "ts_scoring"),  # by words about each
        ("Date", "Date", "Date"),
        ("Review date,Opened,Closed", None, "Review date"),  # several are left: somebody must choose
    ],
)
def test_of_several_dates_each_is_suggested_once_or_not_at_all(
    headers: str, contact: str | None, audited: str | None
) -> None:
    found = guessing.columns({name: ["2026-10-05 10:00"] for name in headers.split(",")}).fields
    assert tuple(found[name].columns[0] if name in found else None for name in ("contact_at", "audited_at")) == (
        contact,
        audited,
    )


def test_who_somebody_is_is_told_whatever_names_them() -> None:
    examples = {"Evaluation #": ["7"], "Agent login": ["usr_1"], "Correo del evaluador": ["a@b.org"]}
    found = guessing.columns(examples).fields
    assert {name: at.columns[0] for name, at in found.items()} == {
        "audit_ref": "Evaluation #",
        "employee_no": "Agent login",
        "auditor_no": "Correo del evaluador",
    }


@pytest.mark.parametrize(
    ("marks", "maxima", "sure"),
    [
        ({"a": ["3,00", "0,00"], "b": ["6,00", "0"], "c": ["0,00"]}, {"a": 3.0, "b": 6.0}, True),
        ({"a": ["5", "0"], "b": ["5"]}, {}, True),  # the same for all
        ({"a": ["85 %"], "b": ["90 %"]}, {}, True),
        ({"a": ["3", "2", "0"], "b": ["6"]}, {"a": 3.0, "b": 6.0}, False),  # some got a part: more may be possible
    ],
)
def test_points_that_differ_by_question_are_suggested_for_each(
    marks: dict[str, list[str]], maxima: dict[str, float], sure: bool
) -> None:
    assert guessing.maxima(marks, ",") == (maxima, sure)


@pytest.mark.parametrize(
    "data",
    [
        None, [], {"nonsense": 1}, {"shape": "cube"}, {"fields": {"audit_ref": 3}}, {"fields": {"nope": {"columns": []}}},
        {"words": {"nope": {}}}, {"words": {"result": {"a": 3}}}, {"rows_below": -1}, {"passes_from": 2}, {"maxima": {"a": "b"}},
        {"questions": "abc"}, {"decimal": "x"}, {"dates": {"contact_at": "lunar"}}, {"maximum": True},
    ],
)  # fmt: skip
def test_what_is_no_profile_is_refused(data: Any) -> None:
    with pytest.raises(ValueError):
        Mapping.from_data(data)


def test_a_profile_survives_being_written_down() -> None:
    mapping = Mapping(
        shape=Shape.AUDITS, fields={"audit_ref": Field(("A", "B")), "scorecard": Field(says="X")}, questions=("Q",),
        comments={"C": "Q"}, person_by={"employee_no": PersonBy.NAME}, dates={"contact_at": DAY}, maxima={"Q": 3.0},
        words={"result": {"Sí": "pass", "": None}}, scale=Scale.POINTS, maximum=10.0, decimal=",", passes_from=0.8,
    )  # fmt: skip
    assert Mapping.from_data(json.loads(json.dumps(mapping.to_data()))) == mapping
