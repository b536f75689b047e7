"""CSV as people send it: UTF-8 with or without its mark, comma, semicolon or tab, any line ends, quoted line breaks.

Small files, and those with quotation marks in odd places, are read with care by the csv module; the others by `scan`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TextIO

import numpy as np

from app.core.problems import BadFile, Problem, ProblemKind
from app.core.sheets.cells import Cells, tidy
from app.core.sheets.encoding import open_text
from app.core.sheets.scan import Integers, Records, blank, parse, scan

DELIMITERS = (",", ";", "\t")
HEAD = 1 << 16  # where the header is looked for, in characters
CHUNK = 1 << 21  # read at once, in characters
SMALL = 1 << 20  # files of fewer bytes are read sooner than pandas is imported
BATCH = 1000  # rows held as lists: more would keep the garbage collector busy

_LEADING_BLANKS = re.compile(r"(?:[ \t,;]*\n)*")
_DELIMITER_LINE = re.compile(r'"?sep=([,;\t])"?\n', re.IGNORECASE)  # what Excel writes and reads


@dataclass(frozen=True, slots=True)
class Layout:
    """How a text file is laid out. `header_line` is the row of the names as a person sees it.

    `numbered`: the first field of each record is the row's number in the workbook the text was made from.
    """

    path: Path
    delimiter: str
    header: tuple[str, ...]
    header_line: int
    data_line: int
    numbered: bool = False

    @property
    def width(self) -> int:
        """Fields a record must have."""
        return len(self.header) + self.numbered

    def open_data(self) -> TextIO:
        """The text after the header; line ends are `\\n`."""
        text = open_text(self.path)
        for _ in range(self.data_line - 1):
            text.readline()
        return text


@dataclass(frozen=True, slots=True)
class RawBlock:
    """Some rows: their numbers, the cells of the wanted columns by position, and the rows that could not be read."""

    lines: Integers
    cells: dict[int, Cells]
    problems: list[Problem]


def read_layout(path: Path, score: Callable[[Sequence[str]], int], *, numbered: bool = False) -> Layout:
    """Find the header and the delimiter: the one whose fields `score` highest, then the one that gives most fields."""
    with open_text(path) as text:
        head = text.read(HEAD)
    delimiters, at = (",",) if numbered else DELIMITERS, 0
    if blanks := _LEADING_BLANKS.match(head):
        at = blanks.end()
    if declared := _DELIMITER_LINE.match(head, at):
        delimiters, at = (declared[1],), declared.end()
    line = head.count("\n", 0, at) + 1
    if not head[at:].strip():
        raise BadFile(Problem(ProblemKind.EMPTY_FILE))
    found = [(delimiter, *_first_record(head[at:], delimiter)) for delimiter in delimiters]
    delimiter, fields, height = max(found, key=lambda each: (score(each[1]), len(each[1])))
    if len(fields) < 2 and not all(each[1] for each in found):  # the right delimiter is the one that failed
        raise BadFile(Problem(ProblemKind.UNCLOSED_QUOTE, line))
    shown = int(fields.pop(0)) if numbered else line
    return Layout(path, delimiter, tuple(fields), shown, line + height, numbered)


def _first_record(text: str, delimiter: str) -> tuple[list[str], int]:
    """The fields of the first record and the lines it takes; no fields if its quotation marks are wrong."""
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    try:
        return [tidy(field) for field in next(reader)], reader.line_num
    except csv.Error:
        return [], 1


def has_rows(layout: Layout) -> bool:
    """Whether anything follows the header."""
    with layout.open_data() as text:
        return any(part.strip(' \n\t",;') for part in iter(lambda: text.read(HEAD), ""))


def read_blocks(layout: Layout, wanted: Sequence[int], size: int) -> Iterator[RawBlock]:
    """The rows in blocks of at most `size`; `wanted` are positions in the header.

    Raises `BadFile` where a quotation mark is never closed.
    """
    fields = [index + layout.numbered for index in wanted]
    if layout.numbered:
        fields.append(0)
    read = _read_carefully if layout.path.stat().st_size < SMALL else _read_fast
    with layout.open_data() as text:
        for block in read(text, layout, fields, size):
            yield _numbered(block) if layout.numbered else block


def _numbered(block: RawBlock) -> RawBlock:
    cells = {index - 1: cells for index, cells in block.cells.items() if index}
    return RawBlock(block.cells[0].map(int).astype(np.int64), cells, block.problems)


def _ragged(layout: Layout, line: int, fields: int) -> Problem:
    return Problem(ProblemKind.RAGGED_ROW, line, value=str(fields), hint=str(layout.width))


def _read_fast(text: TextIO, layout: Layout, wanted: Sequence[int], size: int) -> Iterator[RawBlock]:
    line, rest = layout.data_line, ""
    while True:
        chunk = text.read(CHUNK)
        data = rest + chunk
        if not data:
            return
        if not chunk and not data.endswith("\n"):
            data += "\n"
        encoded = data.encode()
        records = scan(encoded, ord(layout.delimiter))
        if records is None or not len(records):  # odd quotation marks, or one record longer than the chunk
            following = chain(io.StringIO(data + text.readline()), text)
            yield from _read_carefully(following, layout, wanted, size, line)
            return
        for piece in records.pieces(size):
            yield _piece(encoded, piece, layout, wanted, line)
        end = int(records.ends[-1]) + 1
        line += encoded.count(b"\n", 0, end)
        rest = encoded[end:].decode()


def _piece(data: bytes, records: Records, layout: Layout, wanted: Sequence[int], line: int) -> RawBlock:
    filled = ~blank(data, records, layout.delimiter.encode())
    whole = records.fields == layout.width
    ragged = np.flatnonzero(filled & ~whole)
    lines = records.newlines + line
    problems = [_ragged(layout, int(lines[row]), int(records.fields[row])) for row in ragged]
    kept = filled & whole
    return RawBlock(lines[kept], parse(data, records, kept, layout.delimiter, layout.width, wanted), problems)


def _read_carefully(
    text: Iterable[str], layout: Layout, wanted: Sequence[int], size: int, line: int = 0
) -> Iterator[RawBlock]:
    rows = _rows(text, layout, line or layout.data_line)
    while True:
        lines: list[int] = []
        columns: dict[int, list[str]] = {index: [] for index in wanted}
        problems: list[Problem] = []
        while batch := list(islice(rows, min(BATCH, size - len(lines) - len(problems)))):
            problems += [row for _, row in batch if isinstance(row, Problem)]
            read = [(line, row) for line, row in batch if not isinstance(row, Problem)]
            lines += [line for line, _ in read]
            for index, texts in columns.items():
                texts += [row[index] for _, row in read]
        if not lines and not problems:
            return
        cells = {index: Cells.of(texts).tidied() for index, texts in columns.items()}
        yield RawBlock(np.array(lines, np.int64), cells, problems)


def _rows(text: Iterable[str], layout: Layout, first_line: int) -> Iterator[tuple[int, list[str] | Problem]]:
    """Each filled row with its number, or what is wrong with it."""
    reader = csv.reader(text, delimiter=layout.delimiter, strict=True)
    width = layout.width
    while True:
        line = first_line + reader.line_num
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "expected after" not in str(error):  # the end of the file, or of what a cell may hold, inside a cell
                raise BadFile(Problem(ProblemKind.UNCLOSED_QUOTE, line)) from None
            yield line, Problem(ProblemKind.BAD_QUOTES, line)
            continue
        if len(row) == width:
            if any(row) and any(map(str.strip, row)):
                yield line, row
        elif any(map(str.strip, row)):
            yield line, _ragged(layout, line, len(row))
