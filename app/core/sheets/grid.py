"""A file before anybody knows what its columns mean: text in any usual encoding, workbook or JSON, as rows of texts.

grid = open_grid(path, sheet="Detalle")
for line, texts in grid.top(12): ...
table = grid.table(grid.find_header(["Fecha", "Agente"]))
"""

from __future__ import annotations

import csv
import os
import tempfile
import weakref
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections import Counter, deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from os import PathLike
from pathlib import Path

from app.core.problems import BadFile, Problem, ProblemKind
from app.core.sheets.cells import tidy
from app.core.sheets.columns import Column, header_key
from app.core.sheets.csvfile import DELIMITERS, Layout, has_rows
from app.core.sheets.encoding import check_text, open_text
from app.core.sheets.htmlfile import Extracted, extract, is_page
from app.core.sheets.jsonfile import Flattened, flatten, is_json
from app.core.sheets.table import MAX_BYTES, MAX_ROWS, MAX_UNPACKED, Table
from app.core.sheets.xlsxfile import Converted, convert, is_workbook

LOOKED_AT = 40  # rows in which the header is looked for
CHUNK = 1 << 20

TextRow = tuple[int, list[str]]


@dataclass(frozen=True)
class _Copy:
    """A temporary file that goes when this object goes."""

    path: Path


