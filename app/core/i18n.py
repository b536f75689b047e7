"""Two languages: the interface's (gettext), the content's (`Bilingual`), and how numbers and dates are written.

Spanish is `es_419`. Whether decimals have a point or a comma is a setting of the reader, apart from the language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, overload

from babel import Locale
from babel.dates import format_date, format_datetime, get_timezone_location
from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations
from flask import Flask, current_app, g, has_app_context, has_request_context, request
from flask_babel import Babel, Domain, force_locale, get_locale, ngettext, pgettext
from flask_babel import gettext as _
from markupsafe import Markup, escape
from sqlalchemy import ColumnElement, func

from app.core.clock import now, zone

LANGUAGES = ("en", "es")
LOCALES = {"en": "en", "es": "es_419"}
NBSP = "\u00a0"

babel = Babel()


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


_reader: ContextVar[tuple[str, str] | None] = ContextVar("reader", default=None)
"""Zone and number format of who is written to, outside of requests."""


@contextmanager
def speak_to(reader_language: str, zone_name: str, number_format: str | None) -> Iterator[None]:
    """A context in which texts, times and numbers are for one reader: for what is computed for somebody and mailed."""
    with speak(reader_language):
        token = _reader.set((zone_name, _number_locale(number_format)))
        try:
            yield
        finally:
            _reader.reset(token)


class Catalogues(Domain):
    """What was translated, found by locale at once: a page asks hundreds of times."""

    def get_translations(self) -> Translations | NullTranslations:
        locale = get_locale()
        if locale not in self.cache:
            self.cache[locale] = super().get_translations()
        return self.cache[locale]


def _requested_locale() -> str:
    return LOCALES[g.get("language", "en")] if has_request_context() else LOCALES["en"]


def init_app(app: Flask, reader: Callable[[], Any]) -> None:
    """Settle each request's language: the address, then the cookie, then the reader's account, then the browser.

    The cookie is what was chosen last on this device: signing in sets it to the account's language.

    `reader` gives who is signed in (`language`, `time_zone` and `number_format`) or None.
    """
    babel.init_app(app, locale_selector=_requested_locale)
    babel.domain_instance = Catalogues()

    @app.before_request
    def settle_language() -> None:
        person = reader()
        asked = request.args.get("lang")
        g.asked_language = asked if asked in LANGUAGES else None
        candidates = (g.asked_language, request.cookies.get("lang"), person and person.language)
        chosen = next((code for code in candidates if code in LANGUAGES), None)
        g.language = chosen or request.accept_languages.best_match(LANGUAGES) or "en"
        g.time_zone = (person and person.time_zone) or app.config["PROGRAMME_TIME_ZONE"]
        g.number_locale = _number_locale((person and person.number_format) or None)

    for name, formatter in FILTERS.items():
        app.add_template_filter(formatter, name)
    app.jinja_env.add_extension("jinja2.ext.i18n")


# --- Numbers, dates and times, as the reader writes them ---


def number_locale() -> str:
    """The locale numbers are written in."""
    told = _reader.get()
    if told is not None:
        return told[1]
    settled: str | None = g.get("number_locale") if has_request_context() else None
    return settled or _number_locale(None)


def _number_locale(chosen: str | None) -> str:
    if chosen == "comma":
        return "es_CO"
    if chosen == "point":
        return "es_MX" if language() == "es" else "en"
    return LOCALES[language()]


@lru_cache(maxsize=32)
def _locale(name: str) -> Locale:
    return Locale.parse(name)


def number(value: float | None, digits: int = 0) -> str:
    """A number with that many decimals: `1,284`."""
    return "–" if value is None else _number(value, digits, number_locale())


@lru_cache(maxsize=4096)
def _number(value: float, digits: int, locale: str) -> str:
    pattern = "#,##0" if digits == 0 else "#,##0." + "0" * digits
    return format_decimal(value, format=pattern, locale=_locale(locale))


def percent(value: float | None, digits: int = 1) -> str:
    """A fraction as per cent: 0.917 is `91.7 %`."""
    return "–" if value is None else f"{number(100 * value, digits)}{NBSP}%"


def signed(value: float | None, digits: int = 1) -> str:
    """A difference with its sign: `+1.8`, `−0.7`."""
    if value is None:
        return "–"
    return ("+" if value > 0 else "−" if value < 0 else "") + number(abs(value), digits)


def local_to(value: datetime, zone_name: str) -> str:
    """A moment as the clock of a zone shows it: `5 Nov 2026, 10:30`."""
    here = value.astimezone(zone(zone_name))
    return f"{day(here.date())}, {here:%H:%M}"


def local(moment: datetime) -> datetime:
    """The moment in the reader's time zone."""
    return moment.astimezone(zone(time_zone()))


