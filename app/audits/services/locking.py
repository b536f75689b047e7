"""What keeps imports apart: one at a time writes, and each knows whether another has come in since it looked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.audits.models import Correction, Import, ImportState
from app.core.database import reading


def lock(session: Session) -> None:
    """From here to the end of the transaction nobody else imports; SQLite lets nobody else write at all."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(hashtext('audits.import'))"))


def stamp(session: Session) -> tuple[Any, ...]:
    """Changes with each import that is carried out, each that is undone, and each correction made on screen."""
    done = (ImportState.DONE, ImportState.UNDONE)
    statement = select(Import.state, func.count(Import.id)).where(Import.state.in_(done)).group_by(Import.state)
    counts = sorted((state.value, count) for state, count in session.execute(statement))
    return (*counts, session.scalar(select(func.max(Correction.id))))


@contextmanager
def reading_apart(session: Session) -> Iterator[bool]:
    """Read in a transaction of its own, which holds nobody up; within the present one if one has begun."""
    if session.in_transaction():
        yield False
        return
    with reading():
        try:
            yield True
        finally:
            session.rollback()


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
