"""Writing jobs down: with the deed or not at all, once for each key."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from app import create_app
from app.core import jobs
from app.core.database import db
from app.core.health import backlog
from app.core.worker import create_tables
from tests.conftest import settings

done: list[dict[str, Any]] = []


@jobs.job("tests.note")
def note(**arguments: Any) -> None:
    done.append(arguments)


@jobs.job("tests.break")
def break_down() -> None:
    raise RuntimeError("not yet")


@jobs.job("tests.note_twice")
def note_twice() -> None:
    jobs.enqueue(db.session, "tests.note", number=1)
    jobs.enqueue(db.session, "tests.note", number=2)


@pytest.fixture(autouse=True)
def forget() -> None:
    done.clear()


@pytest.fixture
def engine_app(spare_database: str, tmp_path: Path) -> Iterator[Flask]:
    """An application whose jobs go to the engine, where no worker takes them up."""
    app = create_app({**settings(spare_database, tmp_path), "JOBS_INLINE": False})
    create_tables(spare_database)
    with app.app_context():
        db.create_all()
        yield app
        db.session.remove()
        db.engine.dispose()


def test_a_job_unknown_or_with_arguments_that_are_no_json_is_an_error(session: Any) -> None:
    with pytest.raises(LookupError):
        jobs.enqueue(session, "tests.unheard_of")
    with pytest.raises(TypeError):
        jobs.enqueue(session, "tests.note", day=date(2026, 1, 1))


def test_two_jobs_of_one_name_are_an_error() -> None:
    with pytest.raises(ValueError, match="two jobs"):
        jobs.job("tests.note")(note)


class TestInline:
    """In tests and scripts jobs are done right after the commit."""

    def test_done_after_the_commit_and_only_then(self, session: Any) -> None:
        assert jobs.enqueue(session, "tests.note", items=(1, 2))
        assert done == []
        session.commit()
        assert done == [{"items": [1, 2]}]

    def test_never_asked_for_when_the_deed_is_rolled_back(self, session: Any) -> None:
        jobs.enqueue(session, "tests.note")
        session.rollback()
        session.commit()
        assert done == []

    def test_a_savepoint_takes_only_its_own_jobs_with_it(self, session: Any) -> None:
        jobs.enqueue(session, "tests.note", which="outside")
        savepoint = session.begin_nested()
        jobs.enqueue(session, "tests.note", which="rolled back")
        savepoint.rollback()
        with session.begin_nested():
            jobs.enqueue(session, "tests.note", which="kept")
        assert done == []
        session.commit()
        assert [job["which"] for job in done] == ["outside", "kept"]

    def test_once_for_a_key(self, session: Any) -> None:
        assert jobs.enqueue(session, "tests.note", key="a")
        assert not jobs.enqueue(session, "tests.note", key="a")
        assert jobs.enqueue(session, "tests.note", key="b")
        session.commit()
        assert len(done) == 2

    def test_a_job_may_write_down_others(self, session: Any) -> None:
        jobs.enqueue(session, "tests.note_twice")
        session.commit()
        assert done == [{"number": 1}, {"number": 2}]

    def test_an_error_is_not_hidden(self, session: Any) -> None:
        jobs.enqueue(session, "tests.break")
        with pytest.raises(RuntimeError, match="not yet"):
            session.commit()


class TestWithTheEngine:
    def test_written_with_the_deed_and_forgotten_with_all_others(self, engine_app: Flask) -> None:
        assert jobs.enqueue(db.session, "tests.note", key="a")
        db.session.commit()
        assert backlog().waiting == 1
        jobs.forget_all(db.session())
        assert backlog().waiting == 0
        assert jobs.enqueue(db.session, "tests.note", key="a")

    def test_rolled_back_with_the_deed(self, engine_app: Flask) -> None:
        jobs.enqueue(db.session, "tests.note")
        db.session.rollback()
        assert backlog().waiting == 0

    def test_a_key_already_waiting_leaves_the_deed_whole(self, engine_app: Flask) -> None:
        db.session.execute(text("INSERT INTO setting (key, value) VALUES ('a', 'b')"))
        assert jobs.enqueue(db.session, "tests.note", key="a")
        assert not jobs.enqueue(db.session, "tests.note", key="a")
        assert jobs.enqueue(db.session, "tests.note_twice", key="a")
        db.session.commit()
        assert db.session.scalar(text("SELECT value FROM setting WHERE key = 'a'")) == "b"
        assert backlog().waiting == 2


def test_a_run_that_is_done_is_not_done_again(app: Flask, session: Any) -> None:
    for _ in range(2):
        jobs.perform(app, "tests.note", {}, run="run-1")
    assert len(done) == 1
