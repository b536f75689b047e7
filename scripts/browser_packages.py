"""Installs what browsers are served and Python's registry does not have: the run-time of SCORM packages.

Its version and hash stand in `package-lock.json`; npm installs it, this machine's or, where there is none, the one that
Python's registry has (group `browser` of pyproject.toml). No script of a package is run. Ends with status 1, and a
sentence, when it can't: all else of Hilo works without.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
PATIENCE = 300


def commands() -> list[list[str]]:
    """Ways to call npm, the nearest first."""
    found = shutil.which("npm")
    uv = str(ROOT / ".venv" / "bin" / "uv")
    ways = [[found, *INSTALL]] if found else []
    return [*ways, [uv, "run", "--quiet", "--frozen", "--isolated", "--only-group", "browser", "npm", *INSTALL]]


def main() -> int:
    environment = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    for command in commands():
        try:
            done = subprocess.run(
                command, cwd=ROOT, env=environment, timeout=PATIENCE, capture_output=True, text=True, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            why = str(error)
        else:
            if done.returncode == 0:
                return 0
            why = done.stderr.strip()[-300:]
    print(
        "The run-time of SCORM packages could not be installed, so such packages can't be played yet; all else works. "
        f"`make setup` tries again. Reason: {why}",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
