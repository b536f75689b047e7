"""Finding words as people type them: accents and case aside, in Python and in SQL."""

from __future__ import annotations

import unicodedata
from typing import Any

from sqlalchemy import ColumnElement, String, and_, func, or_, true
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

ACCENTS = {"a": "áã", "e": "é", "i": "í", "o": "óõ", "u": "úü", "n": "ñ", "c": "ç"}
"""What letters may carry in the languages of the programme."""
WILD = frozenset("%_\\")
MOST_WORDS = 5
"""So many words are looked for one by one; what follows them must stand as it was typed."""


def folded(text: str) -> str:
    """A text without accents and in lower case, for comparing."""
    parts = unicodedata.normalize("NFKD", text.lower())
    return "".join(one for one in parts if not unicodedata.combining(one))


class folded_sql(FunctionElement[str]):
    """The same of a column, for letters of `ACCENTS`; capitals too, as SQLite's `lower` knows only A to Z.

    One element, written out when it is compiled: of nested functions, building them took longer than the search.
    """

    name = "folded"
    type = String()
    inherit_cache = True


_FOLDS = [(one, bare) for bare, accented in ACCENTS.items() for one in accented + accented.upper()]


@compiles(folded_sql)
def _with_replace(element: folded_sql, compiler: Any, **kw: Any) -> str:
    found = f"lower({compiler.process(element.clauses, **kw)})"
    for one, bare in _FOLDS:
        found = f"replace({found}, '{one}', '{bare}')"
    return found


@compiles(folded_sql, "postgresql")
def _with_translate(element: folded_sql, compiler: Any, **kw: Any) -> str:
    accented, bare = ("".join(letters) for letters in zip(*_FOLDS, strict=True))
    return f"translate(lower({compiler.process(element.clauses, **kw)}), '{accented}', '{bare}')"


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


def parts_of(words: str) -> list[str]:
    """The words one by one."""
    return words.split(maxsplit=MOST_WORDS - 1)


def every_word(words: str, *columns: Any) -> ColumnElement[bool]:
    """Whether each of the words stands in one of the columns."""
    return and_(true(), *(or_(*(contains(column, word) for column in columns)) for word in parts_of(words)))
