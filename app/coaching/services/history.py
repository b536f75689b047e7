"""Sessions held before Hilo, from a file: they count as remedies in the evidence, owe nothing and mail nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from os import PathLike
from typing import Any

from flask import current_app
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.accounts.models import Activity, Membership, User
from app.accounts.queries import people_by_number, places
from app.coaching.models import CoachingSession, SessionRecord, SessionTopic
from app.coaching.rules import SessionKind, SessionState
from app.coaching.services.sessions import completion_key
from app.core.bulk import chunks
from app.core.clock import day_of
from app.core.problems import BadFile, Problem, ProblemKind
from app.core.sheets import (
    DATE_EXAMPLE,
    Column,
    Row,
    looks_like_formula,
    open_table,
    parse_date,
    parse_datetime,
    split_codes,
)
from app.curriculum.models import Competency
from app.gaps import services as gaps

COLUMNS = (
    Column("employee_no", aliases=("Número de empleado", "Nº de empleado", "Employee number")),
    Column("coach_no", aliases=("Número del coach", "Nº del coach", "Coach number")),
    Column("held_on", aliases=("Fecha", "Fecha de la sesión", "Date")),
    Column("kind", required=False, aliases=("Tipo",)),
    Column("competencies", required=False, aliases=("Competencias", "Competency", "Competencia")),
    Column("note", required=False, aliases=("Nota", "Notes", "Notas")),
)
KINDS = {kind.value: kind for kind in SessionKind}


@dataclass(frozen=True, slots=True)
class HistorySummary:
    """What an import of earlier sessions did; sessions are one for each agent, coach, day and kind."""

    rows: int
    sessions_new: int
    sessions_unchanged: int
    topics_new: int
    unknown_columns: tuple[str, ...]


@dataclass(slots=True)
class _Past:
    """One session as the file tells it."""

    held_at: datetime
    topics: dict[int, None] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)


_Key = tuple[int, int, date, SessionKind]
"""Agent, coach, day, kind: what makes two rows one session."""


def import_history(session: Session, path: str | PathLike[str], *, by: User | None, on: datetime) -> HistorySummary:
    """Take in sessions held before Hilo: `employee_no,coach_no,held_on,kind,competencies,note`.

    All or nothing: raises `BadFile` with everything that is wrong. The same file again changes nothing; a row that
    names further competencies for a known session adds them.
    """
    table = open_table(path, columns=COLUMNS)
    problems: list[Problem] = []
    rows = list(table.rows(problems))
    told = _Reader.for_rows(session, rows, on).read(rows, problems)
    if problems:
        raise BadFile(*problems)
    known = _known(session, told)
    new = {key: past for key, past in told.items() if key not in known}
    ids = {**known, **_write_sessions(session, new, on)}
    topics = _write_topics(session, told, ids)
    if topics:
        completions = [(key[0], c, key[2], completion_key(ids[key], c, key[0])) for key, c in topics]
        gaps.remedies_completed(session, completions=completions, on=on)
    summary = HistorySummary(len(rows), len(new), len(known), len(topics), tuple(table.unknown))
    if new or topics:
        detail = {k: v for k, v in asdict(summary).items() if isinstance(v, int)}
        session.add(
            Activity(
                at=on, actor_id=by.id if by else None, verb="sessions.imported", subject_kind="file", detail=detail
            )
        )
    return summary


# --- Reading ---


@dataclass(frozen=True, slots=True)
class _Reader:
    """What the cells of the file are looked up in."""

    people: Mapping[str, int]
    competencies: Mapping[str, int]
    zones: Mapping[int, Sequence[tuple[date, str]]]
    """Of each person, the time zone of the site from a day on, the first day first."""
    on: datetime

    @classmethod
    def for_rows(cls, session: Session, rows: Sequence[Row], on: datetime) -> _Reader:
        people = people_by_number(session, [number for row in rows for number in (row["employee_no"], row["coach_no"])])
        competencies = dict(session.execute(select(Competency.code, Competency.id)).all())
        zones: dict[int, list[tuple[date, str]]] = defaultdict(list)
        known = places(session)
        for block in chunks(sorted(set(people.values()))):
            memberships = select(Membership.user_id, Membership.valid_from, Membership.team_id)
            in_order = memberships.where(Membership.user_id.in_(block)).order_by(Membership.valid_from)
            for person, start, team in session.execute(in_order):
                zones[person].append((start, known[team].time_zone))
        return cls(people, competencies, zones, on)

    def read(self, rows: Sequence[Row], problems: list[Problem]) -> dict[_Key, _Past]:
        """The sessions of the rows; what is wrong with them is added to `problems`."""
        told: dict[_Key, _Past] = {}
        for row in rows:
            wrong = self._wrong(row)
            problems += wrong
            if not wrong:
                self._take(row, told)
        return told

    def _take(self, row: Row, told: dict[_Key, _Past]) -> None:
        person, coach = self.people[row["employee_no"]], self.people[row["coach_no"]]
        held_at, held_on = self._held(row)
        past = told.setdefault((person, coach, held_on, KINDS[_kind(row)]), _Past(held_at))
        past.topics.update((self.competencies[code], None) for code in split_codes(row["competencies"]))
        if row["note"]:
            past.notes[row["note"]] = None

    def _held(self, row: Row) -> tuple[datetime, date]:
        """When it was held, and the day it counts for: a day as written, a moment in the programme's zone."""
        text, programme = row["held_on"], current_app.config["PROGRAMME_TIME_ZONE"]
        day = parse_date(text)
        asked = day or date.fromisoformat(text[:10])
        spans = self.zones.get(self.people[row["employee_no"]], [])
        zone = next((name for start, name in reversed(spans) if start <= asked), spans[0][1] if spans else programme)
        moment = parse_datetime(day.isoformat() if day else text, zone)
        if moment is None:
            raise ValueError(text)
        return moment, day or day_of(moment, programme)

    def _wrong(self, row: Row) -> list[Problem]:
        """Everything wrong with a row."""
        found = [row.problem(ProblemKind.REQUIRED, c) for c in ("employee_no", "coach_no", "held_on") if not row[c]]
        found += [row.problem(ProblemKind.FORMULA, c) for c in row.values if looks_like_formula(row[c])]
        if found:
            return found
        for column in ("employee_no", "coach_no"):
            if row[column] not in self.people:
                found.append(row.problem(ProblemKind.UNKNOWN_REFERENCE, column))
        if row["employee_no"] == row["coach_no"]:
            found.append(row.problem(ProblemKind.BAD_VALUE, "coach_no", "≠ employee_no"))
        if parse_date(row["held_on"]) is None and parse_datetime(row["held_on"], "UTC") is None:
            found.append(row.problem(ProblemKind.BAD_DATE, "held_on", DATE_EXAMPLE))
        elif row["held_on"][:10] > self.on.date().isoformat():
            found.append(row.problem(ProblemKind.OUT_OF_RANGE, "held_on", f"– {self.on.date().isoformat()}"))
        if _kind(row) not in KINDS:
            found.append(row.problem(ProblemKind.BAD_VALUE, "kind", ", ".join(KINDS)))
        unknown = [code for code in split_codes(row["competencies"]) if code not in self.competencies]
        headers = row.headers["competencies"]
        return found + [Problem(ProblemKind.UNKNOWN_REFERENCE, row.line, headers, code) for code in unknown]


