"""The cells of a findings file, gathered block by block and kept as codes, whichever its shape.

Which rows are about the same audit is settled here, and that they agree on what they say of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.audits.intake import columns
from app.audits.intake.columns import CHECK_NAMES, HEAD_NAMES
from app.audits.intake.problems import Complaints, FindingProblem
from app.core.problems import BadFile, Problem, ProblemKind
from app.core.sheets import Block, Cells, Table, open_table

Integers = NDArray[np.int32]
Codes = NDArray[np.int8]
Mask = NDArray[np.bool_]
Tick = Callable[[int], None]


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
        return (
            self.checks.criterion.distinct[self.checks.criterion.codes[check]]
            if self.wide
            else self.headers["criterion"]
        )


def gather(path: Path, codes: Collection[str], complaints: Complaints, tick: Tick) -> Gathered:
    """Read a findings file; `codes` are the criteria there are, `tick` is told how many rows have been read.

    Raises `BadFile` when the file as a whole can't be read.
    """
    table = open_table(path, columns=(*columns.HEAD, *columns.CHECK), keep_unknown=True)
    gatherer = _Wide(table, complaints, codes) if "criterion" not in table.columns else _Long(table, complaints)
    for block in table.blocks():
        gatherer.take(block)
        tick(gatherer.rows)
    return gatherer.gathered()


class _Lexicon:
    """The distinct texts of a column over the whole file, numbered as they come."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def codes(self, cells: Cells) -> Integers:
        """The number of each row's text."""
        number = (self.numbers.setdefault(text, len(self.numbers)) for text in cells.distinct)
        return np.fromiter(number, np.int32, len(cells.distinct))[cells.codes]

    def cells(self, codes: Integers) -> Cells:
        return Cells(codes, tuple(self.numbers))


class _Gatherer:
    """What both shapes share: which audit a row is about, and what its head says."""

    wide = False

    def __init__(self, table: Table, complaints: Complaints) -> None:
        self.table, self.complaints = table, complaints
        self.unknown: tuple[str, ...] = table.unknown
        self.rows = self.unreadable = 0
        self.numbers: dict[int, int] = {}
        self.lexicons = {name: _Lexicon() for name in (*HEAD_NAMES, "criterion", "comment")}
        self.heads = {name: np.zeros(0, np.int32) for name in HEAD_NAMES}
        self.lines, self.row_counts = np.zeros(0, np.int32), np.zeros(0, np.int32)
        self.bad: list[Integers] = []
        self.parts: list[tuple[Integers, Integers, Integers, Codes, Codes, Integers]] = []

    def take(self, block: Block) -> None:
        """Gather a block."""
        self.complaints.add(block.problems)
        self.unreadable += len({problem.line for problem in block.problems})
        self.rows += len(block) + len({problem.line for problem in block.problems})
        if len(block):
            self.check(block, self._audits(block))

    def check(self, block: Block, audit: Integers) -> None:
        """Gather what the rows say of criteria."""
        raise NotImplementedError

    def _audits(self, block: Block) -> Integers:
        """The audit of each row; new ones are noted with what they say of themselves."""
        heads = {name: self.lexicons[name].codes(_named(block, name)) for name in HEAD_NAMES}
        keys = (heads["source"].astype(np.int64) << 32) + heads["audit_ref"]
        distinct, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
        known, order = len(self.numbers), np.argsort(first)
        numbers = np.zeros(len(distinct), np.int32)
        for place, key in zip(order.tolist(), distinct[order].tolist(), strict=True):
            numbers[place] = self.numbers.setdefault(key, len(self.numbers))
        audit = numbers[inverse]
        fresh = first[order][numbers[order] >= known]
        self._note(block, heads, audit, fresh)
        return audit

    def _note(self, block: Block, heads: dict[str, Integers], audit: Integers, fresh: NDArray[np.int64]) -> None:
        self.lines = np.concatenate([self.lines, block.lines[fresh].astype(np.int32)])
        counts = np.bincount(audit, minlength=len(self.lines)).astype(np.int32)
        counts[: len(self.row_counts)] += self.row_counts
        self.row_counts = counts
        unnamed = block.cells["audit_ref"].where(lambda text: not text)
        self._blame(block, audit, unnamed, ProblemKind.REQUIRED, "audit_ref")
        for name, codes in heads.items():
            self.heads[name] = np.concatenate([self.heads[name], codes[fresh]])
            if not self.wide:
                self._agree(block, audit, name, (codes != self.heads[name][audit]) & ~unnamed)
        if self.wide:
            again = np.ones(len(audit), np.bool_)
            again[fresh] = False
            self._repeated(block, audit, again & ~unnamed)

    def _agree(self, block: Block, audit: Integers, name: str, differs: Mask) -> None:
        """Complain where a row says something else of its audit than the audit's first row."""
        first = self.lines[audit]
        self.complaints.where(differs, lambda row: block.problem(ProblemKind.INCONSISTENT, row, name, str(first[row])))
        self.bad.append(audit[differs])

    def _repeated(self, block: Block, audit: Integers, again: Mask) -> None:
        first, named = self.lines[audit], block["audit_ref"]
        self.complaints.where(
            again,
            lambda row: Problem(ProblemKind.DUPLICATE_ROW, int(block.lines[row]), None, named[row], str(first[row])),
        )
        self.bad.append(audit[again])

    def _blame(
        self, block: Block, audit: Integers, mask: Mask, kind: ProblemKind, name: str, hint: str | None = None
    ) -> None:
        self.complaints.where(mask, lambda row: block.problem(kind, row, name, hint))
        self.bad.append(audit[mask])

    def _results(self, block: Block, audit: Integers, name: str, wanted: Mask) -> Codes:
        codes = block.cells[name].map(columns.result_code).astype(np.int8)
        self._blame(block, audit, codes == columns.UNKNOWN, ProblemKind.BAD_VALUE, name, "pass, fail, na")
        self._blame(block, audit, (codes == columns.EMPTY) & wanted, ProblemKind.REQUIRED, name)
        return codes

    def _causes(self, block: Block, audit: Integers, name: str) -> Codes:
        codes = block.cells[name].map(columns.cause_code).astype(np.int8)
        allowed = ", ".join(cause.value for cause in columns.CAUSES if cause)
        self._blame(block, audit, codes == columns.UNKNOWN, ProblemKind.BAD_VALUE, name, allowed)
        return codes

    def gathered(self) -> Gathered:
        """All of it."""
        bad = np.zeros(len(self.lines), np.bool_)
        bad[np.concatenate([np.zeros(0, np.int32), *self.bad])] = True
        return Gathered(
            wide=self.wide,
            headers=self.table.headers,
            unknown=self.unknown,
            remarks=_sheet_remarks(self.table),
            complaints=self.complaints,
            rows=self.rows,
            unreadable=self.unreadable,
            lines=self.lines,
            row_counts=self.row_counts,
            heads={name: self.lexicons[name].cells(codes) for name, codes in self.heads.items()},
            checks=self._checks(),
            bad=bad,
        )

    def _checks(self) -> Checks:
        nothing = tuple(np.zeros(0, kind) for kind in (np.int32, np.int32, np.int32, np.int8, np.int8, np.int32))
        audit, line, criterion, result, cause, comment = (
            np.concatenate(column) for column in zip(*(self.parts or [nothing]), strict=True)
        )
        named, said = self.lexicons["criterion"].cells(criterion), self.lexicons["comment"].cells(comment)
        return Checks(audit, line, named, result, cause, said)


