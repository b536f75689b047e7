"""Dates as tools write them, to ISO 8601; nothing is guessed: what does not fit the style is None."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from app.audits.profiles.mapping import DateStyle
from app.core.sheets import parse_datetime

EXAMPLES = {
    DateStyle.ISO: "2026-10-31 15:00",
    DateStyle.DAY_FIRST: "31/10/2026 15:00",
    DateStyle.MONTH_FIRST: "10/31/2026 3:00 PM",
    DateStyle.SECONDS: "1793458800",
    DateStyle.MILLISECONDS: "1793458800000",
    DateStyle.SERIAL: "46326.625",
}
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january ene enero", "feb february febrero", "mar march marzo", "apr april abr abril", "may mayo",
            "jun june junio", "jul july julio", "aug august ago agosto", "sep sept september septiembre setiembre set",
            "oct october octubre", "nov november noviembre", "dec december dic diciembre",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_DAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun|lun|mar|mi[eé]|jue|v[i]e|s[aá]b|dom)[^\W\d_]*\.?,?\s+)?"  # of the week: told, not read
_PART = r"\d{1,2}|[^\W\d_]{3,12}"
_PARTS = rf"(?P<a>{_PART})\.?[\s/.\-]*(?:de\s+)?(?P<b>{_PART})\.?[\s/.,\-]*(?:del?\s+)?(?P<year>\d{{4}}|\d{{2}})"
_CLOCK = (
    r"(?:(?:,\s*|\s+|T|\s+-\s+|,?\s+a las?\s+|,?\s+at\s+)(?P<hour>\d{1,2})[:.h](?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?"
    r"\s*(?P<half>[ap]\.?\s?m\.?)?(?:\s*(?:h|hs|hrs|horas)\.?)?"
    r"(?:\s*\(?(?P<zone>Z|(?:UTC|GMT)?[+-]\d\d?(?::?\d\d)?|UTC|GMT)\)?)?(?:\s*\([^()]*\))?)?"
)
_WRITTEN = re.compile(_DAY + _PARTS + _CLOCK, re.IGNORECASE)
_YEAR_FIRST = re.compile(r"(?P<year>\d{4})[\-/.](?P<month>\d{1,2})[\-/.](?P<day>\d{1,2})" + _CLOCK, re.IGNORECASE)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHEET_EPOCH = datetime.fromisoformat("1899-12-30")
"""Of no zone, as the cells that count from it."""
_YEARS = range(1990, 2100)


def to_iso(text: str, style: DateStyle, time_zone: str | None = None) -> str | None:
    """The moment a text names in this style, as ISO 8601; `time_zone` is that of times that say none."""
    iso = _READERS[style](text)
    if iso is None or time_zone is None or len(iso) == 10:
        return iso
    moment = parse_datetime(iso, time_zone)
    return None if moment is None else moment.isoformat()


def styles_of(texts: Iterable[str]) -> list[DateStyle]:
    """The styles in which every one of these texts is a date; none for no text."""
    wanted = [text for text in texts if text]
    return [style for style in DateStyle if wanted and all(to_iso(text, style) is not None for text in wanted)]


@lru_cache(maxsize=1 << 14)
def _iso(text: str) -> str | None:
    tidy = text.replace(" UTC", "Z").replace("/", "-")
    if parse_datetime(tidy, "UTC") is not None:
        return tidy
    found = _YEAR_FIRST.fullmatch(text.strip())
    return None if found is None else _joined(int(found["year"]), int(found["month"]), int(found["day"]), found)


def _written(text: str, *, day_first: bool) -> str | None:
    """A date with its day or its month first; a month may be written in letters, in either language."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        return None
    day, month = (found["a"], found["b"]) if day_first else (found["b"], found["a"])
    if not day.isdigit() or (not found["a"].isdigit() and day_first):
        return None
    number = int(month) if month.isdigit() else _MONTHS.get(month.casefold(), 0)
    year = int(found["year"]) + (2000 if len(found["year"]) == 2 else 0)
    return _joined(year, number, int(day), found)


def _joined(year: int, month: int, day: int, found: re.Match[str]) -> str | None:
    try:
        if year not in _YEARS:
            return None
        if found["hour"] is None:
            return date(year, month, day).isoformat()
        clock = time(_hour(found), int(found["minute"]), int(found["second"] or 0))
        moment = datetime.combine(date(year, month, day), clock)
    except ValueError:
        return None
    return moment.isoformat() + _offset(found["zone"] or "")


def _offset(zone: str) -> str:
    """A zone as ISO 8601 has it: `UTC-5` is `-05:00`."""
    name = zone.upper().removeprefix("UTC").removeprefix("GMT")
    if name in ("", "Z"):
        return "Z" if zone else ""
    digits = re.sub(r"\D", "", name)
    hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, "00")
    return f"{name[0]}{int(hours):02}:{minutes}"


def _hour(found: re.Match[str]) -> int:
    """The hour of the day; the twelve hours of a half are 12, 1, … 11."""
    hour = int(found["hour"])
    if not found["half"]:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError(hour)
    return hour % 12 + (12 if found["half"][0].lower() == "p" else 0)


def _epoch(text: str, per_second: int) -> str | None:
    digits = len(str(per_second)) - 1
    if not re.fullmatch(rf"\d{{{9 + digits},{10 + digits}}}(?:\.\d+)?", text, re.ASCII):
        return None
    moment = _EPOCH + timedelta(seconds=float(text) / per_second)
    return moment.replace(microsecond=0).isoformat() if moment.year in _YEARS else None


def _serial(text: str) -> str | None:
    if not re.fullmatch(r"\d{5}(?:[.,]\d+)?", text, re.ASCII):
        return None
    days = float(text.replace(",", "."))
    moment = _SHEET_EPOCH + timedelta(seconds=round(days * 86_400))
    if moment.year not in _YEARS:
        return None
    return moment.date().isoformat() if days.is_integer() else moment.isoformat()


_READERS = {
    DateStyle.ISO: _iso,
    DateStyle.DAY_FIRST: lambda text: _written(text, day_first=True),
    DateStyle.MONTH_FIRST: lambda text: _written(text, day_first=False),
    DateStyle.SECONDS: lambda text: _epoch(text, 1),
    DateStyle.MILLISECONDS: lambda text: _epoch(text, 1000),
    DateStyle.SERIAL: _serial,
}
