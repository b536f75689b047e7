"""Numbers as the reader writes them."""

from __future__ import annotations

from functools import lru_cache

from babel.numbers import format_decimal

from app.core.i18n.reader import locale_of, number_locale

NBSP = "\u00a0"


def number(value: float | None, digits: int = 0) -> str:
    """A number with that many decimals: `1,284`."""
    return "–" if value is None else _number(value, digits, number_locale())


@lru_cache(maxsize=4096)
def _number(value: float, digits: int, locale: str) -> str:
    pattern = "#,##0" if digits == 0 else "#,##0." + "0" * digits
    return format_decimal(value, format=pattern, locale=locale_of(locale))


def percent(value: float | None, digits: int = 1) -> str:
    """A fraction as per cent: 0.917 is `91.7 %`."""
    return "–" if value is None else f"{number(100 * value, digits)}{NBSP}%"


def signed(value: float | None, digits: int = 1) -> str:
    """A difference with its sign: `+1.8`, `−0.7`."""
    if value is None:
        return "–"
    return ("+" if value > 0 else "−" if value < 0 else "") + number(abs(value), digits)
