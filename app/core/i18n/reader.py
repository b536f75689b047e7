"""Who reads: their language, their time zone, and whether their decimals have a point or a comma."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache

from babel import Locale
from flask import current_app, g, has_app_context, has_request_context
from flask_babel import force_locale, get_locale

LANGUAGES = ("en", "es")
LOCALES = {"en": "en", "es": "es_419"}
_reader: ContextVar[tuple[str, str] | None] = ContextVar("reader", default=None)
"""Zone and number format of who is written to, outside of requests."""


def language() -> str:
    """The reader's language: `en` or `es`."""
    if has_request_context() and "language" in g:
        return str(g.language)
    locale = get_locale()
    return "es" if locale is not None and locale.language == "es" else "en"


@contextmanager
def speak(reader_language: str) -> Iterator[None]:
    """A context in which texts are for a reader of that language, whoever asks: for mail, PDF and the command line."""
    readers = g.get("language") if has_request_context() else None
    with force_locale(LOCALES.get(reader_language, "en")):
        if readers is None:
            yield
            return
        g.language = reader_language
        try:
            yield
        finally:
            g.language = readers


@contextmanager
def speak_to(reader_language: str, zone_name: str, number_format: str | None) -> Iterator[None]:
    """A context in which texts, times and numbers are for one reader: for what is computed for somebody and mailed."""
    with speak(reader_language):
        token = _reader.set((zone_name, locale_of_numbers(number_format)))
        try:
            yield
        finally:
            _reader.reset(token)


def number_locale() -> str:
    """The locale numbers are written in."""
    told = _reader.get()
    if told is not None:
        return told[1]
    settled: str | None = g.get("number_locale") if has_request_context() else None
    return settled or locale_of_numbers(None)


def locale_of_numbers(chosen: str | None) -> str:
    """The locale for a chosen number format (`comma` or `point`); for none, that of the language."""
    if chosen == "comma":
        return "es_CO"
    if chosen == "point":
        return "es_MX" if language() == "es" else "en"
    return LOCALES[language()]


@lru_cache(maxsize=32)
def locale_of(name: str) -> Locale:
    """A locale by its name."""
    return Locale.parse(name)


def time_zone() -> str:
    """The reader's time zone; without a reader the programme's."""
    told = _reader.get()
    if told is not None:
        return told[0]
    if has_request_context() and "time_zone" in g:
        return str(g.time_zone)
    return str(current_app.config["PROGRAMME_TIME_ZONE"]) if has_app_context() else "UTC"