@dataclass(frozen=True)
class Grid:
    """A file's rows. `kind` is csv, xlsx, json or html; `sheets` and `lists` are what a part can be chosen of.

    `encoding` is how the text was written; `header_rows` is in how many rows the columns are named.
    """

    path: Path
    kind: str
    encoding: str = "utf-8"
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    chosen_list: str | None = None
    lists: tuple[str, ...] = ()
    header_rows: int = 1
    _kept: Converted | Flattened | Extracted | _Copy | None = field(default=None, repr=False)

    @property
    def numbered(self) -> bool:
        """Whether each record begins with its row's number."""
        return self.kind != "csv"

    @property
    def delimiters(self) -> tuple[str, ...]:
        return (",",) if self.numbered else DELIMITERS

    def delimiter(self) -> str:
        """What separates the fields: what gives most rows the same number of them, more than one."""
        return max(self.delimiters, key=self._regularity)

    def _regularity(self, delimiter: str) -> tuple[int, int]:
        widths = Counter(len(texts) for _line, texts in self.top(LOOKED_AT, delimiter) if len(texts) > 1)
        width, count = max(widths.items(), key=lambda pair: (pair[1], pair[0]), default=(0, 0))
        return count if width > 1 else 0, width

    def rows(self, delimiter: str | None = None) -> Iterator[TextRow]:
        """The filled rows with the numbers a person sees, read leniently: for looking, not for taking in."""
        for line, _after, record in self._records(delimiter):
            if any(record):
                yield self._row(line, record)

    def _row(self, line: int, record: list[str]) -> TextRow:
        texts = [tidy(one) for one in record]
        return (int(texts[0]), texts[1:]) if self.numbered else (line, texts)

    def _records(self, delimiter: str | None = None) -> Iterator[tuple[int, int, list[str]]]:
        """Each record as it stands: its line in the text, the line after it, its fields."""
        try:
            with open_text(self.path) as text:
                reader, line = csv.reader(text, delimiter=delimiter or self.delimiter()), 1
                for record in reader:
                    yield line, reader.line_num + 1, record
                    line = reader.line_num + 1
        except csv.Error:
            return

    def top(self, count: int, delimiter: str | None = None) -> list[TextRow]:
        """The first filled rows."""
        return list(islice(self.rows(delimiter), count))

    def ends(self, first: int, last: int) -> tuple[list[TextRow], list[TextRow], int]:
        """The first and the last filled rows, and how many there are."""
        tail: deque[tuple[int, list[str]]] = deque(maxlen=last)
        count = 0
        for line, _after, record in self._records():
            if any(record):
                count += 1
                tail.append((line, record))
        return self.top(first), [self._row(line, record) for line, record in tail], count

    def find_header(self, names: Collection[str]) -> int:
        """The row, of the first ones, that has most of these columns; the lowest, where several rows name them."""
        wanted = {header_key(name) for name in names}
        best = max(
            ((self._found(texts, wanted), -line) for one in self.delimiters for line, texts in self._headers(one)),
            default=(0, -1),
        )
        return -best[1]

    def likely_header(self) -> int:
        """The first row with most cells filled, where nothing is known of its names."""
        filled = [(sum(map(bool, texts)), line) for line, texts in self.top(LOOKED_AT)]
        most = max((count for count, _line in filled), default=0)
        return next((line for count, line in filled if count == most), 1)

    def _headers(self, delimiter: str) -> Iterator[TextRow]:
        """What each of the first rows names the columns, with those above it that belong to it."""
        top = self.top(LOOKED_AT, delimiter)
        for place, (line, _texts) in enumerate(top):
            rows = top[max(0, place - self.header_rows + 1) : place + 1]
            yield line, joined_names([texts for _line, texts in rows])

    @staticmethod
    def _found(texts: Sequence[str], wanted: set[str]) -> int:
        return len(wanted.intersection(map(header_key, unique_names(texts))))

    def layout(self, header_line: int, names: Collection[str] = ()) -> Layout:
        """How the file is laid out below this row; the delimiter is told by the columns it should have."""
        wanted = {header_key(name) for name in names}
        found = [(one, self._record_at(header_line, one)) for one in self.delimiters]
        usual = self.delimiter()
        score = {one: (self._found(record[1], wanted), one == usual) for one, record in found if record}
        if not score:
            raise BadFile(Problem(ProblemKind.EMPTY_FILE))
        delimiter = max(score, key=lambda one: score[one])
        after, texts = next(record for one, record in found if one == delimiter and record)
        texts = [" ".join(text.split()) for text in self._fitted(texts, header_line, delimiter)]
        return Layout(self.path, delimiter, tuple(unique_names(texts)), header_line, after, self.numbered)

    def _record_at(self, line: int, delimiter: str) -> tuple[int, list[str]] | None:
        above: deque[list[str]] = deque(maxlen=self.header_rows)
        for at, after, record in self._records(delimiter):
            if not any(record):
                continue
            shown, texts = self._row(at, record)
            above.append(texts)
            if shown == line:
                return after, joined_names(list(above))
        return None

    def _fitted(self, names: list[str], header_line: int, delimiter: str) -> list[str]:
        """The names, as many as the rows below have cells: tools end rows with separators the header has not, or has."""
        widths = Counter(len(texts) for line, texts in self.top(LOOKED_AT, delimiter) if line > header_line)
        width = max(widths, key=lambda one: (widths[one], one), default=len(names))
        if width > len(names):
            return [*names, *[""] * (width - len(names))] if self._only_ends(names, header_line, delimiter) else names
        return names if any(names[width:]) or not width else names[:width]

    def _only_ends(self, names: list[str], header_line: int, delimiter: str) -> bool:
        """Whether what the rows have more of than the header is empty."""
        below = (texts for line, texts in self.top(LOOKED_AT, delimiter) if line > header_line)
        return not any(any(texts[len(names) :]) for texts in below)

    def table(self, header_line: int, names: Sequence[str] | None = None, required: Collection[str] = ()) -> Table:
        """The rows below the header: the columns of these `names` (all unless given); raises `BadFile`."""
        layout = self.layout(header_line, names or ())
        columns = [Column(name, required=name in required) for name in (layout.header if names is None else names)]
        table = Table(layout, columns, False, self._kept if isinstance(self._kept, Converted) else None)
        if not has_rows(layout):
            raise BadFile(Problem(ProblemKind.NO_ROWS, header_line))
        table.holds = self._kept
        return table


def joined_names(rows: Sequence[Sequence[str]]) -> list[str]:
    """One name a column from the rows of a header: what spans several columns is said of each of them."""
    width = max(map(len, rows), default=0)
    level = [[*texts, *[""] * (width - len(texts))] for texts in rows]
    for depth, texts in enumerate(level[:-1]):
        below = [any(one[place] for one in level[depth + 1 :]) for place in range(width)]
        said, spreads = "", False
        for place, text in enumerate(texts):
            if text:
                said, spreads = text, below[place]
            elif spreads and below[place]:
                texts[place] = said
    return [" · ".join(dict.fromkeys(filter(None, parts))) for parts in zip(*level, strict=True)]


