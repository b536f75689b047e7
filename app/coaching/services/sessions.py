"""Sessions that were held: they meet what was owed, and are told to the gaps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import Membership, User
from app.accounts.queries import members_on
from app.accounts.record import log, tell
from app.coaching.models import CoachingSession, Commitment, Obligation, SessionRecord
from app.coaching.outlines.models import Outline
from app.coaching.rules import (
    CommitmentState,
    ObligationKind,
    SessionKind,
    SessionState,
    Tenure,
    Terms,
    due_month,
    met_as,
    sources,
    tenure_of,
)
from app.coaching.services.clashes import held_by_another, settled_by_another
from app.coaching.services.owing import Cause, Standing, owe_many
from app.coaching.services.records import settle_commitment
from app.core.clock import day_of
from app.core.database import affected
from app.core.errors import Refused
from app.curriculum.models import Competency
from app.gaps import services as gaps
from app.gaps.models import Gap


class Promise(NamedTuple):
    """Something promised, by whom, and by when."""

    text: str
    owner_id: int
    due_on: date | None = None


class Said(NamedTuple):
    """What one agent's own record of a session holds."""

    person_id: int
    notes: str = ""
    private_notes: str = ""
    commitments: Sequence[tuple[str, int, date | None]] = ()


def session_path(session_id: int) -> str:
    """Where a session is read."""
    return f"/coaching/sessions/{session_id}"


def log_session(
    session: Session,
    *,
    by: User,
    kind: SessionKind,
    held_at: datetime,
    records: Sequence[Said | tuple[int, str, str, Sequence[tuple[str, int, date | None]]]],
    meets: Iterable[int] = (),
    topics: Iterable[int] = (),
    follow_up_on: date | None = None,
    settled: Mapping[int, CommitmentState] | None = None,
    planned: CoachingSession | None = None,
    outline: Outline | None = None,
    on: datetime,
) -> CoachingSession:
    """Record a session that `by` held with one or more agents; the one way an obligation is met.

    `meets` are ids of obligations of these agents, each met in time or late by when the session was held; `topics` ids
    of the competencies it was about, to which those of the gaps met are added; `settled` says which earlier commitments
    were kept; `planned` is the session of the schedule that was held now; `outline` what its notes started
    from. Each agent is asked to confirm the record,
    and owed another session when there is a `follow_up_on`.

    Raises `Refused`, and has then changed nothing that is committed, for a time to come, for an obligation of somebody
    else, opened later, or settled meanwhile.
    """
    said = [Said(*record) for record in records]
    _check(said, held_at, on)
    held = _held(session, planned, by=by, kind=kind, held_at=held_at, on=on)
    held.outline_id = outline.id if outline is not None else None
    _write_records(session, held, said, on=on)
    owed = _meet(session, held, said, set(meets))
    _set_topics(session, held, owed, set(topics))
    for commitment_id, state in (settled or {}).items():
        commitment = session.get_one(Commitment, commitment_id)
        if commitment.person_id not in {one.person_id for one in said}:
            raise Refused(_("A commitment of somebody who was not in this session can't be settled in it."))
        settle_commitment(session, commitment, state=state, by=by, on=on)
    if follow_up_on is not None:
        _owe_follow_up(session, held, said, follow_up_on)
    _tell_what_was_held(session, held, by=by, on=on)
    return held


def _check(said: Sequence[Said], held_at: datetime, on: datetime) -> None:
    people = [one.person_id for one in said]
    if not people:
        raise Refused(_("A session needs at least one agent."))
    if len(set(people)) != len(people):
        raise Refused(_("Each agent has one record of a session."))
    if held_at > on:
        raise Refused(_("This time is in the future. A future session can be scheduled."))


def _held(
    session: Session, planned: CoachingSession | None, *, by: User, kind: SessionKind, held_at: datetime, on: datetime
) -> CoachingSession:
    """The session as held: the planned one, or a new one."""
    held_on = day_of(held_at, current_app.config["PROGRAMME_TIME_ZONE"])
    values = {"kind": kind, "coach_id": by.id, "held_at": held_at, "held_on": held_on, "logged_at": on}
    if planned is not None:
        change_planned(session, planned, SessionState.HELD, **values)
        return planned
    held = CoachingSession(state=SessionState.HELD, **values)
    session.add(held)
    session.flush()
    return held


def change_planned(session: Session, planned: CoachingSession, state: SessionState, **values: object) -> None:
    """Change a planned session, unless somebody else has held it or called it off meanwhile."""
    changed = affected(
        session,
        update(CoachingSession)
        .where(CoachingSession.id == planned.id, CoachingSession.state == SessionState.SCHEDULED)
        .values(state=state, **values),
    )
    if changed != 1:
        raise held_by_another(session, planned.id, planned.records[0].person_id)
    session.refresh(planned)


def _write_records(session: Session, held: CoachingSession, said: Sequence[Said], *, on: datetime) -> None:
    """A record for each agent who was there, with what was promised; a planned one who was not has none."""
    stands = _stands_of(session, [one.person_id for one in said], held)
    known = {record.person_id: record for record in held.records}
    for one in said:
        stand = stands[one.person_id]
        record = known.pop(one.person_id, None) or SessionRecord(session_id=held.id, person_id=one.person_id)
        session.add(record)
        record.absent = False
        record.notes, record.private_notes = one.notes, one.private_notes
        record.team_id, record.lead_id, record.tenure = stand.team_id, stand.lead_id, stand.tenure
        record.acknowledge_by = confirm_by = on + timedelta(hours=stand.terms.acknowledge_hours)
        record.confirm_month = due_month(confirm_by, stand.time_zone)
        for promise in (Promise(*each) for each in one.commitments):
            record.commitments.append(Commitment(person_id=one.person_id, **promise._asdict()))
    for absent in known.values():
        absent.absent = True
    session.flush()
    session.refresh(held, ["records"])


