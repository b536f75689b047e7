"""The few system packages Hilo uses: names what is missing and the command that installs it.

`--browser` also asks for what the browser tests need; `--install` installs on Debian and its kin when run as root. Ends
with status 1 when something is missing still. Uses nothing but the standard library.
"""

from __future__ import annotations

import argparse
import ctypes.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass(frozen=True)
class Need:
    """Something the system must have, what for, and the Debian packages that bring it."""

    what: str
    packages: tuple[str, ...]
    is_there: Callable[[], bool]
    otherwise: tuple[str, ...] = ()
    """Packages that bring it where those are not to be had."""


def _has_fonts() -> bool:
    listing = shutil.which("fc-list")
    return listing is not None and bool(subprocess.run([listing], capture_output=True, check=False).stdout)


def _has_libraries() -> bool:
    return all(ctypes.util.find_library(name) for name in ("pango-1.0", "pangoft2-1.0", "harfbuzz-subset"))


DOCUMENTS = (
    Need("PDF documents", ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"), _has_libraries),
    Need("PDF documents and charts", ("fontconfig", "fonts-dejavu-core"), _has_fonts),
)
BROWSER = Need(
    "the browser tests",
    ("chromium-headless-shell",),  # Chromium without the windows nobody sees, which take two fifths of its time
    lambda: any(map(shutil.which, BROWSERS)),
    otherwise=("chromium",),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--browser", action="store_true")
    parser.add_argument("--install", action="store_true")
    options = parser.parse_args()
    needs = (*DOCUMENTS, BROWSER) if options.browser else DOCUMENTS
    missing = [need for need in needs if not need.is_there()]
    if missing and options.install and os.geteuid() == 0 and shutil.which("apt-get"):
        _install([package for need in missing for package in need.packages])
        missing = [need for need in missing if not need.is_there()]
        if any(need.otherwise for need in missing):
            _install([package for need in missing for package in need.otherwise])
            missing = [need for need in missing if not need.is_there()]
    for need in missing:
        print(
            f"Missing for {need.what}. As root: apt-get install {' '.join(need.otherwise or need.packages)}",
            file=sys.stderr,
        )
    return 1 if missing else 0


def _install(packages: list[str]) -> None:
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=600"]
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    print(f"Installing {' '.join(packages)}", file=sys.stderr)
    subprocess.run([*apt, "update"], env=quiet, check=False)
    subprocess.run([*apt, "install", "-y", "--no-install-recommends", *packages], env=quiet, check=False, stdout=2)


if __name__ == "__main__":
    sys.exit(main())
