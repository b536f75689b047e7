"""What a session with somebody may start from, and what became of it: commitments, gaps, checks missed, strengths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from app.accounts.models import User
from app.audits.models import Audit, Criterion, Finding, Result, Severity
from app.audits.queries import failed_lately, findings_on
from app.coaching import queries
from app.coaching.agenda import audits_of
from app.coaching.models import Commitment, Obligation
from app.coaching.rules import ObligationKind
from app.core.clock import day_of, monday_of
from app.curriculum.models import Competency
from app.gaps.models import Gap
from app.gaps.strong import Strength, strengths

FINDINGS_WEEKS = 5
FINDINGS_SHOWN = 3
TOPICS_UNFOLDED = 3
"""Of so many gaps, the surest, the latest checks are shown."""
STRENGTHS_SHOWN = 3
LATELY = 15
"""Of what was missed in these weeks, so many of the latest are read."""
POINTS_SHOWN = 3
RECHECK = timedelta(weeks=13)


@dataclass(frozen=True, slots=True)
class Topic:
    """A gap with its latest checks: (passed, audit, criterion)."""

    gap: Gap
    checks: list[tuple[bool, Audit, Criterion]]


@dataclass(frozen=True, slots=True)
class Fatal:
    """A fatal error a session is owed for."""

    obligation: Obligation
    audit: Audit
    findings: list[Finding]
    """The fatal criteria failed, with cause and comment."""


@dataclass(frozen=True, slots=True)
class Point:
    """Something to talk about: what is asked of a contact where checks were missed lately."""

    criterion: Criterion
    missed: int
    """How often, in the latest weeks."""
    audit: Audit
    """The latest it was missed in."""


@dataclass(frozen=True, slots=True)
class Talk:
    """What a session with one person may start from."""

    person: User
    owed: list[Obligation]
    fatal: list[Fatal]
    commitments: list[Commitment]
    last: datetime | None
    topics: list[Topic]
    failed: list[tuple[Audit, Criterion, Finding]]
    """Latest fails, those shown with a gap left out."""
    points: list[Point]
    """What the scorecard says about the criteria missed lately, the most often missed first."""
    strengths: list[Strength]


def talks(session: Session, viewer: User, people: Sequence[User], *, at: datetime, time_zone: str) -> list[Talk]:
    """What a session with these people may start from; single checks only where it is with one person."""
    ids = [person.id for person in people]
    owed = list(session.scalars(queries.owed_to(ids, at)))
    fatal = _fatal(session, viewer, owed)
    promised = session.scalars(queries.open_commitments(ids)).all()
    held = dict(session.execute(queries.last_held(ids)).all())
    gaps = session.scalars(queries.gaps_worth_talking_about(viewer, ids)).all()
    strong = strengths(session, viewer, ids, STRENGTHS_SHOWN)
    topics = [
        Topic(gap, _checks(session, gap) if len(ids) == 1 and n < TOPICS_UNFOLDED else []) for n, gap in enumerate(gaps)
    ]
    missed = _missed(session, ids[0], day_of(at, time_zone)) if len(ids) == 1 else []
    failed, points = _not_shown(missed, topics), points_of(missed)
    return [
        Talk(
            person=person,
            owed=[o for o in owed if o.person_id == person.id],
            fatal=[f for f in fatal if f.obligation.person_id == person.id],
            commitments=[c for c in promised if c.person_id == person.id],
            last=held.get(person.id),
            topics=[t for t in topics if t.gap.person_id == person.id],
            failed=failed,
            points=points,
            strengths=[s for s in strong if s.person_id == person.id],
        )
        for person in people
    ]


def _checks(session: Session, gap: Gap) -> list[tuple[bool, Audit, Criterion]]:
    rows = session.execute(findings_on(gap.person_id, gap.competency_id).limit(FINDINGS_SHOWN))
    return [(result == "pass", audit, criterion) for audit, criterion, result, _cause, _comment in rows]


Missed = tuple[Audit, Criterion, Finding]


def _missed(session: Session, person_id: int, today: date) -> list[Missed]:
    """What failed lately, the newest first."""
    since = monday_of(today) - timedelta(weeks=FINDINGS_WEEKS)
    return [tuple(row) for row in session.execute(failed_lately([person_id], since).limit(LATELY))]


def _not_shown(missed: Sequence[Missed], topics: Sequence[Topic]) -> list[Missed]:
    """Of what failed lately, what is not shown with a gap already."""
    shown = {(audit.id, criterion.id) for topic in topics for _passed, audit, criterion in topic.checks}
    return [one for one in missed if (one[0].id, one[1].id) not in shown][:FINDINGS_SHOWN]


def points_of(missed: Sequence[Missed]) -> list[Point]:
    """What the scorecard says of the criteria that were missed; one criterion once, whatever its version."""
    by_criterion: dict[int, list[Missed]] = {}
    for one in missed:
        if one[1].guidance.text:
            by_criterion.setdefault(one[1].identity_id, []).append(one)
    points = [Point(theirs[0][1], len(theirs), theirs[0][0]) for theirs in by_criterion.values()]
    return sorted(points, key=lambda point: -point.missed)[:POINTS_SHOWN]


def _fatal(session: Session, viewer: User, owed: Sequence[Obligation]) -> list[Fatal]:
    audits = audits_of(session, viewer, owed)
    wanted = (
        select(Finding)
        .join(Finding.criterion)
        .where(
            Finding.audit_id.in_(sorted(audits)), Finding.result == Result.FAIL, Criterion.severity == Severity.FATAL
        )
        .order_by(Criterion.position)
        .options(contains_eager(Finding.criterion).selectinload(Criterion.competencies))
    )
    findings = session.scalars(wanted).all()
    return [
        Fatal(o, audits[o.audit_id], [f for f in findings if f.audit_id == o.audit_id])
        for o in owed
        if o.kind is ObligationKind.FATAL and o.audit_id is not None and o.audit_id in audits
    ]


# --- What became of it ---


@dataclass(frozen=True, slots=True)
class Since:
    """How the checks on a competency went: (missed, all) in the 13 weeks before a session, and since."""

    topic: Competency
    before: tuple[int, int]
    after: tuple[int, int]


def since(
    session: Session, viewer: User, person_id: int, topics: Sequence[Competency], held_at: datetime
) -> list[Since]:
    """The re-check of a session: contacts before it and after it, for who may see the agent's audits."""
    seen = Audit.visible_to(viewer).where(Audit.person_id == person_id).with_only_columns(Audit.id)
    first = monday_of((held_at - RECHECK).date())
    found = []
    for topic in topics:
        parts = [[0, 0], [0, 0]]
        rows = findings_on(person_id, topic.id, since=first).where(Audit.id.in_(seen))
        for audit, _criterion, result, _cause, _comment in session.execute(rows):
            part = parts[audit.contact_at > held_at]
            part[0] += result != Result.PASS.value
            part[1] += 1
        found.append(Since(topic, (parts[0][0], parts[0][1]), (parts[1][0], parts[1][1])))
    return found
