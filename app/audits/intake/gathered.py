"""A findings file as it stands: its cells as codes, audit by audit and check by check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.audits.intake.problems import Complaints
from app.core.problems import Problem
from app.core.sheets import Cells

Integers = NDArray[np.int32]
Codes = NDArray[np.int8]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Checks:
    """Single checks, one entry each: the audit and row they are in, the criterion's code, what was found.

    `result` is one of `PASS`, `FAIL`, `NA`, or below 0 where the cell could not be read; `cause` a place in `CAUSES`.
    """

    audit: Integers
    line: Integers
    criterion: Cells
    result: Codes
    cause: Codes
    comment: Cells


@dataclass(slots=True)
class Gathered:
    """A file as it stands. An audit is known by its place; `heads` has one entry per audit and column."""

    wide: bool
    headers: Mapping[str, str]
    hints: Mapping[str, str]
    repeats: bool
    """Whether rows that say the same are one."""
    unknown: tuple[str, ...]
    """Headers that mean nothing here."""
    remarks: list[Problem]
    complaints: Complaints
    rows: int
    unreadable: int
    lines: Integers
    """The first row of each audit."""
    row_counts: Integers
    heads: dict[str, Cells]
    checks: Checks
    bad: Mask
    """Which audits have something wrong."""

    def __len__(self) -> int:
        return len(self.lines)

    def blame(self, audits: NDArray[np.int32] | NDArray[np.int64]) -> None:
        """These audits have something wrong."""
        self.bad[audits] = True

    def check_column(self, check: int) -> str:
        """What the column is called in which a check names its criterion."""
        criterion = self.checks.criterion
        return criterion.distinct[criterion.codes[check]] if self.wide else self.headers["criterion"]


def absent(values: NDArray[np.object_]) -> Mask:
    """Which values are None."""
    return np.fromiter((value is None for value in values), np.bool_, len(values))
