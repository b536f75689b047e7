"""Writes the next migration: the difference between the newest one and the models, on a scratch database."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]


def main(message: str) -> int:
    if not message:
        print('Say what changes: make migration m="Let an absence have a note"', file=sys.stderr)
        return 2
    number = len(list((ROOT / "migrations" / "versions").glob("[0-9]*.py"))) + 1
    with TemporaryDirectory() as folder:
        environment = {**os.environ, "HILO_DATA_DIR": folder}
        environment.pop("HILO_DATABASE_URL", None)
        flask = [sys.executable, "-m", "flask", "--app", "wsgi.py", "db"]
        if number > 1:
            subprocess.run([*flask, "upgrade"], cwd=ROOT, env=environment, check=True)
        write = [*flask, "migrate", "--rev-id", f"{number:04}", "-m", message]
        return subprocess.run(write, cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(" ".join(sys.argv[1:]).strip()))
