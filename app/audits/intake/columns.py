"""What a findings file may say: the words for results, causes and purposes in both languages; its columns in `headers`."""

from __future__ import annotations

from app.audits.intake.headers import CHECK, CHECK_NAMES, DEFAULT_SOURCE, HEAD, HEAD_NAMES
from app.audits.models import Cause, Purpose, Result
from app.audits.rules import FAIL, NA, PASS

__all__ = ["CHECK", "CHECK_NAMES", "DEFAULT_SOURCE", "HEAD", "HEAD_NAMES"]

CAUSES: tuple[Cause | None, ...] = (None, *Cause)
"""Causes by the number they have in arrays; 0 is none."""
RESULTS = {PASS: Result.PASS, FAIL: Result.FAIL, NA: Result.NA}
UNKNOWN, EMPTY = -1, -2

_RESULTS = {
    "pass": PASS, "cumple": PASS,
    "fail": FAIL, "no cumple": FAIL,
    "na": NA, "n/a": NA, "no aplica": NA,
}  # fmt: skip
_CAUSES = {
    "conocimiento": Cause.KNOWLEDGE, "habilidad": Cause.SKILL, "actitud": Cause.WILL, "voluntad": Cause.WILL,
    "proceso": Cause.PROCESS, "herramienta": Cause.TOOL, "política": Cause.POLICY, "cliente": Cause.CUSTOMER,
    **{cause.value: cause for cause in Cause},
}  # fmt: skip
_PURPOSES = {
    "aleatoria": Purpose.RANDOM, "dirigida": Purpose.TARGETED, "calibración": Purpose.CALIBRATION,
    "reauditoría": Purpose.REAUDIT, "": Purpose.RANDOM,
    **{purpose.value: purpose for purpose in Purpose},
}  # fmt: skip
_PARTS = {
    "": "result", "comment": "comment", "comentario": "comment", "cause": "cause", "causa": "cause",
}  # fmt: skip


def result_code(text: str) -> int:
    """`PASS`, `FAIL` or `NA`; `EMPTY` for an empty cell and `UNKNOWN` for any other word."""
    return _RESULTS.get(text.lower(), UNKNOWN) if text else EMPTY


def cause_code(text: str) -> int:
    """The place of a cause in `CAUSES`, 0 for an empty cell, `UNKNOWN` for any other word."""
    cause = _CAUSES.get(text.lower())
    return CAUSES.index(cause) if cause or not text else UNKNOWN


def purpose_of(text: str) -> Purpose | None:
    """The purpose a word means; an empty cell is a random audit, an unknown word None."""
    return _PURPOSES.get(text.lower())


def part_of(header: str) -> tuple[str, str | None]:
    """A header of the wide shape as criterion code and what it holds of it: result, comment, cause, or None."""
    code, _, part = header.partition(":")
    return code.strip(), _PARTS.get(part.strip().lower())
