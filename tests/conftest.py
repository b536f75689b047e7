"""What all tests share: an application on SQLite or PostgreSQL, emptied after each test, and a named cast."""

from __future__ import annotations

import contextvars
import os
import shutil
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from flask import Flask, has_app_context
from flask.testing import FlaskClient

from app import create_app
from app.accounts.models import User
from app.core.database import db
from app.core.garbage import spare_what_stays
from app.core.rooms import import_from_each
from scripts.system_packages import BROWSERS
from tests.cast import LONG_AGO, Cast, Identities, identities_of, loaded_cast, make_cast, make_unit, make_user
from tests.shelf import Shelf

__all__ = ["LONG_AGO", "Cast", "make_unit", "make_user", "settings"]

CHROMIUM_FLAGS = (
    "no-sandbox",
    "disable-dev-shm-usage",
    "disable-gpu",
    "disable-background-networking",
    "disable-component-update",
    "disable-sync",
    "no-first-run",
    "disable-quic",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", default="sqlite", choices=("sqlite", "postgresql"), help="the database to test on")


def pytest_collection_finish() -> None:
    """Do as a server does when it has started: it is a tenth of the time."""
    spare_what_stays()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The browser's tests last: a browser that waits takes a sixth of a processor from all that follows.

    On PostgreSQL run what asks a database something; the rest, and what is marked so, has been said on SQLite.
    """
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
    if config.getoption("--database") == "postgresql":
        asking = [
            item
            for item in items
            if "database_url" in getattr(item, "fixturenames", ()) and item.get_closest_marker("once") is None
        ]
        config.hook.pytest_deselected(items=[item for item in items if item not in set(asking)])
        items[:] = asking


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A test that could not run, or was expected to fail, is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and any(reporter.stats.get(kind) for kind in ("skipped", "xfailed", "xpassed")):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's own Chromium, quiet and without a network of its own."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    return {**browser_type_launch_args, "executable_path": found, "args": [f"--{flag}" for flag in CHROMIUM_FLAGS]}


@pytest.fixture(scope="session")
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an empty database: a SQLite file, or a PostgreSQL server of this run's own."""
    if request.config.getoption("--database") == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('database') / 'hilo.sqlite'}"
        return
    from tests.postgres import running_server

    with running_server() as url:
        yield url


@pytest.fixture
def spare_database(database_url: str, tmp_path: Path) -> Iterator[str]:
    """The address of another empty database of the same kind, for one test alone."""
    if database_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'spare.sqlite'}"
        return
    from tests.postgres import empty_database

    with empty_database(database_url) as url:
        yield url


@pytest.fixture(scope="session")
def app(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    app = create_app(settings(database_url, tmp_path_factory.mktemp("data")))
    import_from_each("app", "models")
    with app.app_context():
        db.create_all()
    yield app
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


def settings(database_url: str, folder: Path) -> dict[str, Any]:
    """The settings of a test: a weak password hash, no rate limits, jobs run at once."""
    import config

    loaded = config.load({"HILO_DATABASE_URL": database_url, "HILO_DATA_DIR": str(folder), "HILO_SECRET_KEY": "x" * 40})
    return {
        **loaded,
        "TEMPLATES_DIR": config.ROOT / "build" / "templates",
        "TESTING": True,
        "WTF_CSRF_ENABLED": False,
        "RATELIMIT_ENABLED": False,
        "JOBS_INLINE": True,
        "ARGON2": {"time_cost": 1, "memory_cost": 8, "parallelism": 1},
        "SERVER_NAME": None,
        "PROPAGATE_EXCEPTIONS": True,
    }


@pytest.fixture(scope="session")
def shelf(app: Flask, database_url: str) -> Iterator[Shelf]:
    """What empties the database, and keeps what is to be laid again."""
    shelf = Shelf(database_url, db.metadata)
    yield shelf
    shelf.close()


@pytest.fixture
def session(app: Flask, shelf: Shelf) -> Iterator[Any]:
    """A database session in an application context; everything is deleted afterwards."""
    with app.app_context():
        yield db.session
        db.session.rollback()
        db.session.remove()
    shelf.empty()


@pytest.fixture(scope="session")
def identities() -> Identities:
    """Who is who in the cast, once it has been made."""
    return {}


@pytest.fixture
def people(session: Any, shelf: Shelf, identities: Identities) -> Cast:
    """The cast, committed: made once, then laid again."""

    def make() -> None:
        identities.update(identities_of(make_cast(session)))
        session.commit()

    shelf.have("cast", make)
    return loaded_cast(session, identities)


@pytest.fixture
def as_user(app: Flask) -> Callable[..., FlaskClient]:
    """A client signed in as somebody, in a language: `as_user(people.ana, "es")`; None for nobody.

    Each request gets an application context of its own: with one left open, the sign-in of the first request would
    answer for all.
    """

    def sign_in(user: User | None, language: str = "en") -> FlaskClient:
        client = app.test_client()
        if user is not None:
            with client.session_transaction() as cookie:
                cookie["_user_id"] = user.get_id()
                cookie["_fresh"] = True
        client.set_cookie("lang", language)
        original = client.open

        def open_apart(*args: Any, **kwargs: Any) -> Any:
            kwargs.setdefault("buffered", True)  # read to its end and closed, as a browser does
            if has_app_context():
                db.session.commit()  # SQLite has one writer: what the test holds must not stand in the request's way
            response = contextvars.Context().run(original, *args, **kwargs)
            if has_app_context():
                db.session.expire_all()
            return response

        client.open = open_apart
        return client

    return sign_in


@pytest.fixture
def count_queries(app: Flask) -> Callable[[Callable[[], Any]], int]:
    """How many statements a call sends to the database."""
    from sqlalchemy import event

    def count(call: Callable[[], Any]) -> int:
        sent: list[str] = []

        def note(_c: Any, _cur: Any, statement: str, *_rest: Any) -> None:
            sent.append(statement)

        with app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            call()
        finally:
            event.remove(engine, "before_cursor_execute", note)
        return len(sent)

    return count


# How long an example takes says more of the machine than of the code: that is for the benchmarks.
hypothesis.settings.register_profile("calm", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("calm")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
warnings.filterwarnings("error", category=UserWarning, module="app")
