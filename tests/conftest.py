"""What all tests share: an application on SQLite or PostgreSQL, emptied after each test, and a named cast."""

from __future__ import annotations

import contextvars
import os
import shutil
import warnings
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask, has_app_context
from flask.testing import FlaskClient

from app import create_app
from app.accounts.models import Grant, Membership, Unit, UnitKind, UnitTree, User
from app.accounts.permissions import Role
from app.core.database import db
from app.core.rooms import import_from_each
from scripts.system_packages import BROWSERS

LONG_AGO = date(2025, 1, 1)
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
        "TESTING": True,
        "WTF_CSRF_ENABLED": False,
        "RATELIMIT_ENABLED": False,
        "JOBS_INLINE": True,
        "ARGON2": {"time_cost": 1, "memory_cost": 8, "parallelism": 1},
        "SERVER_NAME": None,
        "PROPAGATE_EXCEPTIONS": True,
    }


@pytest.fixture
def session(app: Flask) -> Iterator[Any]:
    """A database session in an application context; everything is deleted afterwards."""
    with app.app_context():
        yield db.session
        db.session.rollback()
        db.session.remove()
    with app.app_context():
        empty_all_tables()


def empty_all_tables() -> None:
    """Leave the tables and take the rows: foreign keys wait until the end, so that the order does not matter."""
    deletions = [f'DELETE FROM "{name}"' for name in db.metadata.tables]
    with db.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("; ".join(["SET LOCAL session_replication_role = replica", *deletions]))
            return
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        for deletion in deletions:
            connection.exec_driver_sql(deletion)


class Cast(SimpleNamespace):
    """Two partners that must not see each other, with a person for each role.

    Programme: mariana (program manager), tomas (trainer), ada (administrator).
    Norte / Bogotá / Refunds: ana and luis (agents), paola (team lead), ivan (auditor of Bogotá), carmen (partner manager).
    Sur / Lima / Orders: sol (agent), raul (team lead), pedro (partner manager).
    """

    programme: Unit
    norte: Unit
    bogota: Unit
    refunds: Unit
    sur: Unit
    lima: Unit
    orders: Unit
    ana: User
    luis: User
    sol: User
    paola: User
    raul: User
    tomas: User
    ivan: User
    mariana: User
    carmen: User
    pedro: User
    ada: User


def make_unit(session: Any, kind: UnitKind, name: str, parent: Unit | None = None, **rest: Any) -> Unit:
    """A unit below another, with its place in the tree."""
    path = name if parent is None or not parent.path else f"{parent.path}/{name}"
    unit = Unit(kind=kind, name=name, path="" if parent is None else path, parent=parent, **rest)
    session.add(unit)
    session.flush()
    above = session.query(UnitTree).filter_by(unit_id=parent.id).all() if parent is not None else []
    session.add_all(UnitTree(ancestor_id=a.ancestor_id, unit_id=unit.id, depth=a.depth + 1) for a in above)
    session.add(UnitTree(ancestor_id=unit.id, unit_id=unit.id, depth=0))
    session.flush()
    return unit


def make_user(
    session: Any,
    name: str,
    *,
    team: Unit | None = None,
    role: Role | None = None,
    over: Unit | None = None,
    **rest: Any,
) -> User:
    """A person with a password (`name` in lower case), in a team or with a role over a unit."""
    handle = name.split()[0].lower()
    user = User(
        employee_no=rest.pop("employee_no", handle.upper()),
        name=name,
        email=f"{handle}@example.org",
        password_hash="not a hash",
        hired_on=rest.pop("hired_on", LONG_AGO),
        **rest,
    )
    session.add(user)
    session.flush()
    if team is not None:
        session.add(Membership(user_id=user.id, team_id=team.id, valid_from=LONG_AGO))
    if role is not None and over is not None:
        session.add(Grant(user_id=user.id, role=role, unit_id=over.id, valid_from=LONG_AGO))
    session.flush()
    return user


@pytest.fixture
def people(session: Any) -> Cast:
    """The cast, committed."""
    programme = make_unit(session, UnitKind.PROGRAMME, "Programme", time_zone="America/Bogota")
    norte = make_unit(session, UnitKind.PARTNER, "Norte", programme)
    bogota = make_unit(session, UnitKind.SITE, "Bogotá", norte, market="CO", time_zone="America/Bogota", language="es")
    refunds = make_unit(session, UnitKind.TEAM, "Refunds", bogota, line_of_business="Buyers")
    sur = make_unit(session, UnitKind.PARTNER, "Sur", programme)
    lima = make_unit(session, UnitKind.SITE, "Lima", sur, market="PE", time_zone="America/Lima", language="es")
    orders = make_unit(session, UnitKind.TEAM, "Orders", lima, line_of_business="Buyers")
    cast = Cast(
        programme=programme,
        norte=norte,
        bogota=bogota,
        refunds=refunds,
        sur=sur,
        lima=lima,
        orders=orders,
        ana=make_user(session, "Ana Ruiz", team=refunds),
        luis=make_user(session, "Luis Mora", team=refunds),
        sol=make_user(session, "Sol Paz", team=orders),
        paola=make_user(session, "Paola Restrepo", role=Role.TEAM_LEAD, over=refunds),
        raul=make_user(session, "Raúl Quispe", role=Role.TEAM_LEAD, over=orders),
        tomas=make_user(session, "Tomás Gil", role=Role.TRAINER, over=programme),
        ivan=make_user(session, "Iván Zúñiga", role=Role.AUDITOR, over=bogota),
        mariana=make_user(session, "Mariana Echeverría", role=Role.PROGRAM_MANAGER, over=programme),
        carmen=make_user(session, "Carmen Lara", role=Role.PARTNER_MANAGER, over=norte),
        pedro=make_user(session, "Pedro Soto", role=Role.PARTNER_MANAGER, over=sur),
        ada=make_user(session, "Ada Núñez", role=Role.ADMINISTRATOR, over=programme),
    )
    session.commit()
    return cast


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
            if has_app_context():
                db.session.commit()  # SQLite has one writer: what the test holds must not stand in the request's way
            response = contextvars.Context().run(original, *args, **kwargs)
            if has_app_context():
                db.session.expire_all()
            return response

        client.open = open_apart  # type: ignore[method-assign]
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


os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
warnings.filterwarnings("error", category=UserWarning, module="app")
