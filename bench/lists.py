"""What reads many rows: a year of coaching compliance of everybody, its page, and a long list as a workbook."""

from __future__ import annotations

import contextvars
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import numpy as np
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from app.accounts import settings
from app.coaching.compliance import compliance
from app.coaching.models import Obligation
from app.coaching.services.closing import close_months
from app.core.database import db
from bench import world
from bench.frame import Benchmark, timed
from bench.visits import signed_in

AGENTS = 20_000
ROWS = 100_000
MONTHS = [date(2025 + month // 12, 1 + month % 12, 1) for month in range(5, 17)]
"""June 2025 to May 2026."""
AFTER = datetime(2026, 7, 1, tzinfo=UTC)
LIST = "/audits?format=xlsx"
YEAR = f"/reports/compliance?by=month&month={MONTHS[-1]:%Y-%m}"


def benchmarks(folder: Path) -> Iterator[Benchmark]:
    """Compliance of 480,000 obligations, and 100,000 audits as XLSX."""
    with world.application(folder, "lists") as app:
        session = db.session()
        world.people(session, AGENTS)
        world.scorecard(session)
        manager, lead = world.manager_and_lead(session, AGENTS)
        settings.put(session, "live_from", MONTHS[0].isoformat(), by=None, on=AFTER)
        world.ledger(session, AGENTS, MONTHS, lead.id)
        close_months(session, AFTER.date(), on=AFTER)
        world.week_of_audits(session, world.MONDAY, AGENTS, ROWS, 1, np.random.default_rng(3), cells=False)
        session.commit()
        counted = select(func.count()).select_from(Obligation).where(Obligation.due_month >= MONTHS[0])
        yield Benchmark(
            name="compliance, 12 months, 20,000 agents",
            measure=lambda: timed(lambda: compliance(session, manager, MONTHS[-1], at=AFTER)),
            reference=lambda: timed(lambda: session.scalar(counted)),
            budget=10.0,
            aim=4.0,
            against="SELECT count(*) over the same",
        )
        client = signed_in(app, manager)
        session.rollback()
        yield Benchmark(
            name="page of the year, 20,000 agents",
            measure=lambda: timed(lambda: _answer(client, YEAR)),
            reference=lambda: timed(lambda: session.scalar(counted)),
            budget=10.0,
            aim=4.0,
            against="SELECT count(*) over the same",
        )
        session.rollback()
        rows = CalamineWorkbook.from_filelike(BytesIO(_workbook(client))).get_sheet_by_index(0).to_python()
        if len(rows) != ROWS + 1:
            raise RuntimeError(f"the workbook has {len(rows)} rows")
        yield Benchmark(
            name="XLSX export of 100,000 rows",
            measure=lambda: timed(lambda: _workbook(client)),
            reference=lambda: timed(lambda: _written(folder / "cells.xlsx", rows)),
            budget=1.3,
            aim=1.1,
            against="xlsxwriter writing the same cells",
            rounds=1,
        )


def _workbook(client: FlaskClient) -> bytes:
    return _answer(client, LIST)


def _answer(client: FlaskClient, path: str) -> bytes:
    answer = contextvars.Context().run(client.get, path)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answers {answer.status}")
    return answer.data


def _written(path: Path, rows: Sequence[Sequence[object]]) -> None:
    """The same cells by the library alone, with flat memory as well."""
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"constant_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        page = book.add_worksheet()
        for line, row in enumerate(rows):
            page.write_row(line, 0, row)
