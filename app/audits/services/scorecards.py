"""Scorecards from a file. A version is frozen once an audit has used it; until then it may be replaced."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from os import PathLike
from pathlib import Path

from flask import current_app
from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.accounts.models import User
from app.accounts.record import log
from app.audits.auditing.models import AuditDraft
from app.audits.intake.scorecards import FileVersion, Line, read
from app.audits.models import (
    Audit,
    Criterion,
    CriterionCompetency,
    CriterionIdentity,
    Import,
    ImportState,
    Scorecard,
    ScorecardVersion,
    Section,
)
from app.audits.services import comparing, telling
from app.audits.services.locking import lock, sha256_of
from app.core.clock import day_of
from app.core.problems import BadFile
from app.curriculum.models import Competency

KIND = "scorecard"


@dataclass(frozen=True, slots=True)
class ScorecardSummary:
    """What a scorecard file did; `waiting`: codes of scorecards whose map a job will change."""

    rows: int
    versions_new: int
    versions_changed: int
    versions_unchanged: int
    unknown_columns: Sequence[str]
    waiting: Sequence[str] = ()


def import_scorecard(
    session: Session, path: str | PathLike[str], *, by: User | None, on: datetime, later: bool = False
) -> ScorecardSummary:
    """Take in versions of scorecards with their sections, criteria and competencies, all of them or none.

    The same again changes nothing. Raises `BadFile` with everything that is wrong, a version that audits use and that
    would change among it; which competencies its criteria tell of may change, and evidence follows; with
    `later` by a job, where that takes too long for somebody who waits.
    """
    lock(session)
    competencies = dict(session.execute(select(Competency.code, Competency.id)).all())
    file = read(path, competencies)
    stored = {
        (one.scorecard.code, one.label): one for one in session.scalars(_versions({v.scorecard for v in file.versions}))
    }
    in_use = set(session.scalars(used([version.id for version in stored.values()])))
    new, changed, mapped = [], [], []
    for version in file.versions:
        known = stored.get((version.scorecard, version.label))
        if known is None:
            new.append(version)
            continue
        frozen = known.id in in_use
        problems = list(comparing.differences(version, known, in_use=frozen))
        file.cells.problems += problems if frozen else []
        told = comparing.telling(version, known) if frozen else {}
        if told:
            mapped.append((known.scorecard, told))
        if problems or told or comparing.is_redated(version, known):
            changed.append((version, known))
    if file.cells.problems:
        raise BadFile(*file.cells.problems)
    for version, known in changed:
        replace_version(session, version, known, keep_lines=known.id in in_use)
    for version in new:
        add_version(session, version, on)
    waiting = [card.code for card, told in mapped if not _tell_of(session, card, told, by=by, on=on, later=later)]
    summary = ScorecardSummary(
        file.rows,
        len(new),
        len(changed),
        len(file.versions) - len(new) - len(changed),
        tuple(file.unknown),
        tuple(waiting),
    )
    if new or changed:
        _note(session, Path(path), summary, by=by, on=on)
    return summary


def _tell_of(
    session: Session,
    card: Scorecard,
    wanted: Mapping[int, Collection[int]],
    *,
    by: User | None,
    on: datetime,
    later: bool,
) -> bool:
    """Change a map, now or, with `later`, by a job; returns whether it is done."""
    if later and by is not None and telling.put_off(session, card, wanted, by=by):
        return False
    telling.tell_of(session, card, wanted, by=by, on=on)
    return True


def _versions(codes: Iterable[str]):
    return (
        select(ScorecardVersion)
        .join(ScorecardVersion.scorecard)
        .where(Scorecard.code.in_(codes))
        .options(
            joinedload(ScorecardVersion.scorecard),
            selectinload(ScorecardVersion.criteria).joinedload(Criterion.section),
            selectinload(ScorecardVersion.criteria).selectinload(Criterion.competencies),
        )
    )


def used(ids: Sequence[int]):
    """The ids of those versions that audits use, or will: they are frozen."""
    audited = exists().where(Audit.version_id == ScorecardVersion.id)
    begun = exists().where(AuditDraft.version_id == ScorecardVersion.id)
    return select(ScorecardVersion.id).where(ScorecardVersion.id.in_(ids), audited | begun)


def replace_version(
    session: Session, version: FileVersion, known: ScorecardVersion, *, keep_lines: bool = False
) -> None:
    """Make a stored version what is said here; with `keep_lines` only its names and first day."""
    known.valid_from, known.scorecard.name_en, known.scorecard.name_es = comparing.dated(version, known)
    if keep_lines:
        return
    session.execute(delete(Criterion).where(Criterion.version_id == known.id))
    session.execute(delete(Section).where(Section.version_id == known.id))
    session.expire(known)
    _fill(session, known, version.lines)


def add_version(session: Session, version: FileVersion, on: datetime) -> ScorecardVersion:
    """A new version; the first one of a scorecard is valid ever, a later one from its import unless the file says."""
    card = session.scalar(select(Scorecard).where(Scorecard.code == version.scorecard))
    valid_from = version.valid_from
    if card is None:
        code = version.scorecard
        card = Scorecard(code=code, name_en=version.name_en or code, name_es=version.name_es or code)
        session.add(card)
    elif valid_from is None:
        valid_from = day_of(on, current_app.config["PROGRAMME_TIME_ZONE"])
    made = ScorecardVersion(scorecard=card, label=version.label, valid_from=valid_from, imported_at=on)
    session.add(made)
    session.flush()
    _fill(session, made, version.lines)
    return made


def _fill(session: Session, version: ScorecardVersion, lines: Sequence[Line]) -> None:
    """Give a version its sections and criteria."""
    identities = {
        one.code: one
        for one in session.scalars(
            select(CriterionIdentity).where(CriterionIdentity.scorecard_id == version.scorecard_id)
        )
    }
    sections: dict[tuple[str, str], Section] = {}
    for position, line in enumerate(lines, start=1):
        names = line.section_en, line.section_es
        if names not in sections:
            sections[names] = Section(
                version_id=version.id, position=len(sections) + 1, name_en=names[0], name_es=names[1]
            )
        if line.code not in identities:
            identities[line.code] = CriterionIdentity(scorecard_id=version.scorecard_id, code=line.code)
        session.add_all([sections[names], identities[line.code]])
        session.flush()
        _add_criterion(session, version, sections[names], identities[line.code], position, line)


def _add_criterion(
    session: Session,
    version: ScorecardVersion,
    section: Section,
    identity: CriterionIdentity,
    position: int,
    line: Line,
) -> None:
    facts = line._asdict()
    del facts["section_en"], facts["section_es"], facts["competencies"]
    facts["causes"] = list(line.causes)
    criterion = Criterion(
        version_id=version.id, section_id=section.id, identity_id=identity.id, position=position, **facts
    )
    session.add(criterion)
    session.flush()
    session.add_all(
        CriterionCompetency(criterion_id=criterion.id, competency_id=competency)
        for competency in sorted(line.competencies)
    )


def _note(session: Session, path: Path, summary: ScorecardSummary, *, by: User | None, on: datetime) -> None:
    """Leave a line among the imports and in the activity log."""
    row = Import(
        kind=KIND,
        file_name=path.name,
        sha256=sha256_of(path),
        state=ImportState.DONE,
        by_id=by.id if by else None,
        created_at=on,
        finished_at=on,
        rows_total=summary.rows,
        rows_done=summary.rows,
        counts=asdict(summary),
    )
    session.add(row)
    session.flush()
    log(session, "scorecard.imported", row, by=by, on=on, file=path.name)
