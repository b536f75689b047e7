"""Finding words as people type them: accents and case aside, in Python and in SQL."""

from __future__ import annotations

import unicodedata
from typing import Any

from sqlalchemy import ColumnElement, func

ACCENTED = "áéíóúüñãõçÁÉÍÓÚÜÑÃÕÇ"
"""What SQL folds; capitals too, as SQLite's `lower` knows only A to Z."""


def folded(text: str) -> str:
    """A text without accents and in lower case, for comparing."""
    parts = unicodedata.normalize("NFKD", text.lower())
    return "".join(one for one in parts if not unicodedata.combining(one))


def folded_sql(column: Any) -> ColumnElement[str]:
    """The same of a column."""
    found = func.lower(column)
    for one in ACCENTED:
        found = func.replace(found, one, folded(one))
    return found


def contains(column: Any, words: str) -> ColumnElement[bool]:
    """Whether a column contains these words."""
    return folded_sql(column).contains(folded(words), autoescape=True)
