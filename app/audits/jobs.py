"""Jobs of audits: files are checked and carried out while nobody waits; what was set to be released is."""

from __future__ import annotations

import time
from collections.abc import Callable

from flask import current_app
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from app.audits import services
from app.audits.auditing import releasing
from app.audits.models import Import
from app.core.clock import now
from app.core.database import db
from app.core.jobs import job

PAUSE = 1.0
"""Seconds between two notes of how far a file is."""


@job("audits.check")
def check(import_id: int) -> None:
    """Check a file that was received."""
    _or_give_up(services.check, import_id)


@job("audits.release", schedule="*/10 * * * *")
def release_due() -> None:
    """Release the audits that were set to be by now."""
    releasing.release_due(db.session(), now())


@job("audits.import")
def carry_out(import_id: int) -> None:
    """Carry out an import that was decided on."""
    _or_give_up(services.carry_out, import_id)


def _or_give_up(work: Callable[..., None], import_id: int) -> None:
    """Do the work; whatever stops it, nobody is left waiting for the import."""
    try:
        work(db.session(), import_id, on=now(), tick=_noter(import_id))
    except Exception:
        db.session.rollback()
        services.give_up(db.session(), import_id)
        db.session.commit()
        raise


def _noter(import_id: int) -> Callable[[int], None]:
    """Notes how many rows have been read, now and then, beside the transaction of the job."""
    noted = time.monotonic()

    def note(rows: int) -> None:
        nonlocal noted
        if time.monotonic() < noted + PAUSE:
            return
        noted = time.monotonic()
        try:
            with db.engine.begin() as connection:
                connection.execute(update(Import).where(Import.id == import_id).values(rows_done=rows))
        except OperationalError:
            current_app.logger.debug("how far import %d is was not noted: the database is busy", import_id)

    return note
