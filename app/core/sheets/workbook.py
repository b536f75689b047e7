"""A workbook (XLSX) to CSV, as a program of its own: a file made to exhaust the reader exhausts this process only.

`python -I workbook.py FILE LIMIT [SHEET]` writes the sheet, the first visible one unless named, as CSV to standard
output, each record preceded by its row number, and one JSON object to standard error: `sheet`, `others` and `faults`
(row, position of the column, kind, text), or `refused` with `value` and `hint`. LIMIT is the most bytes the parts may
unpack to. It imports nothing of the application, so that it
starts in no time.
"""

from __future__ import annotations

import contextlib
import csv
import json
import posixpath
import re
import resource
import sys
import zipfile
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from functools import reduce
from itertools import islice
from typing import Any, NamedTuple
from xml.etree import ElementTree
from xml.sax.saxutils import unescape

from python_calamine import CalamineError, CalamineWorkbook

MOST_PARTS = 2000
MOST_FAULTS = 10_000
SMALL_PART = 1 << 20  # a part this small is harmless however tightly it is packed
RATIO = 200  # a sheet of nothing but "pass" packs 25 times smaller
MEMORY, MEMORY_RATIO = 80 << 20, 8  # bytes to start with, and for each byte of the parts
SECONDS = 300
CHUNK = 1 << 18

DECLARATIONS = (b"<!DOCTYPE", b"<!ENTITY")
_CELL, _FORMULA = rb"<(?:\w+:)?c\b", rb"<(?:\w+:)?f\b[^<>]*>[^<]*</(?:\w+:)?f>"
_ERROR = re.compile(_CELL + rb'([^<>]*\bt="e"[^<>]*)>(?:' + _FORMULA + rb"|<(?:\w+:)?f\b[^<>]*/>)?<(?:\w+:)?v>([^<]*)<")
_UNSOLVED = re.compile(
    _CELL + rb"((?:(?!\bt=)[^<>])*)>(" + _FORMULA + rb")(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?</(?:\w+:)?c>"
)
_TAG = re.compile(rb"<[^<>]*>")
_PLACE = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')


class Refused(Exception):
    """The workbook is not read; `kind`, and the part or limit that shows why."""

    def __init__(self, kind: str, value: str | None = None, hint: str | None = None) -> None:
        super().__init__(kind)
        self.report = {"refused": kind, "value": value, "hint": hint}


class Fault(NamedTuple):
    """A cell without a value: its row (from 1) and column (from 0), the kind of problem, and its error or formula."""

    row: int
    column: int
    kind: str
    text: str


