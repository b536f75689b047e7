"""Real worker processes: killed, stopped, restarted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from app import create_app
from app.core import jobs
from app.core.database import db
from app.core.health import Backlog, backlog
from app.core.worker import create_tables
from tests import processes
from tests.conftest import settings
from tests.core import worker_process

PATIENCE = 40.0


@dataclass
class Installation:
    """An application on a database of its own, with workers as it pleases."""

    app: Flask
    url: str
    folder: Path
    workers: list[BaseProcess] = field(default_factory=list)

    def start_worker(self) -> BaseProcess:
        worker = processes.start(worker_process.run, self.url, self.folder)
        self.workers.append(worker)
        return worker

    def enqueue(self, name: str, **arguments: Any) -> bool:
        with self.app.app_context():
            new = jobs.enqueue(db.session, name, **arguments, folder=str(self.folder))
            db.session.commit()
            return new

    def written(self) -> list[str]:
        with self.app.app_context():
            return sorted(db.session.scalars(text("SELECT label FROM written")))

    def backlog(self) -> Backlog:
        with self.app.app_context():
            return backlog()

    def marks(self, label: str) -> int:
        return len(list(self.folder.glob(f"{label}-*")))


def wait_for(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


@pytest.fixture
def installation(spare_database: str, tmp_path: Path) -> Iterator[Installation]:
    app = create_app({**settings(spare_database, tmp_path), "JOBS_INLINE": False})
    with app.app_context():
        db.create_all()
        db.session.execute(text("CREATE TABLE written (label VARCHAR)"))
        db.session.commit()
    create_tables(spare_database)
    made = Installation(app, spare_database, tmp_path)
    yield made
    for worker in made.workers:
        worker.kill()
        worker.join()
    with app.app_context():
        db.engine.dispose()


def test_a_job_is_done_and_its_line_kept(installation: Installation) -> None:
    installation.enqueue("tests.write", label="a")
    installation.start_worker()
    wait_for(lambda: installation.written() == ["a"])
    wait_for(lambda: installation.backlog() == Backlog())


def test_what_a_killed_worker_was_at_is_done_once(installation: Installation) -> None:
    installation.enqueue("tests.write", label="a", seconds=60)
    first = installation.start_worker()
    wait_for(lambda: installation.marks("a") == 1)
    first.kill()
    first.join()
    assert installation.written() == []
    installation.start_worker()
    wait_for(lambda: installation.written() == ["a"])
    assert installation.marks("a") == 2
    wait_for(lambda: installation.backlog() == Backlog())
    assert installation.written() == ["a"]


def test_another_worker_takes_over_from_a_dead_one(installation: Installation) -> None:
    first = installation.start_worker()
    installation.enqueue("tests.write", label="a", seconds=60)
    wait_for(lambda: installation.marks("a") == 1)
    installation.start_worker()
    time.sleep(3)  # the second is there, and leaves alone what a living one is at
    assert installation.marks("a") == 1
    first.kill()
    first.join()
    wait_for(lambda: installation.written() == ["a"])
    assert installation.marks("a") == 2


def test_an_error_is_tried_again_later_and_a_refusal_is_not(installation: Installation) -> None:
    installation.enqueue("tests.fail_first")
    installation.enqueue("tests.refuse")
    installation.start_worker()
    wait_for(lambda: installation.written() == ["second attempt"])
    wait_for(lambda: installation.backlog() == Backlog(failed=1))
    assert installation.marks("refused") == 1


def test_a_worker_told_to_stop_lets_the_running_job_finish(installation: Installation) -> None:
    installation.enqueue("tests.write", label="a", seconds=2)
    worker = installation.start_worker()
    wait_for(lambda: installation.marks("a") == 1)
    worker.terminate()
    worker.join(PATIENCE)
    assert worker.exitcode == 0
    assert installation.written() == ["a"]
