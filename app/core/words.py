"""Finding words as people type them: accents and case aside, in Python and in SQL."""

from __future__ import annotations

import unicodedata
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_

ACCENTS = {"a": "áã", "e": "é", "i": "í", "o": "óõ", "u": "úü", "n": "ñ", "c": "ç"}
"""What letters may carry in the languages of the programme."""
WILD = frozenset("%_\\")


def folded(text: str) -> str:
    """A text without accents and in lower case, for comparing."""
    parts = unicodedata.normalize("NFKD", text.lower())
    return "".join(one for one in parts if not unicodedata.combining(one))


def folded_sql(column: Any) -> ColumnElement[str]:
    """The same of a column, for letters of `ACCENTS`; capitals too, as SQLite's `lower` knows only A to Z."""
    found = func.lower(column)
    for bare, accented in ACCENTS.items():
        for one in accented + accented.upper():
            found = func.replace(found, one, bare)
    return found


def contains(column: Any, words: str) -> ColumnElement[bool]:
    """Whether a column contains these words.

    Folding takes ten times as long as comparing, so what can't be is left out first, by a pattern in which a letter that
    may carry an accent is any letter. Where that would leave nothing to compare, as in "ana", spellings are tried.
    """
    known = folded(words)
    if known and ACCENTS.keys() >= set(known):
        return or_(*(func.lower(column).contains(one, autoescape=True) for one in _spellings(known)))
    pattern = "".join("_" if one in ACCENTS else f"\\{one}" if one in WILD else one for one in known)
    likely = func.lower(column).like(f"%{pattern}%", escape="\\")
    return and_(likely, folded_sql(column).contains(known, autoescape=True))


def _spellings(word: str) -> list[str]:
    """The word without accents, and with one."""
    with_one = (word[:at] + other + word[at + 1 :] for at, one in enumerate(word) for other in ACCENTS[one])
    return [word, *with_one]
