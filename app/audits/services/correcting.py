"""Corrections: what a released check says now, with what it said before, and the scores that follow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audits.catalog import Version
from app.audits.intake.columns import RESULTS
from app.audits.models import Audit, Cause, Correction, Finding, Result
from app.audits.rules import PASS, score
from app.audits.services.changes import Change, Words
from app.core import bulk
from app.core.clock import monday_of_number
from app.core.follow import Event, announce

_CODES = {result: code for code, result in RESULTS.items()}
Check = tuple[int, int]
"""Audit and criterion."""


def correct(
    session: Session,
    changes: Sequence[Change],
    versions: dict[int, Version],
    *,
    import_id: int | None,
    by_id: int | None,
    on: datetime,
) -> set[tuple[int, date]]:
    """Make checks say something else and keep what they said; returns the people and weeks that touches."""
    if not changes:
        return set()
    write_checks(session, {(change.audit_id, change.criterion_id): change.after for change in changes})
    session.add_all(
        Correction(
            audit_id=change.audit_id,
            criterion_id=change.criterion_id,
            at=on,
            import_id=import_id,
            by_id=by_id,
            before=change.before,
            after=change.after,
        )
        for change in changes
    )
    session.flush()
    rescore(session, {change.audit_id: versions[change.version_id] for change in changes}, on)
    return {(change.person_id, monday_of_number(change.week)) for change in changes}


def write_checks(session: Session, said: dict[Check, Words]) -> None:
    """Make these checks say this; a plain pass has no finding."""
    stored: dict[Check, Finding] = {}
    for block in bulk.chunks(sorted({audit for audit, _criterion in said})):
        for finding in session.scalars(select(Finding).where(Finding.audit_id.in_(block))):
            stored[finding.audit_id, finding.criterion_id] = finding
    for (audit, criterion), words in said.items():
        _write_check(session, stored.get((audit, criterion)), audit, criterion, words)
    session.flush()


def _write_check(session: Session, finding: Finding | None, audit: int, criterion: int, words: Words) -> None:
    result = Result(words["result"])
    if result is Result.PASS and not words["comment"]:
        if finding is not None:
            session.delete(finding)
        return
    if finding is None:
        finding = Finding(audit_id=audit, criterion_id=criterion)
        session.add(finding)
    finding.result = result
    finding.cause = Cause(words["cause"]) if words["cause"] else None
    finding.comment = words["comment"]


def rescore(session: Session, versions: dict[int, Version], on: datetime) -> None:
    """Work out the scores of these audits again; those no longer fatal are announced as taken back."""
    no_longer_fatal = []
    for block in bulk.chunks(sorted(versions)):
        findings: dict[int, list[Any]] = {}
        statement = select(Finding.audit_id, Finding.criterion_id, Finding.result).where(Finding.audit_id.in_(block))
        for row in session.execute(statement):
            findings.setdefault(row.audit_id, []).append(row)
        for audit in session.scalars(select(Audit).where(Audit.id.in_(block))):
            was_fatal = audit.fatal
            _rescore(audit, versions[audit.id], findings.get(audit.id, []))
            if was_fatal and not audit.fatal:
                no_longer_fatal.append(audit.id)
    session.flush()
    if no_longer_fatal:
        announce(session, Event.AUDITS_TAKEN_BACK, audit_ids=no_longer_fatal, on=on)


def _rescore(audit: Audit, version: Version, findings: Iterable[Any]) -> None:
    results = np.full((1, len(version.ids)), PASS, np.int8)
    places = {criterion: place for place, criterion in enumerate(version.ids.tolist())}
    for finding in findings:
        results[0, places[finding.criterion_id]] = _CODES[finding.result]
    found = score(results, version.weights)
    audit.score, audit.critical_score, audit.noncritical_score = (
        None if np.isnan(share[0]) else float(share[0]) for share in (found.total, found.critical, found.noncritical)
    )
    audit.fatal, audit.checks, audit.fails = bool(found.fatal[0]), int(found.checks[0]), int(found.fails[0])
