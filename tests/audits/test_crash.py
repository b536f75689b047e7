"""An import that is killed leaves the state before or after it; while a file is read nobody waits."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.audits import services
from app.audits.models import Audit, Correction, Finding, Import
from app.core.database import db
from tests import processes
from tests.audits import killed_import
from tests.audits.conftest import ALL_PASS, NOW, Write, long_rows, stored
from tests.evidence import all_cells


def state(session: Any) -> tuple[Any, ...]:
    """All that an import may change."""
    audits = stored(session)
    cells = all_cells(session)
    counts = tuple(session.query(model).count() for model in (Finding, Correction, Import))
    session.rollback()
    return audits, cells, counts


def killed(path: Path, stage: str, database_url: str, folder: Path) -> int:
    """The exit status of an import in a process of its own."""
    process = processes.start(killed_import.main, path, stage, database_url, folder)
    process.join()
    assert process.exitcode is not None
    return process.exitcode


@pytest.mark.parametrize(
    ("stage", "done"),
    [
        ("read", False),
        ("audits", False),
        ("findings", False),
        ("corrections", False),
        ("evidence", False),
        ("written", False),
        ("committed", True),
    ],
)
def test_a_killed_import_leaves_before_or_after(
    session: Any, bring: Callable[..., Any], write: Write, database_url: str, tmp_path: Path, stage: str, done: bool
) -> None:
    bring(long_rows(ALL_PASS))
    before = state(session)
    rows = long_rows({"R1": "fail"}) + long_rows({**ALL_PASS, "R2": "fail"}, audit_ref="A2", employee_no="LUIS")
    path = write(rows, "second.csv")
    session.rollback()
    assert killed(path, stage, database_url, tmp_path) == -signal.SIGKILL
    assert (state(session) != before) is done
    summary = services.import_findings(session(), path, by=None, on=NOW)
    session.commit()
    assert (summary.audits.new, summary.audits.corrected) == ((0, 0) if done else (1, 1))
    assert session.query(Audit).count() == 2


def test_nobody_waits_while_the_file_is_read(session: Any, scorecard: None, write: Write) -> None:
    written: list[int] = []

    def meanwhile(rows: int) -> None:
        with db.engine.begin() as connection:
            connection.execute(text("UPDATE competency SET target = 0.5"))
        written.append(rows)

    session.rollback()
    services.import_findings(session(), write(long_rows(ALL_PASS)), by=None, on=NOW, tick=meanwhile)
    session.commit()
    assert written == [6]
    assert session.query(Audit).count() == 1


def test_an_import_that_is_overtaken_by_another_looks_again(session: Any, scorecard: None, write: Write) -> None:
    path, raced = write(long_rows(ALL_PASS)), []

    def overtake(_rows: int) -> None:
        if raced:
            return
        raced.append(True)
        with Session(db.engine) as other:
            services.import_findings(other, path, by=None, on=NOW)
            other.commit()

    session.rollback()
    summary = services.import_findings(session(), path, by=None, on=NOW, tick=overtake)
    session.commit()
    assert (summary.audits.new, summary.audits.unchanged) == (0, 1)
    assert session.query(Audit).count() == 1
