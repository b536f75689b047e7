"""The standard columns of a findings file, and the headers that mean them in both languages."""

from __future__ import annotations

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
