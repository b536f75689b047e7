"""A page of a list, ready for `ui/table.html`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.core.tables.cells import Cell, Label, at_moment, on_day
from app.core.tables.filters import ActiveFilter
from app.core.web import address


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `cell` makes its cell from a row; `sort` is what the database sorts by.

    `plain` gives files their value where a cell costs words and addresses that no file needs.
    """

    key: str
    label: Label
    cell: Callable[[Any], Cell]
    sort: Any = None
    align: str = "start"
    kind: str = "text"
    plain: Callable[[Any], Any] | None = None

    @property
    def sortable(self) -> bool:
        return self.sort is not None

    def order(self) -> Any:
        return self.sort() if callable(self.sort) and not hasattr(self.sort, "desc") else self.sort


def day_column(key: str, label: Label, of: Any) -> Column:
    """A column of calendar days, sorted by them: those in a column of the database."""
    return Column(key, label, lambda row: on_day(getattr(row, of.key)), sort=of, kind="date")


def moment_column(key: str, label: Label, of: Any) -> Column:
    """A column of moments, sorted by them: those in a column of the database."""
    return Column(key, label, lambda row: at_moment(getattr(row, of.key)), sort=of, kind="moment")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the page."""

    cells: list[Cell]
    item: Any = None


@dataclass(slots=True)
class TablePage:
    """One page of a list, ready for `ui/table.html`."""

    id: str
    caption: Label
    columns: Sequence[Column]
    rows: list[Row]
    total: int
    page: int
    per_page: int
    filters: list[ActiveFilter]
    sorted: tuple[str, str]
    export_urls: dict[str, str]
    empty_text: Label = ""
    empty_action: tuple[str, Label] | None = None
    hidden: list[tuple[str, str]] = field(default_factory=list)

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.per_page))

    @property
    def first(self) -> int:
        return 0 if not self.total else (self.page - 1) * self.per_page + 1

    @property
    def last(self) -> int:
        return min(self.page * self.per_page, self.total)

    @property
    def prev_url(self) -> str | None:
        return address(page=self.page - 1) if self.page > 1 else None

    @property
    def next_url(self) -> str | None:
        return address(page=self.page + 1) if self.page < self.pages else None

    def sort_url(self, column: Column) -> str:
        key, direction = self.sorted
        return address(sort=f"-{column.key}" if key == column.key and direction == "asc" else column.key, page=None)
