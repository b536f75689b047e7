"""A declared list: as a page, or as a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import Result, ScalarResult, Select, func, select

from app.core import exports
from app.core.database import db
from app.core.errors import Refused
from app.core.i18n import number
from app.core.tables.cells import Cell, Label
from app.core.tables.filters import ActiveFilter, Filter
from app.core.tables.pages import Column, Row, TablePage
from app.core.web import address, row_number

PER_PAGE = 25
EXPORT_LIMIT = 1_000_000
EXPORT_BLOCK = 1_000
NOTHING = lazy_gettext("Nothing here matches.")


@dataclass(frozen=True, slots=True)
class Table:
    """A declared list."""

    id: str
    columns: Sequence[Column]
    filters: Sequence[Filter] = ()
    sort: str = ""
    caption: Label = ""
    empty_text: Label = NOTHING
    bare_text: Label = ""
    """Instead of it where no filter is set: there is nothing at all yet."""
    empty_action: tuple[str, Label] | None = None
    per_page: int = PER_PAGE
    tie_break: Any = None
    after: Callable[[Sequence[Any]], None] | None = None
    """Called with the rows of a page (or of a block of an export) to load what their cells need in one query."""

    def answer(self, statement: Select[*tuple[Any, ...]], template: str, **context: Any) -> ResponseReturnValue:
        """The list as a page, or as a file when the address says `format=csv` or `format=xlsx`."""
        file_format = request.args.get("format")
        if file_format in ("csv", "xlsx"):
            return self.export(statement, file_format)
        return render_template(template, table=self.page(statement), **context)

    def page(self, statement: Select[*tuple[Any, ...]]) -> TablePage:
        """One page of the list as the address asks for it: two queries, however many rows."""
        narrowed, active = self._narrow(statement)
        total = _count(narrowed)
        asked = request.args.get("page", 1, type=row_number)
        shown = min(max(asked, 1), max(1, -(-total // self.per_page)))
        ordered, chosen = self._order(narrowed)
        rows = self._fetch(ordered.limit(self.per_page).offset((shown - 1) * self.per_page))
        return TablePage(
            id=self.id,
            caption=self.caption,
            columns=[replace(c, label=str(c.label)) for c in self.columns],  # said in each cell: translated once
            rows=[Row([c.cell(r) for c in self.columns], r) for r in rows],
            total=total,
            page=shown,
            per_page=self.per_page,
            filters=active,
            sorted=chosen,
            export_urls={f: address(format=f, page=None) for f in ("csv", "xlsx")},
            empty_text=self.empty_text if any(one.value for one in active) else self.bare_text or self.empty_text,
            empty_action=self.empty_action,
            hidden=[
                (k, v) for k, v in request.args.items() if k not in {f.key for f in self.filters} | {"page", "format"}
            ],
        )

    def narrowed(self, statement: Select[Any]) -> Select[Any]:
        """The statement within the filters the address asks for."""
        return self._narrow(statement)[0]

    def export(self, statement: Select[*tuple[Any, ...]], file_format: str) -> Response:
        """The whole list, as filtered, as a file; refused when it is longer than a spreadsheet can be."""
        narrowed, _active = self._narrow(statement)
        if _count(narrowed) > EXPORT_LIMIT:
            raise Refused(
                _(
                    "A file holds at most %(most)s rows. Narrow the list and export it in parts.",
                    most=number(EXPORT_LIMIT),
                )
            )
        ordered, _chosen = self._order(narrowed)
        sheet = exports.Sheet(
            name=str(self.caption or self.id),
            headers=[str(c.label) for c in self.columns],
            rows=self._all_rows(ordered),
            kinds=[c.kind for c in self.columns],
        )
        if file_format == "csv":
            sheet = exports.Sheet(sheet.name, sheet.headers, list(sheet.rows), sheet.kinds)
        return exports.download([sheet], file_format, self.id)

    def _all_rows(self, statement: Select[*tuple[Any, ...]]) -> Iterator[list[Any]]:
        values = [c.plain or _plain_of(c.cell) for c in self.columns]
        found = db.session.execute(statement, execution_options={"yield_per": EXPORT_BLOCK})
        for rows in _plain_rows(found, statement).partitions():
            self._prepare(rows)
            yield from ([value(r) for value in values] for r in rows)

    def _fetch(self, statement: Select[*tuple[Any, ...]]) -> Sequence[Any]:
        rows: Sequence[Any] = _plain_rows(db.session.execute(statement), statement).all()
        self._prepare(rows)
        return rows

    def _prepare(self, rows: Sequence[Any]) -> None:
        if self.after is not None:
            self.after(rows)

    def _narrow(self, statement: Select[*tuple[Any, ...]]) -> tuple[Select[*tuple[Any, ...]], list[ActiveFilter]]:
        active = []
        for one in self.filters:
            value = request.args.get(one.key, "").strip()
            options = list(one.options()) if one.options else []
            labels = dict(options)
            if value and one.kind == "choice" and value not in labels:
                value = ""
            if value:
                try:
                    statement = statement.where(one.where(value))
                except ValueError:
                    value = ""
            active.append(
                ActiveFilter(
                    one.key,
                    one.label,
                    one.kind,
                    options,
                    value,
                    labels.get(value, value),
                    address(**{one.key: None}, page=None),
                )
            )
        return statement, active

    def _order(self, statement: Select[*tuple[Any, ...]]) -> tuple[Select[*tuple[Any, ...]], tuple[str, str]]:
        asked = request.args.get("sort", "") or self.sort
        key, down = asked.removeprefix("-"), asked.startswith("-")
        column = next((c for c in self.columns if c.key == key and c.sortable), None)
        if column is None:
            key, down = self.sort.removeprefix("-"), self.sort.startswith("-")
            column = next((c for c in self.columns if c.key == key and c.sortable), None)
        if column is not None:
            order = column.order()
            statement = statement.order_by(None).order_by(order.desc() if down else order.asc())
        if self.tie_break is not None:
            statement = statement.order_by(self.tie_break)
        return statement, (key, "desc" if down else "asc")


def _count(narrowed: Select[Any]) -> int:
    return db.session.scalar(select(func.count()).select_from(narrowed.order_by(None).subquery())) or 0


def _plain_of(cell: Callable[[Any], Cell]) -> Callable[[Any], Any]:
    return lambda row: cell(row).plain


def _plain_rows(result: Result[Any], statement: Select[Any]) -> Result[Any] | ScalarResult[Any]:
    """The rows; where one is a single thing, that thing."""
    return result.scalars() if len(statement.column_descriptions) == 1 else result
