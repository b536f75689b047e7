"""What people wrote in English, Spanish or both, and the two columns it is kept in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, overload

from markupsafe import Markup, escape
from sqlalchemy import ColumnElement, func

from app.core.i18n.reader import language


@dataclass(frozen=True, slots=True)
class Bilingual:
    """A text that people wrote in English, Spanish or both."""

    en: str
    es: str

    def get(self, language: str) -> str:
        """The text for a reader of `language`: in it, or in the other one where it is missing."""
        first, second = (self.en, self.es) if language == "en" else (self.es, self.en)
        return first or second

    @property
    def text(self) -> str:
        return self.get(language())

    @property
    def lang(self) -> str:
        """The language the words of `text` are really in."""
        wanted = language()
        if getattr(self, wanted):
            return wanted
        return "es" if wanted == "en" else "en"

    @property
    def missing(self) -> bool:
        """Whether `text` is a fallback."""
        return self.lang != language()

    def __str__(self) -> str:
        return self.text

    def __html__(self) -> str:
        if not self.missing:
            return str(escape(self.text))
        return Markup('<span lang="{}">{}</span>').format(self.lang, self.text)


class bilingual:
    """Two columns, `<name>_en` and `<name>_es`, as one `Bilingual`; on the class, `Model.name.sql()` sorts and filters."""

    def __init__(self, name: str) -> None:
        self.en, self.es = f"{name}_en", f"{name}_es"

    @overload
    def __get__(self, row: None, owner: type) -> BilingualColumns: ...
    @overload
    def __get__(self, row: object, owner: type) -> Bilingual: ...
    def __get__(self, row: object | None, owner: type) -> Bilingual | BilingualColumns:
        if row is None:
            return BilingualColumns(getattr(owner, self.en), getattr(owner, self.es))
        return Bilingual(getattr(row, self.en) or "", getattr(row, self.es) or "")


@dataclass(frozen=True, slots=True)
class BilingualColumns:
    """The two columns of a bilingual text in SQL."""

    en: Any
    es: Any

    def sql(self) -> ColumnElement[str]:
        """What the reader reads, as an expression."""
        first, second = (self.en, self.es) if language() == "en" else (self.es, self.en)
        return func.coalesce(func.nullif(first, ""), second)
