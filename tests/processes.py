"""Processes of a test's own, forked from one that has the application loaded: they start in a moment.

They share nothing with the test but the files: they can be killed, and count as another machine's.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(["tests.loaded"])


def start(main: Callable[..., object], *arguments: Any) -> BaseProcess:
    """A new process at this function of a module; `exitcode` is its status, negative for the signal that killed it."""
    process = FORKED.Process(target=main, args=arguments)
    process.start()
    return process


def start_command(arguments: list[str], environment: Mapping[str, str], said: Path) -> BaseProcess:
    """`flask …` with these settings besides the present ones; what it says goes to a file."""
    return start(_command, arguments, dict(environment), said)


def _command(arguments: list[str], environment: Mapping[str, str], said: Path) -> None:
    from flask.cli import main

    os.environ.update(environment)
    sys.argv = ["flask", *arguments]
    with said.open("w") as sys.stdout:
        main()
