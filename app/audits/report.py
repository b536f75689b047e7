"""What was found in a file, from what its import keeps, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.audits.models import Import
from app.core.problems import Problem, describe

ROWS_NAMED = 12


@dataclass(frozen=True, slots=True)
class Kind:
    """Problems of one kind in one column: how many, the rows of the first ones, and the first one in words."""

    count: int
    column: str | None
    rows: Sequence[int]
    sentences: Sequence[str]


@dataclass(frozen=True, slots=True)
class Report:
    """The counts of a file, its problems by kind, and remarks that stop nothing."""

    counts: Mapping[str, Any]
    kinds: Sequence[Kind]
    remarks: Sequence[str]


def of(row: Import) -> Report:
    """The report of an import."""
    problems = [_problem(data) for data in row.problems]
    by_kind: dict[tuple[str, str | None], list[Problem]] = {}
    for problem in problems:
        by_kind.setdefault((problem.kind, problem.column), []).append(problem)
    counts = {(kind, column): count for kind, column, count in row.counts.get("kinds", [])}
    kinds = [_kind(counts.get(key, len(found)), found) for key, found in by_kind.items()]
    remarks = [describe(_problem(data)) for data in row.counts.get("remarks", [])]
    return Report(row.counts, sorted(kinds, key=lambda kind: -kind.count), remarks)


def _kind(count: int, found: Sequence[Problem]) -> Kind:
    rows = [problem.line for problem in found if problem.line is not None]
    return Kind(count, found[0].column, rows[:ROWS_NAMED], [describe(problem) for problem in found[:ROWS_NAMED]])


def _problem(data: Mapping[str, Any]) -> Problem:
    return Problem(**data)