class _Long(_Gatherer):
    """One row per check."""

    def __init__(self, table: Table, complaints: Complaints) -> None:
        super().__init__(table, complaints)
        if "result" not in table.columns:
            raise BadFile(
                Problem(ProblemKind.MISSING_COLUMN, 1, "result", ", ".join(table.headers.values()), "result, resultado")
            )

    def check(self, block: Block, audit: Integers) -> None:
        every = np.ones(len(block), np.bool_)
        result = self._results(block, audit, "result", every)
        cause = self._causes(block, audit, "cause")
        criterion = self.lexicons["criterion"].codes(block.cells["criterion"])
        comment = self.lexicons["comment"].codes(block.cells["comment"])
        self.parts.append((audit, block.lines.astype(np.int32), criterion, result, cause, comment))


class _Wide(_Gatherer):
    """One row per audit, a column for each criterion's result, and perhaps for its comment and its cause."""

    wide = True

    def __init__(self, table: Table, complaints: Complaints, codes: Collection[str]) -> None:
        super().__init__(table, complaints)
        self.criteria: dict[str, dict[str, str]] = {}
        unknown = [name for name in CHECK_NAMES if name in table.columns]
        for header in table.unknown:
            code, part = columns.part_of(header)
            if code in codes and part is not None:
                self.criteria.setdefault(code, {})[part] = header
            else:
                unknown.append(header)
        for parts in list(self.criteria.values()):
            if "result" not in parts:
                unknown += parts.values()
        self.criteria = {code: parts for code, parts in self.criteria.items() if "result" in parts}
        self.unknown = tuple(unknown)
        if not self.criteria:
            raise BadFile(Problem(FindingProblem.NO_CRITERIA, 1))

    def check(self, block: Block, audit: Integers) -> None:
        for code, parts in self.criteria.items():
            given = block.cells[parts["result"]].where(bool)
            comments, explained = Cells.empty(len(block)), np.zeros(len(block), np.bool_)
            cause = np.zeros(len(block), np.int8)
            if "comment" in parts:
                comments = block.cells[parts["comment"]]
                explained |= comments.where(bool)
            if "cause" in parts:
                cause = self._causes(block, audit, parts["cause"])
                explained |= cause != 0
            result = self._results(block, audit, parts["result"], explained)
            named = self.lexicons["criterion"].codes(Cells(np.zeros(len(block), np.int32), (code,)))
            comment = self.lexicons["comment"].codes(comments)
            self.parts.append(
                (
                    audit[given],
                    block.lines[given].astype(np.int32),
                    named[given],
                    result[given],
                    cause[given],
                    comment[given],
                )
            )


def _named(block: Block, name: str) -> Cells:
    """A column of the head; an audit without a source is of the file's own."""
    cells = block.cells[name]
    if name != "source":
        return cells
    return Cells(cells.codes, tuple(text or columns.DEFAULT_SOURCE for text in cells.distinct))


def _sheet_remarks(table: Table) -> list[Problem]:
    others = ", ".join(table.other_sheets[:10])
    return [Problem(ProblemKind.ONLY_FIRST_SHEET, hint=others)] if others else []


def each_audit(gathered: Gathered, name: str) -> Iterator[str]:
    """What each audit says in a column of its head."""
    return iter(gathered.heads[name].texts.tolist())
