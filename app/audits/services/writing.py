"""A plan into the database: new audits with their scores and findings, and corrections, in the present transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.accounts import settings
from app.audits.intake.columns import CAUSES, RESULTS
from app.audits.intake.heads import Ids
from app.audits.models import Audit, AuditState, Finding
from app.audits.rules import NA, PASS, Scores, score
from app.audits.services.known import references
from app.audits.services.planning import Plan
from app.core import bulk
from app.core.clock import day_of, monday_of_number, week_number

AUDIT_COLUMNS = (
    "id", "source", "reference", "contact_ref", "person_id", "auditor_id", "team_id", "version_id", "purpose",
    "channel", "language", "contact_at", "audited_at", "released_at", "state", "reaudit_of_id", "week", "import_id",
    "score", "critical_score", "noncritical_score", "fatal", "checks", "fails",
)  # fmt: skip
FINDING_COLUMNS = ("audit_id", "criterion_id", "result", "cause", "comment")
_RESULT_NAMES = [RESULTS[code].value for code in sorted(RESULTS)]
_CAUSE_NAMES = [cause.value if cause else None for cause in CAUSES]


def insert_audits(
    session: Session, plan: Plan, import_id: int | None, on: datetime, *, released_at: datetime | None = None
) -> set[tuple[int, date]]:
    """Write the new audits and what is not a plain pass in them; returns the people and weeks they touch.

    `import_id` is none, and `released_at` given, for what was audited on screen.
    """
    if not len(plan.new):
        return set()
    first = bulk.reserve_ids(session, Audit, len(plan.new))
    ids = np.full(len(plan.found), -1, np.int64)
    ids[plan.new] = np.arange(first, first + len(plan.new))
    weeks = [week_number(day_of(moment, plan.catalog.zone)) for moment in plan.heads.contact_at[plan.new]]
    scores: list[list[Any]] = [[None] * len(plan.new) for _ in range(6)]
    findings: list[Sequence[Any]] = []
    for version in np.unique(plan.heads.version[plan.new]).tolist():
        places = np.flatnonzero(plan.heads.version[plan.new] == version)
        _fold(plan, version, places, ids, scores, findings)
    columns = [*_head_columns(session, plan, ids, on, released_at), weeks, repeat(import_id, len(weeks)), *scores]
    bulk.insert(session, Audit, AUDIT_COLUMNS, zip(*columns, strict=True), raw=True)
    for finding_columns in findings:
        bulk.insert(session, Finding, FINDING_COLUMNS, zip(*finding_columns, strict=True), raw=True)
    mondays = {week: monday_of_number(week) for week in set(weeks)}
    return {(person, mondays[week]) for person, week in zip(plan.heads.person[plan.new].tolist(), weeks, strict=True)}


def _head_columns(
    session: Session, plan: Plan, ids: Ids, on: datetime, released_at: datetime | None
) -> list[Iterable[Any]]:
    """The columns of `AUDIT_COLUMNS` up to the week, as the database keeps them."""
    heads, new = plan.heads, plan.new
    audited_at = bulk.kept(session, Audit.audited_at, heads.audited_at[new])
    return [
        ids[new].tolist(),
        heads.source[new].tolist(),
        heads.reference[new].tolist(),
        heads.contact_ref[new].tolist(),
        heads.person[new].tolist(),
        _or_none(heads.auditor[new]),
        _or_none(heads.team[new]),
        heads.version[new].tolist(),
        [purpose.value for purpose in heads.purpose[new]],
        heads.channel[new].tolist(),
        heads.language[new].tolist(),
        bulk.kept(session, Audit.contact_at, heads.contact_at[new]),
        audited_at,
        bulk.kept(session, Audit.released_at, [released_at] * len(new))
        if released_at
        else _released(session, plan, on) or audited_at,
        repeat(AuditState.RELEASED.value, len(new)),
        _scored_again(session, plan, ids),
    ]


def _or_none(numbers: Ids) -> list[int | None]:
    return [number if number >= 0 else None for number in numbers.tolist()]


def _released(session: Session, plan: Plan, on: datetime) -> list[Any] | None:
    """When each audit counts as released, None for when it was audited: now, if the run of that day is over already.

    What comes late in a programme that runs must still reach the rules of a day to come.
    """
    last = settings.get(session, "last_daily")
    if last is None:
        return None
    over, zone = date.fromisoformat(last), plan.catalog.zone
    audited_at = plan.heads.audited_at[plan.new].tolist()
    return bulk.kept(
        session, Audit.released_at, (on if day_of(moment, zone) <= over else moment for moment in audited_at)
    )


def _scored_again(session: Session, plan: Plan, ids: Ids) -> list[int | None]:
    """The audit each new one scores again."""
    heads = plan.heads
    keys = [
        None if again is None else (source, again)
        for source, again in zip(heads.source[plan.new], heads.reaudit_of[plan.new], strict=True)
    ]
    wanted = {key for key in keys if key is not None}
    if not wanted:
        return [None] * len(keys)
    known = references(session, sorted(wanted))
    new = zip(heads.source[plan.new].tolist(), heads.reference[plan.new].tolist(), strict=True)
    known |= dict(zip(new, ids[plan.new].tolist(), strict=True))
    return [known.get(key) if key else None for key in keys]


def _fold(
    plan: Plan, version: int, places: Ids, ids: Ids, scores: list[list[Any]], findings: list[Sequence[Any]]
) -> None:
    """Score the new audits of one version (at these places among the new), and add their findings' columns."""
    audits = plan.new[places]
    row_of = np.full(len(plan.found), -1, np.int64)
    row_of[audits] = np.arange(len(audits))
    marks = np.flatnonzero(row_of[plan.marks.audit] >= 0)
    at = row_of[plan.marks.audit[marks]], plan.marks.place[marks]
    known = plan.catalog.versions[version]
    results = np.full((len(audits), len(known.ids)), NA, np.int8)
    causes, comments = np.zeros(results.shape, np.int8), np.full(results.shape, -1, np.int32)
    results[at], causes[at] = plan.marks.result[marks], plan.marks.cause[marks]
    comments[at] = np.where(plan.marks.comment.where(bool)[marks], plan.marks.comment.codes[marks], -1)
    for column, values in zip(scores, _score_columns(score(results, known.weights)), strict=True):
        for place, value in zip(places.tolist(), values, strict=True):
            column[place] = value
    row, place = np.nonzero((results != PASS) | (comments >= 0))
    findings.append(
        _finding_columns(
            ids[audits][row],
            known.ids[place],
            results[row, place],
            causes[row, place],
            comments[row, place],
            plan.marks.comment.distinct,
        )
    )


def _score_columns(scores: Scores) -> list[list[Any]]:
    """The last columns of `AUDIT_COLUMNS`."""
    shares = (scores.total, scores.critical, scores.noncritical)
    return [
        *([None if np.isnan(share) else share for share in column.tolist()] for column in shares),
        scores.fatal.tolist(),
        scores.checks.tolist(),
        scores.fails.tolist(),
    ]


def _finding_columns(
    audit: Ids, criterion: Ids, result: NDArray[Any], cause: NDArray[Any], comment: NDArray[Any], texts: Sequence[str]
) -> Sequence[Any]:
    """`FINDING_COLUMNS` as the database keeps them."""
    return (
        audit.tolist(),
        criterion.tolist(),
        [_RESULT_NAMES[code] for code in result.tolist()],
        [_CAUSE_NAMES[code] for code in cause.tolist()],
        [texts[code] if code >= 0 else None for code in comment.tolist()],
    )
