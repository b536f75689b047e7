"""Serving from one machine: waitress for the pages and one worker process beside it, kept alive and stopped with it."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import threading
import time
from types import FrameType
from typing import NoReturn

from flask import Flask

from app.core.cli import fail

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
HEALTHY = 60.0
"""Seconds a worker must live for its death to count as the first again."""
LONGEST_STOP = 30.0

log = logging.getLogger(__name__)


class Keeper:
    """Keeps one `flask worker` running: starts it again when it dies, less and less eagerly if it dies at once."""

    def __init__(self, command: list[str]) -> None:
        self._command = command
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Tell the worker to end, and wait until it has."""
        self._stop.set()
        self._thread.join(LONGEST_STOP)

    def _keep(self) -> None:
        pause = FIRST_PAUSE
        while not self._stop.is_set():
            began = time.monotonic()
            # The worker ends when its standard input does, so it never outlives us, however we end.
            with subprocess.Popen(self._command, stdin=subprocess.PIPE) as process:  # noqa: S603 -- our own command
                while process.poll() is None and not self._stop.wait(0.5):
                    pass
                if process.stdin is not None:
                    process.stdin.close()
            pause = FIRST_PAUSE if time.monotonic() - began > HEALTHY else min(pause * 2, LONGEST_PAUSE)
            if not self._stop.is_set():
                log.error("the worker ended with %s; starting it again in %.0f s", process.returncode, pause)
                self._stop.wait(pause)


def serve(app: Flask, host: str, port: int, threads: int) -> None:
    """Serve until SIGTERM or SIGINT; ends the command when the address is taken."""
    from waitress import create_server

    try:
        server = create_server(app, host=host, port=port, threads=threads, ident="hilo")
    except OSError as error:
        fail(f"{host}:{port} can't be used: {error.strerror or error}. Another one: PORT=8001")
    keeper = Keeper([sys.executable, "-m", "flask", "worker", "--attended"])
    keeper.start()

    def end(_number: int, _frame: FrameType | None) -> NoReturn:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    app.logger.info("serving on http://%s:%d", host, port)
    try:
        server.run()
    finally:
        server.close()
        keeper.stop()
