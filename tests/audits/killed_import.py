"""An import that is killed at a stage of its way: run by `test_crash`, in a process of its own."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app import create_app
from app.audits import services
from app.audits.services import importing, writing
from app.core.clock import now
from app.core.database import db
from tests.conftest import settings


def die(*_arguments: Any, **_named: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def after(call: Callable[..., Any], times: int = 1) -> Callable[..., Any]:
    """The same call, and death after it has been made so often."""
    left = times

    def called(*arguments: Any, **named: Any) -> Any:
        nonlocal left
        answer = call(*arguments, **named)
        left -= 1
        if not left:
            die()
        return answer

    return called


def main(path: Path, stage: str, database_url: str, folder: Path) -> None:
    if stage == "read":
        importing.lock = die
    elif stage in ("audits", "findings"):
        writing.bulk.insert = after(writing.bulk.insert, {"audits": 1, "findings": 2}[stage])
    elif stage == "corrections":
        importing.correct = after(importing.correct)
    elif stage == "evidence":
        importing.announce = after(importing.announce)
    with create_app(settings(database_url, folder)).app_context():
        services.import_findings(db.session(), path, by=None, on=now())
        if stage == "written":
            db.session.flush()
            die()
        db.session.commit()
        if stage == "committed":
            die()
