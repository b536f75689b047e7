"""The table a profile is about, whichever part of the file holds it: one sheet, several below each other, two beside.

Rows of several sheets are counted through, so that a row has one number in whatever is said of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from os import PathLike
from typing import Protocol

import numpy as np

from app.audits.intake.problems import FindingProblem
from app.audits.profiles.columns import constant, without_last
from app.audits.profiles.mapping import SHEET, Join, plain
from app.audits.profiles.mapping import Mapping as Profile
from app.core.problems import BadFile, Problem, ProblemKind
from app.core.sheets import Block, Cells, Grid, Table, header_key, open_grid
from app.core.sheets.table import BLOCK_ROWS

MOST_SHEETS = 60
LEAST_ALIKE = 0.8
"""So much of a sheet's columns another one must have to be read below it, where no column is asked for yet."""


class Whole(Protocol):
    """Rows below a header; what `Table` is, and what is made of several."""

    columns: tuple[str, ...]
    unknown: tuple[str, ...]
    headers: Mapping[str, str]

    @property
    def remarks(self) -> Sequence[Problem]:
        """What is said of the file as a whole."""

    def blocks(self, size: int = BLOCK_ROWS) -> Iterator[Block]:
        """The rows."""


def open_whole(
    path: str | PathLike[str],
    profile: Profile,
    names: Sequence[str] | None = None,
    *,
    required: Sequence[str] = (),
    header: int | None = None,
) -> Whole:
    """The rows a profile is about: the columns of these `names`, all unless given; raises `BadFile`.

    `header` is the row of the names, where nothing is known yet by which it could be found.
    """
    grid = grid_of(path, profile)
    own = None if names is None else _own(names, profile)
    needed = [name for name in required if not _is_beside(name, profile)]
    line = header or grid.find_header(own or _own_names(profile))
    first = Trimmed(grid.table(line, own, needed), profile.rows_below)
    whole: Whole = first
    if profile.every_sheet and grid.kind == "xlsx":
        whole = _stacked(path, profile, grid, first, own, needed)
    if profile.join is not None and profile.join.key:
        whole = Beside(whole, profile.join, _other(path, profile), names)
    return whole


def grid_of(path: str | PathLike[str], profile: Profile) -> Grid:
    """The part of a file a profile is about; with every sheet, the first one that has its columns."""
    if not profile.every_sheet:
        return _sheet(path, profile, profile.sheet)
    grid = _first_sheet(path, profile)
    wanted = _own_names(profile)
    if not wanted or _has(grid, wanted):
        return grid
    others = (_sheet(path, profile, name) for name in grid.sheets[1:MOST_SHEETS])
    return next((other for other in others if _has(other, wanted)), grid)


def _first_sheet(path: str | PathLike[str], profile: Profile) -> Grid:
    """The sheet the profile was made from; another file of the tool need not have one of that name."""
    try:
        return _sheet(path, profile, profile.sheet)
    except BadFile as bad:
        if bad.problems[0].kind is not ProblemKind.NO_SHEET:
            raise
    return _sheet(path, profile, None)


def _sheet(path: str | PathLike[str], profile: Profile, name: str | None) -> Grid:
    return open_grid(path, sheet=name, chosen_list=profile.rows_of, header_rows=profile.header_rows)


def header_of(path: str | PathLike[str], profile: Profile) -> int:
    """The row that names the columns of a profile."""
    return grid_of(path, profile).find_header(_own_names(profile))


def keys_of(path: str | PathLike[str], sheet: str) -> list[str]:
    """The columns of a sheet that may say more of each record; raises `BadFile`."""
    grid = open_grid(path, sheet=sheet)
    return list(grid.table(grid.likely_header()).columns)


def like_sheets(path: str | PathLike[str], profile: Profile, header: int) -> list[str]:
    """The other sheets that would be read below the one that is chosen."""
    whole = open_whole(path, replace(profile, every_sheet=True, join=None), header=header)
    return [sheet for sheet, _part in whole.parts[1:]] if isinstance(whole, Stacked) else []


def _own_names(profile: Profile) -> list[str]:
    return _own(profile.columns(), profile)


