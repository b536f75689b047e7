"""How migrations run: on the application's own engine, one transaction for all, the job engine's tables left alone."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from flask import current_app
from sqlalchemy import JSON, Connection
from sqlalchemy.types import TypeDecorator

from app.core.database import db
from app.core.rooms import import_from_each
from app.core.worker import ENGINE_TABLES, create_tables


def render_item(kind: str, item: Any, autogen_context: AutogenContext) -> str | Literal[False]:
    """Write our own column types as what the database sees, so that a migration never depends on later code."""
    if kind == "type" and type(item) is JSON:
        autogen_context.imports.add("from sqlalchemy.dialects import postgresql")
        return "sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')"
    if kind == "type" and isinstance(item, TypeDecorator) and type(item).__module__.startswith("app."):
        return f"sa.{item.impl_instance!r}"
    return False


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    return kind != "table" or name not in ENGINE_TABLES


def drop_nothing(_context: Any, _revision: Any, directives: list[Any]) -> None:
    """Write no empty migration when nothing changed."""
    if getattr(context.config.cmd_opts, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives.clear()


def offline() -> None:
    context.configure(
        url=db.engine.url.render_as_string(hide_password=False), target_metadata=db.metadata, literal_binds=True
    )
    with context.begin_transaction():
        context.run_migrations()


def online() -> None:
    with db.engine.connect() as connection:
        guarded = connection.dialect.name == "sqlite"
        if guarded:
            _foreign_keys(connection, on=False)  # a batch copies a table and drops the old one
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            transactional_ddl=True,
            transaction_per_migration=False,
            render_as_batch=True,
            compare_type=True,
            render_item=render_item,
            include_name=include_name,
            process_revision_directives=drop_nothing,
        )
        with context.begin_transaction():
            context.run_migrations()
            if guarded and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()):
                raise RuntimeError(f"the migration would leave rows that point nowhere: {broken[:5]}")
        if guarded:
            _foreign_keys(connection, on=True)
    if _reached_head():
        create_tables(current_app.config["SQLALCHEMY_DATABASE_URI"])


def _foreign_keys(connection: Connection, *, on: bool) -> None:
    """Outside of SQLAlchemy, which would begin a transaction, within which SQLite ignores this."""
    driver = connection.connection.dbapi_connection
    assert driver is not None
    driver.execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")  # type: ignore[attr-defined]


def _reached_head() -> bool:
    """Whether this was an upgrade to the newest; other commands (check, revision, current) leave tables as they are."""
    try:
        return context.get_revision_argument() == context.get_head_revision()
    except KeyError:
        return False


import_from_each("app", "models")
if context.is_offline_mode():
    offline()
else:
    online()
