"""By what a list is narrowed, in the address."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext
from sqlalchemy import ColumnElement

from app.core.tables.cells import Label
from app.core.words import every_word


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter that lives in the address.

    `where` makes the condition from the value as typed; it may raise `ValueError`, then the filter is left out.
    `options` gives (value, label) pairs for a choice, asked when the page is made.
    """

    key: str
    label: Label
    where: Callable[[str], ColumnElement[bool]]
    options: Callable[[], Sequence[tuple[str, Label]]] | None = None
    kind: str = "choice"


def search(*columns: Any, key: str = "q", label: Label | None = None) -> Filter:
    """A filter for rows of which each word stands in one of the columns, accents and case aside."""
    return Filter(
        key,
        label or lazy_gettext("Search"),
        lambda value: every_word(value, *columns),
        kind="text",
    )


@dataclass(frozen=True, slots=True)
class ActiveFilter:
    """A filter as the page shows it."""

    key: str
    label: Label
    kind: str
    options: Sequence[tuple[str, Label]]
    value: str
    value_label: Label
    remove_url: str
