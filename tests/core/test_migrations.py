"""Migrations: up from nothing to what the models say, and down again to nothing."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import check, downgrade, upgrade
from sqlalchemy import inspect

from app import create_app
from app.core import migrations
from app.core.database import db
from app.core.worker import ENGINE_TABLES
from tests.conftest import settings

BOOKKEEPING = {"alembic_version"}


@pytest.fixture
def empty_app(spare_database: str, tmp_path: Path) -> Iterator[Flask]:
    app = create_app(settings(spare_database, tmp_path))
    migrations.load(app)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def tables() -> set[str]:
    return set(inspect(db.engine).get_table_names())


def test_up_from_nothing_equals_the_models_and_down_leaves_nothing(empty_app: Flask) -> None:
    upgrade()
    check()
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": lambda n, *_: n not in ENGINE_TABLES})
        assert compare_metadata(context, db.metadata) == []
    assert tables() - ENGINE_TABLES == set(db.metadata.tables) | BOOKKEEPING
    downgrade(revision="base")
    assert tables() - ENGINE_TABLES == BOOKKEEPING
    upgrade()


def test_the_engines_tables_come_with_ours_and_each_is_known(empty_app: Flask) -> None:
    upgrade()
    upgrade()
    if db.engine.dialect.name == "postgresql":
        assert set(inspect(db.engine).get_table_names(schema="dbos")) >= ENGINE_TABLES
    else:
        assert tables() == ENGINE_TABLES | set(db.metadata.tables) | BOOKKEEPING


def test_nobody_else_may_read_the_file(empty_app: Flask) -> None:
    upgrade()
    if db.engine.dialect.name == "sqlite":
        assert stat.S_IMODE(Path(str(db.engine.url.database)).stat().st_mode) == 0o600
