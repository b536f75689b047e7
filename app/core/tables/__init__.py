"""The one way a list is shown: declared columns and filters; paging, sorting, filtering and export come with them.

A view declares a `Table`, gives it a `select` that is already within the viewer's scope, and returns `table.answer(...)`:

    PEOPLE = Table(
        id="people",
        columns=[Column("name", lazy_gettext("Name"), lambda p: text(p.name, url=...), sort=User.name), ...],
        filters=[Filter("role", lazy_gettext("Role"), lambda value: ..., options=roles), search(User.name)],
    )

    return PEOPLE.answer(User.visible_to(viewer()), "accounts/people.html", title=...)

The state of the list stands in the address (`?sort=-name&page=2&role=agent`), so that a link can be shared.
"""

from app.core.tables.cells import Cell, Label, at_moment, figure, on_day, rate, state, text
from app.core.tables.filters import ActiveFilter, Filter, search
from app.core.tables.pages import Column, Row, TablePage, day_column, moment_column
from app.core.tables.table import Table

__all__ = [
    "ActiveFilter",
    "Cell",
    "Column",
    "Filter",
    "Label",
    "Row",
    "Table",
    "TablePage",
    "at_moment",
    "day_column",
    "figure",
    "moment_column",
    "on_day",
    "rate",
    "search",
    "state",
    "text",
]
