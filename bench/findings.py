"""Findings brought in, checked and with their evidence, against the plain loading of the same file."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import numpy as np

from app.audits import services
from app.core.database import db
from bench import world
from bench.child import peak
from bench.frame import ROOT, Benchmark, Sample, command, timed

AGENTS = 20_000
ROWS, SHEET_ROWS = 1_000_000, 200_000
NOW = datetime(2026, 11, 1, tzinfo=UTC)
HEADER = (
    "source", "audit_ref", "contact_ref", "employee_no", "auditor_no", "scorecard", "purpose", "channel", "language",
    "contact_at", "audited_at", "criterion", "result", "comment",
)  # fmt: skip


def benchmarks(folder: Path) -> Iterator[Benchmark]:
    """A million rows of CSV against SQLite's own `.import`; a workbook of 200,000 against calamine reading it."""
    empty = _programme(folder)
    csv_file, sheet = folder / "findings.csv", folder / "findings.xlsx"
    _write_csv(csv_file)
    yield Benchmark(
        name="import of 1 M findings, CSV",
        measure=lambda: _imported(folder, empty, csv_file),
        reference=lambda: _loaded(folder, csv_file),
        budget=1 / 0.3,
        aim=1.0,
        against="sqlite3 .import of the same file",
        limits={"megabytes": 500},
    )
    _write_xlsx(sheet)
    yield Benchmark(
        name="import of 200,000 findings, XLSX",
        measure=lambda: _imported(folder, empty, sheet),
        reference=lambda: timed(lambda: _read(sheet)),
        budget=3.0,
        aim=1.5,
        against="calamine reading the workbook",
        limits={"megabytes": 500},
    )


def _programme(folder: Path) -> Path:
    """A database with agents and a scorecard, to be copied for each round."""
    with world.application(folder, "programme"):
        world.people(db.session(), AGENTS)
        world.scorecard(db.session())
        db.session.commit()
    return folder / "programme.sqlite"


def _rows() -> Iterator[Sequence[str]]:
    """A row per check: audits of ten days, one after the other, as a vendor's export has them."""
    rng = np.random.default_rng(5)
    start = datetime(2026, 10, 1, 8, tzinfo=UTC)
    for audit in range(ROWS):
        contact = start + timedelta(minutes=int(rng.integers(0, 10 * 1440)))
        audited = contact + timedelta(minutes=int(rng.integers(30, 2880)))
        person, auditor = rng.integers(1, AGENTS + 1), rng.integers(AGENTS + 1, AGENTS + world.AUDITORS + 1)
        moments = [f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in (contact, audited)]
        head = ["qa", f"A{audit}", f"K{audit}", f"E{person}", f"E{auditor}", "S", "random", "chat", "es", *moments]
        drawn = rng.random(world.CRITERIA)
        for number, chance in enumerate(drawn.tolist(), start=1):
            failed, absent = chance < world.FAIL_RATE, chance > 1 - world.NA_RATE
            said = "Asked too late for the order number" if failed and audit % 2 else ""
            yield [*head, f"C{number}", "fail" if failed else "na" if absent else "pass", said]


def _write_csv(path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join(HEADER) + "\n")
        file.writelines(",".join(row) + "\n" for row in islice(_rows(), ROWS))


def _write_xlsx(path: Path) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, HEADER)
        for line, row in enumerate(islice(_rows(), SHEET_ROWS), start=1):
            for column, text in enumerate(row):
                if text:
                    page.write_string(line, column, text)


def _loaded(folder: Path, file: Path) -> Sample:
    """The file in a bare table, unchecked."""
    path = folder / "loaded.sqlite"
    path.unlink(missing_ok=True)
    return command("sqlite3", str(path), ".mode csv", f".import {file} findings")


def _read(sheet: Path) -> None:
    from python_calamine import CalamineWorkbook

    CalamineWorkbook.from_path(str(sheet)).get_sheet_by_index(0).to_python()


def _imported(folder: Path, empty: Path, file: Path) -> Sample:
    """The file in the programme, by a process of its own, whose start does not count."""
    shutil.copy(empty, folder / "imported.sqlite")
    arguments = [sys.executable, "-m", "bench.findings", str(folder), str(file)]
    ended = subprocess.run(arguments, cwd=ROOT, check=True, capture_output=True, text=True)
    for left in folder.glob("imported.sqlite*"):
        left.unlink()
    told = json.loads(ended.stdout)
    return Sample(told["seconds"], {"megabytes": told["megabytes"]})


def _cost() -> tuple[float, float]:
    """Processor seconds of this process and those it has waited for, and its peak in megabytes."""
    own, others = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime, peak()


def main(folder: str, file: str) -> None:
    """Import a file and say what that cost beyond the start of the process."""
    with world.application(Path(folder), "imported"):
        seconds, megabytes = _cost()
        summary = services.import_findings(db.session(), Path(file), by=None, on=NOW)
        db.session.commit()
        after = _cost()
    if summary.audits.unchanged or not summary.findings.new:
        raise RuntimeError(f"not all of the file is new: {summary.audits}")
    sys.stdout.write(json.dumps({"seconds": after[0] - seconds, "megabytes": after[1] - megabytes}))


if __name__ == "__main__":
    main(*sys.argv[1:])