def unique_names(texts: Sequence[str]) -> list[str]:
    """Names for the columns of a header: an empty one by its place, a repeated one with which time it is."""
    names: list[str] = []
    seen: Counter[str] = Counter()
    for place, text in enumerate(texts, start=1):
        name = text or f"({place})"
        seen[header_key(name)] += 1
        again = seen[header_key(name)]
        if again > 1:
            name = f"{name} ({again})"
            seen[header_key(name)] += 1
        names.append(name)
    return names


def open_grid(
    path: str | PathLike[str],
    *,
    sheet: str | None = None,
    chosen_list: str | None = None,
    header_rows: int = 1,
    max_bytes: int = MAX_BYTES,
) -> Grid:
    """Open a CSV, XLSX or JSON file, told by its content; raises `BadFile` for one that is unsafe or can't be read."""
    grid = _opened(Path(path), sheet, chosen_list, max_bytes)
    return replace(grid, header_rows=header_rows) if grid.kind != "json" else grid


def _opened(path: Path, sheet: str | None, chosen_list: str | None, max_bytes: int) -> Grid:
    if path.stat().st_size > max_bytes:
        raise BadFile(Problem(ProblemKind.TOO_LARGE, hint=f"{max_bytes >> 20}\u00a0MB"))
    with path.open("rb") as file:
        head = file.read(256)
    if is_workbook(head):
        book = convert(path, MAX_UNPACKED, sheet, keep=True)
        return Grid(book.path, "xlsx", sheet=book.sheet, sheets=(book.sheet, *book.others), _kept=book)
    if is_json(head):
        flat = flatten(path, chosen_list)
        return Grid(flat.path, "json", chosen_list=flat.chosen, lists=flat.lists, _kept=flat)
    if is_page(head):
        page = extract(path)
        return Grid(page.path, "html", _kept=page)
    return _text(path)


def _text(path: Path) -> Grid:
    if not path.stat().st_size:
        raise BadFile(Problem(ProblemKind.EMPTY_FILE))
    try:
        check_text(path, MAX_ROWS)
        return Grid(path, "csv")
    except BadFile as bad:
        encoding = _other_encoding(path, bad.problems[0].kind)
        if encoding is None:
            raise
    copy = _utf8_copy(path, encoding)
    check_text(copy.path, MAX_ROWS)
    return Grid(copy.path, "csv", encoding=encoding, _kept=copy)


def _other_encoding(path: Path, kind: object) -> str | None:
    """UTF-16 where its mark says so; Windows-1252 where what is not ASCII is hardly ever UTF-8."""
    with path.open("rb") as file:
        data = file.read(CHUNK << 3)
    if kind == ProblemKind.UTF_16:
        return "utf-16" if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else None
    if kind != ProblemKind.UNKNOWN_ENCODING:
        return None
    marks = sum(byte > 127 for byte in data)
    read = sum(len(one.encode()) for one in data.decode("utf-8", "ignore") if ord(one) > 127)
    return "cp1252" if read * 4 < marks or not marks else None


def _utf8_copy(path: Path, encoding: str) -> _Copy:
    descriptor, name = tempfile.mkstemp(prefix="hilo-text-", suffix=".csv")
    try:
        with (
            path.open(encoding=encoding, newline="", errors="strict") as source,
            os.fdopen(descriptor, "w", encoding="utf-8", newline="") as out,
        ):
            while chunk := source.read(CHUNK):
                out.write(chunk)
    except BaseException as error:
        Path(name).unlink()
        if isinstance(error, UnicodeError):
            raise BadFile(Problem(ProblemKind.UNKNOWN_ENCODING, 1)) from None
        raise
    copy = _Copy(Path(name))
    weakref.finalize(copy, Path.unlink, copy.path, missing_ok=True)
    return copy
