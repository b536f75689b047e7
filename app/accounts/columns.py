"""What the columns of people and absences files are called, and the words that may stand in them, in both languages."""

from __future__ import annotations

from typing import TypeVar

from app.accounts.models import AbsenceKind
from app.accounts.permissions import Role
from app.core.sheets import Column
from app.core.sheets.columns import header_key

Value = TypeVar("Value")

PEOPLE_COLUMNS = (
    Column(
        "employee_no", aliases=("employee number", "employee id", "número de empleado", "nro. de empleado", "legajo")
    ),
    Column("name", aliases=("full name", "nombre", "nombre completo", "nombre y apellido")),
    Column("email", aliases=("e-mail address", "mail", "correo", "correo electrónico")),
    Column("role", aliases=("rol", "perfil")),
    Column("partner", aliases=("bpo", "bpo partner", "aliado", "aliado bpo", "proveedor")),
    Column("site", aliases=("sede", "sitio")),
    Column("team", aliases=("equipo",)),
    Column("market", aliases=("country", "mercado", "país")),
    Column("time_zone", aliases=("zona horaria", "huso horario")),
    Column("language", aliases=("idioma",)),
    Column("hired_on", aliases=("hire date", "fecha de ingreso", "fecha de contratación")),
    Column("valid_from", aliases=("since", "desde", "válido desde", "vigente desde")),
    Column("left_on", required=False, aliases=("termination date", "fecha de egreso", "fecha de salida")),
    Column("line_of_business", required=False, aliases=("lob", "línea de negocio")),
    Column(
        "weekly_contacts", required=False, aliases=("contacts per week", "contactos por semana", "contactos semanales")
    ),
)
ABSENCE_COLUMNS = (
    PEOPLE_COLUMNS[0],
    Column("kind", aliases=("tipo", "motivo")),
    Column("from", aliases=("from day", "desde")),
    Column("to", aliases=("to day", "until", "hasta")),
)

ROLES = {
    Role.AGENT: ("agente", "asesor", "asesora", "ejecutivo", "ejecutiva"),
    Role.TEAM_LEAD: ("líder de equipo", "líder", "supervisor", "supervisora", "team leader"),
    Role.TRAINER: ("capacitador", "capacitadora", "formador", "formadora"),
    Role.AUDITOR: ("analista de calidad", "auditor de calidad", "auditora", "auditora de calidad", "qa"),
    Role.PROGRAM_MANAGER: ("programme manager", "gerente de programa", "gerente de programa de calidad"),
    Role.PARTNER_MANAGER: ("gerente de aliado", "gerente de proveedor"),
    Role.ADMINISTRATOR: ("admin", "administrador", "administradora"),
}
LANGUAGES = {"en": ("english", "inglés"), "es": ("spanish", "español", "castellano")}
ABSENCES = {
    AbsenceKind.VACATION: ("holiday", "vacaciones"),
    AbsenceKind.SICK: ("sick leave", "enfermedad", "incapacidad"),
    AbsenceKind.LEAVE: ("licencia", "permiso"),
    AbsenceKind.OTHER: ("otro", "otra"),
}


def by_name(names: dict[Value, tuple[str, ...]]) -> dict[str, Value]:
    """The values by each word that means them, as `header_key` compares words."""
    return {header_key(name): value for value, others in names.items() for name in (str(value), *others)}


ROLES_BY_NAME = by_name(ROLES)
LANGUAGES_BY_NAME = by_name(LANGUAGES)
ABSENCES_BY_NAME = by_name(ABSENCES)
