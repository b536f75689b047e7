"""Profiles on screen and as files: who may, what is refused and how it is said, decisions in bulk, both languages."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from xlsxwriter import Workbook

from app.accounts.permissions import Role
from app.audits import services
from app.audits.building.document import from_data
from app.audits.building.models import ScorecardDraft
from app.audits.models import Audit, Import, ImportState
from app.audits.profiles import keeping
from app.audits.profiles.models import MappingProfile
from app.core.errors import Refused
from tests.audits.profiles.conftest import EXAMPLES, NOW
from tests.audits.profiles.test_making import begin, confirm, make
from tests.conftest import Cast, make_user

Sign = Callable[..., FlaskClient]
STEPS = ("", "/table", "/columns", "/values", "/matches", "/export", "/words/criterion.csv")
DEEDS = ("/table", "/columns", "/values", "/matches", "/sample", "/finish", "/import", "/drop", "/words/criterion")


def send(client: FlaskClient, address: str, content: bytes, file_name: str = "a.csv", **values: str) -> Any:
    data = {"file": (io.BytesIO(content), file_name), **values}
    return client.post(address, data=data, content_type="multipart/form-data")


def said(answer: Any) -> str:
    return unescape(answer.get_data(as_text=True))


@pytest.mark.once
def test_only_who_may_import_sees_profiles_and_only_own_ones_with_a_part_of_the_programme(
    session: Any, world: Cast, as_user: Sign
) -> None:
    at = make(as_user(world.mariana), "answers.csv")
    north = make_user(session, "Nadia Norte", role=Role.ADMINISTRATOR, over=world.norte)
    session.commit()
    for step in STEPS:
        assert as_user(world.ada).get(at + step).status_code == 200, step
        assert as_user(north).get(at + step).status_code == 404, step
        assert as_user(None).get(at + step).status_code == 302, step
        for one in (world.ana, world.paola, world.ivan, world.carmen, world.tomas):
            assert as_user(one).get(at + step).status_code == 403, step
    for deed in DEEDS:
        assert as_user(north).post(at + deed).status_code == 404, deed
        assert as_user(world.ivan).post(at + deed).status_code == 403, deed
    assert "Tool" not in said(as_user(north).get("/audits/profiles"))
    with pytest.raises(Refused, match="none has been saved"):
        keeping.named(session(), "Tool", north)


def test_an_importer_of_one_partner_takes_in_own_people_only(session: Any, world: Cast, as_user: Sign) -> None:
    north = make_user(session, "Nadia Norte", role=Role.ADMINISTRATOR, over=world.norte)
    session.commit()
    client = as_user(north)
    lines = (EXAMPLES / "answers.csv").read_text().replace("1002", "SOL")
    at = begin(client, "a.csv", lines.encode())
    confirm(client, f"{at}/table")
    confirm(client, f"{at}/columns", **{"at-scorecard": "s:REFUND", "by-employee_no": "number"})
    confirm(client, f"{at}/values")
    page = said(client.get(f"{at}/matches"))
    assert "SOL" in page
    assert "Sol Paz" not in page
    answer = client.post(
        f"{at}/matches", data={"employee_no-count": "1", "employee_no-0-word": "SOL", "employee_no-0": "SOL"}
    )
    assert answer.status_code == 422
    assert "Not known here: SOL. Nothing was saved." in said(answer)


@pytest.mark.once
@pytest.mark.parametrize("language", ["en", "es"])
def test_every_step_says_what_it_is_in_the_readers_language(world: Cast, as_user: Sign, language: str) -> None:
    make(as_user(world.mariana), "espanol-windows-1252.csv")
    client = as_user(world.mariana, language)
    words = {
        "en": ("How the file begins", "Needed", "day first"),
        "es": ("Cómo empieza el archivo", "Necesario", "primero el día"),
    }
    for step, word in zip(("/table", "/columns", "/values"), words[language], strict=True):
        assert word in said(client.get(client_profile(client) + step))


def client_profile(client: FlaskClient) -> str:
    """The address of the one profile of the list."""
    parts = said(client.get("/audits/profiles")).split('"')
    return next(part for part in parts if part.startswith("/audits/profiles/") and part[-1].isdigit())


def test_a_file_nobody_can_read_and_a_taken_name_are_said_and_nothing_is_kept(
    session: Any, world: Cast, as_user: Sign
) -> None:
    client = as_user(world.mariana)
    answer = send(client, "/audits/profiles/new", b"\x00\x01\x02\x00", "a.csv", **{"name": "Tool"})
    assert answer.status_code == 422
    assert session.query(MappingProfile).count() == 0
    begin(client, "answers.csv", (EXAMPLES / "answers.csv").read_bytes())
    answer = send(client, "/audits/profiles/new", b"a;b\n1;2\n", **{"name": "Tool"})
    assert answer.status_code == 422
    assert "There is already a profile “Tool”." in said(answer)
    assert session.query(MappingProfile).count() == 1


def test_nothing_is_used_before_it_is_confirmed(session: Any, world: Cast, as_user: Sign) -> None:
    client = as_user(world.mariana)
    at = begin(client, "sections.csv", (EXAMPLES / "sections.csv").read_bytes())
    confirm(client, f"{at}/table")
    assert "suggested" in said(client.get(f"{at}/columns"))
    assert session.query(MappingProfile).one().mapping.fields == {}
    assert client.post(f"{at}/finish").status_code == 409
    answer = client.post(f"{at}/columns", data={"shape": "answers", "at-audit_ref": "c:Review"})
    assert answer.status_code == 422
    assert "Say where to find: Agent, Scorecard, Date of the contact" in said(answer)
    assert session.query(MappingProfile).one().mapping.fields == {}


def test_dates_that_can_be_read_in_two_ways_wait_for_a_choice(session: Any, world: Cast, as_user: Sign) -> None:
    client = as_user(world.mariana)
    lines = "Id,Agent,Date,Question,Answer\nA,1001,05/10/2026,Greets the customer,Yes\n"
    at = begin(client, "a.csv", lines.encode())
    confirm(client, f"{at}/table")
    confirm(
        client, f"{at}/columns", **{"at-scorecard": "s:REFUND", "at-contact_at": "c:Date", "at-audited_at": "c:Date"}
    )
    assert "can be read in both ways" in said(client.get(f"{at}/values"))
    assert client.post(f"{at}/values", data={}).status_code == 422
    confirm(client, f"{at}/values", **{"date-contact_at": "day_first", "date-audited_at": "day_first"})
    assert session.query(MappingProfile).one().mapping.dates["contact_at"] == "day_first"


def test_what_is_open_is_decided_in_bulk_and_by_a_file(session: Any, world: Cast, as_user: Sign) -> None:
    client = as_user(world.mariana)
    head = "review_id,user_id,conversation_ts,review_ts,rubric_item,rating\n"
    rows = [f"E-{n},u-{n},1791212400000,1791297000000,Greets the customer,met\n" for n in range(150)]
    at = begin(client, "a.csv", (head + "".join(rows)).encode())
    confirm(client, f"{at}/table")
    confirm(client, f"{at}/columns", **{"at-scorecard": "s:REFUND", "by-employee_no": "other"})
    confirm(client, f"{at}/values")
    page = said(client.get(f"{at}/matches"))
    assert "The first 100 of 150" in page
    exported = client.get(f"{at}/words/employee_no.csv").get_data(as_text=True)
    assert exported.count("\n") == 151

    pairs = "In the file,Means here\nu-0,1001\nu-1,ana@example.org\nu-2,Luis Mora\nu-3,-\nu-4,\n"
    assert send(client, f"{at}/words/employee_no", pairs.encode()).status_code == 302
    words = session.query(MappingProfile).one().mapping.words["employee_no"]
    assert words == {"u-0": "1001", "u-1": "1001", "u-2": "1002", "u-3": None}
    wrong = send(client, f"{at}/words/employee_no", b"a,b\nu-5,nobody\nu-6,1001\n")
    assert wrong.status_code == 409
    assert "Not known here: nobody" in said(wrong)

    location = confirm(client, f"{at}/matches", leave="employee_no")
    assert location.endswith("/matches")
    words = session.query(MappingProfile).one().mapping.words["employee_no"]
    assert len(words) == 150
    assert words["u-149"] is None
    row = carry_out(session, client, at)
    assert (row.counts["audits"]["new"], session.query(Audit).count()) == (3, 3)
    assert row.counts["remarks"][0]["value"] == "147"


def carry_out(session: Any, client: FlaskClient, at: str) -> Import:
    number = int(client.post(f"{at}/import").location.rpartition("/")[2])
    client.post(f"/audits/imports/{number}/carry-out")
    row: Import = session.get(Import, number)
    assert row.state is ImportState.DONE, row.problems
    return row


def test_a_profile_goes_out_as_a_file_and_comes_in_elsewhere(
    session: Any, world: Cast, as_user: Sign, app: Flask
) -> None:
    client = as_user(world.mariana)
    at = make(client, "sections.csv")
    assert client.post(f"{at}/finish").status_code == 302
    content = client.get(f"{at}/export").get_data()
    client.post(f"{at}/drop")
    assert session.query(MappingProfile).count() == 0
    missing = app.test_cli_runner().invoke(
        args=["audits", "import", str(EXAMPLES / "sections.csv"), "--profile", "Tool"]
    )
    assert (missing.exit_code, missing.output.strip()[:40]) == (1, "Error: There is no profile “Tool”; none ")

    assert send(client, "/audits/profiles/bring", content, "tool.json").status_code == 302
    done = app.test_cli_runner().invoke(
        args=["audits", "import", str(EXAMPLES / "sections.csv"), "--profile", "Tool", "--json"]
    )
    answer = json.loads(done.output)
    assert answer["audits"]["new"] == 3, answer
    row = session.get(Import, answer["import_id"])
    assert row.options["profile"] == "Tool"
    with client.get(f"/audits/imports/{row.id}/file") as kept:
        assert kept.get_data() == (EXAMPLES / "sections.csv").read_bytes()
    for nonsense in (b"", b"[]", b"{}", b'{"hilo_profile": 1, "name": "x", "mapping": {}}', b"\xff\xfe"):
        assert send(client, "/audits/profiles/bring", nonsense).status_code == 409


def test_a_corrected_export_corrects_and_what_is_new_in_it_can_be_decided_from_its_import(
    session: Any, world: Cast, as_user: Sign
) -> None:
    client = as_user(world.mariana)
    at = make(client, "answers.csv")
    carry_out(session, client, at)
    lines = (EXAMPLES / "answers.csv").read_text().splitlines(keepends=True)
    lines[2] = lines[2].replace(",No,", ",Yes,")
    more = lines[-1].replace("E-3", "E-4").replace("Solves the case,Yes", "Solves all,Partly")
    answer = send(client, "/audits/import", "".join([*lines, more]).encode(), "again.csv", profile="Tool")
    number = int(answer.location.rpartition("/")[2])
    row = session.get(Import, number)
    assert {kind for kind, _column, _count in row.counts["kinds"]} == {"unknown_criterion", "bad_value"}
    page = said(client.get(f"/audits/imports/{number}"))
    assert "Row 14, column “Answer”: “Partly” is not one of the values allowed. Write one of: " in page
    mend = client.get(f"/audits/imports/{number}/mend.csv").get_data(as_text=True)
    assert "E-4,1001,Iván Zúñiga,Refunds chat" in mend
    assert "E-1" not in mend

    assert client.post(f"/audits/imports/{number}/decide-names").location == at
    waits = said(client.get(at))
    assert "has not been decided" in waits
    confirm(client, f"{at}/values", **{"result-3": "fail"})
    confirm(client, f"{at}/matches", **{"criterion-0": "R4"})
    row = carry_out(session, client, at)
    assert (row.counts["audits"]["new"], row.counts["audits"]["corrected"]) == (1, 1)
    services.undo(session(), row, by=None, on=NOW)
    session.commit()
    assert session.query(Audit).count() == 3


@pytest.mark.once
def test_questions_no_scorecard_has_become_the_draft_of_one(session: Any, world: Cast, as_user: Sign) -> None:
    client = as_user(world.mariana)
    at = make(client, "answers.csv")
    assert client.post(f"{at}/scorecard", data={"code": ""}).status_code == 409
    assert client.post(f"{at}/scorecard", data={"code": "REFUND"}).status_code == 409
    answer = client.post(f"{at}/scorecard", data={"code": "chat", "language": "en"})
    assert answer.status_code == 302
    draft = session.query(ScorecardDraft).one()
    document = from_data(draft.content)
    assert (draft.code, [part.name_en for part in document.parts]) == ("CHAT", ["Tool"])
    assert [(one.code, one.text_en, one.text_es) for one in document.entries()][1] == (
        "Q2",
        "Verifies the identity",
        "",
    )
    assert client.get(answer.location).status_code == 200
    assert as_user(world.paola).post(f"{at}/scorecard", data={"code": "X"}).status_code == 403


def test_one_sheet_of_a_workbook_is_chosen_and_found_again_by_its_name(
    session: Any, world: Cast, as_user: Sign, tmp_path: Path, app: Flask
) -> None:
    path = tmp_path / "export.xlsx"
    lines = [line.split(",") for line in (EXAMPLES / "answers.csv").read_text().splitlines() if '"' not in line]
    with Workbook(path) as book:
        book.add_worksheet("Cover").write(0, 0, "Quality report")
        sheet = book.add_worksheet("Detail")
        for place, line in enumerate([["Report"], [], *lines]):
            sheet.write_row(place, 0, line)
    client = as_user(world.mariana)
    at = begin(client, "export.xlsx", path.read_bytes())
    assert "Row 3 names the columns" in said(client.get(f"{at}/table"))
    confirm(client, f"{at}/table")
    confirm(client, f"{at}/columns")
    confirm(client, f"{at}/values")
    confirm(client, f"{at}/matches", **{"scorecard-0": "REFUND"})
    assert carry_out(session, client, at).counts["audits"]["new"] == 3

    with Workbook(path) as book:
        book.add_worksheet("Other").write(0, 0, "x")
    done = app.test_cli_runner().invoke(args=["audits", "import", str(path), "--profile", "Tool"])
    assert done.exit_code == 1
    assert "no visible sheet “Detail”" in done.output
