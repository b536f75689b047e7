"""Which rows are about the same audit, block by block, and that they agree on what they say of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from app.audits.intake.columns import DEFAULT_SOURCE, HEAD_NAMES
from app.audits.intake.gathered import Integers, Mask
from app.audits.intake.problems import Complaints
from app.core.problems import Problem, ProblemKind
from app.core.sheets import Block, Cells


class Lexicon:
    """The distinct texts of a column over the whole file, numbered as they come."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def codes(self, cells: Cells) -> Integers:
        """The number of each row's text."""
        numbers = (self._numbers.setdefault(text, len(self._numbers)) for text in cells.distinct)
        return np.fromiter(numbers, np.int32, len(cells.distinct))[cells.codes]

    def cells(self, codes: Integers) -> Cells:
        """The texts of these numbers."""
        return Cells(codes, tuple(self._numbers))


@dataclass(slots=True)
class Faults:
    """What is wrong, and the audits it is wrong with."""

    complaints: Complaints
    _bad: list[Integers] = field(default_factory=list)

    def add(self, problems: Iterable[Problem]) -> None:
        """Problems of rows that could not be read, so that nobody knows their audit."""
        self.complaints.add(problems)

    def blame(
        self, block: Block, audit: Integers, mask: Mask, kind: StrEnum, name: str, hint: str | Integers | None = None
    ) -> None:
        """Something is wrong with a column of these rows; `hint` is one for all rows, or has one for each."""

        def make(row: int) -> Problem:
            return block.problem(kind, row, name, str(hint[row]) if isinstance(hint, np.ndarray) else hint)

        self.complaints.where(mask, make)
        self._bad.append(audit[mask])

    def bad(self, audits: int) -> Mask:
        """Which of so many audits have something wrong."""
        mask = np.zeros(audits, np.bool_)
        mask[np.concatenate([np.zeros(0, np.int32), *self._bad])] = True
        return mask


@dataclass(slots=True)
class Audits:
    """The audits found so far, in the order of their first rows.

    Where an audit may have `several` rows, they must say the same of it; else a second row is a mistake.
    """

    several: bool
    faults: Faults
    lines: Integers = field(default_factory=lambda: np.zeros(0, np.int32))
    """The first row of each."""
    row_counts: Integers = field(default_factory=lambda: np.zeros(0, np.int32))
    _numbers: dict[int, int] = field(default_factory=dict)
    _lexicons: dict[str, Lexicon] = field(default_factory=lambda: {name: Lexicon() for name in HEAD_NAMES})
    _heads: dict[str, Integers] = field(default_factory=lambda: {name: np.zeros(0, np.int32) for name in HEAD_NAMES})

    def of(self, block: Block) -> Integers:
        """The audit of each row of the block; new ones are noted with what they say of themselves."""
        heads = {name: self._lexicons[name].codes(_column(block, name)) for name in HEAD_NAMES}
        audit, fresh = self._number((heads["source"].astype(np.int64) << 32) + heads["audit_ref"])
        self.lines = np.concatenate([self.lines, block.lines[fresh].astype(np.int32)])
        counts = np.bincount(audit, minlength=len(self.lines)).astype(np.int32)
        counts[: len(self.row_counts)] += self.row_counts
        self.row_counts = counts
        named = block.cells["audit_ref"].where(bool)
        self.faults.blame(block, audit, ~named, ProblemKind.REQUIRED, "audit_ref")
        for name, codes in heads.items():
            self._heads[name] = np.concatenate([self._heads[name], codes[fresh]])
            if self.several:
                differs = named & (codes != self._heads[name][audit])
                self.faults.blame(block, audit, differs, ProblemKind.INCONSISTENT, name, self.lines[audit])
        if not self.several:
            named[fresh] = False
            self.faults.blame(block, audit, named, ProblemKind.DUPLICATE_ROW, "audit_ref", self.lines[audit])
        return audit

    def _number(self, keys: NDArray[np.int64]) -> tuple[Integers, NDArray[np.int64]]:
        """The audit of each key, and the rows in which new ones begin."""
        distinct, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
        order, known = np.argsort(first), len(self._numbers)
        numbers = np.zeros(len(distinct), np.int32)
        for place, key in zip(order.tolist(), distinct[order].tolist(), strict=True):
            numbers[place] = self._numbers.setdefault(key, len(self._numbers))
        return numbers[inverse], first[order][numbers[order] >= known]

    def heads(self) -> dict[str, Cells]:
        """What each audit says of itself, by column."""
        return {name: self._lexicons[name].cells(codes) for name, codes in self._heads.items()}


def _column(block: Block, name: str) -> Cells:
    """A column of the head; an audit that names no source is of the file's own."""
    cells = block.cells[name]
    if name != "source":
        return cells
    return Cells(cells.codes, tuple(text or DEFAULT_SOURCE for text in cells.distinct))
