"""The two shapes of a findings file: a row per check (long), or a row per audit with a column per criterion (wide)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

import numpy as np

from app.audits.intake import columns
from app.audits.intake.columns import CHECK_NAMES
from app.audits.intake.gathered import Checks, Codes, Integers, Mask
from app.audits.intake.problems import FindingProblem
from app.audits.intake.sorting import Faults, Lexicon
from app.audits.intake.source import Source
from app.core.problems import BadFile, Problem, ProblemKind
from app.core.sheets import Block, Cells


class Shape(Protocol):
    """How the checks stand in a file's rows."""

    unknown: Collection[str]
    """Headers that mean nothing in this shape."""
    found: Found

    def take(self, block: Block, audit: Integers) -> None:
        """Take the checks of a block, whose rows are about these audits."""


class Found:
    """The checks taken so far."""

    def __init__(self) -> None:
        self._criteria, self._comments = Lexicon(), Lexicon()
        self._parts: list[tuple[Integers, Integers, Integers, Codes, Codes, Integers]] = []

    def add(
        self,
        block: Block,
        audit: Integers,
        given: Mask | slice,
        criterion: Cells,
        result: Codes,
        cause: Codes,
        comment: Cells,
    ) -> None:
        """Add the checks of these rows."""
        lines = block.lines.astype(np.int32)
        texts = self._criteria.codes(criterion), self._comments.codes(comment)
        self._parts.append((audit[given], lines[given], texts[0][given], result[given], cause[given], texts[1][given]))

    def checks(self) -> Checks:
        """All of them."""
        nothing = tuple(np.zeros(0, kind) for kind in (np.int32, np.int32, np.int32, np.int8, np.int8, np.int32))
        parts = self._parts or [nothing]
        audit, line, criterion, result, cause, comment = (np.concatenate(part) for part in zip(*parts, strict=True))
        named, said = self._criteria.cells(criterion), self._comments.cells(comment)
        return Checks(audit, line, named, result, cause, said)


class Long:
    """A row per check."""

    def __init__(self, table: Source, faults: Faults) -> None:
        if "result" not in table.columns:
            header, names = ", ".join(table.headers.values()), "result, resultado"
            raise BadFile(Problem(ProblemKind.MISSING_COLUMN, 1, "result", header, names))
        self.unknown: Collection[str] = table.unknown
        self.faults, self.found, self.hints = faults, Found(), table.hints

    def take(self, block: Block, audit: Integers) -> None:
        result = _results(self.faults, block, audit, "result", np.ones(len(block), np.bool_), self.hints)
        cause = _causes(self.faults, block, audit, "cause")
        self.found.add(block, audit, slice(None), block.cells["criterion"], result, cause, block.cells["comment"])


class Wide:
    """A row per audit: for each criterion a column of its result, and perhaps one of its comment and of its cause."""

    def __init__(self, table: Source, faults: Faults, codes: Collection[str]) -> None:
        self.faults, self.found, self.hints = faults, Found(), table.hints
        parts: dict[str, dict[str, str]] = {}
        for header in table.unknown:
            code, part = columns.part_of(header)
            if part is not None and code in codes:
                parts.setdefault(code, {})[part] = header
        self.criteria = {code: headers for code, headers in parts.items() if "result" in headers}
        if not self.criteria:
            raise BadFile(Problem(FindingProblem.NO_CRITERIA, 1))
        known = {header for headers in self.criteria.values() for header in headers.values()}
        unknown = [header for header in table.unknown if header not in known]
        self.unknown: Collection[str] = [
            *unknown,
            *(table.headers[name] for name in CHECK_NAMES if name in table.columns),
        ]

    def take(self, block: Block, audit: Integers) -> None:
        for code, headers in self.criteria.items():
            given = block.cells[headers["result"]].where(bool)
            comment = block.cells[headers["comment"]] if "comment" in headers else Cells.empty(len(block))
            cause = np.zeros(len(block), np.int8)
            if "cause" in headers:
                cause = _causes(self.faults, block, audit, headers["cause"])
            result = _results(
                self.faults, block, audit, headers["result"], comment.where(bool) | (cause != 0), self.hints
            )
            criterion = Cells(np.zeros(len(block), np.int32), (code,))
            self.found.add(block, audit, given, criterion, result, cause, comment)


def _results(faults: Faults, block: Block, audit: Integers, name: str, wanted: Mask, hints: Mapping[str, str]) -> Codes:
    """The results of a column; an empty cell is a problem only where one is `wanted`."""
    codes = block.cells[name].map(columns.result_code).astype(np.int8)
    faults.blame(block, audit, codes == columns.UNKNOWN, ProblemKind.BAD_VALUE, name, hints.get(name, "pass, fail, na"))
    faults.blame(block, audit, (codes == columns.EMPTY) & wanted, ProblemKind.REQUIRED, name)
    return codes


def _causes(faults: Faults, block: Block, audit: Integers, name: str) -> Codes:
    codes = block.cells[name].map(columns.cause_code).astype(np.int8)
    allowed = ", ".join(cause.value for cause in columns.CAUSES if cause)
    faults.blame(block, audit, codes == columns.UNKNOWN, ProblemKind.BAD_VALUE, name, allowed)
    return codes
