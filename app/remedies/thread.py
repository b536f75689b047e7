"""The thread of a gap: everything that happened between the first check and now, in one list, newest first.

Each part is asked for within what the reader may see: who sees a gap but not learning or coaching reads the findings
and decisions only. The number of queries does not grow with the length of the thread.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby

from flask import current_app
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.audits.disputes import services as disputes
from app.audits.models import Audit, Result
from app.audits.queries import findings_on
from app.audits.reaudits.models import open_to
from app.coaching.models import CoachingSession, Obligation, SessionRecord, SessionTopic
from app.coaching.rules import CommitmentState, SessionState
from app.core.clock import day_of, monday_of, start_of
from app.curriculum.models import Assignment, AssignmentState, ModuleCompetency
from app.curriculum.paths.models import PathAssignment
from app.gaps.models import Gap, Transition
from app.remedies import happened, redefined
from app.remedies.entries import Act, Change, Check, Checks, Corrected, Entry, Learning, Owed, Quizzed, Seen, Talk
from app.remedies.models import Firing, Observation

LOOK_BACK = timedelta(weeks=26)
BEFORE_OPENING = timedelta(weeks=13)


@dataclass(slots=True)
class _Reading:
    """What one reading of a thread needs at hand."""

    session: Session
    gap: Gap
    viewer: User
    since: date
    today: date
    zone: str
    checks: list[Check] = field(default_factory=list)

    def day(self, at: datetime) -> date:
        return day_of(at, self.zone)


def read(session: Session, gap: Gap, viewer: User, *, day: date) -> list[Entry]:
    """The thread as it stands on that day, newest first, from half a year back or a quarter before the gap opened."""
    earliest = min(day - LOOK_BACK, (gap.opened_on or day) - BEFORE_OPENING)
    reading = _Reading(session, gap, viewer, monday_of(earliest), day, current_app.config["PROGRAMME_TIME_ZONE"])
    reading.checks = _checks(reading)
    entries: list[Entry] = [*_weeks(reading), *_changes(reading), *_learning(reading), *_talks(reading)]
    entries += [*_owed(reading), *_corrected(reading), *_seen(reading), *_redefined(reading)]
    entries.sort(key=lambda one: (one.day, one.rank), reverse=True)
    return list(_folded(entries))


# --- Findings ---


def _checks(reading: _Reading) -> list[Check]:
    gap = reading.gap
    found = findings_on(gap.person_id, gap.competency_id, since=reading.since).where(open_to(reading.viewer))
    rows = reading.session.execute(found).all()
    until = _disputable(reading, [audit for audit, _c, result, _why, _said in rows if result != Result.PASS])
    return [
        Check(
            at=audit.contact_at,
            passed=result == Result.PASS,
            text=criterion.text,
            audit_id=audit.id,
            criterion_id=criterion.id,
            reference=audit.reference,
            fatal=audit.fatal and criterion.fatal,
            cause=cause,
            comment=comment,
            disputable=result != Result.PASS and audit.id in until,
        )
        for audit, criterion, result, cause, comment in rows
    ]


def _disputable(reading: _Reading, missed: Sequence[Audit]) -> set[int]:
    """The audits that the reader may still dispute: asked once, of the newest one of somebody else's hand."""
    others = [audit for audit in missed if audit.released_at is not None and audit.auditor_id != reading.viewer.id]
    newest = max(others, key=lambda audit: audit.released_at or audit.contact_at, default=None)
    if newest is None or not disputes.may_raise(
        reading.session, newest, reading.viewer, start_of(reading.today, reading.zone)
    ):
        return set()
    last = disputes.last_day(reading.session, newest)
    window = (last or date.min) - reading.day(newest.released_at or newest.contact_at)
    return {one.id for one in others if reading.day(one.released_at or one.contact_at) + window >= reading.today}


def _weeks(reading: _Reading) -> Iterator[Checks]:
    for monday, items in groupby(reading.checks, key=lambda one: monday_of(reading.day(one.at))):
        yield Checks(monday, monday + timedelta(days=6), 1, tuple(items))


def _folded(entries: Sequence[Entry]) -> Iterator[Entry]:
    """Neighbouring weeks without a miss become one entry; the newest entry of all stays as it is."""
    yield from entries[:1]
    for quiet, run in groupby(entries[1:], key=lambda one: isinstance(one, Checks) and not one.missed):
        neighbours = list(run)
        weeks = [one for one in neighbours if isinstance(one, Checks)]
        if quiet:
            items = tuple(check for week in weeks for check in week.items)
            yield Checks(weeks[-1].first, weeks[0].last, len(weeks), items)
        else:
            yield from neighbours


# --- Decisions and rules ---


def _changes(reading: _Reading) -> Iterator[Change]:
    transitions = reading.session.scalars(
        select(Transition)
        .where(Transition.gap_id == reading.gap.id, Transition.week >= reading.since)
        .options(joinedload(Transition.policy))
    ).all()
    acts = _acts(reading, [f"transition:{one.id}" for one in transitions])
    for one in transitions:
        yield Change.of(one, acts.get(f"transition:{one.id}", ()))


