"""XLSX, by way of CSV: `workbook.py` checks and converts the file in a process of its own, with limits."""

from __future__ import annotations

import json
import logging
import mmap
import os
import subprocess
import sys
import tempfile
import threading
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.problems import BadFile, Problem, ProblemKind

ZIP_MAGIC, OLE_MAGIC = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
EMPTY_ZIP_MAGIC = b"PK\x05\x06"
SECONDS = 600
MOST_FAULTS = 10_000  # as in `workbook.py`

SMALL, MOST_RECENT = 1 << 20, 40
"""Bytes of a workbook whose sheets are kept, and how many of them."""

_recent: dict[tuple[object, ...], Converted] = {}
_lock = threading.Lock()
_CONVERTER = Path(__file__).with_name("workbook.py")
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fault:
    """A cell without a value: its row, its column's position in the header, and what is wrong."""

    line: int
    index: int
    kind: ProblemKind
    text: str


@dataclass(frozen=True)
class Converted:
    """A visible sheet of a workbook as CSV, in a temporary file that goes when this object goes."""

    path: Path
    sheet: str
    others: tuple[str, ...]
    faults: tuple[Fault, ...]


def is_workbook(head: bytes) -> bool:
    """Whether a file that begins so is meant to be a workbook, readable or not."""
    return head.startswith((ZIP_MAGIC, EMPTY_ZIP_MAGIC, OLE_MAGIC))


def convert(path: Path, max_unpacked: int, sheet: str | None = None, *, keep: bool = False) -> Converted:
    """A sheet of a workbook, the first visible one unless named; raises `BadFile` if it is unsafe or cannot be read.

    With `keep`, sheets of small workbooks are kept for a while: pages ask for several of them again and again.
    """
    if not keep:
        return _convert(path, max_unpacked, sheet)
    known = path.stat()
    key = (str(path.resolve()), known.st_ino, known.st_mtime_ns, known.st_size, max_unpacked, sheet)
    with _lock:
        kept = _recent.get(key)
    if kept is not None:
        return kept
    converted = _convert(path, max_unpacked, sheet)
    if known.st_size <= SMALL:
        with _lock:
            _recent[key] = converted
            while len(_recent) > MOST_RECENT:
                del _recent[next(iter(_recent))]
    return converted


def _convert(path: Path, max_unpacked: int, sheet: str | None) -> Converted:
    with path.open("rb") as file:
        if file.read(8) == OLE_MAGIC:
            raise BadFile(Problem(_old_kind(file.fileno())))
    descriptor, name = tempfile.mkstemp(prefix="hilo-sheet-", suffix=".csv")
    try:
        report = _run(path, max_unpacked, descriptor, sheet)
        faults = tuple(Fault(line, index, ProblemKind(kind), text) for line, index, kind, text in report["faults"])
        converted = Converted(Path(name), report["sheet"], tuple(report["others"]), faults)
    except BaseException:
        Path(name).unlink()
        raise
    finally:
        os.close(descriptor)
    weakref.finalize(converted, Path.unlink, Path(name), missing_ok=True)
    return converted


def _old_kind(file: int) -> ProblemKind:
    """What an OLE file is: a workbook behind a password, or one of the time before XLSX."""
    with mmap.mmap(file, 0, access=mmap.ACCESS_READ) as content:
        return ProblemKind.OLD_WORKBOOK if content.find(_ENCRYPTED_STREAM) < 0 else ProblemKind.ENCRYPTED


def _run(path: Path, max_unpacked: int, out: int, sheet: str | None) -> dict[str, Any]:
    """Run the converter with its output to `out`; gives its report, and raises `BadFile` for a refusal."""
    command = [sys.executable, "-I", str(_CONVERTER), str(path.resolve()), str(max_unpacked)]
    if sheet is not None:
        command.append(sheet)
    try:
        done = subprocess.run(  # noqa: S603 -- no shell, own program
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise BadFile(Problem(ProblemKind.BOMB)) from None
    if done.returncode < 0:  # stopped by its limits, or aborted for want of memory
        raise BadFile(Problem(ProblemKind.BOMB))
    if done.returncode:
        _log.warning("converter failed on %s: %s", path.name, done.stderr[-500:].decode("utf-8", "replace"))
        raise BadFile(Problem(ProblemKind.NOT_A_SHEET))
    report: dict[str, Any] = json.loads(done.stderr)
    if kind := report.get("refused"):
        raise BadFile(Problem(ProblemKind(kind), value=report["value"], hint=report["hint"]))
    return report
