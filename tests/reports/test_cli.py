"""`flask reports`: scope, files, languages, and errors of one line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from pypdf import PdfReader

from app.coaching.models import Obligation
from tests.conftest import Cast
from tests.evidence import Pair

pytestmark = pytest.mark.once

Run = Callable[..., Result]
COMPLIANCE = ("compliance", "--month", "2026-10")
PRIORITIES = ("priorities", "--month", "2026-07")


def only_error(result: Result, status: int = 1) -> str:
    """The one line of an error: nothing on standard output."""
    assert (result.exit_code, result.stdout) == (status, "")
    return result.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize("command", [COMPLIANCE, PRIORITIES])
def test_a_table_stands_below_its_sentence(
    people: Cast, ledger: list[Obligation], evidence: list[Pair], run: Run, command: tuple[str, ...]
) -> None:
    result = run(*command)
    assert (result.exit_code, result.stderr) == (0, "")
    title, lead, blank, *table = result.stdout.splitlines()
    assert title.endswith(" 2026")
    assert lead.endswith(".")
    assert blank == ""
    assert any(set(line) == {"-", " "} for line in table)


def test_a_unit_narrows_it(people: Cast, ledger: list[Obligation], evidence: list[Pair], run: Run) -> None:
    data = json.loads(run(*COMPLIANCE, "--unit", "Sur/Lima", "--format", "json").stdout)
    assert data["scope"] == "Sur · Lima"
    assert [unit["unit"] for unit in data["units"]] == ["Sur/Lima", "Sur/Lima/Orders"]
    listed = json.loads(run(*PRIORITIES, "--unit", "Norte", "--format", "json").stdout)
    assert [entry["code"] for entry in listed["entries"]] == ["K1"]
    assert json.loads(run(*PRIORITIES, "--format", "json").stdout)["scope"] == "Programme"


def test_a_unit_there_is_not_is_named(people: Cast, run: Run) -> None:
    line = only_error(run(*COMPLIANCE, "--unit", "Este"))
    assert line == "Error: there is no unit “Este”; write it as Partner/Site/Team"


@pytest.mark.parametrize("month", ["2026-13", "10/2026", "2026-1", "0001-01"])
def test_a_month_that_is_none_is_a_mistake_of_usage(people: Cast, run: Run, month: str) -> None:
    assert f"'{month}' is not a month; write it as 2026-10" in only_error(run("compliance", "--month", month), 2)


def test_without_a_month_it_asks_for_one(people: Cast, run: Run) -> None:
    assert "Missing option '--month'" in only_error(run("priorities"), 2)


@pytest.mark.parametrize("command", [COMPLIANCE, PRIORITIES])
@pytest.mark.parametrize("file_format", ["csv", "xlsx", "pdf", "json", "table"])
def test_a_file_is_written_where_asked(
    people: Cast,
    ledger: list[Obligation],
    evidence: list[Pair],
    run: Run,
    tmp_path: Path,
    command: tuple[str, ...],
    file_format: str,
) -> None:
    path = tmp_path / f"report.{file_format}"
    result = run(*command, "--format", file_format, "-o", str(path))
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    starts = {"pdf": b"%PDF-", "xlsx": b"PK", "json": b"{"}.get(file_format, b"")
    assert path.read_bytes().startswith(starts)
    assert path.stat().st_size > 100


def test_a_file_that_cannot_be_written_is_one_line(people: Cast, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "none" / "report.csv"
    line = only_error(run(*COMPLIANCE, "--format", "csv", "-o", str(path)))
    assert line == f"Error: {path} can't be written: No such file or directory"


def test_a_document_is_in_its_language_and_tagged(
    people: Cast, ledger: list[Obligation], evidence: list[Pair], run: Run
) -> None:
    for command, english, spanish in (
        (COMPLIANCE, "Coaching compliance, October 2026", "Cumplimiento de coaching, octubre de 2026"),
        (PRIORITIES, "Learning priorities, July 2026", "Prioridades de aprendizaje, julio de 2026"),
    ):
        for language, title, other in (("en", english, spanish), ("es", spanish, english)):
            document = PdfReader(io.BytesIO(run(*command, "--format", "pdf", "--language", language).stdout_bytes))
            text = " ".join(page.extract_text() for page in document.pages)
            assert title in text
            assert other not in text
            assert document.metadata is not None
            assert document.metadata.title == title
            assert str(document.root_object["/Lang"]).startswith(language)
            assert "/StructTreeRoot" in document.root_object
            assert "UTC)" in text, "the zone of the programme stands beside the time"


def test_a_csv_has_spanish_headings_and_plain_numbers(
    people: Cast, ledger: list[Obligation], evidence: list[Pair], run: Run
) -> None:
    head, first, *_rest = csv.reader(io.StringIO(run(*PRIORITIES, "--format", "csv", "--language", "es").stdout))
    assert head[:3] == ["Puesto", "Código", "Competencia"]
    assert first[2] == "Identidad"
    assert float(first[10]) > 0


def test_as_of_makes_it_repeatable(people: Cast, ledger: list[Obligation], evidence: list[Pair], run: Run) -> None:
    options = ("--format", "json", "--as-of", "2026-10-17")
    first, again = (run(*COMPLIANCE, *options).stdout for _time in range(2))
    assert first == again
    data: dict[str, Any] = json.loads(first)
    assert data["as_of"] == "2026-10-18T00:00:00+00:00"
    assert not data["finished"]
    ahead = json.loads(run("priorities", "--month", "2026-09", "--format", "json", "--as-of", "2026-07-05").stdout)
    assert ahead["evidence_until"] == "2026-07-05"
