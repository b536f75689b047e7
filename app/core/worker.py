"""The worker: does the jobs that were written down, on time and again after a crash. `flask worker` runs it.

Each worker bears a fixed name (`claims.py`), which the engine notes on what it takes up. What a dead worker left is
taken up by the next bearer of its name or, on PostgreSQL, by any worker that finds the name free.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask import Flask
from sqlalchemy import Engine, column, delete, select, table

from app.core import jobs
from app.core.claims import HEARTBEAT, Claim, claim_any, left_behind
from app.core.clock import now
from app.core.database import db

if TYPE_CHECKING:
    from dbos import ScheduleInput

CONCURRENCY = 2
"""Jobs at once in one worker."""
SCHEDULED = "scheduled"
KEPT = timedelta(days=30)
"""How long finished jobs stay to be looked at."""
LONGEST_STOP = 20
"""Seconds a running job gets to finish when the worker is told to stop; else it is done again later."""
SWEEP_EVERY = 5.0
PRUNE_EVERY = 3600.0
BATCH = 500
ENGINE_TABLES = {
    "application_versions",
    "dbos_migrations",
    "notifications",
    "operation_outputs",
    "queues",
    "streams",
    "workflow_events",
    "workflow_events_history",
    "workflow_input",
    "workflow_output",
    "workflow_schedules",
    "workflow_status",
}
"""The engine's tables, which on SQLite lie beside ours."""

log = logging.getLogger(__name__)


def create_tables(url: str) -> None:
    """Make the engine's own tables or bring them up to date; changes nothing when they are."""
    from dbos import DBOS

    DBOS.migrate(url, schema=jobs.ENGINE_SCHEMA)


def run_worker(app: Flask, *, attended: bool = False) -> None:
    """Work until SIGTERM, SIGINT or, if `attended`, the end of standard input. Waits while all names are taken."""
    stop = _when_told(attended=attended)
    with app.app_context():
        engine = db.engine
    claim = _wait_for_claim(engine, stop)
    if claim is None:
        return
    _launch(app, claim)
    app.logger.info("worker %s is ready", claim.name)
    for task, pause in ((_take_over, SWEEP_EVERY), (_prune, PRUNE_EVERY)):
        threading.Thread(target=_repeat, args=(task, pause, app, claim.name, stop), daemon=True).start()
    while not stop.wait(HEARTBEAT):
        if not claim.holds():
            app.logger.error(
                "worker %s has lost its name; another may take up its work, so it ends at once", claim.name
            )
            os._exit(1)
    _finish()


def _when_told(*, attended: bool) -> threading.Event:
    """An event that is set when the worker is to stop."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())

    def watch_input() -> None:
        sys.stdin.buffer.read()
        stop.set()

    if attended:
        threading.Thread(target=watch_input, daemon=True).start()
    return stop


def _wait_for_claim(engine: Engine, stop: threading.Event) -> Claim | None:
    told = False
    while not (claim := claim_any(engine)):
        if not told:
            log.warning("another worker is at work; waiting for it to end")
            told = True
        if stop.wait(HEARTBEAT):
            return None
    return claim


# --- The engine ---


def _launch(app: Flask, claim: Claim) -> None:
    """Start the engine under this name: it takes up first what an earlier bearer left."""
    from dbos import DBOS, DBOSPortableJSONSerializer

    DBOS(
        config={
            "name": jobs.ENGINE_NAME,
            "system_database_url": app.config["SQLALCHEMY_DATABASE_URI"],
            "dbos_system_schema": jobs.ENGINE_SCHEMA,
            "application_version": jobs.ENGINE_VERSION,
            "executor_id": claim.name,
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "WARNING",
        }
    )
    schedules = [_register(app, job) for job in jobs.known(app).values()]
    DBOS.launch()
    DBOS.register_queue(jobs.QUEUE, worker_concurrency=CONCURRENCY)
    DBOS.register_queue(SCHEDULED, global_concurrency=1)
    _apply([schedule for schedule in schedules if schedule is not None])


def _register(app: Flask, job: jobs.Job) -> ScheduleInput | None:
    """Make a job known to the engine: for when it is written down and, with a cron line, for when it runs by itself."""
    from dbos import DBOS

    @DBOS.workflow(name=job.name)
    def do(arguments: dict[str, Any], attempt: int = 1) -> None:
        jobs.perform(app, job.name, arguments, str(DBOS.workflow_id), attempt)

    if job.schedule is None:
        return None

    @DBOS.workflow(name=f"{SCHEDULED}:{job.name}")
    def do_on_time(_due: Any, _context: Any) -> None:
        jobs.perform(app, job.name, {}, str(DBOS.workflow_id))

    return {
        "schedule_name": job.name,
        "workflow_fn": do_on_time,
        "schedule": job.schedule,
        "automatic_backfill": job.make_up,
        "cron_timezone": app.config["PROGRAMME_TIME_ZONE"],
        "queue_name": SCHEDULED,
    }


def _apply(schedules: list[ScheduleInput]) -> None:
    """Let these schedules be the only ones."""
    from dbos import DBOS

    wanted = {schedule["schedule_name"] for schedule in schedules}
    for known in DBOS.list_schedules():
        if known["schedule_name"] not in wanted:
            DBOS.delete_schedule(known["schedule_name"])
    DBOS.apply_schedules(schedules)


def _finish() -> None:
    """End, giving running jobs a little time."""
    from dbos import DBOS

    DBOS.destroy(workflow_completion_timeout_sec=LONGEST_STOP)
    logging.shutdown()
    os._exit(0)  # the engine's threads would keep the process until the longest job is done


# --- Now and then ---


def _repeat(task: Any, pause: float, app: Flask, name: str, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            with app.app_context():
                task(name)
        except Exception:
            app.logger.exception("worker_task_failed %s", task.__name__)
        stop.wait(pause)


def _take_over(own_name: str) -> None:
    """Let the work of workers that are gone be done, by whichever worker is free."""
    from dbos import DBOS

    if db.engine.dialect.name == "sqlite":
        return  # there is one worker
    run = table("workflow_status", column("status"), column("executor_id"), schema=jobs.ENGINE_SCHEMA)
    at_work = select(run.c.executor_id).distinct().where(run.c.status == "PENDING")
    names = set(db.session.scalars(at_work)) - {own_name, None}
    db.session.rollback()
    for name in sorted(names):
        with left_behind(db.engine, name) as is_left:
            if is_left:
                DBOS._recover_pending_workflows(
                    [name]
                )  # the engine's own recovery, which it offers to its console only


def _prune(_own_name: str) -> None:
    """Forget jobs finished long ago."""
    from dbos import DBOS

    before = now() - KEPT
    while old := DBOS.list_workflows(
        status=["SUCCESS", "ERROR", "CANCELLED"],
        completed_before=before.isoformat(),
        limit=BATCH,
        load_input=False,
        load_output=False,
    ):
        DBOS.delete_workflows([one.workflow_id for one in old])
    db.session.execute(delete(jobs.done_job).where(jobs.done_job.c.done_at < before - KEPT))
    db.session.commit()
