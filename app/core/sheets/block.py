"""Some rows of a table, whole columns at a time or one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from app.core.problems import Problem, ProblemKind
from app.core.sheets.cells import Cells, Mask


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number in the file, and its texts by column; an optional column the file has not is empty."""

    line: int
    values: Mapping[str, str]
    headers: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.values[column]

    def problem(self, kind: StrEnum, column: str, hint: str | None = None) -> Problem:
        """What is wrong with this row's cell in that column."""
        return Problem(kind, self.line, self.headers[column], self.values[column], hint)


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows: `lines[i]` is the number of row `i` in the file, `cells[column]` what the rows hold there.

    An optional column the file has not is there, empty. `headers`: how each column is called in the file. `problems`:
    rows that could not be read, and therefore are not among these.
    """

    lines: NDArray[np.int64]
    cells: Mapping[str, Cells]
    headers: Mapping[str, str]
    problems: Sequence[Problem]

    def __len__(self) -> int:
        return len(self.lines)

    def __getitem__(self, column: str) -> NDArray[np.object_]:
        """The text of each row in that column."""
        return self.cells[column].texts

    def rows(self) -> Iterator[Row]:
        """The rows one by one."""
        names = tuple(self.cells)
        for line, *texts in zip(self.lines.tolist(), *(self[name] for name in names), strict=True):
            yield Row(line, dict(zip(names, texts, strict=True)), self.headers)

    def problem(self, kind: StrEnum, row: int, column: str, hint: str | None = None) -> Problem:
        """What is wrong with the cell of row `row` of this block in that column."""
        cells = self.cells[column]
        return Problem(kind, int(self.lines[row]), self.headers[column], cells.distinct[cells.codes[row]], hint)

    def problems_at(self, mask: Mask, kind: StrEnum, column: str, hint: str | None = None) -> list[Problem]:
        """The same problem with that column in every row of the mask."""
        return [self.problem(kind, row, column, hint) for row in np.flatnonzero(mask).tolist()]

    def blanks(self, *columns: str) -> list[Problem]:
        """The empty cells of columns that must be filled in."""
        masks = ((name, self.cells[name].where(lambda text: not text)) for name in columns)
        return [p for name, mask in masks for p in self.problems_at(mask, ProblemKind.REQUIRED, name)]
