"""Rows put aside in the database itself, to be laid again: between tests nothing is made twice and all is emptied."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from sqlalchemy import Connection, MetaData, StaticPool, create_engine, event, make_url

BUSY_SECONDS = 30


class Shelf:
    """A connection of the tests' own, which asks nobody about foreign keys: what it moves was whole when it was made.

    What is kept stands in temporary tables, so that it goes with the connection.
    """

    def __init__(self, url: str, metadata: MetaData) -> None:
        careless = {} if url.startswith("sqlite") else {"options": "-c session_replication_role=replica -c jit=off"}
        self._engine = create_engine(make_url(url), poolclass=StaticPool, connect_args=careless)
        if self._engine.dialect.name == "sqlite":
            event.listen(self._engine, "connect", _ask_nobody)
        self._metadata = metadata
        self._kept: dict[str, list[str]] = {}

    def empty(self) -> None:
        """Leave the tables and take the rows."""
        with self._engine.begin() as connection:
            for table in self._filled(connection):
                connection.exec_driver_sql(f'DELETE FROM "{table}"')

    def have(self, name: str, make: Callable[[], object]) -> None:
        """Lay what is known by this name into the empty database; the first time, make it (and commit it) and keep it."""
        if name not in self._kept:
            make()
            self._keep(name)
            return
        with self._engine.begin() as connection:
            for table in self._kept[name]:
                connection.exec_driver_sql(f'INSERT INTO "{table}" SELECT * FROM "{name} {table}"')

    def close(self) -> None:
        """Forget what was kept."""
        self._engine.dispose()

    def _keep(self, name: str) -> None:
        with self._engine.begin() as connection:
            self._kept[name] = self._filled(connection)
            for table in self._kept[name]:
                connection.exec_driver_sql(f'CREATE TEMPORARY TABLE "{name} {table}" AS SELECT * FROM "{table}"')

    def _filled(self, connection: Connection) -> list[str]:
        """The tables that hold rows, asked in one statement: deleting from a hundred empty ones takes its time too."""
        asked = " UNION ALL ".join(
            f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM \"{name}\")" for name in self._metadata.tables
        )
        return list(connection.exec_driver_sql(asked).scalars())


def _ask_nobody(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
    for pragma in ("foreign_keys=OFF", "synchronous=OFF"):
        connection.execute(f"PRAGMA {pragma}")
