"""Whether this process is alive (`/healthz`) and can do its work (`/readyz`): for load balancers and watchdogs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from flask import Blueprint, current_app
from flask.typing import ResponseReturnValue
from sqlalchemy import column, func, select, table, text
from sqlalchemy.exc import SQLAlchemyError

from app.core.clock import now
from app.core.database import db
from app.core.jobs import ENGINE_SCHEMA
from app.core.migrations import FOLDER
from app.core.web import limiter, public

bp = Blueprint("health", __name__, cli_group=None)


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many jobs wait, run and have failed, and for how many seconds the oldest has been waiting."""

    waiting: int = 0
    running: int = 0
    failed: int = 0
    oldest_seconds: float = 0.0


class NotReady(Exception):
    """A part is not as it must be; the message says what to do."""


@bp.get("/healthz")
@public
@limiter.exempt
def healthz() -> ResponseReturnValue:
    return {"status": "ok"}


@bp.get("/readyz")
@public
@limiter.exempt
def readyz() -> ResponseReturnValue:
    parts = {name: _state(name, check) for name, check in CHECKS.items()}
    ready = all(part["status"] == "ok" for part in parts.values())
    return {"status": "ok" if ready else "not ready", **parts}, 200 if ready else 503


def _state(name: str, check: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What a check found; details of a failing database stay in the log."""
    try:
        return {"status": "ok", **check()}
    except NotReady as error:
        return {"status": "not ready", "reason": str(error)}
    except SQLAlchemyError:
        current_app.logger.warning("not ready: %s", name, exc_info=True)
        return {"status": "not ready", "reason": "the database does not answer as expected"}
    finally:
        db.session.rollback()


def database() -> dict[str, Any]:
    """Whether the database answers."""
    db.session.execute(text("SELECT 1"))
    return {}


def migrations() -> dict[str, Any]:
    """Whether the schema is the one this code was written for."""
    found = set(db.session.scalars(text("SELECT version_num FROM alembic_version")))
    if found != latest():
        raise NotReady("run flask db upgrade")
    return {}


@lru_cache(maxsize=1)
def latest() -> frozenset[str]:
    """The newest migration of this code."""
    from alembic.script import ScriptDirectory

    return frozenset(ScriptDirectory(str(FOLDER)).get_heads())


def queue() -> dict[str, Any]:
    """Whether jobs can be written, and how many wait."""
    return asdict(backlog())


def backlog() -> Backlog:
    """How the work stands; raises `SQLAlchemyError` when the engine's tables are not there."""
    schema = ENGINE_SCHEMA if db.engine.dialect.name == "postgresql" else None
    run = table("workflow_status", column("status"), column("created_at"), schema=schema)
    rows = db.session.execute(
        select(run.c.status, func.count(), func.min(run.c.created_at))
        .where(run.c.status.not_in(["SUCCESS", "CANCELLED"]))
        .group_by(run.c.status)
    ).all()
    count = {status: number for status, number, _ in rows}
    since = min((first for status, _, first in rows if status == "ENQUEUED"), default=None)
    return Backlog(
        waiting=count.get("ENQUEUED", 0) + count.get("DELAYED", 0),
        running=count.get("PENDING", 0),
        failed=count.get("ERROR", 0) + count.get("MAX_RECOVERY_ATTEMPTS_EXCEEDED", 0),
        oldest_seconds=0.0 if since is None else round(max(0.0, now().timestamp() - since / 1000), 1),
    )


CHECKS: dict[str, Callable[[], dict[str, Any]]] = {"database": database, "migrations": migrations, "queue": queue}
