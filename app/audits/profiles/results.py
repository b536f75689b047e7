"""Results as tools write them: words, 1 and 0, percentages, points out of a maximum."""

from __future__ import annotations

import re
from collections.abc import Collection

from app.audits.models import Result
from app.audits.profiles.mapping import Mapping, plain

_NUMBER = re.compile(r"[+-]?\d[\d.,\s\u00a0]*(?:%)?|[+-]?[.,]\d+")
_OF = re.compile(r"(?P<points>[\d.,]+)\s*(?:/|of|de)\s*(?P<maximum>[\d.,]+)", re.IGNORECASE)
_CLOSE = 1e-9

WORDS: dict[str, Result] = {
    **dict.fromkeys(
        (
            "pass", "passed", "yes", "y", "ok", "met", "meets", "true", "1", "compliant", "correct", "achieved", "done",
            "cumple", "cumplió", "sí", "si", "s", "✓", "✔", "☑", "cumplido", "correcto", "verdadero", "conforme",
            "aprobado", "logrado",
        ),
        Result.PASS,
    ),
    **dict.fromkeys(
        (
            "fail", "failed", "no", "n", "not met", "does not meet", "did not meet", "doesn't meet", "not done",
            "missed", "false", "0", "non compliant", "non-compliant", "incorrect",
            "not achieved", "no cumple", "no cumplió", "incumple", "no cumplido", "incorrecto", "falso", "no conforme",
            "reprobado", "no logrado", "error", "✗", "✘", "☒",
        ),
        Result.FAIL,
    ),
    **dict.fromkeys(
        (
            "na", "n/a", "n.a", "not applicable", "n/d", "n.d", "-", "--", "–", "—", "no aplica", "no evaluado", "not evaluated",
            "not scored", "null", "nan", "none", "#n/a", "sin dato", "sin datos", "no corresponde", "(blank)", "(en blanco)",
        ),
        Result.NA,
    ),
}  # fmt: skip
"""What words usually mean: offered, never used before somebody has said so."""


def number(text: str, decimal: str) -> float | None:
    """The number a text writes with this decimal mark; a percentage as it stands (`85 %` is 85)."""
    if not _NUMBER.fullmatch(text):
        return None
    digits = re.sub(r"[\s\u00a0%]", "", text)
    if re.fullmatch(r"[+-]?\d+[.,](?:\d{1,2}|\d{4,})", digits):  # no thousands are written so
        return float(digits.replace(",", "."))
    thousands = "." if decimal == "," else ","
    if thousands in digits:
        if not re.fullmatch(rf"[+-]?\d{{1,3}}(?:\{thousands}\d{{3}})+(?:\{decimal}\d+)?", digits):
            return None
        digits = digits.replace(thousands, "")
    try:
        return float(digits.replace(decimal, "."))
    except ValueError:
        return None


def decimal_of(texts: Collection[str]) -> str | None:
    """The decimal mark these numbers are written with, where they tell: `9,5` does and `1,234` does not."""
    comma = any(re.fullmatch(r"[+-]?\d+,(?:\d{1,2}|\d{4,})\s*%?", text) for text in texts)
    point = any(re.fullmatch(r"[+-]?\d+\.(?:\d{1,2}|\d{4,})\s*%?", text) for text in texts)
    return None if comma == point else "," if comma else "."


def of_points(text: str, maximum: float | None, mapping: Mapping) -> Result | None:
    """Whether so many points of the maximum are a pass; None where it is no number or the maximum is not known.

    `8/10` says its own maximum, and so does a percentage.
    """
    if part := _OF.fullmatch(text):
        text, maximum = part["points"], number(part["maximum"], mapping.decimal)
    elif text.endswith("%"):
        maximum = 100.0
    points = number(text, mapping.decimal)
    if points is None or not maximum or points < 0 or points > maximum * (1 + _CLOSE):
        return None
    return Result.PASS if points / maximum >= mapping.passes_from - _CLOSE else Result.FAIL


def is_number(text: str) -> bool:
    """Whether it may be points, whatever the decimal mark."""
    return bool(_OF.fullmatch(text)) or any(number(text, mark) is not None for mark in ".,")


def offered(word: str) -> Result | None:
    """What a word usually means."""
    tidy = plain(word)
    return WORDS.get(tidy) or WORDS.get(tidy.rstrip(".!")) or WORDS.get(plain(word.replace("_", " ")))
