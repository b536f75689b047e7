"""Competencies and modules from files: all or nothing, and the same file again changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from os import PathLike
from typing import Any

from flask_babel import lazy_gettext
from sqlalchemy import delete, select
from sqlalchemy.orm import Session, undefer

from app.accounts.models import Activity, User
from app.core.bulk import chunks
from app.core.clock import monday_of
from app.core.problems import BadFile, ProblemKind, add_sentences
from app.core.rows import Cells
from app.core.sheets import Column, Row, Table, open_table, split_codes
from app.curriculum import targets
from app.curriculum.models import Competency, Module, ModuleCompetency, ModuleKind, ModuleState
from app.curriculum.rules import is_web_address
from app.curriculum.targets import HIGHEST, LOWEST, TargetChange

CODE = Column("competency", aliases=("Competencia", "Competency code", "Código de competencia"))
COMPETENCIES = (
    CODE,
    Column("parent", required=False, aliases=("Superior", "Competencia superior", "Parent competency")),
    Column("name_en", aliases=("Name", "Nombre en inglés", "Name in English")),
    Column("name_es", aliases=("Nombre", "Nombre en español", "Name in Spanish")),
    Column("target", aliases=("Meta", "Objetivo")),
    Column("target_from", required=False, aliases=("Meta desde", "Target from", "Vigente desde")),
    Column("description_en", required=False, aliases=("Description", "Descripción en inglés")),
    Column("description_es", required=False, aliases=("Descripción", "Descripción en español")),
)
MODULES = (
    Column("module", aliases=("Módulo", "Module code", "Código de módulo")),
    Column("title_en", aliases=("Title", "Título en inglés", "Title in English")),
    Column("title_es", aliases=("Título", "Título en español", "Title in Spanish")),
    Column("kind", required=False, aliases=("Tipo",)),
    Column("minutes", required=False, aliases=("Minutos", "Duración")),
    Column("competencies", required=False, aliases=("Competencias",)),
    Column("url", required=False, aliases=("Address", "Link", "Enlace", "Dirección")),
    Column("body_en", required=False, aliases=("Text", "Texto en inglés")),
    Column("body_es", required=False, aliases=("Texto", "Texto en español")),
)
KINDS = {
    **{kind.value: kind for kind in ModuleKind},
    "artículo": ModuleKind.ARTICLE,
    "archivo": ModuleKind.FILE,
    "enlace": ModuleKind.LINK,
    "sesión en vivo": ModuleKind.LIVE,
    "práctica": ModuleKind.PRACTICE,
}
LONGEST_TEXT = 100_000
DEFAULT_MINUTES = 10
MAX_ROWS = 20_000
MAX_BYTES = 64 << 20


class CurriculumProblem(StrEnum):
    """What only files of this room can have wrong."""

    TOO_DEEP = "competency_too_deep"
    TARGET_REFUSED = "target_refused"  # hint: why
    BAD_ADDRESS = "bad_web_address"
    NEEDS_ADDRESS = "needs_web_address"


add_sentences(
    {
        CurriculumProblem.TOO_DEEP: lazy_gettext(
            "Row %(line)s, column “%(column)s”: “%(value)s” is itself below another competency, or is "
            "this one. The tree has two levels: name a competency of the first."
        ),
        CurriculumProblem.TARGET_REFUSED: lazy_gettext("Row %(line)s, column “%(column)s”: %(hint)s"),
        CurriculumProblem.BAD_ADDRESS: lazy_gettext(
            "Row %(line)s, column “%(column)s”: “%(value)s” is not the address of a page. "
            "Write it whole, with https:// in front."
        ),
        CurriculumProblem.NEEDS_ADDRESS: lazy_gettext(
            "Row %(line)s, column “%(column)s”: a video, file or link needs its address. "
            "Write it, with https:// in front."
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Summary:
    """What an import did. `kind` says of what; `later`: codes of competencies whose targets a job will change."""

    kind: str
    rows: int
    new: int
    changed: int
    unchanged: int
    unknown_columns: tuple[str, ...]
    later: tuple[str, ...] = ()


def import_file(
    session: Session, path: str | PathLike[str], *, by: User | None, on: datetime, later: bool = False
) -> Summary:
    """Import competencies or modules, told from the header; see `import_competencies` and `import_modules`."""
    optional = [Column(c.name, False, c.aliases) for c in (*COMPETENCIES, *MODULES)]
    header = _open(path, optional).columns
    if "module" in header:
        return import_modules(session, path, by=by, on=on)
    return import_competencies(session, path, by=by, on=on, later=later)


def _open(path: str | PathLike[str], columns: Sequence[Column]) -> Table:
    return open_table(path, columns=columns, max_rows=MAX_ROWS, max_bytes=MAX_BYTES)


# --- Competencies ---


def import_competencies(
    session: Session, path: str | PathLike[str], *, by: User | None, on: datetime, later: bool = False
) -> Summary:
    """Take in `competency,parent,name_en,name_es,target` and optional descriptions.

    Another target of a known competency holds from `target_from` on, without it from the next decision on. All or nothing: raises
    `BadFile` with everything that is wrong. A parent may stand further down in the file. With `later`, targets that take too
    long for somebody who waits are left to a job.
    """
    table, cells = _open(path, COMPETENCIES), Cells()
    rows = list(cells.rows(table))
    known = {one.code: one for one in session.scalars(select(Competency))}
    facts, asked = _competency_facts(table, rows, cells, known)
    parents = _parents(rows, cells, known, {code for code, _ in facts})
    if cells.problems:
        raise BadFile(*cells.problems)
    aimed = _aim(session, asked, cells, by=by, on=on, later=later)
    touched = {one.competency.code for one in aimed}
    summary = _upsert(session, Competency, known, facts, touched, ("competencies", len(rows), table.unknown))
    session.flush()
    changed = _hang_up(known, parents) if "parent" in table.columns else 0
    if summary.new or summary.changed or changed:
        _log(session, summary, by=by, on=on)
    return replace(summary, later=tuple(sorted(one.competency.code for one in aimed if one.waits)))


def _competency_facts(
    table: Table, rows: Iterable[Row], cells: Cells, known: Mapping[str, Competency]
) -> tuple[list[tuple[str, dict[str, Any]]], list[tuple[Row, TargetChange]]]:
    """What the rows say of each competency, and the targets they ask for of known ones."""
    facts, asked = [], []
    for row in rows:
        code = cells.text(row, "competency", required=True, longest=40)
        cells.first(row, "competency", code)
        target = cells.number(row, "target", required=True, low=LOWEST, high=HIGHEST, span="0.01–0.99")
        since = cells.day(row, "target_from") if "target_from" in table.columns else None
        values: dict[str, Any] = {
            "name_en": cells.text(row, "name_en", required=not row["name_es"]),
            "name_es": cells.text(row, "name_es"),
        }
        if code not in known:
            values["target"] = target
        elif target is not None:
            asked.append((row, TargetChange(known[code], target, None if since is None else monday_of(since))))
        for name in ("description_en", "description_es"):
            if name in table.columns:
                values[name] = cells.text(row, name, longest=2000)
        facts.append((code, values))
    return facts, asked


def _aim(
    session: Session,
    asked: Sequence[tuple[Row, TargetChange]],
    cells: Cells,
    *,
    by: User | None,
    on: datetime,
    later: bool,
) -> list[TargetChange]:
    """Let other targets hold; returns those that are new. Raises `BadFile` with those that can't be."""
    new = targets.change(session, [one for _row, one in asked], by=by, on=on, later=later)
    for row, one in asked:
        if one.refused is not None:
            cells.wrong(
                row, CurriculumProblem.TARGET_REFUSED, "target" if one.week is None else "target_from", one.refused
            )
    if cells.problems:
        raise BadFile(*cells.problems)
    return new


