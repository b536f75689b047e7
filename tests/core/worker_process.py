"""A real worker with jobs of the tests' own: `run` is what a process of its own begins with."""

from __future__ import annotations

import logging
import time
from pathlib import Path

from sqlalchemy import text

from app import create_app
from app.core import jobs
from app.core.database import db
from app.core.errors import Refused
from app.core.jobs import job
from app.core.worker import run_worker
from tests.conftest import settings


@job("tests.write")
def write(label: str, folder: str, seconds: float = 0.0) -> None:
    """Write a line and leave a mark outside of the database; the first time, dawdle before it is committed."""
    db.session.execute(text("INSERT INTO written (label) VALUES (:label)"), {"label": label})
    again = list(Path(folder).glob(f"{label}-*"))
    Path(folder, f"{label}-{time.monotonic_ns()}").touch()
    if not again:
        time.sleep(seconds)


@job("tests.fail_first", attempts=2)
def fail_first(folder: str) -> None:
    mark = Path(folder, "failed once")
    if not mark.exists():
        mark.touch()
        raise RuntimeError("not yet")
    write("second attempt", folder)


@job("tests.refuse", attempts=5)
def refuse(folder: str) -> None:
    Path(folder, f"refused-{time.monotonic_ns()}").touch()
    raise Refused("no")


def run(url: str, folder: Path) -> None:
    logging.basicConfig(level=logging.INFO)
    jobs.FIRST_PAUSE = 1.0
    run_worker(create_app({**settings(url, folder), "JOBS_INLINE": False}))
