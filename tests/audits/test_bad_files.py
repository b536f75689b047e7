"""Files that are wrong, on the command line: what is wrong is said with row, column and mend, and nothing is stored."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from app.audits.models import Audit, Finding, Import
from tests.audits.conftest import ALL_PASS, Write, as_text, long_rows, wide_row

Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask, session: Any, scorecard: None) -> Run:
    """Run `flask audits …`."""

    def invoke(*arguments: str | Path) -> Result:
        session.commit()
        return app.test_cli_runner().invoke(args=["audits", *map(str, arguments)])

    return invoke


def nothing_stored(session: Any) -> bool:
    session.expire_all()
    imports = session.query(Import).filter_by(kind="findings").count()
    return session.query(Audit).count() == session.query(Finding).count() == imports == 0


def changed(**cells: str) -> list[dict[str, str]]:
    """Two good audits of which the second row of the first says something else in its head or check."""
    rows = long_rows(ALL_PASS) + long_rows(ALL_PASS, audit_ref="A2")
    head = {name for name in cells if name not in ("criterion", "result", "comment", "cause")}
    for row in rows[:6]:
        row.update({name: cells[name] for name in head})
    rows[1].update(cells)
    return rows


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (changed(employee_no="NOBODY"), "Row 2, column “employee_no”: there is no person with the number “NOBODY”."),
        (changed(employee_no=""), "Row 2, column “employee_no”: the cell is empty."),
        (changed(auditor_no="X9"), "Row 2, column “auditor_no”: there is no auditor with the number “X9”."),
        (changed(scorecard="NOPE"), "Row 2, column “scorecard”: there is no scorecard “NOPE”."),
        (changed(contact_at="5/10/2026"), "Row 2, column “contact_at”: “5/10/2026” is not a date and time."),
        (changed(contact_at=""), "Row 2, column “contact_at”: the cell is empty."),
        (changed(audited_at="2026-02-30"), "Row 2, column “audited_at”: “2026-02-30” is not a date and time."),
        (
            changed(audited_at="2026-10-01"),
            "Row 2, column “audited_at”: the audit (2026-10-01) is earlier than its contact",
        ),
        (changed(contact_at="2062-10-05", audited_at="2062-10-06"), "2062-10-05 is more than a year ahead."),
        (
            changed(purpose="fun"),
            "Row 2, column “purpose”: “fun” is not one of the values allowed. Write one of: random, dsat",
        ),
        (changed(audit_ref="=cmd|' /C calc'!A0"), "looks like a formula. Write the plain value."),
        (changed(audit_ref=""), "Row 2, column “audit_ref”: the cell is empty."),
        (changed(source="x" * 300), "Row 2, column “source”: the text"),
        (changed(criterion="R99"), "Row 3, column “criterion”: “R99” is no criterion of the scorecard REFUND."),
        (changed(criterion=""), "Row 3, column “criterion”: the cell is empty."),
        (changed(criterion="R1"), "Row 3 repeats row 2 (“A1 · R1”)."),
        (
            changed(result="maybe"),
            "Row 3, column “result”: “maybe” is not one of the values allowed. Write one of: pass, fail, na.",
        ),
        (changed(result=""), "Row 3, column “result”: the cell is empty."),
        (changed(cause="moon"), "Row 3, column “cause”: “moon” is not one of the values allowed."),
        (changed(comment="=1+1"), "Row 3, column “comment”: “=1+1” looks like a formula."),
        (changed(comment="x" * 10_001), "Row 3, column “comment”: the text"),
    ],
)
def test_a_bad_row(session: Any, run: Run, write: Write, rows: list[dict[str, str]], says: str) -> None:
    answer = run("import", write(rows))
    assert answer.exit_code == 1
    assert says in answer.stderr
    assert "Traceback" not in answer.output
    assert "12 rows read" in answer.stdout
    assert "Audits: 1 new, 0 unchanged, 0 corrected, 1 rejected" in answer.stdout
    assert nothing_stored(session)


def test_rows_of_one_audit_that_disagree(session: Any, run: Run, write: Write) -> None:
    rows = long_rows(ALL_PASS)
    rows[3]["channel"] = "phone"
    answer = run("import", write(rows))
    assert "Row 5, column “channel”: “phone” differs from row 2" in answer.stderr
    assert nothing_stored(session)


def test_an_audit_twice_in_a_wide_file(session: Any, run: Run, write: Write) -> None:
    answer = run("import", write([wide_row(ALL_PASS), wide_row(ALL_PASS, audit_ref="A2"), wide_row(ALL_PASS)]))
    assert "Row 4 repeats row 2 (“A1”)" in answer.stderr
    assert nothing_stored(session)


def test_a_wide_file_with_a_bad_cell_names_its_column(session: Any, run: Run, write: Write) -> None:
    answer = run("import", write([wide_row({**ALL_PASS, "R4": "perhaps", "R4:comment": "x"})]))
    assert "Row 2, column “R4”: “perhaps” is not one of the values allowed" in answer.stderr
    answer = run("import", write([wide_row({**ALL_PASS, "R4": "", "R4:comment": "x"})]))
    assert "Row 2, column “R4”: the cell is empty" in answer.stderr
    assert nothing_stored(session)


def test_a_known_audit_of_somebody_else(session: Any, run: Run, write: Write) -> None:
    assert run("import", write(long_rows(ALL_PASS))).exit_code == 0
    for cells, says in (
        (
            {"employee_no": "LUIS"},
            "Row 2, column “employee_no”: “LUIS” differs from what is stored for this audit (ANA).",
        ),
        ({"purpose": "dsat"}, "Row 2, column “purpose”: “dsat” differs from what is stored for this audit (random)."),
        (
            {"contact_at": "2026-10-04"},
            "“2026-10-04” differs from what is stored for this audit (2026-10-05T15:00:00+00:00).",
        ),
    ):
        answer = run("import", write(long_rows(ALL_PASS, **cells)))
        assert answer.exit_code == 1
        assert says in answer.stderr
    assert session.query(Audit).count() == 1


def test_a_reaudit_of_an_audit_nobody_knows(session: Any, run: Run, write: Write) -> None:
    rows = [{**row, "reaudit_of": "A77"} for row in long_rows(ALL_PASS, purpose="reaudit")]
    assert "there is no audit “A77” to be scored again" in run("import", write(rows)).stderr
    assert nothing_stored(session)


def archive(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, data in parts.items():
            book.writestr(name, data)
    return out.getvalue()


BOOK = {
    "_rels/.rels": b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/>'
    b"</Relationships>",
    "xl/workbook.xml": b'<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.'
    b'openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    b'<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
    b'Target="worksheets/sheet1.xml"/></Relationships>',
}
ENTITIES = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>'


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "The file is empty."),
        (b"\n\n", "The file is empty."),
        (as_text(long_rows(ALL_PASS)).splitlines()[0].encode(), "column names but no rows"),
        (
            as_text(long_rows({"R1": ("fail", "olvidó", "")})).encode("cp1252"),
            "Row 2 is not written in UTF-8 (near “IVÁN”).",
        ),
        (as_text(long_rows(ALL_PASS)).encode("utf-16"), "The file is written in UTF-16."),
        (
            as_text(long_rows(ALL_PASS)).replace("employee_no", "worker").encode(),
            "has no column “employee_no”. Add it, or rename",
        ),
        (as_text(long_rows(ALL_PASS)).replace("result", "outcome").encode(), "has no column “result”."),
        (as_text([wide_row({"X1": "pass"})]).encode(), "is a criterion of a scorecard known here."),
        (as_text(long_rows(ALL_PASS)).replace("channel", "source").encode(), "more than one column “source”"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "The file is not a table"),
        (b"PK\x03\x04 not a workbook", "damaged or of another kind"),
        (
            archive({**BOOK, "xl/worksheets/sheet1.xml": b"<a>" + b" " * 50_000_000 + b"</a>"}),
            "The workbook is refused: unpacked",
        ),
        (archive({**BOOK, "xl/worksheets/sheet1.xml": ENTITIES}), "declares a document type or entities"),
    ],
    ids=lambda value: None if isinstance(value, bytes) else value[:30],
)
def test_a_bad_file(session: Any, run: Run, tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "findings.csv"
    path.write_bytes(content)
    answer = run("import", path)
    assert answer.exit_code == 1
    assert says in answer.stderr
    assert "Nothing was saved." in answer.stderr
    assert "Traceback" not in answer.output
    assert nothing_stored(session)


def test_a_row_with_a_cell_too_many_is_told_apart_from_the_others(session: Any, run: Run, write: Write) -> None:
    lines = as_text(long_rows(ALL_PASS)).splitlines()
    lines[2] += ",more"
    path = write("\n".join(lines))
    answer = run("import", path)
    assert "Row 3 has 16 cells, and the row of column names has 15." in answer.stderr
    assert nothing_stored(session)
    kept = run("import", path, "--skip-bad-rows")
    assert kept.exit_code == 0
    assert "6 rows read, 1 rejected." in kept.stdout
    assert session.query(Audit).one().checks == 5


def test_the_command_says_what_it_did_as_text_and_as_json(session: Any, run: Run, write: Write) -> None:
    path = write([{**row, "mood": "x"} for row in long_rows({**ALL_PASS, "R2": "fail"})])
    dry = run("import", path, "--dry-run", "--json")
    assert json.loads(dry.stdout)["audits"] == {"new": 1, "unchanged": 0, "corrected": 0, "rejected": 0}
    assert nothing_stored(session)
    answer = run("import", path)
    assert answer.stdout.splitlines()[:4] == [
        "6 rows read, 0 rejected.",
        "Audits: 1 new, 0 unchanged, 0 corrected, 0 rejected",
        "Findings: 6 new, 0 unchanged, 0 corrected, 0 rejected",
        "Columns not read: mood",
    ]
    again = json.loads(run("import", path, "--json").stdout)
    assert (again["rows"], again["findings"]["unchanged"], again["import_id"]) == (6, 6, None)


def test_a_dry_run_of_a_bad_file_fails_too(session: Any, run: Run, write: Write) -> None:
    answer = run("import", write(changed(result="maybe")), "--dry-run")
    assert answer.exit_code == 1
    assert "“maybe”" in answer.stderr


def test_an_unknown_profile_is_said_so(session: Any, run: Run, write: Write) -> None:
    answer = run("import", write(long_rows(ALL_PASS)), "--profile", "vendor")
    assert answer.exit_code == 1
    assert "There is no profile “vendor”; none has been saved yet." in answer.stderr
    assert nothing_stored(session)


def test_an_import_is_undone_by_its_number(session: Any, run: Run, write: Write) -> None:
    number = json.loads(run("import", write(long_rows(ALL_PASS)), "--json").stdout)["import_id"]
    assert run("undo", str(number)).stdout == f"Import {number} is undone.\n"
    assert session.query(Audit).count() == 0
    assert run("undo", str(number)).exit_code == 1
    assert "There is no import 4711." in run("undo", "4711").stderr


def test_a_scorecard_by_command(session: Any, run: Run, write: Write) -> None:
    answer = run("scorecard", write("scorecard,version\nX,1\n", "bad.csv"))
    assert answer.exit_code == 1
    assert "has no column “code”" in answer.stderr
