"""Whether a file is text that can be read: UTF-8, told in one pass and little memory before anything else is tried."""

from __future__ import annotations

import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from pathlib import Path
from typing import TextIO

from app.core.problems import BadFile, Problem, ProblemKind

_CHUNK = 1 << 20
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r"))
_CELL_ENDS = re.compile(rb'[,;\t\r\n"]')


def open_text(path: Path) -> TextIO:
    """The file as text without its byte order mark; every line ends with `\\n`."""
    return path.open(encoding="utf-8-sig", newline=None)


def check_text(path: Path, max_rows: int) -> None:
    """Raise `BadFile` if the file is not UTF-8 text, or has more than `max_rows` lines after the first."""
    decoder, line = getincrementaldecoder("utf-8")(), 1
    with path.open("rb") as file:
        _check_head(file.read(4096))
        file.seek(0)
        chunk = b"\n"
        while chunk:
            chunk = file.read(_CHUNK)
            if b"\0" in chunk:
                raise BadFile(Problem(ProblemKind.NOT_TEXT, line + chunk.count(b"\n", 0, chunk.index(b"\0"))))
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                raise BadFile(_not_utf8(error, line)) from None
            line += chunk.count(b"\n")
            if line > max_rows + 2:  # the header, and what may stand after the last line end
                raise BadFile(Problem(ProblemKind.TOO_MANY_ROWS, hint=str(max_rows)))


def _check_head(head: bytes) -> None:
    zeros = max(head[::2].count(0), head[1::2].count(0))
    if head.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) or (zeros > len(head) // 5 and any(head)):
        raise BadFile(Problem(ProblemKind.UTF_16))
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if head.startswith(b"%PDF") or controls > 8 + len(head) // 50:
        raise BadFile(Problem(ProblemKind.NOT_TEXT, 1))


def _not_utf8(error: UnicodeDecodeError, line: int) -> Problem:
    """The problem of the first byte that is not UTF-8, with its cell as Windows would show it."""
    data, at = error.object, error.start
    cell = _CELL_ENDS.split(data[max(at - 60, 0) : at])[-1] + _CELL_ENDS.split(data[at : at + 60])[0]
    line += data.count(b"\n", 0, at)
    return Problem(ProblemKind.UNKNOWN_ENCODING, line, value=cell.decode("cp1252", "replace"))