class Stand(NamedTuple):
    """What holds for an agent on the day of a session: terms and zone of the place, team, its lead, the tenure."""

    terms: Terms
    time_zone: str
    team_id: int | None = None
    lead_id: int | None = None
    tenure: Tenure | None = None


def _stands_of(session: Session, people: Sequence[int], held: CoachingSession) -> dict[int, Stand]:
    """How each of these people stood on the day of the session; the defaults for who had no team."""
    zone = current_app.config["PROGRAMME_TIME_ZONE"]
    day = held.held_on or day_of(held.logged_at, zone)
    standing = Standing.on(session, day)
    found = {person: Stand(Terms(), zone) for person in people}
    hired = dict(session.execute(select(User.id, User.hired_on).where(User.id.in_(people))).all())
    for person, team in session.execute(members_on(day).where(Membership.user_id.in_(people))):
        found[person] = Stand(
            terms=Terms.of(standing.policy(team)),
            time_zone=standing.places[team].time_zone,
            team_id=team,
            lead_id=standing.leads.get(team),
            tenure=tenure_of(hired[person], day),
        )
    return found


def _meet(session: Session, held: CoachingSession, said: Sequence[Said], meets: set[int]) -> list[Obligation]:
    """Meet these obligations by this session, unless one of them was settled by somebody else meanwhile."""
    if not meets or held.held_at is None:
        return []
    people = {one.person_id for one in said}
    owed = list(session.scalars(select(Obligation).where(Obligation.id.in_(meets)).order_by(Obligation.id)))
    if {o.id for o in owed} != meets or any(o.person_id not in people for o in owed):
        raise Refused(_("Only a session held with the agent meets what is owed to that agent."))
    if any(o.opened_at > held.held_at for o in owed):
        raise Refused(_("The session was held before one of these was owed. Untick it, or correct the time."))
    for obligation in owed:
        state = met_as(held.held_at, obligation.due_at)
        changed = affected(
            session,
            update(Obligation)
            .where(Obligation.id == obligation.id, Obligation.state.in_(sources(state)))
            .values(state=state, closed_at=held.held_at, session_id=held.id),
        )
        if changed != 1:
            raise settled_by_another(session, obligation.id)
        session.refresh(obligation)
    return owed


def _set_topics(session: Session, held: CoachingSession, owed: Sequence[Obligation], topics: set[int]) -> None:
    """What the session was about; the gaps are told, since their evidence counts anew from here."""
    met_gaps = [obligation.gap_id for obligation in owed if obligation.gap_id is not None]
    topics |= set(session.scalars(select(Gap.competency_id).where(Gap.id.in_(met_gaps)))) if met_gaps else set()
    if not topics or held.held_on is None:
        return
    held.topics = list(session.scalars(select(Competency).where(Competency.id.in_(topics)).order_by(Competency.id)))
    session.flush()
    completions = [
        (record.person_id, topic.id, held.held_on, completion_key(held.id, topic.id, record.person_id))
        for record in _present(held)
        for topic in held.topics
    ]
    gaps.remedies_completed(session, completions=completions, on=held.logged_at)


def _present(held: CoachingSession) -> list[SessionRecord]:
    return [record for record in held.records if not record.absent]


def completion_key(session_id: int, competency_id: int, person_id: int) -> str:
    """What names a session on a competency as one person's remedy."""
    return f"session:{session_id}:{competency_id}:{person_id}"


def _owe_follow_up(session: Session, held: CoachingSession, said: Sequence[Said], day: date) -> None:
    if held.held_at is None or held.held_on is None or day <= held.held_on:
        raise Refused(_("The follow-up must be after the session."))
    key = f"session:{held.id}"
    owe_many(
        session,
        [
            Cause(o.person_id, ObligationKind.FOLLOW_UP, key, held.held_at, after_session_id=held.id, due_on=day)
            for o in said
        ],
    )


def _tell_what_was_held(session: Session, held: CoachingSession, *, by: User, on: datetime) -> None:
    """Ask each agent to read and confirm the own record, and leave a line."""
    for record in _present(held):
        key = f"session-held:{record.id}"
        path = session_path(held.id)
        by_when = record.acknowledge_by.isoformat() if record.acknowledge_by else None
        tell(session, [record.person_id], "session.held", key=key, path=path, on=on, acknowledge_by=by_when)
    people = [record.person_id for record in _present(held)]
    held_at = held.held_at.isoformat() if held.held_at else None
    log_for_each(session, "session.logged", held, people, by=by, on=on, held_at=held_at, kind=held.kind.value)


def log_for_each(
    session: Session,
    verb: str,
    held: CoachingSession,
    people: Iterable[int],
    *,
    by: User | None,
    on: datetime,
    **more: object,
) -> None:
    """A line about each agent: one of a group sees the own line alone."""
    for person in people:
        log(session, verb, held, by=by, on=on, person_id=person, **more)
