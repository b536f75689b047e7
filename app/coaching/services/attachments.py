"""Files kept with a record of a session: stored under a name that says nothing, handed out only to be saved."""

from __future__ import annotations

import hashlib
import os
import tempfile
from datetime import datetime
from pathlib import Path
from typing import IO

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.record import log
from app.coaching.models import Attachment, SessionRecord
from app.core.errors import Refused

LARGEST = 10 * 1024 * 1024
MOST = 10
LONGEST_NAME = 120
CHUNK = 1 << 16


def attach(
    session: Session, record: SessionRecord, stream: IO[bytes], *, name: str, by: User, on: datetime
) -> Attachment:
    """Keep a file with a record. `Refused` for an empty one, one too large, and one too many."""
    kept = session.scalar(select(func.count(Attachment.id)).where(Attachment.record_id == record.id)) or 0
    if kept >= MOST:
        raise Refused(_("A session keeps at most %(most)s files for each agent.", most=MOST))
    sha256, size = _store(stream)
    plain = Path(name.replace("\\", "/")).name.replace("\r", "").replace("\n", "")[-LONGEST_NAME:]
    made = Attachment(
        record_id=record.id,
        person_id=record.person_id,
        name=plain or "file",
        size=size,
        sha256=sha256,
        added_by_id=by.id,
        added_at=on,
    )
    session.add(made)
    session.flush()
    log(session, "session.attached", record.session, by=by, on=on, person_id=record.person_id, file=made.name)
    return made


def stored(attachment: Attachment) -> Path:
    """Where the file is kept."""
    return _folder() / attachment.sha256


def _folder() -> Path:
    return Path(current_app.config["DATA_DIR"]) / "uploads" / "sessions"


def _store(stream: IO[bytes]) -> tuple[str, int]:
    _folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    descriptor, name = tempfile.mkstemp(dir=_folder(), prefix="incoming-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
                if size > LARGEST:
                    raise Refused(_("The file is too large: at most %(most)s MB.", most=LARGEST // 1024**2))
                file.write(chunk)
        if not size:
            raise Refused(_("The file is empty."))
        Path(name).replace(_folder() / digest.hexdigest())
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return digest.hexdigest(), size