def _acts(reading: _Reading, keys: Sequence[str]) -> dict[str, list[Act]]:
    module = select(Assignment).options(joinedload(Assignment.module))
    firings = reading.session.scalars(
        Firing.visible_to(reading.viewer, Permission.SEE_LEARNING)
        .where(Firing.person_id == reading.gap.person_id, Firing.cause_key.in_(keys))
        .options(joinedload(Firing.rule))
        .order_by(Firing.id)
    ).all()
    assigned = [one.assignment_id for one in firings if one.assignment_id is not None]
    modules = {one.id: one.module.title for one in reading.session.scalars(module.where(Assignment.id.in_(assigned)))}
    walks = [one.path_assignment_id for one in firings if one.path_assignment_id is not None]
    path = select(PathAssignment).options(joinedload(PathAssignment.path)).where(PathAssignment.id.in_(walks))
    paths = {one.id: one.path.title for one in reading.session.scalars(path)} if walks else {}
    found: dict[str, list[Act]] = {}
    for one in firings:
        title = modules.get(one.assignment_id) if one.assignment_id is not None else None
        way = paths.get(one.path_assignment_id or 0)
        act = Act(one.rule.name, title, one.obligation_id is not None, one.left_out, way)
        found.setdefault(one.cause_key, []).append(act)
    return found


# --- Learning and coaching ---


def _learning(reading: _Reading) -> Iterator[Learning | Quizzed]:
    given = reading.session.scalars(assignments(reading.gap, reading.viewer, reading.since)).all()
    for _one, tried in happened.attempts(reading.session, given, reading.viewer, reading.since, reading.zone):
        yield tried
    for one in given:
        title, by = one.module.title, one.assigned_by.name if one.assigned_by is not None else None
        if one.transition_id is None:  # what a rule assigned is told with the opening
            yield Learning(one.assigned_on, AssignmentState.ASSIGNED, one.id, title, by, due_on=one.due_on)
        if one.completed_on is not None:
            yield Learning(
                one.completed_on,
                AssignmentState.COMPLETED,
                one.id,
                title,
                by,
                due_on=one.due_on,
                assigned_on=one.assigned_on,
                language=one.language,
                score=one.score,
            )
        elif one.started_at is not None:
            yield Learning(reading.day(one.started_at), AssignmentState.STARTED, one.id, title, by, due_on=one.due_on)


def assignments(gap: Gap, viewer: User, since: date) -> Select[Assignment]:
    """What the person was assigned on the competency since that day, within what the reader may see."""
    taught = select(ModuleCompetency.module_id).where(ModuleCompetency.competency_id == gap.competency_id)
    return (
        Assignment.visible_to(viewer, Permission.SEE_LEARNING)
        .where(
            Assignment.person_id == gap.person_id,
            Assignment.module_id.in_(taught),
            Assignment.state.not_in((AssignmentState.CANCELLED, AssignmentState.WAIVED)),
            or_(Assignment.assigned_on >= since, Assignment.completed_on >= since),
        )
        .options(joinedload(Assignment.module), joinedload(Assignment.assigned_by))
        .order_by(Assignment.assigned_on, Assignment.id)
    )


def _talks(reading: _Reading) -> Iterator[Talk]:
    sessions = CoachingSession.visible_to(reading.viewer, Permission.SEE_COACHING).with_only_columns(CoachingSession.id)
    about = select(SessionTopic.session_id).where(SessionTopic.competency_id == reading.gap.competency_id)
    records = reading.session.scalars(
        select(SessionRecord)
        .join(CoachingSession, CoachingSession.id == SessionRecord.session_id)
        .where(
            SessionRecord.person_id == reading.gap.person_id,
            SessionRecord.session_id.in_(sessions),
            SessionRecord.session_id.in_(about),
            CoachingSession.state == SessionState.HELD,
            CoachingSession.held_on >= reading.since,
        )
        .options(
            joinedload(SessionRecord.session).joinedload(CoachingSession.coach),
            selectinload(SessionRecord.commitments),
        )
        .order_by(SessionRecord.id)
    )
    for one in records:
        held = one.session
        if held.held_on is None:
            continue
        yield Talk(
            day=held.held_on,
            session_id=held.id,
            session_kind=held.kind,
            coach=held.coach.name,
            promises=len(one.commitments),
            kept=sum(1 for promise in one.commitments if promise.state is CommitmentState.KEPT),
            acknowledged_at=one.acknowledged_at,
            useful=one.useful,
        )


def _owed(reading: _Reading) -> Iterator[Owed]:
    fatal = {check.audit_id for check in reading.checks if check.fatal and not check.passed}
    for one in reading.session.scalars(
        Obligation.visible_to(reading.viewer, Permission.SEE_COACHING)
        .where(
            Obligation.person_id == reading.gap.person_id,
            or_(Obligation.gap_id == reading.gap.id, Obligation.audit_id.in_(fatal)),
        )
        .order_by(Obligation.id)
    ):
        # a decision is of its Sunday, not of the midnight after it
        day = reading.day(one.opened_at - timedelta(seconds=1))
        yield Owed(day, one.kind, one.state, one.due_at, one.id)


def _seen(reading: _Reading) -> Iterator[Seen]:
    """Observations: for the agent and whoever sees the gap, as what is written here is about the gap."""
    statement = (
        select(Observation)
        .where(Observation.gap_id == reading.gap.id, Observation.at >= start_of(reading.since, reading.zone))
        .options(joinedload(Observation.by))
        .order_by(Observation.id)
    )
    for one in reading.session.scalars(statement):
        yield Seen(reading.day(one.at), one.by.name, one.text)


def _redefined(reading: _Reading) -> Iterator[Entry]:
    since = start_of(reading.since, reading.zone)
    for _gap, one in redefined.of_gaps(reading.session, [reading.gap], since, reading.zone):
        yield one


def _corrected(reading: _Reading) -> Iterable[Corrected]:
    gap = reading.gap
    return (
        one
        for one, _about in happened.corrections(
            reading.session, gap.person_id, [gap.competency_id], reading.viewer, reading.since, reading.zone
        )
    )
