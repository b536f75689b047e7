"""The database: the base of all models, column types, and how a transaction begins.

A writing transaction takes SQLite's write lock when it begins (`BEGIN IMMEDIATE`), so that a read followed by a write
can neither fail half-way nor overwrite what another has written meanwhile. Requests that only read do not take it.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    CursorResult,
    Date,
    DateTime,
    Delete,
    Dialect,
    Engine,
    Enum,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    Update,
    and_,
    event,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Session, registry, scoped_session
from sqlalchemy.types import TypeDecorator
from werkzeug.exceptions import NotFound

from app.core.clock import monday_of_number, week_number

T = TypeVar("T")

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UTCDateTime(TypeDecorator[datetime]):
    """An aware datetime, kept in UTC on every database; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}: give it a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Monday(TypeDecorator[date]):
    """An ISO week, given as its Monday and kept as its number: small, and ready for arithmetic over many."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> int | None:
        return None if value is None else week_number(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> date | None:
        return None if value is None else monday_of_number(value)


class Base(DeclarativeBase):
    """What all tables share: how Python types become columns, and how constraints are named."""

    if TYPE_CHECKING:
        __table__: ClassVar[Table]  # ty: ignore[incompatible-mutable-override] -- true of every class mapped here

    metadata = MetaData(naming_convention=NAMES)
    registry = registry(
        metadata=metadata,
        type_annotation_map={
            datetime: UTCDateTime(),
            date: Date(),
            str: String(),
            StrEnum: Enum(StrEnum, native_enum=False, length=32, values_callable=lambda e: [m.value for m in e]),
            dict[str, Any]: JSON().with_variant(JSONB(), "postgresql"),
            list[Any]: JSON().with_variant(JSONB(), "postgresql"),
        },
    )


if TYPE_CHECKING:

    class RequestSession(Session):
        """What `db.session` is: the session of this request, job or command, through a proxy."""

        def __call__(self) -> Session: ...

        def remove(self) -> None: ...

    class Database(SQLAlchemy):
        """The extension, with a session that services take for what it is."""

        session: RequestSession

    Model = Base
    db = Database()
else:
    db = SQLAlchemy(model_class=Base, disable_autonaming=True)
    Model = db.Model


_reading: ContextVar[bool] = ContextVar("reading", default=False)


@contextmanager
def reading() -> Iterator[None]:
    """Transactions begun inside only read: they never wait for a writer, and must not write."""
    token = _reading.set(True)
    try:
        yield
    finally:
        _reading.reset(token)


def set_reading(value: bool) -> None:
    """Say for the rest of this request whether its transactions only read."""
    _reading.set(value)


def prepare_engine(engine: Engine) -> None:
    """Make a SQLite engine safe for several processes; leaves other databases as they are."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "do_connect")
    def keep_private(_dialect: Dialect, _record: object, arguments: list[Any], _options: object) -> None:
        if arguments[0] and not arguments[0].startswith((":", "file:")):
            Path(arguments[0]).touch(mode=0o600)

    @event.listens_for(engine, "connect")
    def connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=30000", "synchronous=NORMAL"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if _reading.get() else "BEGIN IMMEDIATE")


def affected(session: Session | scoped_session[Session], change: Update | Delete) -> int:
    """Carry out a change and tell how many rows it changed: none, when somebody else was there first."""
    result = session.execute(change)
    return result.rowcount if isinstance(result, CursorResult) else 0


def begins(session: Session | scoped_session[Session], column: Any, first: str) -> ColumnElement[bool]:
    """Whether a column begins with these letters, as its index can tell; on PostgreSQL, one of `text_pattern_ops`."""
    if session.get_bind().dialect.name == "postgresql":
        return column.startswith(first, autoescape=True)
    return and_(column >= first, column < first + chr(sys.maxunicode))


def one_or_404(statement: Select[T]) -> T:
    """Return the one row of `statement`; what the viewer can't see does not exist: 404."""
    row = db.session.scalars(statement.limit(2)).unique().one_or_none()
    if row is None:
        raise NotFound
    return row
