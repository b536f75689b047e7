"""What load balancers ask, and what keeps an unsafe application from starting."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import text

import app as hilo
from app import create_app
from app.core import health, migrations
from app.core.database import db
from app.core.web import public
from config import Misconfigured, load
from tests.conftest import settings


@pytest.fixture
def own_app(spare_database: str, tmp_path: Path) -> Iterator[Flask]:
    app = create_app(settings(spare_database, tmp_path))
    migrations.load(app)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def test_a_living_process_says_so_without_the_database(own_app: Flask) -> None:
    answer = own_app.test_client().get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_ready_when_migrated(own_app: Flask) -> None:
    upgrade()
    answer = own_app.test_client().get("/readyz")
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["queue"] == {"status": "ok", "waiting": 0, "running": 0, "failed": 0, "oldest_seconds": 0.0}


def test_an_empty_database_is_named_part_by_part(own_app: Flask) -> None:
    answer = own_app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json is not None
    states = {name: part["status"] for name, part in answer.json.items() if name != "status"}
    assert states == {"database": "ok", "migrations": "not ready", "queue": "not ready"}


def test_an_older_schema_is_not_ready(own_app: Flask) -> None:
    upgrade()
    db.session.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    db.session.commit()
    answer = own_app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["migrations"] == {"status": "not ready", "reason": "run flask db upgrade"}
    assert answer.json["queue"]["status"] == "ok"


@pytest.mark.parametrize("secret", [None, "", "change-me", "short", "x" * 31])
def test_production_refuses_to_start_without_a_secret_of_its_own(secret: str | None, tmp_path: Path) -> None:
    environment = {"HILO_ENV": "production", "HILO_DATA_DIR": str(tmp_path)}
    if secret is not None:
        environment["HILO_SECRET_KEY"] = secret
    with pytest.raises(Misconfigured, match="HILO_SECRET_KEY"):
        load(environment)


def test_one_machine_makes_a_secret_and_keeps_it_to_itself(tmp_path: Path) -> None:
    first = load({"HILO_DATA_DIR": str(tmp_path)})["SECRET_KEY"]
    assert len(first) >= 32
    assert load({"HILO_DATA_DIR": str(tmp_path)})["SECRET_KEY"] == first
    assert (tmp_path / "secret-key").stat().st_mode & 0o077 == 0


def test_a_route_that_does_not_say_who_may_use_it_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, spare_database: str, tmp_path: Path
) -> None:
    open_to_all = health.healthz
    try:
        del open_to_all.permission
        with pytest.raises(RuntimeError, match=r"health\.healthz"):
            hilo.create_app(settings(spare_database, tmp_path))
    finally:
        public(open_to_all)
