"""One search over everything: each room says what it finds for some words, and where the rest of it is listed.

A room has a `finding.py` with its `FINDERS`. A finder asks one bounded question of the database, through `visible_to`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from flask_babel import LazyString
from markupsafe import Markup
from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import Session

from app.core import i18n
from app.core.i18n import Bilingual
from app.core.words import every_word, folded, parts_of

T = TypeVar("T")

SHORTEST = 2
"""So many letters are asked for."""
SHOWN = 8
"""So many are shown of a kind; the rest is in its list."""


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that was found: where it is, what it is called, a remark in grey, and its state (a kind of `ui.state`, text)."""

    url: str
    title: str | Bilingual | Markup
    note: str | Bilingual = ""
    state: tuple[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What is searched for, and by whom."""

    session: Session
    viewer: Any
    words: str

    def each(self, *columns: Any) -> ColumnElement[bool]:
        """Whether each of the words stands in one of the columns."""
        return every_word(self.words, *columns)

    def first(self, statement: Select[Any]) -> Sequence[Any]:
        """The first rows of a statement, as many as are shown."""
        return self.session.scalars(statement.limit(SHOWN)).all()

    def among(self, named: Iterable[tuple[T, Sequence[Any]]]) -> list[T]:
        """Those of which each of the words stands in their texts of the interface, in one language or the other."""
        known, wanted = list(named), [folded(word) for word in parts_of(self.words)]
        told = [False] * len(known)
        for language in i18n.LANGUAGES:
            with i18n.speak(language):
                said = [folded(" ".join(map(str, texts))) for _one, texts in known]
            told = [before or all(word in text for word in wanted) for before, text in zip(told, said, strict=True)]
        return [one for (one, _texts), found in zip(known, told, strict=True) if found][:SHOWN]


@dataclass(frozen=True, slots=True)
class Finder:
    """What finds one kind of thing; `more` is the address of its list, narrowed to the words."""

    key: str
    title: LazyString
    look: Callable[[Asked], Sequence[Hit]]
    more: Callable[[str], str] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The hits of one finder."""

    key: str
    title: LazyString
    hits: Sequence[Hit]
    more: str | None


def tidied(words: str) -> str:
    """The words as they are searched for: single spaces, and nothing that no text can hold."""
    return " ".join(words.replace("\x00", " ").split())


def find(finders: Iterable[Finder], asked: Asked) -> list[Found]:
    """What each finder finds, those left out that find nothing; too short a text finds nothing."""
    if len(asked.words) < SHORTEST:
        return []
    looked = ((one, one.look(asked)) for one in finders)
    return [Found(one.key, one.title, hits, _rest(one, hits, asked.words)) for one, hits in looked if hits]


def _rest(finder: Finder, hits: Sequence[Hit], words: str) -> str | None:
    return finder.more(words) if finder.more and len(hits) >= SHOWN else None
