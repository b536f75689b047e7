"""JSON with records nested in it, to rows: by way of CSV, as workbooks are.

An object's parts become columns named by their path (`agent.email`). Of the lists of objects within a record one, its
*list*, becomes rows: `answers`, or `sections.answers` for a list within a list; a part of the record is repeated on each
of its rows. Other lists stay in their cell.
"""

from __future__ import annotations

import csv
import json
import os
import tempfile
import weakref
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from app.core.problems import BadFile, Problem, ProblemKind

MAX_BYTES = 64 << 20  # read as a whole
DEEPEST = 12
FIRST_RECORDS = 500  # where the lists of a record are looked for

Values = dict[str, str]


@dataclass(frozen=True)
class Flattened:
    """The rows as CSV, each preceded by its number, in a temporary file that goes when this object goes.

    `lists`: the lists rows can be made of, that with most entries first; "" is a row for each record.
    """

    path: Path
    lists: tuple[str, ...]
    chosen: str


def is_json(head: bytes) -> bool:
    """Whether a file that begins so is meant to be JSON."""
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")


def flatten(path: Path, chosen: str | None = None) -> Flattened:
    """The records of a JSON file as rows, those of the list `chosen`, else of the longest; raises `BadFile`."""
    if path.stat().st_size > MAX_BYTES:
        raise BadFile(Problem(ProblemKind.TOO_LARGE, hint=f"{MAX_BYTES >> 20}\u00a0MB"))
    records = _records(_load(path))
    lists = _lists(records)
    if not records or not lists:
        raise BadFile(Problem(ProblemKind.EMPTY_FILE))
    where = lists[0] if chosen is None or chosen not in lists else chosen
    descriptor, name = tempfile.mkstemp(prefix="hilo-json-", suffix=".csv")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace", newline="") as out:
            _write(out, records, where)
    except BaseException:
        Path(name).unlink()
        raise
    flattened = Flattened(Path(name), lists, where)
    weakref.finalize(flattened, Path.unlink, Path(name), missing_ok=True)
    return flattened


def _load(path: Path) -> Any:
    """The whole file; one record a line is understood as well."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadFile(Problem(ProblemKind.UNKNOWN_ENCODING, error.object.count(b"\n", 0, error.start) + 1)) from None
    try:
        return json.loads(text)
    except RecursionError:
        raise BadFile(Problem(ProblemKind.BAD_JSON, 1)) from None
    except json.JSONDecodeError as error:
        if error.msg != "Extra data":
            raise BadFile(Problem(ProblemKind.BAD_JSON, error.lineno)) from None
    return list(_each_line(text))


def _each_line(text: str) -> Iterator[Any]:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                yield json.loads(line)
            except (json.JSONDecodeError, RecursionError):
                raise BadFile(Problem(ProblemKind.BAD_JSON, number)) from None


def _records(data: Any) -> list[dict[str, Any]]:
    """The records: the list the file is, or the longest list of objects within the object it is."""
    if _is_list(data):
        return [record for record in data if isinstance(record, dict)]
    found: list[list[dict[str, Any]]] = []
    level = [data]
    while level and not found:
        parts = [value for one in level if isinstance(one, dict) for value in one.values()]
        found = [[record for record in part if isinstance(record, dict)] for part in parts if _is_list(part)]
        level = parts
    if found:
        return max(found, key=len)
    return [data] if isinstance(data, dict) else []


def _is_list(value: Any) -> bool:
    """Whether it is a list of objects."""
    return isinstance(value, list) and any(isinstance(one, dict) for one in value)


def _lists(records: list[dict[str, Any]]) -> tuple[str, ...]:
    counts: Counter[str] = Counter()
    for record in records[:FIRST_RECORDS]:
        _count(record, "", counts, 0)
    return (*(path for path, _count in counts.most_common()), "")


def _count(record: dict[str, Any], at: str, counts: Counter[str], depth: int) -> None:
    if depth > DEEPEST:
        return
    for name, value in record.items():
        path = _below(at, name)
        if isinstance(value, dict):
            _count(value, path, counts, depth + 1)
        elif _is_list(value):
            counts[path] += len(value)
            for one in value:
                if isinstance(one, dict):
                    _count(one, path, counts, depth + 1)


def _write(out: TextIO, records: list[dict[str, Any]], where: str) -> None:
    """The header in row 1 and each row with its number."""
    names: dict[str, None] = {}
    for row in _rows(records, where):
        names.update(dict.fromkeys(row))
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([1, *names])
    for number, row in enumerate(_rows(records, where), start=2):
        writer.writerow([number, *(row.get(name, "") for name in names)])


def _rows(records: list[dict[str, Any]], where: str) -> Iterator[Values]:
    for record in records:
        yield from _spread(record, "", where, 0)


def _spread(record: dict[str, Any], at: str, where: str, depth: int) -> Iterator[Values]:
    """The rows of a record: one, or one for each entry of its list."""
    values: Values = {}
    lists: list[tuple[str, list[Any]]] = []
    _gather(record, at, where, values, lists, depth)
    entries = [
        row
        for path, found in lists
        for one in found
        if isinstance(one, dict)
        for row in _spread(one, path, where, depth + 1)
    ]
    if not entries:
        yield values
    for entry in entries:
        yield values | entry


def _gather(
    record: dict[str, Any], at: str, where: str, values: Values, lists: list[tuple[str, list[Any]]], depth: int
) -> None:
    """The values of a record and of the objects in it, and the lists that are to be rows."""
    for name, value in record.items():
        path = _below(at, name)
        if isinstance(value, dict) and depth < DEEPEST:
            _gather(value, path, where, values, lists, depth + 1)
        elif _is_list(value) and f"{where}.".startswith(f"{path}."):
            lists.append((path, value))
        else:
            values[path] = _text(value)


def _below(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name


def _text(value: Any) -> str:
    """A value as a cell holds it."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and not any(isinstance(one, (dict, list)) for one in value):
        return "; ".join(map(_text, value))
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return json.dumps(value, ensure_ascii=False)
