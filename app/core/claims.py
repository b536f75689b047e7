"""The fixed names of workers, each held by one living process at most.

The engine takes up again what a worker of the same name left unfinished. So a name must be free before another bears
it: on SQLite a locked file beside the database says so, on PostgreSQL an advisory lock, and both end with the process.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

ADVISORY_SPACE = 0x48696C6F  # "Hilo", the first of the two numbers of our advisory locks
MOST_WORKERS = 64
HEARTBEAT = 1.0
"""Seconds between two looks of a worker whether its name is still its own."""
GRACE = 4 * HEARTBEAT


class Claim(Protocol):
    """A name that is ours for as long as this process lives and `holds`."""

    name: str

    def holds(self) -> bool: ...

    def release(self) -> None: ...


def claim_any(engine: Engine) -> Claim | None:
    """Take the first free name; None when all are taken. On SQLite there is one: it has one writer anyway."""
    names = range(1, 2 if engine.dialect.name == "sqlite" else MOST_WORKERS + 1)
    return next((taken for number in names if (taken := claim(engine, f"w{number}"))), None)


def claim(engine: Engine, name: str) -> Claim | None:
    """Take this name, or None while another process has it."""
    return _file_claim(engine, name) if engine.dialect.name == "sqlite" else _advisory_claim(engine, name)


@contextmanager
def left_behind(engine: Engine, name: str) -> Iterator[bool]:
    """Whether nobody bears this name. Inside nobody can take it, and whoever lost it without dying has noticed."""
    taken = claim(engine, name)
    if taken is None:
        yield False
        return
    try:
        time.sleep(GRACE)
        yield taken.holds()
    finally:
        taken.release()


class _FileClaim:
    def __init__(self, name: str, descriptor: int) -> None:
        self.name = name
        self._descriptor = descriptor

    def holds(self) -> bool:
        return True

    def release(self) -> None:
        os.close(self._descriptor)


def _file_claim(engine: Engine, name: str) -> Claim | None:
    path = Path(f"{engine.url.database}.{name}.lock")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return _FileClaim(name, descriptor)


class _AdvisoryClaim:
    def __init__(self, name: str, connection: Connection) -> None:
        self.name = name
        self._connection = connection

    def holds(self) -> bool:
        try:
            self._connection.execute(text("SELECT 1"))
        except DBAPIError:
            return False
        return True

    def release(self) -> None:
        self._connection.invalidate()
        self._connection.close()


def _advisory_claim(engine: Engine, name: str) -> Claim | None:
    connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    key = {"space": ADVISORY_SPACE, "number": int(name.removeprefix("w"))}
    if connection.scalar(text("SELECT pg_try_advisory_lock(:space, :number)"), key):
        return _AdvisoryClaim(name, connection)
    connection.close()
    return None