def _kind(row: Row) -> str:
    """The kind as written, `Side by side` as well as `side_by_side`; one-to-one where the cell is empty."""
    return row["kind"].lower().replace("-", "_").replace(" ", "_") or SessionKind.ONE_TO_ONE.value


# --- Writing ---


def _known(session: Session, told: Mapping[_Key, _Past]) -> dict[_Key, int]:
    """Ids of the sessions of the file that are here already."""
    found: dict[_Key, int] = {}
    for people in chunks(sorted({key[0] for key in told})):
        earlier = (
            select(
                SessionRecord.person_id,
                CoachingSession.coach_id,
                CoachingSession.held_on,
                CoachingSession.kind,
                CoachingSession.id,
            )
            .join(SessionRecord.session)
            .where(SessionRecord.person_id.in_(people), CoachingSession.from_history)
        )
        rows = session.execute(earlier).all()
        found.update({(p, coach, day, kind): number for p, coach, day, kind, number in rows if day is not None})
    return {key: found[key] for key in told if key in found}


def _write_sessions(session: Session, new: Mapping[_Key, _Past], on: datetime) -> dict[_Key, int]:
    """Write sessions with their one record each; their ids."""
    if not new:
        return {}
    values: list[dict[str, Any]] = [
        {
            "kind": kind,
            "state": SessionState.HELD,
            "coach_id": coach,
            "held_at": past.held_at,
            "held_on": day,
            "logged_at": on,
            "from_history": True,
        }
        for (_person, coach, day, kind), past in new.items()
    ]
    statement = insert(CoachingSession).returning(CoachingSession.id, sort_by_parameter_order=True)
    ids = dict(zip(new, session.scalars(statement, values), strict=True))
    records = [
        {"session_id": ids[key], "person_id": key[0], "notes": "\n".join(past.notes)} for key, past in new.items()
    ]
    session.execute(insert(SessionRecord), records)
    return ids


def _write_topics(session: Session, told: Mapping[_Key, _Past], ids: Mapping[_Key, int]) -> list[tuple[_Key, int]]:
    """Write what the sessions were about; those that are new."""
    known: set[tuple[int, int]] = set()
    for block in chunks(sorted(ids.values())):
        mine = select(SessionTopic.session_id, SessionTopic.competency_id).where(SessionTopic.session_id.in_(block))
        known.update(session.execute(mine).all())
    new = [(key, c) for key, past in told.items() for c in past.topics if (ids[key], c) not in known]
    if new:
        session.execute(insert(SessionTopic), [{"session_id": ids[key], "competency_id": c} for key, c in new])
    return new
