"""What a findings file may say: its columns, and the words for results, causes and purposes in both languages."""

from __future__ import annotations

from app.audits.models import Cause, Purpose, Result
from app.audits.rules import FAIL, NA, PASS
from app.core.sheets import Column

HEAD = (
    Column("source", required=False, aliases=("fuente", "origen", "sistema")),
    Column("audit_ref", aliases=("audit", "audit_id", "auditoria", "referencia", "id_auditoria")),
    Column("contact_ref", required=False, aliases=("contact", "contact_id", "contacto", "id_contacto")),
    Column("employee_no", aliases=("agent", "agente", "numero_de_empleado", "legajo")),
    Column("auditor_no", required=False, aliases=("auditor", "analista", "analista_de_calidad")),
    Column("scorecard", aliases=("pauta", "pauta_de_evaluacion", "formulario")),
    Column("version", required=False, aliases=("scorecard_version", "version_de_pauta")),
    Column("purpose", required=False, aliases=("proposito", "motivo")),
    Column("channel", required=False, aliases=("canal",)),
    Column("language", required=False, aliases=("idioma",)),
    Column("contact_at", aliases=("fecha_de_contacto", "fecha_contacto")),
    Column("audited_at", aliases=("fecha_de_auditoria", "fecha_auditoria")),
    Column("reaudit_of", required=False, aliases=("reauditoria_de",)),
)
"""What each audit says of itself, in either shape."""

CHECK = (
    Column("criterion", required=False, aliases=("criterio", "item")),
    Column("result", required=False, aliases=("resultado",)),
    Column("comment", required=False, aliases=("comentario", "observacion")),
    Column("cause", required=False, aliases=("causa",)),
)
"""What a row of the long shape says of one criterion. A file without `criterion` is wide."""

HEAD_NAMES = tuple(column.name for column in HEAD)
CHECK_NAMES = tuple(column.name for column in CHECK)
DEFAULT_SOURCE = "file"

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