def _parents(rows: Iterable[Row], cells: Cells, known: Mapping[str, Competency], told: set[str]) -> dict[str, str]:
    """The parent of each competency by code, of those that have one; only codes of the first level may be named."""
    parents = {code: one.parent.code for code, one in known.items() if one.parent is not None and code not in told}
    named = {row["competency"]: row for row in rows if row["parent"]}
    parents.update((code, row["parent"]) for code, row in named.items())
    for row in named.values():
        if row["parent"] not in told and row["parent"] not in known:
            cells.wrong(row, ProblemKind.UNKNOWN_REFERENCE, "parent")
        elif row["parent"] in parents or row["parent"] == row["competency"]:
            cells.wrong(row, CurriculumProblem.TOO_DEEP, "parent")
    return parents


def _hang_up(known: Mapping[str, Competency], parents: Mapping[str, str]) -> int:
    changed = 0
    for code, one in known.items():
        parent = known[parents[code]].id if code in parents else None
        changed += one.parent_id != parent
        one.parent_id = parent
    return changed


# --- Modules ---


def import_modules(session: Session, path: str | PathLike[str], *, by: User | None, on: datetime) -> Summary:
    """Take in `module,title_en,title_es,kind,minutes,competencies,url` and optional texts.

    All or nothing: raises `BadFile` with everything that is wrong, an unknown competency too. A new module with both
    titles is published; one that lacks a language stays a draft.
    """
    table, cells = _open(path, MODULES), Cells()
    rows = list(cells.rows(table))
    competencies = dict(session.execute(select(Competency.code, Competency.id)).all())
    facts = [_module_facts(table, row, cells) for row in rows]
    teaches = _taught(rows, cells, competencies) if "competencies" in table.columns else {}
    if cells.problems:
        raise BadFile(*cells.problems)
    bodies = (undefer(Module.body_en), undefer(Module.body_es))
    known = {one.code: one for one in session.scalars(select(Module).options(*bodies))}
    summary = _upsert(session, Module, known, facts, set(), ("modules", len(rows), table.unknown))
    session.flush()
    changed = _teach(session, {known[code].id: wanted for code, wanted in teaches.items()})
    if summary.new or summary.changed or changed:
        _log(session, summary, by=by, on=on)
    return summary


