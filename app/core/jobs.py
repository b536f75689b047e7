"""Jobs: what need not be done while somebody waits.

A deed writes its jobs down in its own transaction (`enqueue`): rolled back, they were never asked for. A worker
(`worker.py`) does them afterwards, each in an application context and a transaction of its own, which is committed when
the function returns, together with a line that it is done. A worker may die at any moment: then the job is done again
from its beginning, unless that line is there. So what a job writes in one transaction happens once; what it does
outside of the database (a mail, a file) may happen twice.

The engine is DBOS, loaded only when a job is first written or a worker starts.
"""

from __future__ import annotations

import contextvars
import json
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from flask import Flask, current_app
from sqlalchemy import Column, String, Table, delete, insert, inspect, select, table
from sqlalchemy.orm import Session, scoped_session

from app.core.aftermath import when_committed
from app.core.clock import now
from app.core.database import UTCDateTime, db, reading
from app.core.errors import Refused
from app.core.rooms import import_from_each

if TYPE_CHECKING:
    from dbos import DBOSClient

Work = TypeVar("Work", bound=Callable[..., None])

ENGINE_NAME = "hilo"
ENGINE_VERSION = "1"
"""Never changed: the engine leaves what one version has written down to workers of that version."""
ENGINE_SCHEMA = "dbos"
QUEUE = "jobs"
RUNS = ("operation_outputs", "workflow_input", "workflow_output", "workflow_status")
"""The engine's tables of what was asked for; the others that tell of a run lose their rows with these."""
FIRST_PAUSE = 30.0
"""Seconds before the second attempt; each further one waits four times as long."""

done_job = Table(
    "done_job",
    db.metadata,
    Column("run", String, primary_key=True),
    Column("done_at", UTCDateTime(), nullable=False, index=True),
)


@dataclass(frozen=True, slots=True)
class Job:
    """A kind of work: its name, its function, how often it is tried, and when it runs by itself."""

    name: str
    work: Callable[..., None]
    attempts: int = 1
    schedule: str | None = None
    make_up: bool = False


_known: dict[str, Job] = {}


def job(name: str, *, attempts: int = 1, schedule: str | None = None, make_up: bool = False) -> Callable[[Work], Work]:
    """Register a function as the work of the job `name` (`room.what`).

    It takes JSON values by keyword and may run twice; it may commit, and is committed after it. With `attempts`, an
    error is tried again after half a minute, two minutes, eight and so on; `Refused` never is. With `schedule`, a
    cron line in the programme's time zone, it also runs by itself, without arguments; `make_up` asks for the runs
    missed while no worker was there.
    """

    def register(work: Work) -> Work:
        if name in _known:
            raise ValueError(f"two jobs are called {name}")
        _known[name] = Job(name, work, attempts, schedule, make_up)
        return work

    return register


def init_app(app: Flask) -> None:
    """Make ready to find the rooms' `jobs.py` and the engine when they are first needed."""
    app.extensions["jobs"] = _Engine(app.import_name)


def known(app: Flask) -> dict[str, Job]:
    """All jobs by name."""
    app.extensions["jobs"].load()
    return _known


def enqueue(session: Session | scoped_session[Any], name: str, /, key: str | None = None, **arguments: Any) -> bool:
    """Write a job down in the transaction of `session`; returns whether it is new.

    While a job of that name and `key` waits or runs, another is not written. Raises `LookupError` for a job nobody
    registered and `TypeError` for arguments that are not JSON.
    """
    if name not in known(current_app):
        raise LookupError(f"there is no job called {name}")
    own = session() if isinstance(session, scoped_session) else session
    arguments = json.loads(json.dumps(arguments))
    key = None if key is None else f"{name}:{key}"
    if current_app.config.get("JOBS_INLINE"):
        app = current_app._get_current_object()  # ty: ignore[missing-attribute] -- what the proxy stands for
        return when_committed(own, partial(_perform_apart, app, name, arguments), key)
    return _write(own, name, arguments, deduplication_id=key)


def _write(session: Session, name: str, arguments: dict[str, Any], attempt: int = 1, **options: Any) -> bool:
    """Hand the job to the engine, on the connection of `session`."""
    from dbos import error

    client = current_app.extensions["jobs"].client()
    options |= {"workflow_name": name, "queue_name": QUEUE, "app_version": ENGINE_VERSION}
    try:
        with session.begin_nested():  # PostgreSQL would lose the whole transaction to a collision of keys
            client.enqueue_in_transaction(session, options, arguments, attempt)
    except error.DBOSQueueDeduplicatedError:
        return False
    return True


def forget_all(session: Session) -> None:
    """Forget all jobs, done or not, in the transaction of `session`: for a database that is emptied."""
    schema = ENGINE_SCHEMA if session.get_bind().dialect.name == "postgresql" else None
    there = inspect(session.connection()).get_table_names(schema=schema)
    for name in (name for name in RUNS if name in there):
        session.execute(delete(table(name, schema=schema)))


# --- Doing ---


def perform(app: Flask, name: str, arguments: dict[str, Any], run: str, attempt: int = 1) -> None:
    """Do a job, unless this `run` of it is done already; the same run may come again after a worker's death."""
    with app.app_context():
        if _is_done(run):
            return
        try:
            _known[name].work(**arguments)
            db.session.execute(insert(done_job).values(run=run, done_at=now()))
            db.session.commit()
        except Exception as error:
            db.session.rollback()
            if _is_done(run) or _try_later(error, _known[name], arguments, run, attempt):
                return
            app.logger.exception("job_failed %s %s, attempt %d", name, run, attempt)
            raise


def _is_done(run: str) -> bool:
    with reading():
        found = db.session.scalar(select(done_job.c.run).where(done_job.c.run == run))
        db.session.rollback()
    return found is not None


def _perform_apart(app: Flask, name: str, arguments: dict[str, Any]) -> None:
    """Do a job here and now, knowing nothing of the request or the session that asked for it."""
    contextvars.Context().run(perform, app, name, arguments, secrets.token_hex(16))


def _try_later(error: Exception, failed: Job, arguments: dict[str, Any], run: str, attempt: int) -> bool:
    """Write a failed job down again for later, if it may be tried again."""
    if isinstance(error, Refused) or attempt >= failed.attempts or current_app.config.get("JOBS_INLINE"):
        return False
    again = f"{run.partition('~')[0]}~{attempt + 1}"  # the same however often this attempt is taken up
    pause = FIRST_PAUSE * 4 ** (attempt - 1)
    _write(db.session(), failed.name, arguments, attempt + 1, workflow_id=again, delay_seconds=pause)
    db.session.commit()
    current_app.logger.warning("job_delayed %s %s, attempt %d: %r", failed.name, run, attempt, error)
    return True


class _Engine:
    """What an application keeps for its jobs: where they are, and the writing side of the engine."""

    def __init__(self, package: str) -> None:
        self._package = package
        self._loaded = False
        self._lock = threading.Lock()
        self._client: DBOSClient | None = None

    def load(self) -> None:
        """Import the `jobs.py` of every room, once."""
        if not self._loaded:
            import_from_each(self._package, "jobs")
            self._loaded = True

    def client(self) -> DBOSClient:
        """The writing side, on the application's own connections."""
        with self._lock:
            if self._client is None:
                from dbos import DBOSClient, DBOSPortableJSONSerializer

                self._client = DBOSClient(
                    system_database_engine=db.engine,
                    dbos_system_schema=ENGINE_SCHEMA,
                    serializer=DBOSPortableJSONSerializer(),
                    application_name=ENGINE_NAME,
                    lazy=True,
                )
            return self._client
