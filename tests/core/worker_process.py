"""A real worker with jobs of the tests' own, in a process of its own: `python -m tests.core.worker_process URL FOLDER`."""

from __future__ import annotations

import logging
import sys
import time
from pathlib import Path

from sqlalchemy import text

from app import create_app
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


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    from app.core import jobs

    jobs.FIRST_PAUSE = 1.0
    url, folder = sys.argv[1:]
    app = create_app({**settings(url, Path(folder)), "JOBS_INLINE": False})
    print("starting", flush=True)
    run_worker(app)
