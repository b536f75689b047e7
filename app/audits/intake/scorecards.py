"""How a scorecard file comes in: versions with their sections and criteria, as data to compare and store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

from flask_babel import lazy_gettext

from app.audits.building.files import JsonTable, is_json
from app.audits.models import Cause, ErrorClass, Severity
from app.core.problems import ProblemKind, add_sentences
from app.core.rows import Cells
from app.core.sheets import Column, Row, open_table, split_codes

COLUMNS = (
    Column("scorecard", aliases=("pauta", "pauta_de_evaluacion", "formulario")),
    Column("version", aliases=("versión",)),
    Column("section_en", aliases=("section", "sección en inglés")),
    Column("section_es", aliases=("sección", "sección en español")),
    Column("code", aliases=("criterion", "criterio", "código", "código de criterio")),
    Column("text_en", aliases=("text", "texto en inglés")),
    Column("text_es", aliases=("texto", "texto en español")),
    Column("weight", aliases=("peso", "ponderación")),
    Column("severity", aliases=("severidad",)),
    Column("fatal_kind", required=False, aliases=("error_class", "clase de error")),
    Column("competencies", aliases=("competency", "competencias", "competencia")),
    Column("valid_from", required=False, aliases=("válida desde", "vigente desde")),
    Column("guidance_en", required=False, aliases=("guidance", "guía en inglés")),
    Column("guidance_es", required=False, aliases=("guía", "guía en español")),
    Column("fails_section", required=False, aliases=("anula la sección",)),
    Column("na_allowed", required=False, aliases=("admite no aplica", "permite na")),
    Column("causes", required=False, aliases=("causas",)),
    Column("name_en", required=False, aliases=("name", "nombre en inglés")),
    Column("name_es", required=False, aliases=("nombre", "nombre en español")),
)
SEVERITIES = {
    **{severity.value: severity for severity in Severity},
    "menor": Severity.MINOR, "mayor": Severity.MAJOR, "crítica": Severity.CRITICAL, "crítico": Severity.CRITICAL,
}  # fmt: skip
ERROR_CLASSES = {
    **{kind.value: kind for kind in ErrorClass},
    "cliente": ErrorClass.CUSTOMER, "negocio": ErrorClass.BUSINESS, "cumplimiento": ErrorClass.COMPLIANCE,
}  # fmt: skip
YES_NO = {"yes": True, "no": False, "sí": True, "si": True, "1": True, "0": False, "true": True, "false": False}
CAUSES = {
    **{cause.value: cause for cause in Cause},
    "conocimiento": Cause.KNOWLEDGE, "habilidad": Cause.SKILL, "voluntad": Cause.WILL, "proceso": Cause.PROCESS,
    "herramienta": Cause.TOOL, "política": Cause.POLICY, "cliente": Cause.CUSTOMER,
}  # fmt: skip
LONGEST_TEXT = 2_000
MAX_ROWS = 20_000
MAX_BYTES = 64 << 20


class ScorecardProblem(StrEnum):
    """What only a scorecard file can have wrong."""

    NOT_CRITICAL = "error_class_of_non_critical"
    COLON = "colon_in_criterion"
    NOT_OF_SECTION = "fails_section_of_other"
    FROZEN = "version_frozen"  # hint: what is stored
    FROZEN_EXTRA = "version_frozen_extra"
    FROZEN_MISSING = "version_frozen_missing"  # value: the version; hint: the criteria it also has


add_sentences(
    {
        ScorecardProblem.NOT_CRITICAL: lazy_gettext(
            "Row %(line)s, column “%(column)s”: only critical and fatal criteria have an error class, not “%(value)s”. "
            "Leave the cell empty, or correct the severity."
        ),
        ScorecardProblem.COLON: lazy_gettext(
            "Row %(line)s, column “%(column)s”: the code “%(value)s” has a colon. Write it without."
        ),
        ScorecardProblem.NOT_OF_SECTION: lazy_gettext(
            "Row %(line)s, column “%(column)s”: only a critical criterion can fail its section. Write “critical” as its "
            "severity, or leave the cell empty; a fatal one fails the whole audit already."
        ),
        ScorecardProblem.FROZEN: lazy_gettext(
            "Row %(line)s, column “%(column)s”: “%(value)s” differs from what is stored (%(hint)s), and audits rest on "
            "this version. Give the changed scorecard a new version."
        ),
        ScorecardProblem.FROZEN_EXTRA: lazy_gettext(
            "Row %(line)s, column “%(column)s”: the criterion “%(value)s” is not in this version, and audits rest on it. "
            "Give the changed scorecard a new version."
        ),
        ScorecardProblem.FROZEN_MISSING: lazy_gettext(
            "From row %(line)s on, the version “%(value)s” lacks criteria it has (%(hint)s), and audits rest on it. "
            "Give the changed scorecard a new version."
        ),
    }
)


class Line(NamedTuple):
    """A criterion as it is compared: the order of these is the order of the columns in the file."""

    section_en: str
    section_es: str
    code: str
    text_en: str
    text_es: str
    weight: float
    severity: Severity
    error_class: ErrorClass | None
    competencies: frozenset[int]
    guidance_en: str
    guidance_es: str
    fails_section: bool = False
    na_allowed: bool = True
    causes: tuple[str, ...] = ()


@dataclass(slots=True)
class FileVersion:
    """A version as the file has it: its criteria in order, and the row each stands in."""

    scorecard: str
    label: str
    name_en: str
    name_es: str
    valid_from: date | None
    lines: list[Line] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ScorecardFile:
    """What a scorecard file holds; `cells` collects what is wrong with it."""

    rows: int
    unknown: Sequence[str]
    versions: Sequence[FileVersion]
    cells: Cells


def read(path: str | PathLike[str], competencies: Mapping[str, int]) -> ScorecardFile:
    """Read a scorecard file; `competencies` are those there are, by code."""
    table = _table(Path(path))
    cells = Cells()
    found: dict[tuple[str, str], FileVersion] = {}
    count = 0
    for row in cells.rows(table):
        count += 1
        version = _version(cells, row, found)
        line = _line(cells, row, competencies)
        if cells.first(row, "code", (version.scorecard, version.label, row["code"])):
            version.lines.append(line)
            version.rows.append(row)
    return ScorecardFile(count, table.unknown, list(found.values()), cells)


def _table(path: Path) -> Any:
    if is_json(path):
        return JsonTable(path, [column.name for column in COLUMNS])
    return open_table(path, columns=COLUMNS, max_rows=MAX_ROWS, max_bytes=MAX_BYTES)


def _version(cells: Cells, row: Row, found: dict[tuple[str, str], FileVersion]) -> FileVersion:
    """The version a row belongs to; all its rows say the same of it."""
    key = cells.text(row, "scorecard", required=True, longest=40), cells.text(row, "version", required=True, longest=40)
    names, valid_from = (cells.text(row, "name_en"), cells.text(row, "name_es")), cells.day(row, "valid_from")
    version = found.get(key)
    if version is None:
        version = found[key] = FileVersion(*key, *names, valid_from)
        return version
    said = {"name_en": names[0] == version.name_en, "name_es": names[1] == version.name_es,
            "valid_from": valid_from == version.valid_from}  # fmt: skip
    for column, same in said.items():
        if not same:
            cells.wrong(row, ProblemKind.INCONSISTENT, column, str(version.rows[0].line) if version.rows else None)
    return version


def _line(cells: Cells, row: Row, competencies: Mapping[str, int]) -> Line:
    severity = cells.choice(row, "severity", SEVERITIES)
    if ":" in row["code"]:
        cells.wrong(row, ScorecardProblem.COLON, "code")
    codes = split_codes(row["competencies"])
    if any(code not in competencies for code in codes):
        cells.wrong(row, ProblemKind.UNKNOWN_REFERENCE, "competencies")
    weight = cells.number(row, "weight", low=0, high=1000, span="0–1000")
    return Line(
        section_en=cells.text(row, "section_en", required=not row["section_es"]),
        section_es=cells.text(row, "section_es"),
        code=cells.text(row, "code", required=True, longest=40),
        text_en=cells.text(row, "text_en", required=not row["text_es"], longest=LONGEST_TEXT),
        text_es=cells.text(row, "text_es", longest=LONGEST_TEXT),
        weight=1.0 if weight is None else weight,
        severity=severity or Severity.MINOR,
        error_class=_error_class(cells, row, severity),
        competencies=frozenset(competencies[code] for code in codes if code in competencies),
        guidance_en=cells.text(row, "guidance_en", longest=LONGEST_TEXT),
        guidance_es=cells.text(row, "guidance_es", longest=LONGEST_TEXT),
        fails_section=_fails_section(cells, row, severity),
        na_allowed=bool(cells.choice(row, "na_allowed", YES_NO, default=True)),
        causes=_causes(cells, row),
    )


def _fails_section(cells: Cells, row: Row, severity: Severity | None) -> bool:
    said = bool(row["fails_section"]) and bool(cells.choice(row, "fails_section", YES_NO))
    if said and severity is not None and severity is not Severity.CRITICAL:
        cells.wrong(row, ScorecardProblem.NOT_OF_SECTION, "fails_section")
    return said


def _causes(cells: Cells, row: Row) -> tuple[str, ...]:
    """The causes offered, in the order there is; all of them is as none."""
    named = [CAUSES.get(word.casefold()) for word in split_codes(row["causes"])]
    if None in named:
        cells.wrong(row, ProblemKind.BAD_VALUE, "causes", ", ".join(cause.value for cause in Cause))
    return tuple(cause.value for cause in Cause if cause in named) if len(set(named)) < len(Cause) else ()


def _error_class(cells: Cells, row: Row, severity: Severity | None) -> ErrorClass | None:
    """Whom the error hurts: of critical and fatal criteria, compliance unless said otherwise."""
    if severity is None or severity.is_critical:
        return cells.choice(row, "fatal_kind", ERROR_CLASSES, default=ErrorClass.COMPLIANCE)
    if row["fatal_kind"]:
        cells.wrong(row, ScorecardProblem.NOT_CRITICAL, "fatal_kind")
    return None