def time_zone() -> str:
    """The reader's time zone; without a reader the programme's."""
    told = _reader.get()
    if told is not None:
        return told[0]
    if has_request_context() and "time_zone" in g:
        return str(g.time_zone)
    return str(current_app.config["PROGRAMME_TIME_ZONE"]) if has_app_context() else "UTC"


def day(value: date | datetime | None, style: str = "medium") -> str:
    """A day with the month's name: `28 Oct 2026`.

    Style `short` leaves out the year, `long` names the weekday, `month` leaves out the day.
    """
    if value is None:
        return "–"
    if isinstance(value, datetime):
        value = local(value).date()
    patterns = {"short": "d MMM", "medium": "d MMM y", "long": "EEE d MMM", "month": "MMM y", "iso": "yyyy-MM-dd"}
    return format_date(value, patterns[style], locale=_locale(LOCALES[language()])).replace(".", "")


def moment(value: datetime | None, style: str = "medium") -> str:
    """A day and time in the reader's zone: `28 Oct 2026, 09:14`; style `short`: `Thu 28 Oct, 09:14`."""
    if value is None:
        return "–"
    pattern = "d MMM y, HH:mm" if style == "medium" else "EEE d MMM, HH:mm"
    return format_datetime(local(value).replace(tzinfo=None), pattern, locale=_locale(LOCALES[language()])).replace(
        ".", ""
    )


def city(time_zone_name: str) -> str:
    """A time zone by its city: `America/Bogota` is `Bogotá` in Spanish."""
    place = get_timezone_location(time_zone_name, locale=_locale(LOCALES[language()]), return_city=True)
    return place.split("/")[-1]


def clock_time(value: datetime) -> str:
    """The time of day in the reader's zone: `09:14`."""
    return f"{local(value):%H:%M}"


def month_name(value: date) -> str:
    """`October 2026`, `octubre de 2026`."""
    pattern = "MMMM 'de' y" if language() == "es" else "MMMM y"
    return format_date(value, pattern, locale=_locale(LOCALES[language()]))


def month_short(value: date) -> str:
    """`Oct 26`, `oct 26`: for heads of narrow columns and axes."""
    return format_date(value, "MMM yy", locale=_locale(LOCALES[language()])).replace(".", "")


def weekday_names() -> list[str]:
    """The days of the week from Monday on, as they stand alone."""
    names = _locale(LOCALES[language()]).days["stand-alone"]["wide"]
    return [names[day][:1].upper() + names[day][1:] for day in range(7)]


def hours(value: float | None) -> str:
    """A length of time in hours or days: `31 h`, `4 d`."""
    if value is None:
        return "–"
    return f"{number(value)}{NBSP}h" if value < 96 else f"{number(value / 24)}{NBSP}d"


def ago(value: datetime | None, at: datetime | None = None) -> str:
    """How long before or after `at` (now, when left out): `18 h ago`, `in 3 d`."""
    if value is None:
        return "–"
    gap = (at or now()) - value
    length = _length(abs(gap))
    return _("%(length)s ago", length=length) if gap >= timedelta() else _("in %(length)s", length=length)


def _length(gap: timedelta) -> str:
    if gap < timedelta(hours=1):
        return f"{int(gap.total_seconds() // 60)}{NBSP}min"
    if gap < timedelta(hours=48):
        return f"{int(gap.total_seconds() // 3600)}{NBSP}h"
    return f"{gap.days}{NBSP}d"


def weekday_or_day(value: datetime, at: datetime | None = None) -> str:
    """Near days by name: `today, 16:00`, `tomorrow, 09:00`, `Thu 5 Nov, 10:30`."""
    here, today = local(value), local(at or now()).date()
    names = {0: _("today"), 1: _("tomorrow"), -1: _("yesterday")}
    near = names.get((here.date() - today).days)
    return f"{near}, {here:%H:%M}" if near else moment(value, "short")


def aware(day_and_time: datetime, time_zone_name: str) -> datetime:
    """A naive local time of that zone, in UTC."""
    return day_and_time.replace(tzinfo=zone(time_zone_name)).astimezone(UTC)


FILTERS: dict[str, Callable[..., str]] = {
    "number": number,
    "percent": percent,
    "signed": signed,
    "day": day,
    "moment": moment,
    "city": city,
    "clock_time": clock_time,
    "month_name": month_name,
    "month_short": month_short,
    "hours": hours,
    "ago": ago,
    "near": weekday_or_day,
}

__all__ = ["LANGUAGES", "Bilingual", "bilingual", "language", "ngettext", "number", "percent", "pgettext", "speak"]
