"""`flask gaps`: what it prints, where, and with what exit status."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from app.gaps import cells, services
from app.gaps.models import Cell, Decision, Gap, Transition
from tests.conftest import Cast
from tests.evidence import put_cell
from tests.gaps.conftest import NOW, AuditMaker, Form, week

Run = Callable[..., Result]
HEADER = "as_of,employee_no,competency,state,opened_on,probability,audited,failed,target"


@pytest.fixture
def run(app: Flask, session: Any) -> Run:
    """`run("export", "--all-pairs")` is `flask gaps export --all-pairs`."""

    def invoke(*arguments: str) -> Result:
        session.commit()
        result = app.test_cli_runner().invoke(args=["gaps", *arguments])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        session.expire_all()
        return result

    return invoke


@pytest.fixture
def audited(session: Any, people: Cast, form: Form, audit: AuditMaker) -> None:
    """Six weeks of audits: Ana misses all there is to `tone`, Luis nothing."""
    for number in range(6):
        audit(people.ana, week(number), missed=["C1", "C2"])
        audit(people.luis, week(number) + timedelta(days=1))
    touched = [(person.id, week(number)) for person in (people.ana, people.luis) for number in range(6)]
    services.findings_changed(session, touched=touched, on=NOW)


def replay(run: Run, *options: str, last: int = 6) -> Result:
    return run("replay", "--from", f"{week(0)}", "--to", f"{week(last) - timedelta(days=1)}", *options)


def only_error(result: Result, status: int = 1) -> str:
    """The one line of an error: nothing on standard output."""
    assert (result.exit_code, result.stdout) == (status, "")
    (line,) = result.stderr.strip().splitlines()
    return line


# --- Replay ---


def test_replay_decides_the_weeks_in_order(session: Any, run: Run, audited: None) -> None:
    result = replay(run, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout) == {"weeks": 6, "opened": 1, "closed": 0, "relapsed": 0}
    assert len(session.scalars(select(Decision)).all()) == 6
    assert all(session.scalars(select(Transition.replayed)))


def test_replay_tells_people_what_it_did(run: Run, audited: None) -> None:
    result = replay(run, last=1)
    assert result.stdout == f"1 week decided, {week(0)}: no gap opened, none closed, none relapsed.\n"
    result = run("replay", "--from", f"{week(1)}", "--to", f"{week(6)}")
    assert result.stdout == f"5 weeks decided, from {week(1)} to {week(5)}: 1 gap opened, none closed, none relapsed.\n"


def test_replay_refuses_weeks_already_decided_unless_again(session: Any, run: Run, audited: None) -> None:
    replay(run)
    before = session.scalars(select(Transition.week)).all()
    assert "Add --again to rewrite them" in only_error(replay(run))
    assert session.scalars(select(Transition.week)).all() == before
    assert replay(run, "--again").exit_code == 0
    assert all(session.scalars(select(Transition.rewritten)))


def test_replay_of_no_whole_week_is_refused(run: Run, audited: None) -> None:
    line = only_error(run("replay", "--from", f"{week(1)}", "--to", f"{week(0)}"))
    assert line == f"Error: No whole week ends between {week(1)} and {week(0)}."


@pytest.mark.parametrize(
    "arguments", [["replay"], ["replay", "--from", "1.6.2026", "--to", "2026-07-01"], ["export", "--as-of", "today"]]
)
def test_a_mistyped_command_is_told_what_is_wrong(run: Run, arguments: list[str]) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Usage: " in result.stderr
    assert "Traceback" not in result.stderr


# --- Export ---


def test_export_writes_gaps_as_csv_on_standard_output(session: Any, people: Cast, run: Run, audited: None) -> None:
    replay(run)
    gap = session.scalar(select(Gap).where(Gap.state == "open"))
    day = week(6) - timedelta(days=1)
    result = run("export", "--as-of", f"{day}")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == f"{HEADER}\n{day},ANA,K1,open,{gap.opened_on},{gap.probability:.4f},12,12,0.85\n"


def test_export_of_all_pairs_has_every_pair_with_evidence_in_26_weeks(run: Run, audited: None) -> None:
    replay(run)
    day = week(6) - timedelta(days=1)
    rows = list(csv.DictReader(io.StringIO(run("export", "--all-pairs", "--as-of", f"{day}").stdout)))
    assert [(r["employee_no"], r["competency"], r["state"], r["audited"], r["failed"]) for r in rows] == [
        ("ANA", "K1", "open", "12", "12"),
        ("ANA", "K2", "none", "6", "0"),
        ("LUIS", "K1", "none", "12", "0"),
        ("LUIS", "K2", "none", "6", "0"),
    ]
    assert {r["opened_on"] for r in rows if r["state"] == "none"} == {""}
    later = week(6) + timedelta(weeks=26)
    assert run("export", "--all-pairs", "--as-of", f"{later}").stdout == HEADER + "\n"


def test_export_of_a_past_day_is_as_things_stood_then(run: Run, audited: None) -> None:
    replay(run)
    assert run("export", "--as-of", f"{week(0)}").stdout == HEADER + "\n"
    rows = list(csv.DictReader(io.StringIO(run("export", "--all-pairs", "--as-of", f"{week(2)}").stdout)))
    assert {(r["employee_no"], r["competency"]): r["audited"] for r in rows}["ANA", "K1"] == "6"


def test_export_with_nothing_to_tell_is_its_header(run: Run, people: Cast) -> None:
    result = run("export")
    assert (result.exit_code, result.stdout) == (0, HEADER + "\n")


def test_export_hands_a_spreadsheet_no_formula(session: Any, people: Cast, run: Run, audited: None) -> None:
    people.ana.employee_no = "=1+1"
    replay(run)
    assert ",'=1+1,K1,open," in run("export", "--as-of", f"{week(6) - timedelta(days=1)}").stdout


# --- Rebuild ---


def test_rebuild_compares_and_mends(session: Any, run: Run, audited: None) -> None:
    assert run("rebuild", "--check").stdout == "Evidence: no difference.\n"
    person, competency, _week, n_raw, _fails, standard = (
        a[0].item() for a in cells.read(session, Cell.week == week(2))
    )
    pair = {"person_id": person, "competency_id": competency, "week": week(2)}
    put_cell(session, **pair, n_raw=n_raw, fails=0, standard=standard)
    result = run("rebuild", "--check", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {"differing": 1}
    assert result.stderr == "Error: the evidence kept differs from the findings. Run: flask gaps rebuild\n"
    assert cells.read(session, Cell.week == week(2)).fails[0] == 0, "a check changes nothing"
    assert run("rebuild").stdout == "Evidence: 1 cell differed; made again.\n"
    assert run("rebuild", "--check").exit_code == 0


def test_a_database_without_tables_is_named_as_such(app: Flask, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy.exc import OperationalError

    def broken(*_a: Any, **_k: Any) -> Any:
        raise OperationalError("SELECT", {}, Exception("no such table: decision"))

    monkeypatch.setattr(services, "rebuild", broken)
    assert "Run: flask db upgrade" in only_error(run("rebuild", "--check"))
