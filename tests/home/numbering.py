"""Empty tables whose numbers begin higher, as those of a database that has been used and emptied."""

from __future__ import annotations

import pytest
from sqlalchemy import Integer, Table, func, select, text
from sqlalchemy.orm import Session

from app.core import bulk
from app.core.database import db

START, STEP = 877, 61
"""The first table begins after START, each further one STEP later: no two alike, and some soon grow by a digit."""


def begin_higher(monkeypatch: pytest.MonkeyPatch) -> None:
    """Create all tables of the present application, each with a beginning of its own."""
    starts = {one.name: START + STEP * place for place, one in enumerate(_numbered())}
    if db.engine.dialect.name == "postgresql":
        db.create_all()
        statement, rows = "SELECT setval(pg_get_serial_sequence(:name, 'id'), :start)", '"{}"'
    else:
        _never_reuse(monkeypatch, starts)
        statement, rows = "INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :start)", "{}"
    with db.engine.begin() as connection:
        for name, start in starts.items():
            connection.execute(text(statement), {"name": rows.format(name), "start": start})


def lowest_number(session: Session) -> int:
    """The lowest number of a row there is."""
    found = (session.scalar(select(func.min(table.c.id))) for table in _numbered())
    return min(number for number in found if number is not None)


def _never_reuse(monkeypatch: pytest.MonkeyPatch, starts: dict[str, int]) -> None:
    """Let SQLite keep a sequence for each table: by itself it goes on after the highest number that is still there."""
    for table in _numbered():
        monkeypatch.setitem(table.dialect_options["sqlite"], "autoincrement", True)
    db.create_all()
    reserve = bulk.reserve_ids

    def higher(session: Session, table: type[db.Model], count: int) -> int:
        return max(reserve(session, table, count), starts[table.__tablename__] + 1)

    monkeypatch.setattr(bulk, "reserve_ids", higher)


def _numbered() -> list[Table]:
    """The tables that number their rows."""
    return [
        table
        for table in db.metadata.sorted_tables
        if [column.name for column in table.primary_key] == ["id"]
        and isinstance(table.c.id.type, Integer)
        and not table.c.id.foreign_keys
    ]
