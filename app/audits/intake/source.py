"""What findings are read from: a file in the standard columns, or another tool's through a mapping profile."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from os import PathLike
from typing import Protocol

from app.audits.intake import columns
from app.core.problems import Problem
from app.core.sheets import Block, Table, open_table


class Source(Protocol):
    """A table of findings: a `Table` of the standard columns, or one read through a mapping profile."""

    columns: tuple[str, ...]
    unknown: tuple[str, ...]
    headers: Mapping[str, str]
    repeats: bool
    """Whether rows that say the same word for word are one, as in exports that were joined, not a mistake."""

    @property
    def remarks(self) -> Collection[Problem]:
        """What is said of the file as a whole."""

    @property
    def hints(self) -> Mapping[str, str]:
        """What the cells of a column may say, where that is not the usual."""

    def blocks(self) -> Iterator[Block]:
        """The rows."""


class Standard:
    """A file in the standard columns."""

    hints: Mapping[str, str] = {}
    repeats = False

    def __init__(self, table: Table) -> None:
        self.columns, self.unknown, self.headers = table.columns, table.unknown, table.headers
        self.remarks: Collection[Problem] = table.remarks
        self._table = table

    def blocks(self) -> Iterator[Block]:
        """The rows."""
        return self._table.blocks()


def open_standard(path: str | PathLike[str]) -> Standard:
    """A findings file in the standard columns; raises `BadFile`."""
    return Standard(open_table(path, columns=(*columns.HEAD, *columns.CHECK), keep_unknown=True))