def _own(names: Sequence[str], profile: Profile) -> list[str]:
    """The columns of the rows themselves, that of the key another sheet is found by among them."""
    own = [name for name in names if not _is_beside(name, profile)]
    return [*own, profile.join.key] if own and profile.join and profile.join.key not in ("", *own) else own


def _is_beside(name: str, profile: Profile) -> bool:
    return name == SHEET or (profile.join is not None and name.startswith(f"{profile.join.sheet}: "))


def _has(grid: Grid, wanted: Sequence[str]) -> bool:
    """Whether a sheet has all of these columns."""
    try:
        found = grid.layout(grid.find_header(wanted), wanted).header
    except BadFile:
        return False
    return {header_key(name) for name in wanted} <= {header_key(name) for name in found}


class Trimmed:
    """A table without the rows below it that are no data."""

    def __init__(self, table: Table, rows_below: int) -> None:
        self.columns, self.unknown = table.columns, table.unknown
        self.headers: Mapping[str, str] = table.headers
        self.remarks: Sequence[Problem] = [_as_chosen(remark) for remark in table.remarks]
        self._table, self._below = table, rows_below

    def blocks(self, size: int = BLOCK_ROWS) -> Iterator[Block]:
        """The rows."""
        return without_last(self._table.blocks(size), self._below)


# --- Below each other ---


def _stacked(
    path: str | PathLike[str],
    profile: Profile,
    grid: Grid,
    first: Trimmed,
    own: Sequence[str] | None,
    needed: Sequence[str],
) -> Whole:
    """The table and those of the other sheets that have its columns."""
    names, left = own or first.columns, list[str]()
    parts: list[tuple[str, Whole]] = [(grid.sheet or "", first)]
    least = len(needed or _own_names(profile)) or max(2, round(LEAST_ALIKE * len(names)))
    joined = profile.join.sheet if profile.join else None
    for name in grid.sheets[1:MOST_SHEETS]:
        other = _sheet(path, profile, name)
        part = None if name == joined else _alike(other, names, needed, least, profile)
        if part is not None:
            parts.append((name, part))
        elif name != joined:
            left.append(name)
    return Stacked(parts, left)


def _alike(grid: Grid, names: Sequence[str], needed: Sequence[str], least: int, profile: Profile) -> Trimmed | None:
    """The table of another sheet, if it is one of the same kind."""
    try:
        line = grid.find_header(names)
        table = grid.table(line, list(names))
    except BadFile:
        return None
    if len(table.columns) < least or set(needed or _own_names(profile)) - set(table.columns):
        return None
    return Trimmed(table, profile.rows_below)


def _as_chosen(remark: Problem) -> Problem:
    """What was not read, without the advice to put the data on the first sheet: a profile says which one it is on."""
    if remark.kind == ProblemKind.ONLY_FIRST_SHEET:
        return replace(remark, kind=ProblemKind.ONLY_THIS_SHEET)
    return remark


class Stacked:
    """Sheets with the same columns, one below the other; which sheet a row is of is a column too."""

    def __init__(self, parts: Sequence[tuple[str, Whole]], left: Sequence[str]) -> None:
        self.parts, self._left = parts, left
        first = parts[0][1]
        found = dict.fromkeys(name for _sheet, part in parts for name in part.columns)
        self.columns: tuple[str, ...] = (*found, SHEET)
        self.unknown = tuple(dict.fromkeys(name for _sheet, part in parts for name in part.unknown))
        self.headers: Mapping[str, str] = {**first.headers, SHEET: SHEET}
        self._spans: list[str] = []

    @property
    def remarks(self) -> list[Problem]:
        """How rows are counted, and which sheets are not read."""
        said = [Problem(FindingProblem.COUNTED_THROUGH, value="; ".join(self._spans))] if len(self._spans) > 1 else []
        if self._left:
            said.append(Problem(FindingProblem.SHEETS_LEFT, value=", ".join(self._left)))
        return said

    def blocks(self, size: int = BLOCK_ROWS) -> Iterator[Block]:
        """The rows of all sheets."""
        before, self._spans = 0, []
        for sheet, part in self.parts:
            last = 0
            for block in part.blocks(size):
                last = max([last, *block.lines[-1:].tolist(), *(problem.line or 0 for problem in block.problems)])
                yield self._moved(block, sheet, before)
            self._spans.append(f"“{sheet}” {before + 1}–{before + last}")
            before += last

    def _moved(self, block: Block, sheet: str, before: int) -> Block:
        cells = {name: block.cells.get(name) or Cells.empty(len(block)) for name in self.columns if name != SHEET}
        cells[SHEET] = constant(sheet, len(block))
        problems = [replace(one, line=(one.line or 0) + before) for one in block.problems]
        return Block(block.lines + before, cells, self.headers, problems)


