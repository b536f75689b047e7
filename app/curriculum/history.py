"""What people were assigned and completed before Hilo: evidence follows, nothing is asked for or mailed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from os import PathLike

from flask_babel import lazy_gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Activity, User
from app.core.bulk import chunks
from app.core.follow import Event, announce
from app.core.i18n import LANGUAGES
from app.core.problems import BadFile, Problem, add_sentences
from app.core.rows import Cells
from app.core.sheets import Column, Row, open_table
from app.curriculum.models import Assignment, AssignmentReason, AssignmentState, Module, ModuleCompetency

COLUMNS = (
    Column("employee_no", aliases=("Número de empleado", "Nº de empleado", "Employee number")),
    Column("module", aliases=("Módulo", "Module code", "Código de módulo")),
    Column("assigned_on", aliases=("Asignado el", "Fecha de asignación", "Assigned")),
    Column("completed_on", required=False, aliases=("Completado el", "Fecha de finalización", "Completed")),
    Column("score", required=False, aliases=("Nota", "Puntaje")),
    Column("language", required=False, aliases=("Idioma",)),
)
TONGUES = {**{code: code for code in LANGUAGES}, "english": "en", "inglés": "en", "spanish": "es", "español": "es"}
MAX_ROWS = 300_000
Key = tuple[int, int, date]
"""Person, module, day of assigning: what makes two rows one assignment."""


class HistoryProblem(StrEnum):
    """What only a history file can have wrong."""

    BEFORE_ASSIGNED = "completed_before_assigned"
    COMPLETED_OTHERWISE = "completed_otherwise"


add_sentences(
    {
        HistoryProblem.BEFORE_ASSIGNED: lazy_gettext(
            "Row %(line)s, column “%(column)s”: %(value)s is before the day of assigning, %(hint)s. "
            "Correct one of them."
        ),
        HistoryProblem.COMPLETED_OTHERWISE: lazy_gettext(
            "Row %(line)s, column “%(column)s”: it is known here as completed on %(hint)s, and evidence rests on that. "
            "Write the same day, or leave the row out."
        ),
    }
)


@dataclass(frozen=True, slots=True)
class HistorySummary:
    """What an import of history did. `completed`: known assignments that the file tells are completed."""

    rows: int
    new: int
    completed: int
    unchanged: int
    unknown_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Past:
    """One assignment as the file tells it."""

    line: int
    completed_on: date | None
    score: float | None
    language: str | None


def import_history(session: Session, path: str | PathLike[str], *, by: User | None, on: datetime) -> HistorySummary:
    """Take in `employee_no,module,assigned_on,completed_on,score,language`; no `completed_on` means never completed.

    All or nothing: raises `BadFile` with everything that is wrong. One for each employee, module and day of assigning;
    the same again is unchanged. Completions new here are announced together.
    """
    table, cells = open_table(path, columns=COLUMNS, max_rows=MAX_ROWS), Cells()
    told = _read(session, cells.rows(table), cells)
    known = _known(session, told)
    for key, assignment in known.items():
        _must_agree(told[key], assignment, cells, table.headers["completed_on"])
    if cells.problems:
        raise BadFile(*cells.problems)
    new = [_new(key, past) for key, past in told.items() if key not in known]
    session.add_all(new)
    completed = [one for key, one in known.items() if _complete(one, told[key])]
    session.flush()
    _announce(session, [one for one in (*new, *completed) if one.completed_on is not None], on)
    unchanged = len(known) - len(completed)
    summary = HistorySummary(len(told), len(new), len(completed), unchanged, tuple(table.unknown))
    if new or completed:
        _log(session, summary, by=by, on=on)
    return summary


def _read(session: Session, rows: Iterable[Row], cells: Cells) -> dict[Key, _Past]:
    people = dict(session.execute(select(User.employee_no, User.id)).all())
    modules = dict(session.execute(select(Module.code, Module.id)).all())
    told: dict[Key, _Past] = {}
    for row in rows:
        person, module = cells.known(row, "employee_no", people), cells.known(row, "module", modules)
        assigned_on = cells.day(row, "assigned_on", required=True)
        completed_on = cells.day(row, "completed_on")
        if assigned_on and completed_on and completed_on < assigned_on:
            cells.wrong(row, HistoryProblem.BEFORE_ASSIGNED, "completed_on", assigned_on.isoformat())
        score = cells.fraction(row, "score")
        tongue = cells.choice(row, "language", TONGUES, default="")
        if person is None or module is None or assigned_on is None:
            continue
        key = (person, module, assigned_on)
        if cells.first(row, "assigned_on", key):
            told[key] = _Past(row.line, completed_on, score, tongue or None)
    return told


def _known(session: Session, told: Mapping[Key, _Past]) -> dict[Key, Assignment]:
    found: dict[Key, Assignment] = {}
    for block in chunks(sorted({person for person, _m, _d in told})):
        for one in session.scalars(select(Assignment).where(Assignment.person_id.in_(block))):
            key = (one.person_id, one.module_id, one.assigned_on)
            if key in told:
                found[key] = one
    return found


def _must_agree(past: _Past, assignment: Assignment, cells: Cells, header: str) -> None:
    known, told = assignment.completed_on, past.completed_on
    if known is not None and told is not None and known != told:
        cells.problems.append(
            Problem(HistoryProblem.COMPLETED_OTHERWISE, past.line, header, told.isoformat(), known.isoformat())
        )


def _new(key: Key, past: _Past) -> Assignment:
    person, module, assigned_on = key
    done = past.completed_on is not None
    return Assignment(
        person_id=person,
        module_id=module,
        reason=AssignmentReason.MANUAL,
        assigned_on=assigned_on,
        state=AssignmentState.COMPLETED if done else AssignmentState.ASSIGNED,
        completed_on=past.completed_on,
        score=past.score,
        language=past.language,
        from_history=True,
    )


def _complete(assignment: Assignment, past: _Past) -> bool:
    """Complete a known assignment as the file tells; False when there is nothing new in it."""
    if assignment.completed_on is not None or past.completed_on is None:
        return False
    assignment.state = AssignmentState.COMPLETED
    assignment.completed_on = past.completed_on
    assignment.score = past.score
    assignment.language = past.language
    return True


def _announce(session: Session, completed: Iterable[Assignment], on: datetime) -> None:
    taught: dict[int, list[int]] = {}
    for module, competency in session.execute(select(ModuleCompetency.module_id, ModuleCompetency.competency_id)):
        taught.setdefault(module, []).append(competency)
    completions = [
        (one.person_id, competency, one.completed_on, f"assignment:{one.id}:{competency}")
        for one in completed
        for competency in taught.get(one.module_id, ())
    ]
    if completions:
        announce(session, Event.MODULE_COMPLETED, completions=completions, on=on)


def _log(session: Session, summary: HistorySummary, *, by: User | None, on: datetime) -> None:
    session.add(
        Activity(
            at=on,
            actor_id=by.id if by is not None else None,
            verb="history.imported",
            subject_kind="file",
            detail={"rows": summary.rows, "new": summary.new, "completed": summary.completed},
        )
    )
