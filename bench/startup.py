"""How long a process takes until it can answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench.frame import Benchmark, python

START = "import os; os.environ['HILO_DATA_DIR'] = %r; import wsgi"


def benchmarks(folder: Path) -> Iterator[Benchmark]:
    """Start-up of one worker against the import of what it cannot do without."""
    yield Benchmark(
        name="start-up of one process",
        measure=lambda: python("-c", START % str(folder)),
        reference=lambda: python("-c", "import flask, sqlalchemy"),
        budget=2.0,
        aim=1.5,
        against="import flask, sqlalchemy",
        rounds=5,
    )
