"""Files as tools really write them, each brought in by screen alone, and then by one command with the saved profile."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from xlsxwriter import Workbook

from app.audits.models import Import, ImportState
from app.audits.profiles.models import MappingProfile
from tests.audits.conftest import stored
from tests.audits.profiles.test_making import REFUND, as_stored, begin, confirm, expected
from tests.audits.profiles.test_making import by_command as one_command
from tests.conftest import Cast

pytestmark = pytest.mark.once

Sign = Callable[..., FlaskClient]
Rows = Sequence[Sequence[Any]]

QUESTIONS = ("Greets the customer", "Verifies the identity", "States the refund amount", "Solves the case")
AUDITS = (
    ("E-1", "1001", "2026-10-05 10:00", "2026-10-06 15:00", ("Yes", "No", "Yes", "N/A")),
    ("E-2", "1002", "2026-10-05 16:20", "2026-10-06 16:00", ("Yes", "Yes", "No", "Yes")),
    ("E-3", "1001", "2026-10-12 08:05", "2026-10-13 15:00", ("No", "Yes", "Yes", "Yes")),
)
"""The three audits of the examples; R1 to R4 are the questions."""


def workbook(**sheets: Rows) -> bytes:
    """A workbook of these sheets; a cell that is a list is merged with as many to its right."""
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name.replace("_", " "))
            for line, row in enumerate(rows):
                for place, value in enumerate(row):
                    if isinstance(value, list):
                        sheet.merge_range(line, place, line, place + len(value) - 1, value[0])
                    elif value is not None:
                        sheet.write(line, place, value)
    return out.getvalue()


def answers(audits: Sequence[Any] = AUDITS) -> list[list[str]]:
    return [[*head, question, said] for *head, found in audits for question, said in zip(QUESTIONS, found, strict=True)]


def bring(
    client: FlaskClient,
    session: Any,
    name: str,
    content: bytes,
    *,
    table: Sequence[dict[str, str]] = ({},),
    columns: dict[str, str] | None = None,
    values: dict[str, str] | None = None,
    matches: dict[str, str] | None = None,
) -> str:
    """Make a profile of a file on screen, saying only what differs from what is suggested, and import the file."""
    at = begin(client, name, content)
    for changes in table:
        confirm(client, f"{at}/table", **changes)
    confirm(client, f"{at}/columns", **(columns or REFUND))
    confirm(client, f"{at}/values", **(values or {}))
    confirm(client, f"{at}/matches", **(matches or {}))
    page = unescape(client.get(at).get_data(as_text=True))
    assert "Everything in the sample is understood." in page, page
    row = session.get(Import, int(client.post(f"{at}/import").location.rpartition("/")[2]))
    assert row.state is ImportState.CHECKED, row.problems
    client.post(f"/audits/imports/{row.id}/carry-out")
    return at


def by_command(app: Flask, path: Path, content: bytes) -> dict[str, Any]:
    """What one command with the saved profile says of a file."""
    path.write_bytes(content)
    return one_command(app, path)


HEAD = ["Review", "Agent", "Contact date", "Review date"]


def test_sheets_of_one_kind_are_read_one_below_the_other(
    session: Any, world: Cast, as_user: Sign, app: Flask, tmp_path: Path
) -> None:
    head = [*HEAD, "Question", "Answer"]
    total = ["Total", None, None, None, None, "8"]
    sheets: dict[str, Rows] = {
        "Cover": [["Quality of the quarter"], ["made by a tool"]],
        "October": [["Reviews"], [], head, *answers(AUDITS[:2]), total],
        "November": [head, *answers(AUDITS[2:]), total],
        "Legend": [["Yes", "met"], ["No", "not met"]],
    }
    content = workbook(**sheets)
    client = as_user(world.mariana)
    at = bring(
        client,
        session,
        "a.xlsx",
        content,
        table=({"sheet": "October"}, {"rows_below": "1", "every_sheet": "on"}),
    )
    assert as_stored(session) == expected(world, "")
    assert "November" in client.get(f"{at}/table").get_data(as_text=True)
    again = by_command(app, tmp_path / "again.xlsx", content)
    assert (again["audits"]["unchanged"], again["problem_count"]) == (3, 0)
    assert again["remarks"] == [
        "Rows are counted through all sheets: “October” 1–11; “November” 12–16.",
        "Sheets not read, because they have other columns: Cover, Legend.",
    ]
    later = {
        "Resumen": sheets["Cover"],
        "Enero": [head, *answers([(*AUDITS[2][:4], ("No", "No", "Yes", "Yes"))]), total],
    }
    done = by_command(app, tmp_path / "later.xlsx", workbook(**later))
    assert (done["audits"]["corrected"], done["findings"]["corrected"]) == (1, 1)

    broken = [*answers(AUDITS[2:]), ["E-9", "nobody", *AUDITS[0][2:4], QUESTIONS[0], "Yes"], total]
    path = tmp_path / "broken.xlsx"
    path.write_bytes(workbook(October=sheets["October"], November=[head, *broken]))
    failed = app.test_cli_runner().invoke(args=["audits", "import", str(path), "--profile", "Tool"])
    assert "Row 17, column “Agent”: " in failed.output


def test_what_a_sheet_is_called_can_say_whose_its_rows_are(session: Any, world: Cast, as_user: Sign) -> None:
    head = ["Review", "Contact date", "Review date", "Question", "Answer"]
    rows = {one[0]: [[row[0], *row[2:]] for row in answers([one])] for one in AUDITS}
    content = workbook(Ana_Ruiz=[head, *rows["E-1"], *rows["E-3"]], Luis_Mora=[head, *rows["E-2"]])
    columns = {**REFUND, "at-employee_no": "c:(sheet)", "by-employee_no": "name"}
    bring(as_user(world.mariana), session, "a.xlsx", content, table=({"every_sheet": "on"},), columns=columns)
    assert as_stored(session) == expected(world, "")


def test_a_sheet_that_says_more_of_each_audit_is_joined_by_its_key(
    session: Any, world: Cast, as_user: Sign, app: Flask, tmp_path: Path
) -> None:
    audits = [list(one[:4]) for one in AUDITS]
    details = [[row[0], *row[4:]] for row in answers()]
    answer_head = ["Review id", "Question", "Answer"]
    content = workbook(Answers=[answer_head, *details], Reviews=[["All reviews"], ["Review ID", *HEAD[1:]], *audits])
    client = as_user(world.mariana)
    at = begin(client, "a.xlsx", content)
    assert confirm(client, f"{at}/table", join="Reviews") == f"{at}/table"
    page = unescape(client.get(f"{at}/table").get_data(as_text=True))
    assert "suggested" in page
    client.post(f"{at}/drop")

    bring(client, session, "a.xlsx", content, table=({"join": "Reviews"}, {}))
    assert as_stored(session) == expected(world, "")
    more = [*audits, audits[0]], [*details, ["E-7", QUESTIONS[0], "Yes"]]
    path = tmp_path / "more.xlsx"
    path.write_bytes(workbook(Answers=[answer_head, *more[1]], Reviews=[["Review ID", *HEAD[1:]], *more[0]]))
    done = app.test_cli_runner().invoke(
        args=["audits", "import", str(path), "--profile", "Tool", "--json", "--skip-bad-rows"]
    )
    answer = json.loads(done.output)
    assert (answer["audits"]["unchanged"], answer["audits"]["rejected"]) == (3, 1)
    assert answer["remarks"] == [
        "Keys found in several rows of the sheet “Reviews”: 1. The first row of each was read.",
        "Rows whose key the sheet “Reviews” does not hold: 1. What it would say of them is empty.",
    ]
    path.write_bytes(workbook(Answers=[answer_head, *details]))
    gone = app.test_cli_runner().invoke(args=["audits", "import", str(path), "--profile", "Tool"])
    assert (gone.exit_code, "no visible sheet “Reviews”" in gone.output) == (1, True)


def test_the_suggestions_alone_bring_in_answers_apart_from_their_audits_behind_a_cover(
    session: Any, world: Cast, as_user: Sign
) -> None:
    """The sheet of the answers, the one that says more of each audit, its key, the dates and the scorecard."""
    audits = [[row[0], row[1], row[3], row[2]] for row in AUDITS]
    content = workbook(
        Cover=[["Made by a tool"]],
        Reviews=[["Review no", "Employee", "When heard", "When called"], *audits],
        Lines=[["Review no", "Criterion", "Score"], *([row[0], *row[4:]] for row in answers())],
    )
    bring(as_user(world.mariana), session, "a.xlsx", content, table=({}, {}), columns={"at-scorecard": "s:REFUND"})
    assert as_stored(session) == expected(world, "")


def test_each_question_with_points_of_its_own_and_a_word_nobody_knows_are_suggested_and_asked(
    session: Any, world: Cast, as_user: Sign
) -> None:
    most = ("3", "6,5", "4", "5")
    rows = [
        ";".join(
            [*head, *({"Yes": top, "No": "0", "N/A": "ausente"}[said] for top, said in zip(most, found, strict=True))]
        )
        for *head, found in AUDITS
    ]
    content = "\n".join([";".join(["Folio", "Agente", "Fecha de la llamada", "Escuchada", *QUESTIONS]), *rows])
    columns = {"at-scorecard": "s:REFUND"}
    bring(as_user(world.mariana), session, "a.csv", content.encode(), columns=columns, values={"result-0": "na"})
    assert as_stored(session) == expected(world, "")


MERGED: Rows = [
    ["Monitoreo de octubre"],
    [],
    ["Monitoreo", "Agente", "Fecha", None, ["Apertura", "", "", ""], ["Solución", "", "", ""]],
    [None, None, "Contacto", "Evaluación", *(word for one in QUESTIONS for word in (one, "Obs."))],
]


def test_names_in_two_rows_under_merged_cells_are_read_together(
    session: Any, world: Cast, as_user: Sign, app: Flask, tmp_path: Path
) -> None:
    rows = [
        [*head, *(text for said in found for text in (said, "x" if said == "No" else ""))] for *head, found in AUDITS
    ]
    header = [list(row) for row in MERGED]
    header[2] = [
        "Monitoreo",
        "Agente",
        ["Fecha", ""],
        None,
        ["Apertura", "", "", ""],
        *[None] * 3,
        ["Solución", "", "", ""],
    ]
    content = workbook(Hoja=[*header, *rows])
    client = as_user(world.mariana)
    at = begin(client, "a.xlsx", content)
    page = unescape(client.get(f"{at}/table").get_data(as_text=True))
    assert "2 rows: the one marked and those above it" in page
    confirm(client, f"{at}/table")
    page = unescape(client.get(f"{at}/columns").get_data(as_text=True))
    assert all(text in page for text in ("Fecha · Contacto", "Apertura · Greets the customer", "Solución · Obs."))
    client.post(f"{at}/drop")
    bring(client, session, "a.xlsx", content)
    assert as_stored(session) == expected(world, "")
    text = "\n".join(
        ";".join(map(str, row))
        for row in (
            MERGED[0],
            ["Monitoreo", "Agente", "Fecha", "", "Apertura", "", "", "", "Solución"],
            ["", "", *MERGED[3][2:]],
            *rows,
        )
    )
    again = by_command(app, tmp_path / "a.csv", text.encode("cp1252"))
    assert (again["audits"]["unchanged"], again["problem_count"]) == (3, 0)


SPANISH = (
    "\ufeffReporte de monitoreo;;;;;;;;;;\n"
    "Periodo: octubre;;;;;;;;;;\n"
    ";;;;;;;;;;\n"
    'Folio;Ejecutivo;Fecha de la gestión;Fecha evaluación;"Greets\nthe customer ";Obs;Verifies the identity;Obs;'
    '"States the refund&nbsp;amount";Solves the case;Nota final\n'
    'E-1;01001 - Ruiz, Ana;lunes, 5 de octubre de 2026 10:00 a. m.;6-oct.-2026 3:00 p.m.;85 %;;40 %;"No pidi&oacute; nada";90,5;N.A.;71,9;\n'
    "E-2;1002 - Luis Mora;5 oct 2026 16:20 hrs;06/10/2026 16:00;100,0;;85,0;;12.5;100;74,4;\n"
    "E-3;01001 - Ruiz, Ana;12 de oct. de 2026, 8:05;13 octubre 2026 15:00;-;;95;;88;85;89,3;\n"
    "E-4;1002 - Luis Mora;12 de octubre de 2026 9:00;13 octubre 2026 15:00;0,0 %;;--;;;no aplica;0;\n"
    "\n"
    "Promedio;;;;;;;;;;77,1\n"
    "Fuente: sistema de calidad;;;;;;;;;;\n"
)


def test_spanish_with_months_in_letters_mixed_percentages_and_every_way_to_say_not_applicable(
    session: Any, world: Cast, as_user: Sign, app: Flask, tmp_path: Path
) -> None:
    at = bring(
        as_user(world.mariana), session, "reporte.csv", SPANISH.encode(), values={"passes_from": "85"},
    )  # fmt: skip
    found = as_stored(session)
    assert {ref: row[1] for ref, row in found.items()} == {
        "E-1": "2026-10-05T15:00",
        "E-2": "2026-10-05T21:20",
        "E-3": "2026-10-12T13:05",
        "E-4": "2026-10-12T14:00",
    }
    assert {ref: row[2] for ref, row in found.items()} == {
        "E-1": {"R2": "fail", "R4": "na"},
        "E-2": {"R3": "fail"},
        "E-3": {"R1": "na"},
        "E-4": {"R1": "fail", "R2": "na", "R3": "na", "R4": "na"},
    }
    assert "Nota final" not in session.query(MappingProfile).one().mapping.questions
    comments = {one[3] for row in stored(session).values() for one in row[-1] if one[3]}
    assert comments == {"No pidió nada"}
    again = by_command(app, tmp_path / "a.csv", SPANISH.replace("85,0;;12.5", "20,0;;12.5").encode())
    assert (again["audits"]["corrected"], again["findings"]["corrected"]) == (1, 1)
    assert at


def test_a_web_page_that_calls_itself_a_workbook_comes_in(
    session: Any, world: Cast, as_user: Sign, app: Flask, tmp_path: Path
) -> None:
    head = "".join(f"<th>{name}</th>" for name in [*HEAD, "Question", "Answer"])
    rows = "".join("<tr>" + "".join(f"<td>{text}</td>" for text in row) + "</tr>\n" for row in answers())
    page = (
        "<html><head><meta charset=windows-1252></head><body><table><tr><td>Informe de gesti\xf3n</table>"
        f"<table border=1><tr><td colspan=6><b>Reviews&nbsp;&amp; more</b></td></tr><tr>{head}</tr>{rows}"
        "<tr><td>Total<td><td><td><td><td>12</tr></table></body></html>"
    ).encode("cp1252")
    bring(as_user(world.mariana), session, "report.xls", page)
    assert as_stored(session) == expected(world, "")
    assert by_command(app, tmp_path / "a.xls", page)["audits"]["unchanged"] == 3


def test_cells_of_a_workbook_that_are_dates_numbers_or_text_that_looks_so(
    session: Any, world: Cast, as_user: Sign
) -> None:
    def moment(text: str) -> datetime:
        return datetime.fromisoformat(text)

    rows = [
        [ref, f"0{number}" if ref == "E-1" else int(number), contact if ref == "E-2" else moment(contact), moment(audited)]
        + [{"Yes": 1.0, "No": 0.0, "N/A": "nan"}[said] if place % 2 else {"Yes": "1.0", "No": "0", "N/A": "None"}[said] for place, said in enumerate(found)]
        for ref, number, contact, audited, found in AUDITS
    ]  # fmt: skip
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True, "default_date_format": "dd/mm/yyyy hh:mm"}) as book:
        sheet = book.add_worksheet("Export")
        for line, row in enumerate([[*HEAD, *QUESTIONS], *rows], start=1):
            for place, value in enumerate(row, start=1):
                sheet.write(line, place, value)
    bring(as_user(world.mariana), session, "a.xlsx", out.getvalue())
    assert as_stored(session) == expected(world, "")


def test_nested_json_with_zones_in_its_stamps_and_entities_in_its_words(
    session: Any, world: Cast, as_user: Sign
) -> None:
    stamps = {
        "2026-10-05 10:00": ("Mon Oct 05 2026 15:00:00 GMT+0000 (Coordinated Universal Time)", "Oct 6, 2026 3:00 PM (UTC-5)"),
        "2026-10-05 16:20": ("Mon Oct 05 2026 23:20:00 GMT+0200 (CEST)", "Oct 6, 2026 4:00 PM GMT-5"),
        "2026-10-12 08:05": ("Mon Oct 12 2026 08:05:00 GMT-0500", "Oct 13, 2026 3:00 PM -05:00"),
    }  # fmt: skip
    people = {"1001": "Ana&nbsp;Ruiz", "1002": "Mora,&#32;Luis\u200b"}
    records = [
        {"review": {"id": ref, "contactDate": stamps[contact][0], "reviewDate": stamps[contact][1]},
         "agent": {"name": people[number]},
         "sections": [{"title": "All", "answers": [
             {"question": question.replace("the", "&#116;he"), "answer": {"Yes": True, "No": False, "N/A": None}[said], "comment": "a &lt; b"}
             for question, said in zip(QUESTIONS, found, strict=True)]}]}
        for ref, number, contact, _audited, found in AUDITS
    ]  # fmt: skip
    content = json.dumps({"meta": {"page": 1}, "data": {"items": records}}).encode()
    values = {"date-contact_at": "month_first", "date-audited_at": "month_first"}
    at = begin(as_user(world.mariana), "a.json", content)
    client = as_user(world.mariana)
    confirm(client, f"{at}/table")
    page = unescape(client.get(f"{at}/columns").get_data(as_text=True))
    assert "sections.answers.question" in page
    client.post(f"{at}/drop")
    bring(client, session, "a.json", content, columns={**REFUND, "at-audit_ref": "c:review.id"}, values=values)
    assert as_stored(session) == expected(world, "")
    assert {one[3] for row in stored(session).values() for one in row[-1]} == {"a < b", None}


def test_a_row_that_is_there_twice_word_for_word_counts_once_and_one_that_differs_stops_its_audit(
    session: Any, world: Cast, as_user: Sign, app: Flask, tmp_path: Path
) -> None:
    lines = [",".join([*HEAD, "Question", "Answer", ""]), *(",".join([*row, ""]) for row in answers())]
    content = "\n".join([*lines, lines[3], lines[3], lines[9]]).encode()
    bring(as_user(world.mariana), session, "a.csv", content)
    assert as_stored(session) == expected(world, "")
    again = by_command(app, tmp_path / "a.csv", content)
    assert again["remarks"][0] == (
        "Rows that say word for word what another row of their audit says: 3. They count once."
    )
    (tmp_path / "b.csv").write_bytes(content + b"\n" + lines[1].replace("Yes", "No").encode())
    failed = app.test_cli_runner().invoke(args=["audits", "import", str(tmp_path / "b.csv"), "--profile", "Tool"])
    assert "repeats row 2" in failed.output
