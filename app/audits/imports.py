"""Findings into the database: only what is new or differs, all of it or nothing, and back out again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from flask import current_app
from numpy.typing import NDArray
from sqlalchemy import String, select, type_coerce, update
from sqlalchemy.orm import Session

from app.accounts import settings
from app.audits import intake as files
from app.audits.catalog import Catalog, Version
from app.audits.catalog import load as load_catalog
from app.audits.intake import CAUSES, RESULT_NAMES, FindingProblem, Head, Intake
from app.audits.models import Audit, AuditState, Correction, Finding
from app.audits.rules import FAIL, NA, PASS, score
from app.core import bulk
from app.core.clock import day_of, monday_of
from app.core.follow import Event, announce
from app.core.problems import BadFile, Problem

RESULT_CODES = {name.value: code for code, name in enumerate(RESULT_NAMES)}
CAUSE_CODES = {cause.value: code for code, cause in enumerate(CAUSES, start=1)}
Tick = Callable[[int], None]


@dataclass(slots=True)
class Summary:
    """What an import did, or would do."""

    rows: int = 0
    audits_new: int = 0
    audits_unchanged: int = 0
    audits_corrected: int = 0
    findings_new: int = 0
    findings_unchanged: int = 0
    findings_corrected: int = 0
    rejected: int = 0
    unknown_columns: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    problem_count: int = 0

    def counts(self) -> dict[str, Any]:
        """The figures, without the problems."""
        return {k: v for k, v in asdict(self).items() if k not in ("problems", "problem_count")}


@dataclass(frozen=True, slots=True)
class Plan:
    """A file read and compared with what is stored: what is to be written."""

    intake: Intake
    summary: Summary
    new: NDArray[np.int64]
    """Places among the heads of the audits to be made."""
    changes: list[Change]


@dataclass(frozen=True, slots=True)
class Change:
    """One check of a stored audit that now says something else."""

    audit_id: int
    person: int
    week: date
    version: Version
    place: int
    before: dict[str, Any]
    after: dict[str, Any]


def plan(
    session: Session, path: Path, *, now: datetime, skip_bad_rows: bool = False, tick: Tick = lambda rows: None
) -> Plan:
    """Read a findings file and compare it with what is stored; writes nothing.

    Raises `BadFile` when it can't be read as a whole.
    """
    catalog = load_catalog(session, current_app.config["PROGRAMME_TIME_ZONE"])
    found = files.read(path, catalog, now=now, tick=tick)
    stored = _stored(session, found.heads)
    _check_stored(found, stored)
    _check_reaudits(session, found)
    new = [i for i, h in enumerate(found.heads) if h is not None and (h.source, h.reference) not in stored]
    changes = _changes(session, found, stored)
    return Plan(
        found,
        _summary(found, stored, new, changes, skip_bad_rows=skip_bad_rows),
        np.array(new, dtype=np.int64),
        changes,
    )


@dataclass(frozen=True, slots=True)
class _Stored:
    id: int
    person: int
    version: int
    purpose: str
    week: date
    contact_at: datetime


def _stored(session: Session, heads: Iterable[Head | None]) -> dict[tuple[str, str], _Stored]:
    """The audits of the file that are known already, by source and reference."""
    by_source: dict[str, list[str]] = {}
    for head in heads:
        if head is not None:
            by_source.setdefault(head.source, []).append(head.reference)
    columns = (
        Audit.id,
        Audit.person_id,
        Audit.version_id,
        type_coerce(Audit.purpose, String),
        Audit.week,
        Audit.contact_at,
    )
    found = {}
    for source, references in by_source.items():
        for block in bulk.chunks(references, 5_000):
            statement = select(Audit.reference, *columns).where(Audit.source == source, Audit.reference.in_(block))
            for reference, *values in session.execute(statement):
                found[source, reference] = _Stored(*values)
    return found


def _check_stored(found: Intake, stored: dict[tuple[str, str], _Stored]) -> None:
    """A known audit that is said to be of somebody else, another form, purpose or day is a mistake, not a correction."""
    for index, head in enumerate(found.heads):
        known = stored.get((head.source, head.reference)) if head is not None else None
        if head is None or known is None:
            continue
        said = {
            "employee_no": (head.person, known.person),
            "scorecard": (head.version.id, known.version),
            "purpose": (head.purpose.value, known.purpose),
            "contact_at": (head.contact_at, known.contact_at),
        }
        for column, (here, there) in said.items():
            if here != there:
                found.complain(FindingProblem.STORED_OTHERWISE, head.line, column, head.reference, _shown(there))
                found.heads[index] = None
                found.bad_rows += int(found.row_counts[index])
                break


def _shown(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _check_reaudits(session: Session, found: Intake) -> None:
    """An audit that is scored again must be known, or come in the same file."""
    wanted = {(h.source, h.reaudit_of) for h in found.heads if h is not None and h.reaudit_of}
    known = {(h.source, h.reference) for h in found.heads if h is not None}
    known |= set(_references(session, wanted - known))
    for index, head in enumerate(found.heads):
        if head is not None and head.reaudit_of and (head.source, head.reaudit_of) not in known:
            found.complain(FindingProblem.UNKNOWN_REAUDIT, head.line, "reaudit_of", head.reaudit_of)
            found.heads[index] = None
            found.bad_rows += int(found.row_counts[index])


def _references(session: Session, wanted: Iterable[tuple[str, str | None]]) -> dict[tuple[str, str], int]:
    by_source: dict[str, list[str]] = {}
    for source, reference in wanted:
        if reference is not None:
            by_source.setdefault(source, []).append(reference)
    found = {}
    for source, references in by_source.items():
        for block in bulk.chunks(references, 5_000):
            statement = select(Audit.reference, Audit.id).where(Audit.source == source, Audit.reference.in_(block))
            found.update({(source, reference): number for reference, number in session.execute(statement)})
    return found


def _changes(session: Session, found: Intake, stored: dict[tuple[str, str], _Stored]) -> list[Change]:
    """The checks of known audits that differ from what is stored."""
    ids = np.full(len(found.heads), -1, dtype=np.int64)
    for index, head in enumerate(found.heads):
        known = stored.get((head.source, head.reference)) if head is not None else None
        if known is not None:
            ids[index] = known.id
    if not len(found.audit) or not (ids >= 0).any():
        return []
    marked = ids[found.audit] >= 0
    rows = np.flatnonzero(marked)
    audit, place = ids[found.audit[rows]], found.place[rows]
    marks = _marks(session, np.unique(audit))
    criterion = _criterion_ids(found, rows)
    key = audit * _STRIDE + criterion
    at = np.minimum(np.searchsorted(marks.key, key), max(len(marks.key) - 1, 0))
    has = marks.key[at] == key if len(marks.key) else np.zeros(len(key), dtype=bool)
    result = np.where(has, marks.result[at] if len(marks.key) else 0, PASS)
    cause = np.where(has, marks.cause[at] if len(marks.key) else 0, 0)
    said = np.array([r in found.comments for r in rows.tolist()], dtype=bool)
    differs = (result != found.result[rows]) | ((found.cause[rows] > 0) & (found.cause[rows] != cause))
    changes = []
    for i in np.flatnonzero(differs | said).tolist():
        row = int(rows[i])
        comment = marks.comments.get(int(key[i])) if has[i] else None
        before = _words(int(result[i]), int(cause[i]), comment)
        kept_cause = int(found.cause[row]) or (int(cause[i]) if found.result[row] == FAIL else 0)
        after = _words(int(found.result[row]), kept_cause, found.comments.get(row, comment))
        head = found.heads[int(found.audit[row])]
        if before != after and head is not None:
            known = stored[head.source, head.reference]
            changes.append(Change(known.id, known.person, known.week, head.version, int(place[i]), before, after))
    return changes


_STRIDE = 1 << 24


@dataclass(frozen=True, slots=True)
class _Marks:
    """Stored findings of some audits, sorted by audit and criterion."""

    key: NDArray[np.int64]
    result: NDArray[np.int64]
    cause: NDArray[np.int64]
    comments: dict[int, str]


def _marks(session: Session, audits: NDArray[np.int64]) -> _Marks:
    columns = (
        Finding.audit_id, Finding.criterion_id, type_coerce(Finding.result, String), type_coerce(Finding.cause, String),
        Finding.comment,
    )  # fmt: skip
    parts = []
    for block in bulk.chunks(audits.tolist(), 5_000):
        parts.append(
            bulk.arrays(session, select(*columns).where(Finding.audit_id.in_(block)), "i8", "i8", "O", "O", "O")
        )
    audit, criterion, result, cause, comment = (np.concatenate(c) for c in zip(*parts, strict=True))
    key = audit * _STRIDE + criterion
    order = np.argsort(key)
    return _Marks(
        key=key[order],
        result=np.array([RESULT_CODES[r] for r in result[order].tolist()], dtype=np.int64),
        cause=np.array([CAUSE_CODES.get(c, 0) for c in cause[order].tolist()], dtype=np.int64),
        comments={int(k): c for k, c in zip(key.tolist(), comment.tolist(), strict=True) if c},
    )


def _criterion_ids(found: Intake, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """The criterion of each mark of good audits."""
    versions = {h.version.id: h.version for h in found.heads if h is not None}
    of_audit = np.array([h.version.id if h is not None else -1 for h in found.heads], dtype=np.int64)
    version = of_audit[found.audit[rows]]
    ids = np.full(len(rows), -1, dtype=np.int64)
    for number, one in versions.items():
        mine = version == number
        ids[mine] = one.ids[found.place[rows[mine]]]
    return ids


def _words(result: int, cause: int, comment: str | None) -> dict[str, Any]:
    return {
        "result": RESULT_NAMES[result].value,
        "cause": CAUSES[cause - 1].value if cause else None,
        "comment": comment or None,
    }


def _summary(
    found: Intake, stored: dict[tuple[str, str], _Stored], new: list[int], changes: list[Change], *, skip_bad_rows: bool
) -> Summary:
    good = np.array([h is not None for h in found.heads], dtype=bool)
    is_new = np.zeros(len(found.heads), dtype=bool)
    is_new[new] = True
    marks_new = int(is_new[found.audit].sum()) if len(found.audit) else 0
    marks_known = int((good & ~is_new)[found.audit].sum()) if len(found.audit) else 0
    corrected = len({c.audit_id for c in changes})
    return Summary(
        rows=found.rows,
        audits_new=len(new),
        audits_corrected=corrected,
        audits_unchanged=int(good.sum()) - len(new) - corrected,
        findings_new=marks_new,
        findings_corrected=len(changes),
        findings_unchanged=marks_known - len(changes),
        rejected=found.bad_rows,
        unknown_columns=list(found.unknown),
        problems=found.problems,
        problem_count=found.problem_count,
    )


def carry_out(
    session: Session, made: Plan, *, import_id: int, by_id: int | None, on: datetime, skip_bad_rows: bool
) -> Summary:
    """Write a plan, in this transaction, and tell who follows findings.

    Raises `BadFile` when rows are bad and are not to be skipped: then nothing is written.
    """
    if made.summary.problem_count and not skip_bad_rows:
        raise BadFile(*made.summary.problems)
    touched = _insert(session, made, import_id, on)
    touched |= _correct(session, made.changes, import_id, by_id, on)
    if touched:
        announce(session, Event.FINDINGS_CHANGED, touched=sorted(touched), on=on)
    return made.summary


def _insert(session: Session, made: Plan, import_id: int, on: datetime) -> set[tuple[int, date]]:
    """Write the new audits and what is not a plain pass in them."""
    if not len(made.new):
        return set()
    catalog = load_catalog(session, current_app.config["PROGRAMME_TIME_ZONE"])
    heads = [h for i in made.new.tolist() if (h := made.intake.heads[i]) is not None]
    first = bulk.reserve_ids(session, Audit, len(heads))
    ids = dict(zip(made.new.tolist(), range(first, first + len(heads)), strict=True))
    rows, found = _fold(made, ids)
    released = _release_times(session, heads, catalog, on)
    again = _references(session, {(h.source, h.reaudit_of) for h in heads if h.reaudit_of})
    again |= {(h.source, h.reference): first + place for place, h in enumerate(heads)}
    weeks = [monday_of(day_of(h.contact_at, catalog.zone)) for h in heads]
    names = [
        "id", "source", "reference", "contact_ref", "person_id", "auditor_id", "team_id", "version_id", "purpose", "channel",
        "language", "contact_at", "audited_at", "released_at", "week", "state", "reaudit_of_id", "import_id", "score",
        "critical_score", "noncritical_score", "fatal", "checks", "fails",
    ]  # fmt: skip
    values = (
        (
            first + place, h.source, h.reference, h.contact_ref, h.person, h.auditor,
            catalog.team_on(h.person, day_of(h.contact_at, catalog.zone_of(h.person))), h.version.id, h.purpose, h.channel,
            h.language, h.contact_at, h.audited_at, released[place], weeks[place], AuditState.RELEASED,
            again.get((h.source, h.reaudit_of)) if h.reaudit_of else None, import_id, *rows[place],
        )
        for place, h in enumerate(heads)
    )  # fmt: skip
    bulk.insert(session, Audit, names, values)
    bulk.insert(session, Finding, ["audit_id", "criterion_id", "result", "cause", "comment"], found, raw=True)
    return {(h.person, week) for h, week in zip(heads, weeks, strict=True)}


def _fold(made: Plan, ids: dict[int, int]) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """The scores of each new audit, in order, and the finding rows of all of them."""
    intake = made.intake
    version = np.array([h.version.id if h is not None else -1 for h in intake.heads], dtype=np.int64)
    place_of = np.full(len(intake.heads), -1, dtype=np.int64)
    place_of[made.new] = np.arange(len(made.new))
    scores: list[tuple[Any, ...]] = [()] * len(made.new)
    rows: list[tuple[Any, ...]] = []
    versions = {h.version.id: h.version for h in intake.heads if h is not None}
    for number in np.unique(version[made.new]).tolist():
        mine = made.new[version[made.new] == number]
        row_of = np.full(len(intake.heads), -1, dtype=np.int64)
        row_of[mine] = np.arange(len(mine))
        marks = np.flatnonzero(row_of[intake.audit] >= 0)
        results = np.full((len(mine), len(versions[number].ids)), NA, dtype=np.int8)
        results[row_of[intake.audit[marks]], intake.place[marks]] = intake.result[marks]
        found = score(results, versions[number].weights)
        for index, audit in enumerate(mine.tolist()):
            scores[int(place_of[audit])] = (
                _number(found.total[index]), _number(found.critical[index]), _number(found.noncritical[index]),
                bool(found.fatal[index]), int(found.checks[index]), int(found.fails[index]),
            )  # fmt: skip
        rows += _finding_rows(intake, versions[number], mine, row_of, results, marks, ids)
    return scores, rows


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _finding_rows(
    intake: Intake,
    version: Version,
    audits: NDArray[np.int64],
    row_of: NDArray[np.int64],
    results: NDArray[np.int8],
    marks: NDArray[np.int64],
    ids: dict[int, int],
) -> list[tuple[Any, ...]]:
    """A row for each fail, each na (also of criteria the file does not mention) and each pass with a comment."""
    causes = np.zeros(results.shape, dtype=np.int8)
    causes[row_of[intake.audit[marks]], intake.place[marks]] = intake.cause[marks]
    comments = {}
    wanted = results != PASS
    for mark in intake.comments.keys() & set(marks.tolist()) if intake.comments else ():
        at = int(row_of[intake.audit[mark]]), int(intake.place[mark])
        comments[at] = intake.comments[mark]
        wanted[at] = True
    row, place = np.nonzero(wanted)
    audit = np.array([ids[a] for a in audits.tolist()], dtype=np.int64)[row].tolist()
    words = [r.value for r in RESULT_NAMES]
    cause_words = [None, *(c.value for c in CAUSES)]
    columns = (
        audit,
        version.ids[place].tolist(),
        [words[r] for r in results[row, place].tolist()],
        [cause_words[c] for c in causes[row, place].tolist()],
        [comments.get(at) for at in zip(row.tolist(), place.tolist(), strict=True)]
        if comments
        else [None] * len(audit),
    )
    return list(zip(*columns, strict=True))


def _release_times(session: Session, heads: list[Head], catalog: Catalog, on: datetime) -> list[datetime]:
    """When each audit counts as released: when audited, unless the days up to then have been settled; then now.

    What comes late in a programme that runs must still reach the rules of a day to come.
    """
    last = settings.get(session, "last_daily")
    if last is None:
        return [h.audited_at for h in heads]
    settled = date.fromisoformat(last)
    return [on if day_of(h.audited_at, catalog.zone) <= settled else h.audited_at for h in heads]


def _correct(
    session: Session, changes: list[Change], import_id: int | None, by_id: int | None, on: datetime
) -> set[tuple[int, date]]:
    """Write corrections, with what was there before, and the scores that follow."""
    for change in changes:
        criterion = int(change.version.ids[change.place])
        write_check(session, change.audit_id, criterion, change.after)
        session.add(
            Correction(
                audit_id=change.audit_id, criterion_id=criterion, at=on, import_id=import_id, by_id=by_id,
                before=change.before, after=change.after,
            )
        )  # fmt: skip
    session.flush()
    rescore(session, {c.audit_id: c.version for c in changes}, on)
    return {(c.person, c.week) for c in changes}


def write_check(session: Session, audit_id: int, criterion_id: int, words: dict[str, Any]) -> None:
    """Make a check of an audit say this."""
    row = session.scalar(select(Finding).where(Finding.audit_id == audit_id, Finding.criterion_id == criterion_id))
    if words["result"] == "pass" and not words["comment"]:
        if row is not None:
            session.delete(row)
        return
    if row is None:
        row = Finding(audit_id=audit_id, criterion_id=criterion_id)
        session.add(row)
    row.result = RESULT_NAMES[RESULT_CODES[words["result"]]]
    row.cause = CAUSES[CAUSE_CODES[words["cause"]] - 1] if words["cause"] else None
    row.comment = words["comment"]


def rescore(session: Session, versions: dict[int, Version], on: datetime) -> None:
    """Work out the scores of these audits again; one that is no longer fatal is announced as taken back."""
    no_longer_fatal = []
    for audit_id, version in versions.items():
        results = np.full((1, len(version.ids)), PASS, dtype=np.int8)
        places = {int(c): p for p, c in enumerate(version.ids.tolist())}
        statement = select(Finding.criterion_id, type_coerce(Finding.result, String)).where(
            Finding.audit_id == audit_id
        )
        for criterion, result in session.execute(statement):
            results[0, places[criterion]] = RESULT_CODES[result]
        found = score(results, version.weights)
        was_fatal = session.scalar(select(Audit.fatal).where(Audit.id == audit_id))
        if was_fatal and not found.fatal[0]:
            no_longer_fatal.append(audit_id)
        session.execute(
            update(Audit)
            .where(Audit.id == audit_id)
            .values(
                score=_number(found.total[0]), critical_score=_number(found.critical[0]),
                noncritical_score=_number(found.noncritical[0]), fatal=bool(found.fatal[0]),
                checks=int(found.checks[0]), fails=int(found.fails[0]),
            )
        )  # fmt: skip
    if no_longer_fatal:
        announce(session, Event.AUDITS_TAKEN_BACK, audit_ids=no_longer_fatal, on=on)
