"""Which language a request is answered in, and what templates write by."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral
from typing import Any

from babel.support import NullTranslations, Translations
from flask import Flask, g, has_request_context, request
from flask_babel import Babel, Domain, get_locale
from jinja2 import pass_context
from jinja2.runtime import Context

from app.core.i18n.numbers import number, percent, signed
from app.core.i18n.reader import LANGUAGES, LOCALES, locale_of_numbers
from app.core.i18n.times import ago, city, clock_time, day, hours, moment, month_name, month_short, weekday_or_day

babel = Babel()


class Catalogues(Domain):
    """What was translated, found by locale at once: a page asks hundreds of times."""

    def get_translations(self) -> Translations | NullTranslations:
        locale = get_locale()
        if locale not in self.cache:
            self.cache[locale] = super().get_translations()
        return self.cache[locale]

    def ngettext(self, singular: str, plural: str, num: Any, **variables: Any) -> str:
        """By number, which is said as the reader writes numbers."""
        said = self.get_translations().ungettext(singular, plural, num)
        return said % {"num": _counted(num), **variables}


def _counted(num: Any) -> Any:
    return number(int(num)) if isinstance(num, Integral) else num


def _by_number(plain: Callable[..., str]) -> Callable[..., str]:
    """The function by which templates say something by number, with the number as the reader writes it."""

    @pass_context
    def ngettext(context: Context, singular: str, plural: str, num: Any, **variables: Any) -> str:
        return plain(context, singular, plural, num, **{"num": _counted(num), **variables})

    return ngettext


def _requested_locale() -> str:
    return LOCALES[g.get("language", "en")] if has_request_context() else LOCALES["en"]


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
        g.number_locale = locale_of_numbers((person and person.number_format) or None)

    for name, formatter in FILTERS.items():
        app.add_template_filter(formatter, name)
    app.jinja_env.add_extension("jinja2.ext.i18n")
    functions: Any = app.jinja_env.globals
    functions["ngettext"] = _by_number(functions["ngettext"])