def _module_facts(table: Table, row: Row, cells: Cells) -> tuple[str, dict[str, Any]]:
    code = cells.text(row, "module", required=True, longest=40)
    cells.first(row, "module", code)
    title_en = cells.text(row, "title_en", required=not row["title_es"])
    title_es = cells.text(row, "title_es")
    values: dict[str, Any] = {"title_en": title_en, "title_es": title_es}
    kind = cells.choice(row, "kind", KINDS, default=ModuleKind.ARTICLE)
    if "kind" in table.columns:
        values["kind"] = kind
    if "minutes" in table.columns:
        minutes = cells.number(row, "minutes", low=1, high=600, span="1–600")
        values["minutes"] = round(minutes) if minutes is not None else DEFAULT_MINUTES
    if "url" in table.columns:
        values["url"] = row["url"] or None
    if row["url"] and not is_web_address(row["url"]):
        cells.wrong(row, CurriculumProblem.BAD_ADDRESS, "url")
    if not row["url"] and kind in (ModuleKind.VIDEO, ModuleKind.FILE, ModuleKind.LINK):
        cells.wrong(row, CurriculumProblem.NEEDS_ADDRESS, "url")
    for name in ("body_en", "body_es"):
        if name in table.columns:
            values[name] = cells.text(row, name, longest=LONGEST_TEXT)
    return code, values


def _taught(rows: Iterable[Row], cells: Cells, competencies: Mapping[str, int]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for row in rows:
        codes = split_codes(row["competencies"])
        if any(code not in competencies for code in codes):
            cells.wrong(row, ProblemKind.UNKNOWN_REFERENCE, "competencies")
        found[row["module"]] = {competencies[code] for code in codes if code in competencies}
    return found


def _teach(session: Session, wanted: Mapping[int, set[int]]) -> int:
    """Set which competencies these modules teach; returns how many links changed."""
    pairs = {(module, competency) for module, those in wanted.items() for competency in those}
    known: set[tuple[int, int]] = set()
    for block in chunks(list(wanted)):
        links = select(ModuleCompetency.module_id, ModuleCompetency.competency_id)
        known.update(session.execute(links.where(ModuleCompetency.module_id.in_(block))))
    for module, competency in known - pairs:
        session.execute(
            delete(ModuleCompetency).where(
                ModuleCompetency.module_id == module, ModuleCompetency.competency_id == competency
            )
        )
    session.add_all(ModuleCompetency(module_id=m, competency_id=c) for m, c in sorted(pairs - known))
    return len(known ^ pairs)


# --- Both ---


def _upsert(
    session: Session,
    model: type[Competency] | type[Module],
    known: dict[str, Any],
    facts: Iterable[tuple[str, dict[str, Any]]],
    touched: set[str],
    file: tuple[str, int, Iterable[str]],
) -> Summary:
    """Make or change the rows with these codes; `known` gains the new ones, `touched` were changed already."""
    new = changed = unchanged = 0
    for code, values in facts:
        row = known.get(code)
        if row is None:
            known[code] = _new(model, code, values)
            session.add(known[code])
            new += 1
        elif code in touched or any(getattr(row, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(row, name, value)
            changed += 1
        else:
            unchanged += 1
    kind, rows, unknown = file
    return Summary(kind, rows, new, changed, unchanged, tuple(unknown))


def _new(model: type[Competency] | type[Module], code: str, values: Mapping[str, Any]) -> Competency | Module:
    if model is Competency:
        return Competency(code=code, **values)
    both = bool(values["title_en"] and values["title_es"]) and bool(values.get("body_en")) == bool(
        values.get("body_es")
    )
    later = (ModuleKind.PACKAGE, ModuleKind.PRACTICE)  # a package or rubric comes later, on screen
    both = both and values.get("kind") not in later
    module = Module(code=code, state=ModuleState.PUBLISHED if both else ModuleState.DRAFT, **values)
    module.kind = values.get("kind", ModuleKind.ARTICLE)
    module.minutes = values.get("minutes", DEFAULT_MINUTES)
    return module


def _log(session: Session, summary: Summary, *, by: User | None, on: datetime) -> None:
    detail = {"rows": summary.rows, "new": summary.new, "changed": summary.changed}
    session.add(
        Activity(
            at=on,
            actor_id=by.id if by is not None else None,
            verb=f"{summary.kind}.imported",
            subject_kind="file",
            detail=detail,
        )
    )
