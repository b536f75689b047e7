"""A file with a table in it: opened and understood here, read in blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path

import numpy as np

from app.core.problems import BadFile, Problem, ProblemKind
from app.core.sheets.block import Block, Row
from app.core.sheets.cells import Cells
from app.core.sheets.columns import Column, header_key, known_headers, match_columns, repeated
from app.core.sheets.csvfile import Layout, RawBlock, has_rows, read_blocks, read_layout
from app.core.sheets.encoding import check_text
from app.core.sheets.xlsxfile import MOST_FAULTS, Converted, convert, is_workbook

MAX_BYTES = 512 << 20
MAX_UNPACKED = 256 << 20
MAX_ROWS = 5_000_000
MAX_PROBLEMS = MOST_FAULTS
LISTED_PROBLEMS = 100
BLOCK_ROWS = 50_000


class Table:
    """A file whose header is understood. Its rows may be read any number of times.

    `columns`: canonical names found, in the file's order. `unknown`: headers that mean no column; one without a name by
    its position, "(15)". `headers`: how each column is called in the file. `other_sheets`: visible sheets not read;
    `remarks` says so.
    """

    def __init__(
        self, layout: Layout, columns: Sequence[Column], keep_unknown: bool, workbook: Converted | None
    ) -> None:
        match = match_columns(layout, columns)
        named = {header: index for index, header in enumerate(layout.header) if header and header in match.unknown}
        self.remarks: Sequence[Problem] = tuple(_sheet_note(workbook))
        problems = match.problems + (repeated(layout, match.unknown) if keep_unknown else [])
        self.other_sheets = workbook.others if workbook else ()
        if problems:
            raise BadFile(*problems, *self.remarks)
        self.columns: tuple[str, ...] = tuple(match.places)
        self.unknown: tuple[str, ...] = tuple(match.unknown)
        self._layout, self._workbook = layout, workbook
        self.holds: object = workbook  # what keeps the file that is read
        self._places = match.places | (named if keep_unknown else {})
        self._absent = [column.name for column in columns if column.name not in match.places]
        found = {name: layout.header[index] for name, index in self._places.items()}
        self.headers: Mapping[str, str] = {name: name for name in self._absent} | found
        self._faults = self._find_faults()

    def blocks(self, size: int = BLOCK_ROWS) -> Iterator[Block]:
        """The rows in blocks of at most `size`, in order; memory does not grow with the file.

        Raises `BadFile` where a quotation mark is never closed, and when `MAX_PROBLEMS` rows can't be read.
        """
        found = [problem for problems in self._faults.values() for problem in problems]
        reported = 0
        for raw in read_blocks(self._layout, list(self._places.values()), size):
            found += raw.problems
            if len(found) >= MAX_PROBLEMS:
                raise _too_many(found)
            yield self._block(raw, found[reported:])
            reported = len(found)

    def rows(self, problems: list[Problem]) -> Iterator[Row]:
        """The rows one by one, for small files; what can't be read is added to `problems` on the way."""
        for block in self.blocks():
            problems += block.problems
            yield from block.rows()

    def _block(self, raw: RawBlock, problems: Sequence[Problem]) -> Block:
        lines, cells = raw.lines, {name: raw.cells[index] for name, index in self._places.items()}
        sound = ~np.isin(lines, list(self._faults))
        if not sound.all():
            lines, cells = lines[sound], {name: column.take(sound) for name, column in cells.items()}
        cells |= {name: Cells.empty(len(lines)) for name in self._absent}
        return Block(lines, cells, self.headers, problems)

    def _find_faults(self) -> dict[int, list[Problem]]:
        """The workbook's cells without a value, by row; those of columns that are not read do not matter."""
        headers = {index: self.headers[name] for name, index in self._places.items()}
        found: dict[int, list[Problem]] = {}
        for fault in self._workbook.faults if self._workbook else ():
            if fault.line > self._layout.header_line and fault.index in headers:
                problem = Problem(fault.kind, fault.line, headers[fault.index], fault.text)
                found.setdefault(fault.line, []).append(problem)
        if self._workbook and len(self._workbook.faults) >= MOST_FAULTS:  # the others were not looked for
            raise _too_many([problem for problems in found.values() for problem in problems])
        return found


def _sheet_note(workbook: Converted | None) -> list[Problem]:
    if not workbook or not workbook.others:
        return []
    return [Problem(ProblemKind.ONLY_FIRST_SHEET, value=workbook.sheet, hint=", ".join(workbook.others[:10]))]


def _too_many(problems: Sequence[Problem]) -> BadFile:
    return BadFile(*problems[:LISTED_PROBLEMS], Problem(ProblemKind.TOO_MANY_PROBLEMS, hint=str(MAX_PROBLEMS)))


def open_table(
    path: str | PathLike[str],
    *,
    columns: Sequence[Column],
    keep_unknown: bool = False,
    max_bytes: int = MAX_BYTES,
    max_rows: int = MAX_ROWS,
    max_unpacked: int = MAX_UNPACKED,
) -> Table:
    """Open a CSV or XLSX file, told by its content, and match its header to `columns`.

    `keep_unknown` gives the columns of unknown headers too, by their header as written. `max_unpacked`: the most
    bytes a workbook may unpack to. Raises `BadFile` for a file that is unsafe, is not a table, lacks a required column
    or has no rows.
    """
    path = Path(path)
    if path.stat().st_size > max_bytes:
        raise BadFile(Problem(ProblemKind.TOO_LARGE, hint=f"{max_bytes >> 20}\u00a0MB"))
    with path.open("rb") as file:
        workbook = convert(path, max_unpacked) if is_workbook(file.read(8)) else None
    source = workbook.path if workbook else path
    check_text(source, max_rows)
    known = known_headers(columns)
    layout = read_layout(source, lambda fields: sum(header_key(f) in known for f in fields), numbered=bool(workbook))
    table = Table(layout, columns, keep_unknown, workbook)
    if not has_rows(layout):
        raise BadFile(Problem(ProblemKind.NO_ROWS, layout.header_line))
    return table