class Package:
    """The parts of the zip file, read with a limit on what they unpack to, all together."""

    def __init__(self, archive: zipfile.ZipFile, limit: int) -> None:
        self.archive, self.limit, self.unpacked = archive, limit, 0
        self.parts = {info.filename: info for info in archive.infolist()}
        if len(archive.infolist()) > MOST_PARTS or len(self.parts) < len(archive.infolist()):
            raise Refused("not_a_sheet")

    def chunks(self, name: str) -> Iterator[bytes]:
        """The part in chunks, each checked; what its header says of its size is not believed."""
        info, size, tail = self.parts[name], 0, b""
        declared, info.file_size = info.file_size, sys.maxsize  # how much to read
        with self.archive.open(info) as part:
            while chunk := part.read(CHUNK):
                size += len(chunk)
                self.unpacked += len(chunk)
                if size > max(SMALL_PART, RATIO * info.compress_size):
                    raise Refused("bomb", name)
                if self.unpacked > self.limit:
                    raise Refused("too_large_unpacked", hint=f"{self.limit >> 20}\u00a0MB")
                if any(mark in tail + chunk for mark in DECLARATIONS):
                    raise Refused("entities", name)
                if not tail and b"<" in chunk[:8] and b"\0" in chunk[:8]:  # XML in UTF-16 could hide entities
                    raise Refused("not_a_sheet")
                tail = chunk[-16:]
                yield chunk
        info.file_size = declared
        if size != declared:
            raise Refused("bomb", name)

    def xml(self, name: str) -> ElementTree.Element:
        """A small part, parsed; no more of it is read than a small part has."""
        return ElementTree.fromstring(b"".join(islice(self.chunks(name), SMALL_PART // CHUNK)))  # noqa: S314 -- no entities


def linked(package: Package, part: str) -> dict[str, tuple[str, str]]:
    """What a part links to ("" is the package): kind and part by the link's id."""
    folder, name = posixpath.split(part)
    links = package.xml(posixpath.join(folder, "_rels", f"{name}.rels"))
    targets = ((link, posixpath.join("/", folder, link.get("Target", ""))) for link in links)
    return {
        link.get("Id", ""): (posixpath.basename(link.get("Type", "")), posixpath.normpath(target).lstrip("/"))
        for link, target in targets
    }


def visible_sheets(package: Package) -> list[tuple[str, str]]:
    """Name and part of each visible worksheet, in order."""
    book = next((part for kind, part in linked(package, "").values() if kind == "officeDocument"), "")
    links = linked(package, book)
    found = []
    for sheet in package.xml(book).iter():
        if sheet.tag.endswith("}sheet") and sheet.get("state", "visible") == "visible":
            kind, part = links.get(next((value for key, value in sheet.items() if key.endswith("}id")), ""), ("", ""))
            if kind == "worksheet":
                found.append((sheet.get("name", ""), part))
    return found


def check(path: str, limit: int, wanted: str | None) -> tuple[int, list[str], list[Fault]]:
    """Unpack every part once; raises `Refused`.

    Gives the bytes unpacked, the names of the visible sheets, the wanted one (or the first) foremost, and its faults.
    """
    with zipfile.ZipFile(path) as archive:
        package = Package(archive, limit)
        sheets = visible_sheets(package)
        if not sheets:
            raise Refused("not_a_sheet")
        if wanted is not None:
            if wanted not in (name for name, _part in sheets):
                raise Refused("no_sheet", wanted, ", ".join(name for name, _part in sheets))
            sheets.sort(key=lambda sheet: sheet[0] != wanted)
        faults: list[Fault] = []
        for name in package.parts:
            chunks = package.chunks(name)
            if name == sheets[0][1]:
                faults = list(islice(find_faults(chunks), MOST_FAULTS))
            deque(chunks, maxlen=0)
    return package.unpacked, [name for name, _part in sheets], faults


def find_faults(chunks: Iterator[bytes]) -> Iterator[Fault]:
    """Cells that hold an error, or a formula that was saved without its result: the reader shows both as empty."""
    rest = b""
    for chunk in chunks:
        text = rest + chunk
        end = text.rfind(b"c>") + 2 if b"c>" in text else 0
        text, rest = text[:end], text[end:][-CHUNK:]
        if b't="e"' in text:
            yield from (_fault("error_cell", *match.groups()) for match in _ERROR.finditer(text))
        if b"f>" in text:
            yield from (_fault("no_result", *match.groups()) for match in _UNSOLVED.finditer(text))


def _fault(kind: str, attributes: bytes, text: bytes) -> Fault:
    place = _PLACE.search(attributes)
    if place is None:  # allowed, but written by no spreadsheet program
        raise Refused("not_a_sheet")
    column, row = column_index(place[1].decode()), int(place[2])
    return Fault(row, column, kind, unescape(_TAG.sub(b"", text).decode("utf-8", "replace")))


def column_index(letters: str) -> int:
    """0 for A, 26 for AA."""
    return reduce(lambda index, letter: 26 * index + ord(letter) - 64, letters, 0) - 1


def _of_float(value: float) -> str:
    return str(int(value)) if value % 1 == 0 and abs(value) < 1e15 else repr(value)


def _of_moment(value: datetime) -> str:
    return (value + timedelta(microseconds=500_000)).replace(microsecond=0).isoformat()


def _of_duration(value: timedelta) -> str:
    minutes, seconds = divmod(round(value.total_seconds()), 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"


TEXT: dict[type, Callable[[Any], str]] = {
    str: str,
    float: _of_float,
    int: str,
    bool: lambda value: "TRUE" if value else "FALSE",
    datetime: _of_moment,
    date: date.isoformat,
    time: time.isoformat,
    timedelta: _of_duration,
}


def write_csv(path: str, sheet_name: str) -> int:
    """Write the rows that hold anything to standard output, numbers and dates as ISO text; gives the first column."""
    sheet = CalamineWorkbook.from_path(path).get_sheet_by_name(sheet_name)
    with open(sys.stdout.fileno(), "w", encoding="utf-8", newline="", closefd=False) as out:
        writer = csv.writer(out, lineterminator="\n")
        for number, row in enumerate(sheet.iter_rows(), start=1):
            texts = [value if type(value) is str else TEXT[type(value)](value) for value in row]
            if any(texts):
                writer.writerow([number, *texts])
    return sheet.start[1] if sheet.start else 0


def limit_memory(unpacked: int) -> None:
    """From here on, take no more memory than a sheet of that many bytes explains."""
    allowed = MEMORY + MEMORY_RATIO * unpacked
    with contextlib.suppress(ValueError, OSError):  # a lower limit is set from outside, or the system knows none
        resource.setrlimit(resource.RLIMIT_AS, (allowed, resource.getrlimit(resource.RLIMIT_AS)[1]))


def convert(path: str, limit: int, wanted: str | None) -> dict[str, Any]:
    """What is said on standard error of this workbook, after its rows went to standard output."""
    unpacked, sheets, faults = check(path, limit, wanted)
    limit_memory(unpacked)
    first_column = write_csv(path, sheets[0])
    shifted = [fault._replace(column=fault.column - first_column) for fault in faults]
    return {"sheet": sheets[0], "others": sheets[1:], "faults": shifted}


UNREADABLE = (
    CalamineError, zipfile.BadZipFile, zlib.error, ElementTree.ParseError, EOFError, KeyError, RuntimeError, ValueError
)  # fmt: skip


def main(path: str, limit: str, sheet: str | None = None) -> int:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    limit_memory(0)
    try:
        report = convert(path, int(limit), sheet)
    except Refused as refused:
        report = refused.report
    except MemoryError:
        report = Refused("bomb").report
    except UNREADABLE as error:
        report = Refused("encrypted" if "encrypted" in str(error) else "not_a_sheet").report
    json.dump(report, sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
