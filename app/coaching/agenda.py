"""What the queue and the session form show of a person, loaded in a number of queries that does not grow with rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.queries import places
from app.audits.dsat.models import DsatCase
from app.audits.models import Audit, Criterion
from app.audits.queries import fatal_findings
from app.coaching import queries, rules
from app.coaching.models import CoachingSession, Commitment, Obligation, SessionRecord
from app.coaching.rules import CommitmentState, ObligationKind, SessionState, Tally, Terms, tally
from app.coaching.services.events import criterion_of
from app.core.clock import day_of, monday_of, month_start, next_month
from app.gaps.models import Gap

SETTLING_DAYS = 7
"""In the first days of a month the month before says more."""


# --- The queue ---


@dataclass(frozen=True, slots=True)
class Entry:
    """One obligation of the queue with who and why."""

    obligation: Obligation
    late: bool
    group: str
    """`overdue`, `this_week`, `next_week` or `later`: by when somebody means to hold it, else by when it is due."""
    planned: CoachingSession | None
    audit: Audit | None
    failed: Criterion | None
    """The criterion it is about: the fatal one of the audit, or the one that repeats."""
    case: DsatCase | None
    gap: Gap | None
    last_held: datetime | None
    commitments: int
    """How many are open."""

    @property
    def person(self) -> User:
        return self.obligation.person


def entries(session: Session, viewer: User, owed: Sequence[Obligation], *, at: datetime, time_zone: str) -> list[Entry]:
    """The queue of `viewer`, or a part of it, in its order; weeks are those of `time_zone`."""
    people = sorted({o.person_id for o in owed})
    audits = audits_of(session, viewer, owed)
    failed = _first(session.execute(fatal_findings(sorted(audits))))
    repeated, cases = _repeated(session, owed), cases_of(session, viewer, owed)
    gaps = _gaps(session, viewer, owed)
    planned = _first(session.execute(queries.planned_with(people)))
    held = dict(session.execute(queries.last_held(people)).all())
    promised = dict(session.execute(queries.commitments_due(people)).all())
    return [
        Entry(
            obligation=o,
            late=o.due_at < at,
            group=_group(o.due_at, at, time_zone),
            planned=planned.get(o.person_id),
            audit=audits.get(o.audit_id or 0),
            failed=repeated.get(o.id) or (failed.get(o.audit_id or 0) if o.kind is ObligationKind.FATAL else None),
            case=cases.get(o.dsat_case_id or 0),
            gap=gaps.get(o.gap_id or 0),
            last_held=held.get(o.person_id),
            commitments=promised.get(o.person_id, 0),
        )
        for o in owed
    ]


def _group(due_at: datetime, at: datetime, time_zone: str) -> str:
    if due_at < at:
        return "overdue"
    weeks = (monday_of(day_of(due_at, time_zone)) - monday_of(day_of(at, time_zone))).days // 7
    return ("this_week", "next_week")[weeks] if weeks < 2 else "later"


def _first(rows: Iterable[Any]) -> dict[int, Any]:
    """The first value of each key."""
    found: dict[int, Any] = {}
    for key, value in rows:
        found.setdefault(key, value)
    return found


def audits_of(session: Session, viewer: User, owed: Sequence[Obligation]) -> dict[int, Audit]:
    ids = sorted({o.audit_id for o in owed if o.audit_id is not None})
    return {a.id: a for a in session.scalars(Audit.visible_to(viewer).where(Audit.id.in_(ids)))}


def cases_of(session: Session, viewer: User, owed: Sequence[Obligation]) -> dict[int, DsatCase]:
    """The cases of dissatisfied customers these are owed for, of those the viewer may see."""
    ids = sorted({o.dsat_case_id for o in owed if o.dsat_case_id is not None})
    seen = DsatCase.visible_to(viewer).where(DsatCase.id.in_(ids)) if ids else None
    return {} if seen is None else {case.id: case for case in session.scalars(seen)}


def _repeated(session: Session, owed: Sequence[Obligation]) -> dict[int, Criterion]:
    """By obligation, the criterion that repeats, in its newest words."""
    wanted = {o.id: criterion_of(o.trigger_key) for o in owed if o.kind is ObligationKind.REPEAT}
    if not wanted:
        return {}
    rows = select(Criterion).where(Criterion.identity_id.in_(set(wanted.values()))).order_by(Criterion.id)
    newest = {one.identity_id: one for one in session.scalars(rows)}
    return {number: newest[key] for number, key in wanted.items() if key in newest}


def _gaps(session: Session, viewer: User, owed: Sequence[Obligation]) -> dict[int, Gap]:
    ids = sorted({o.gap_id for o in owed if o.gap_id is not None})
    seen = Gap.visible_to(viewer, Permission.SEE_GAPS).where(Gap.id.in_(ids)).options(joinedload(Gap.competency))
    return {g.id: g for g in session.scalars(seen)}


def terms_at(session: Session, unit_id: int | None, day: date) -> Terms:
    """What is owed in a unit on a day, as far as a reader can know: the defaults where no policy has been made yet."""
    place = places(session).get(unit_id or 0)
    in_force = {policy.unit_id: policy for policy in session.scalars(queries.in_force(day))}
    found = rules.nearest(place.ancestors, in_force) if place is not None else None
    return Terms() if found is None else Terms.of(found)


# --- My month ---


@dataclass(frozen=True, slots=True)
class Month:
    """How a lead's own month stands."""

    month: date
    owed: Tally
    """Of the obligations owed by this lead, what was due by now."""
    sessions: int
    """Records of sessions held in the month, one for each agent."""
    unconfirmed: int
    oldest_unconfirmed: datetime | None
    """When the oldest of them was held."""
    commitments: Mapping[CommitmentState, int]
    """Of the lead and the agents of the team: open ones, and settled ones that were due in the month."""
    commitments_this_week: int
    """Open ones due by Sunday, overdue ones included."""


