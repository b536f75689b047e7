"""Two languages: the interface's (gettext), the content's (`Bilingual`), and how numbers and dates are written.

Spanish is `es_419`. Whether decimals have a point or a comma is a setting of the reader, apart from the language.
"""

from app.core.i18n.content import Bilingual, bilingual
from app.core.i18n.numbers import NBSP, number, percent, signed
from app.core.i18n.reader import LANGUAGES, LOCALES, language, number_locale, speak, speak_to, time_zone
from app.core.i18n.settling import init_app
from app.core.i18n.times import (
    aware,
    clock_time,
    day,
    hours,
    local,
    local_to,
    moment,
    month_name,
    month_short,
    weekday_names,
    weekday_or_day,
)

__all__ = [
    "LANGUAGES",
    "LOCALES",
    "NBSP",
    "Bilingual",
    "aware",
    "bilingual",
    "clock_time",
    "day",
    "hours",
    "init_app",
    "language",
    "local",
    "local_to",
    "moment",
    "month_name",
    "month_short",
    "number",
    "number_locale",
    "percent",
    "signed",
    "speak",
    "speak_to",
    "time_zone",
    "weekday_names",
    "weekday_or_day",
]