# --- Beside each other ---


def _other(path: str | PathLike[str], profile: Profile) -> Table:
    """The sheet that says more of each record."""
    join = profile.join
    if join is None:
        raise ValueError("nothing is joined")
    grid = open_grid(path, sheet=join.sheet)
    wanted = [name.removeprefix(f"{join.sheet}: ") for name in profile.columns() if name.startswith(f"{join.sheet}: ")]
    line = grid.find_header([*wanted, join.other]) if join.other else grid.likely_header()
    return grid.table(line, None, ())


class Beside:
    """A table to whose rows another sheet adds what it says of the record with the same key."""

    def __init__(self, whole: Whole, join: Join, other: Table, names: Sequence[str] | None) -> None:
        if join.key not in whole.columns:
            raise BadFile(Problem(ProblemKind.MISSING_COLUMN, 1, join.key, ", ".join(whole.columns), join.key))
        if join.other not in other.columns:
            raise BadFile(Problem(ProblemKind.MISSING_COLUMN, 1, join.other, ", ".join(other.columns), join.other))
        self._whole, self._join = whole, join
        self._said, self._places, self._twice = _by_key(other, join.other)
        own = {f"{join.sheet}: {name}": name for name in other.columns if name != join.other}
        asked = own if names is None else [name for name in names if name in own]
        self._beside = {name: own[name] for name in asked}
        missing = [name for name in names or () if name.startswith(f"{join.sheet}: ") and name not in own]
        if missing:
            raise BadFile(Problem(ProblemKind.MISSING_COLUMN, 1, missing[0], ", ".join(own), missing[0]))
        self.columns = (*whole.columns, *self._beside)
        self.unknown = whole.unknown
        self.headers: Mapping[str, str] = {**whole.headers, **{name: name for name in self._beside}}
        self._lacking = 0

    @property
    def remarks(self) -> list[Problem]:
        """What is said of the sheets, and of rows and keys that do not meet."""
        said = [one for one in self._whole.remarks if one.kind != ProblemKind.ONLY_THIS_SHEET]
        if self._twice:
            said.append(Problem(FindingProblem.KEYS_TWICE, value=str(self._twice), hint=self._join.sheet))
        if self._lacking:
            said.append(Problem(FindingProblem.KEYS_LACKING, value=str(self._lacking), hint=self._join.sheet))
        return said

    def blocks(self, size: int = BLOCK_ROWS) -> Iterator[Block]:
        """The rows, each with what the other sheet says."""
        self._lacking = 0
        for block in self._whole.blocks(size):
            keys = block.cells[self._join.key]
            place = keys.map(lambda text: self._places.get(plain(text), -1)).astype(np.int64)
            self._lacking += int((place < 0).sum())
            found = {name: self._taken(self._said[column], place) for name, column in self._beside.items()}
            yield Block(block.lines, {**block.cells, **found}, self.headers, block.problems)

    @staticmethod
    def _taken(cells: Cells, place: np.ndarray) -> Cells:
        texts = (cells.distinct[cells.codes[one]] if one >= 0 else "" for one in place.tolist())
        return Cells.of(texts)


def _by_key(other: Table, key: str) -> tuple[dict[str, Cells], dict[str, int], int]:
    """The cells of the other sheet, the row of each key, and how many keys stand there more than once."""
    blocks = list(other.blocks())
    said = {name: Cells.of(text for block in blocks for text in block[name]) for name in other.columns}
    places: dict[str, int] = {}
    twice: set[str] = set()
    for place, text in enumerate(said[key].texts.tolist()):
        if places.setdefault(plain(text), place) != place:
            twice.add(plain(text))
    return said, places, len(twice)