def month_shown(day: date) -> date:
    """The month a lead looks back on: this one, or the one before in its first days."""
    return month_start(day - timedelta(days=SETTLING_DAYS))


def my_month(session: Session, viewer: User, *, at: datetime, time_zone: str) -> Month:
    """The month of a lead, as of now."""
    today = day_of(at, time_zone)
    month = month_shown(today)
    owed = Tally()
    mine = select(Obligation.state, func.count()).where(
        Obligation.lead_id == viewer.id, Obligation.due_month == month, Obligation.due_at <= at
    )
    for state, count in session.execute(mine.group_by(Obligation.state)):
        owed += tally(state, count)
    held, waiting, oldest = session.execute(_held_by(viewer, month)).one()
    promised, soon = _commitments(session, viewer, month, today)
    return Month(month, owed, held, waiting, oldest, promised, soon)


def _held_by(viewer: User, month: date) -> Any:
    """(records of sessions held in the month, of those unconfirmed, the oldest unconfirmed)."""
    waiting = SessionRecord.acknowledged_at.is_(None)
    return (
        select(func.count(), func.count().filter(waiting), func.min(CoachingSession.held_at).filter(waiting))
        .select_from(SessionRecord)
        .join(SessionRecord.session)
        .where(
            CoachingSession.coach_id == viewer.id,
            CoachingSession.state == SessionState.HELD,
            CoachingSession.from_history.is_(False),
            SessionRecord.absent.is_(False),
            CoachingSession.held_on >= month,
            CoachingSession.held_on < next_month(month),
        )
    )


def _commitments(session: Session, viewer: User, month: date, today: date) -> tuple[dict[CommitmentState, int], int]:
    """How many by state, open ones of whenever and settled ones that were due in the month; and those due by Sunday."""
    last = next_month(month) - timedelta(days=1)
    sunday = monday_of(today) + timedelta(days=6)
    soon = func.count().filter(Commitment.due_on <= sunday)
    seen = (
        Commitment.visible_to(viewer, Permission.LOG_SESSIONS)
        .where(or_(Commitment.state == CommitmentState.OPEN, Commitment.due_on.between(month, last)))
        .with_only_columns(Commitment.state, func.count(), soon)
        .group_by(Commitment.state)
    )
    counts, this_week = {}, 0
    for state, count, due in session.execute(seen):
        counts[state] = count
        this_week += due if state is CommitmentState.OPEN else 0
    return counts, this_week
