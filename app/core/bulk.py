"""Many rows at once, on either database: the driver's fastest way in, arrays out.

For a thousand rows or more; below that the session does. All of it happens in the session's own transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Column, Enum, MetaData, Select, String, Table, func, select, text, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeDecorator, TypeEngine

from app.core.database import UTCDateTime

BLOCK = 20_000

Kind = Literal["i8", "f8", "O"]


def arrays(session: Session, statement: Select[*tuple[Any, ...]], *kinds: Kind) -> list[NDArray[Any]]:
    """The columns of a select as arrays: `i8` whole numbers (null: −1), `f8` numbers (null: nan), `O` anything.

    Values come as the database keeps them: a week as its number, a state as its value.
    """
    session.flush()
    result = session.connection().execute(statement)
    cursor = result.cursor
    rows = cursor.fetchall() if cursor is not None else []
    result.close()
    if not rows:
        return [_array((), kind) for kind in kinds]
    if "O" not in kinds:
        table = _table(rows)
        if table is not None:
            return [table[:, i].astype(kind) if kind == "i8" else table[:, i].copy() for i, kind in enumerate(kinds)]
    return [_array(values, kind) for values, kind in zip(zip(*rows, strict=True), kinds, strict=True)]


def _table(rows: Sequence[Sequence[Any]]) -> NDArray[np.float64] | None:
    """Rows of numbers at once; none when one of them is null. Whole numbers are exact up to 2^53."""
    try:
        return np.array(rows, dtype=np.float64)
    except TypeError:
        return None


def _array(values: Sequence[Any], kind: Kind) -> NDArray[Any]:
    if kind == "O":
        found = np.empty(len(values), dtype=object)
        found[:] = values
        return found
    try:
        return np.array(values, dtype=kind)
    except TypeError:
        missing = -1 if kind == "i8" else np.nan
        return np.array([missing if v is None else v for v in values], dtype=kind)


def reserve_ids(session: Session, table: Any, count: int) -> int:
    """The first of `count` free ids in a row, for rows that others will point to.

    SQLite holds its one write lock by now; PostgreSQL takes them from the table's sequence.
    """
    name = table.__table__.name
    if session.get_bind().dialect.name == "sqlite":
        return int(session.scalar(select(func.coalesce(func.max(table.id), 0)))) + 1
    lock = text("SELECT pg_advisory_xact_lock(hashtext(:name))")
    session.execute(lock, {"name": f"ids:{name}"})
    sequence = f"pg_get_serial_sequence('\"{name}\"', 'id')"
    first = session.scalar(text(f"SELECT nextval({sequence})"))
    session.execute(text(f"SELECT setval({sequence}, :last)"), {"last": first + count})
    return int(first)


def insert(
    session: Session, table: Any, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, raw: bool = False
) -> int:
    """Insert rows of these columns; returns how many. Values are what the columns take, or, `raw`, what they keep."""
    target: Table = table.__table__ if hasattr(table, "__table__") else table
    dialect = session.get_bind().dialect
    processors = [_processor(target.c[name].type, dialect) for name in columns]
    names = ", ".join(f'"{c}"' for c in columns)
    prepared = iter(rows) if raw else _prepared(rows, processors)
    connection = session.connection().connection.driver_connection
    if connection is None:
        raise RuntimeError("the session has no connection")
    cursor = connection.cursor()
    try:
        if dialect.name == "sqlite":
            marks = ", ".join("?" * len(columns))
            statement = f'INSERT INTO "{target.name}" ({names}) VALUES ({marks})'  # noqa: S608 -- our own names
            cursor.executemany(statement, prepared)
            return max(cursor.rowcount, 0)
        with cursor.copy(f'COPY "{target.name}" ({names}) FROM STDIN') as copy:
            count = 0
            for row in prepared:
                copy.write_row(row)
                count += 1
        return count
    finally:
        cursor.close()


def kept(session: Session, column: Any, values: Iterable[Any]) -> list[Any]:
    """Values as a column keeps them: for `raw` rows, where one knows that a column of values is needed twice or constant."""
    process = _processor(column.type, session.get_bind().dialect)
    return list(map(process, values) if process else values)


def _processor(column_type: TypeEngine[Any], dialect: Any) -> Any:
    if dialect.name == "sqlite" and isinstance(column_type, UTCDateTime):
        return _moment_text
    return column_type.dialect_impl(dialect).bind_processor(dialect)


def _moment_text(value: datetime | None) -> str | None:
    """A moment as SQLite keeps it; what the type does, a third as costly."""
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError(f"naive datetime {value!r}: give it a time zone")
    return (value if value.tzinfo is UTC else value.astimezone(UTC)).isoformat(" ", "microseconds")[:26]


def _prepared(rows: Iterable[Sequence[Any]], processors: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """The rows as the columns keep them: converted a column at a time, which is far quicker than cell by cell."""
    if not any(processors):
        yield from rows
        return
    rest = iter(rows)
    while block := list(islice(rest, BLOCK)):
        columns = zip(*block, strict=True)
        kept = (
            map(process, column) if process else column for process, column in zip(processors, columns, strict=True)
        )
        yield from zip(*kept, strict=True)


@contextmanager
def staged(session: Session, columns: dict[str, TypeEngine[Any]], rows: Iterable[Sequence[Any]]) -> Iterator[Table]:
    """The rows as a temporary table to join with; its first column is its key. Gone afterwards."""
    metadata = MetaData()
    parts = [Column(name, kind, nullable=index > 0) for index, (name, kind) in enumerate(columns.items())]
    table = Table("staged_rows", metadata, *parts, prefixes=["TEMPORARY"])
    connection = session.connection()
    table.drop(connection, checkfirst=False) if _left_over(session) else None
    table.create(connection, checkfirst=False)
    try:
        insert(session, table, list(columns), rows)
        yield table
    finally:
        table.drop(connection, checkfirst=False)


def _left_over(session: Session) -> bool:
    """A temporary table outlives a failed transaction on SQLite."""
    if session.get_bind().dialect.name != "sqlite":
        return False
    return session.scalar(text("SELECT count(*) FROM sqlite_temp_master WHERE name = 'staged_rows'")) == 1


def update(session: Session, table: Any, key: str, columns: dict[str, NDArray[Any]]) -> None:
    """Set columns of the rows whose `key` (an integer, among the columns) is given: one statement, however many rows.

    Values are what the columns keep: a week its number, a state its value.
    """
    target: Table = table.__table__
    if not len(columns[key]):
        return
    order = [*(c for c in columns if c != key), key]
    rows = zip(*(columns[name].tolist() for name in order), strict=True)
    if session.get_bind().dialect.name == "sqlite":
        _update_each(session, target, order, rows)
        return
    kinds = {name: _kept(target.c[name].type) for name in reversed(order)}
    with staged(session, kinds, (row[::-1] for row in rows)) as stage:
        session.execute(
            target.update()
            .values({name: type_coerce(stage.c[name], target.c[name].type) for name in order[:-1]})
            .where(target.c[key] == stage.c[key])
        )


def _update_each(session: Session, target: Table, order: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """By primary key a statement a row is faster on SQLite than a join with a temporary table."""
    dialect = session.get_bind().dialect
    processors = [_processor(_kept(target.c[name].type), dialect) for name in order]
    values = ", ".join(f'"{name}" = ?' for name in order[:-1])
    cursor = session.connection().connection.cursor()
    try:
        prepared: Any = _prepared(rows, processors)
        cursor.executemany(f'UPDATE "{target.name}" SET {values} WHERE "{order[-1]}" = ?', prepared)  # noqa: S608 -- as above
    finally:
        cursor.close()


def _kept(column_type: TypeEngine[Any]) -> TypeEngine[Any]:
    """The type a value has in the database."""
    if isinstance(column_type, TypeDecorator):
        return column_type.impl_instance
    return String() if isinstance(column_type, Enum) else column_type


def chunks(values: Sequence[Any], size: int = 500) -> Iterator[Sequence[Any]]:
    """The values in blocks that fit a statement."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
