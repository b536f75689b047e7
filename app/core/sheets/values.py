"""What a cell's text means: dates, moments, numbers, lists of codes. Nothing is guessed: what is not plain is None."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from functools import lru_cache
from itertools import repeat

from app.core.clock import zone

DATE_EXAMPLE = "2026-10-31"
TIME_EXAMPLE = "2026-10-31T15:00:00Z"
NUMBER_EXAMPLE = "0.85"
ZONE_EXAMPLE = "America/Bogota"

_NOON = time(12)
_DATE = re.compile(r"(?:19|20|21)\d\d-\d\d-\d\d", re.ASCII)
_MIDNIGHT = re.compile(r"[T ]00:00(?::00(?:\.0+)?)?", re.ASCII)
_TIME = re.compile(r"[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?: ?(?P<zone>Z|[+-]\d\d(?::?\d\d)?))?", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_FIGURES = re.compile(r"[+-][\d\s().,/:%-]*")
_SEPARATORS = re.compile(r"[|;]")


def parse_date(text: str) -> date | None:
    """The day an ISO 8601 date names (`2026-10-31`, years 1900 to 2199); a time after it may only be midnight."""
    if not _DATE.match(text) or (len(text) > 10 and not _MIDNIGHT.fullmatch(text, 10)):
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def parse_datetime(text: str, time_zone: str) -> datetime | None:
    """The moment an ISO 8601 text names, aware and in UTC.

    A time with `Z` or an offset is taken as given; one without is of `time_zone`; a date alone is its noon there.
    """
    if len(text) == 10:
        day = parse_date(text)
        return None if day is None else datetime.combine(day, _NOON, zone(time_zone)).astimezone(UTC)
    match = _TIME.fullmatch(text, 10) if _DATE.match(text) else None
    if match is None:
        return None
    try:
        moment = datetime.fromisoformat(f"{text[:10]}T{text[11:].replace(' ', '')}")
    except ValueError:
        return None
    return (moment if match["zone"] else moment.replace(tzinfo=zone(time_zone))).astimezone(UTC)


_remembered = lru_cache(maxsize=1 << 16)(parse_datetime)


def parse_datetimes(texts: Sequence[str], time_zones: str | Sequence[str]) -> list[datetime | None]:
    """`parse_datetime` of many texts, with one zone for all or one for each; each distinct pair is read once."""
    zones = repeat(time_zones, len(texts)) if isinstance(time_zones, str) else time_zones
    return [_remembered(text, name) for text, name in zip(texts, zones, strict=True)]


def parse_number(text: str) -> float | None:
    """The number a text writes with a decimal point: `0.85`, `-3`. `1,5` and `85 %` are refused, not guessed."""
    if not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    return number if math.isfinite(number) else None


def parse_integer(text: str) -> int | None:
    """The whole number a text writes: `3`, and `3.0` too."""
    number = parse_number(text)
    return int(number) if number is not None and number % 1 == 0 and abs(number) < 2**53 else None


def split_codes(text: str) -> tuple[str, ...]:
    """The codes of a cell that lists several, separated by `|` or `;`: each once, in order."""
    return tuple(dict.fromkeys(code for part in _SEPARATORS.split(text) if (code := part.strip())))


def looks_like_formula(text: str) -> bool:
    """Whether a spreadsheet would run the text as a formula: `=cmd|…`, `@SUM(…)`, `+A1`, but not `-3` or `+57 300`."""
    if text[:1] in ("=", "@"):
        return len(text) > 1
    return text[:1] in ("+", "-") and not _FIGURES.fullmatch(text) and parse_number(text) is None
