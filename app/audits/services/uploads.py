"""A file that came in by the screen: kept, checked, and carried out when somebody has decided."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.record import log
from app.audits.intake.gathering import Tick
from app.audits.models import Import, ImportState
from app.audits.services.importing import KIND, Rejected, as_data, import_findings, keep, silent
from app.audits.services.locking import reading_apart
from app.core.errors import Refused
from app.core.problems import BadFile
from app.core.sheets.jsonfile import is_json
from app.core.sheets.xlsxfile import is_workbook

CHUNK = 1 << 20
LONGEST_NAME = 120
BYTES_OF_A_ROW = 30
"""Of a workbook, about: its parts are packed."""


def receive(
    session: Session,
    stream: IO[bytes],
    file_name: str,
    *,
    by: User | None,
    on: datetime,
    options: Mapping[str, Any] | None = None,
    kind: str = KIND,
) -> Import:
    """Keep a file under a name that says nothing, its SHA-256, and note it as received."""
    sha256 = store(stream)
    row = Import(
        kind=kind,
        file_name=Path(file_name.replace("\\", "/")).name[-LONGEST_NAME:] or "file",
        stored_as=sha256,
        sha256=sha256,
        rows_total=about_rows(path) if (path := upload(sha256)) else 0,
        options=dict(options or {}),
        state=ImportState.RECEIVED,
        by_id=by.id if by else None,
        created_at=on,
    )
    session.add(row)
    session.flush()
    log(session, "import.received", row, by=by, on=on, file=row.file_name)
    return row


def store(stream: IO[bytes]) -> str:
    """Keep a file under its SHA-256, which is given back."""
    folder = Path(current_app.config["DATA_DIR"]) / "uploads"
    folder.mkdir(mode=0o700, exist_ok=True)
    digest = hashlib.sha256()
    descriptor, name = tempfile.mkstemp(dir=folder, prefix="incoming-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
                file.write(chunk)
        Path(name).replace(folder / digest.hexdigest())
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return digest.hexdigest()


def about_rows(path: Path) -> int:
    """About how many rows a file has: its lines, or what a workbook of that size holds; 0 where that tells nothing."""
    with path.open("rb") as file:
        head = file.read(1 << 10)
        if is_workbook(head):
            return path.stat().st_size // BYTES_OF_A_ROW
        if is_json(head):
            return 0
        return head.count(b"\n") + sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(CHUNK), b""))


def keep_file(session: Session, import_id: int, path: Path) -> None:
    """Keep a copy of the file an import was made of."""
    with path.open("rb") as file:
        session.get_one(Import, import_id).stored_as = store(file)


def stored_file(row: Import) -> Path | None:
    """Where the file of an import is kept, while it is."""
    return upload(row.stored_as)


def upload(stored_as: str | None) -> Path | None:
    """Where a file that was stored is, while it is."""
    path = Path(current_app.config["DATA_DIR"]) / "uploads" / (stored_as or "")
    return path if stored_as and path.is_file() else None


def imported_before(row: Import) -> Select[Import]:
    """Earlier imports of the very same file that are done."""
    return select(Import).where(Import.sha256 == row.sha256, Import.id != row.id, Import.state == ImportState.DONE)


def check(session: Session, import_id: int, *, on: datetime, tick: Tick = silent) -> None:
    """Read the file of an import as if to carry it out, and note what would come of it; nothing, and it is done.

    Nobody waits meanwhile if no transaction of `session` has begun; the same holds for `carry_out`.
    """
    with reading_apart(session):
        path = _file_of(session, import_id, ImportState.RECEIVED)
        by, profile = _said_of(session.get_one(Import, import_id))
    if path is None:
        return
    try:
        summary = import_findings(session, path, by=by, on=on, profile=profile, dry_run=True, tick=tick)
    except BadFile as bad:
        _fail(session, import_id, bad)
        return
    row = session.get_one(Import, import_id)
    keep(row, summary)
    known = not (summary.audits.new or summary.audits.corrected or summary.problem_count)
    row.state = ImportState.DONE if known else ImportState.CHECKED
    row.finished_at = on if known else None


def decide(session: Session, row: Import, *, skip_bad_rows: bool) -> None:
    """Somebody has looked at the check and wants the import. Raises `Refused` when it can't be carried out so."""
    if row.state is not ImportState.CHECKED or row.stored_as is None:
        raise Refused(_("This file is no longer waiting for a decision."))
    if row.counts["problem_count"] and not skip_bad_rows:
        raise Refused(_("The file has rows to correct. Correct them and send it again, or leave them out."))
    row.options = {**row.options, "skip_bad_rows": skip_bad_rows}
    row.state, row.rows_done = ImportState.QUEUED, 0


def carry_out(session: Session, import_id: int, *, on: datetime, tick: Tick = silent) -> None:
    """Carry out an import somebody decided on; one that can't be is noted as failed, with the reasons."""
    with reading_apart(session):
        path = _file_of(session, import_id, ImportState.QUEUED)
        row = session.get_one(Import, import_id)
        (by, profile), skip = _said_of(row), bool(row.options.get("skip_bad_rows"))
    if path is None:
        return
    try:
        import_findings(session, path, by=by, on=on, profile=profile, skip_bad_rows=skip, into=import_id, tick=tick)
    except BadFile as bad:
        _fail(session, import_id, bad)


def give_up(session: Session, import_id: int) -> None:
    """Something unforeseen stopped an import; nothing of it was stored."""
    row = session.get_one(Import, import_id)
    if row.state in (ImportState.RECEIVED, ImportState.QUEUED):
        row.state = ImportState.FAILED


def _said_of(row: Import) -> tuple[User | None, str | None]:
    """Who brings the file in, and through which profile."""
    return row.by, row.options.get("profile")


def _file_of(session: Session, import_id: int, state: ImportState) -> Path | None:
    """The file of an import in this state; None when it has left that state, so that there is nothing to do."""
    row = session.get_one(Import, import_id)
    if row.state is not state:
        return None
    path = stored_file(row)
    if path is None:
        raise Refused(_("The file of this import is gone. Send it again."))
    return path


def _fail(session: Session, import_id: int, bad: BadFile) -> None:
    row = session.get_one(Import, import_id)
    if isinstance(bad, Rejected):
        keep(row, bad.summary)
    else:
        row.problems = [as_data(problem) for problem in bad.problems]
        row.rows_total = row.rows_done
    row.state = ImportState.FAILED
