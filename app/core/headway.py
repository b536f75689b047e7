"""How far long work is, for whoever waits: noted in the data folder, beside the transaction of the work.

A database with one writer cannot be told meanwhile. Notes are for the eye alone: nothing is decided by them, and one that is
lost is not missed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import NamedTuple

from flask import current_app
from sqlalchemy.orm import Session

from app.core.aftermath import when_committed

STALE_SECONDS = 24 * 3600
"""A note nobody touched for so long is of work that died: who waits for it may ask again."""

_shown: ContextVar[Sequence[str]] = ContextVar("headway", default=())


class Headway(NamedTuple):
    """So much is done of so much; 0 of 0 before it is begun."""

    done: int
    total: int


def expect(session: Session, names: Sequence[str]) -> None:
    """Once this transaction is committed, let work of these names be waited for."""
    when_committed(session, lambda: _note(names, Headway(0, 0)))


@contextmanager
def shown(names: Sequence[str]) -> Iterator[None]:
    """What is told inside is told of these names; after it, nobody waits any more."""
    token = _shown.set(names)
    try:
        yield
    finally:
        _shown.reset(token)
        for name in names:
            _file(name).unlink(missing_ok=True)


def tell(done: int, total: int) -> None:
    """Say how far the work is, if anybody waits for it."""
    _note(_shown.get(), Headway(done, total))


def of(name: str) -> Headway | None:
    """How far the work of this name (a path of its page) is; none when nobody waits for it."""
    try:
        file = _file(name)
        if time.time() - file.stat().st_mtime > STALE_SECONDS:
            return None
        return Headway(*json.loads(file.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _note(names: Sequence[str], headway: Headway) -> None:
    for name in names:
        file = _file(name)
        with suppress(OSError):  # a full disk stops the work itself soon enough
            file.parent.mkdir(mode=0o700, exist_ok=True)
            fresh = file.with_suffix(".new")
            fresh.write_text(json.dumps(headway))
            fresh.replace(file)


def _file(name: str) -> Path:
    return Path(current_app.config["DATA_DIR"]) / "headway" / name.strip("/").replace("/", "-")
