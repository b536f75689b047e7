"""Events that a policy may ask a session for: an audit below the mark, a dissatisfied customer, a repeat finding.

Each is looked for by the day it became known: an audit when it was released, a case when it was decided. What no policy
asks for is not even read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from flask import current_app
from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from app.accounts.queries import members_on
from app.audits.dsat.models import DsatCase
from app.audits.models import BLIND_PURPOSES, SYSTEMIC_CAUSES, Audit, Criterion, Finding, Result, Severity
from app.coaching import rules
from app.coaching.models import CoachingPolicy, Obligation
from app.coaching.rules import ObligationKind, ObligationState, Terms
from app.coaching.services.owing import Cause, Standing, owe_many
from app.core.bulk import chunks
from app.core.clock import end_of, start_of

REASONS = {ObligationKind.FAILED: "no_longer_failed", ObligationKind.DSAT: "not_coachable"}
"""Reasons of a voiding, as kept; what they are called is in `labels`."""

TermsOf = Callable[[int], Terms | None]
"""The terms that hold for a person, by where that person is; None for who is in no team."""


def owe_events(session: Session, day: date, *, on: datetime, standing: Standing | None = None) -> int:
    """Owe what the events of this day ask for, and let go what their corrections take back; returns how many are new."""
    _void(session, on=on)
    standing = standing or Standing.on(session, day)
    asked = [Terms.of(policy) for policy in standing.policies.values()]
    if not any(rules.is_owed(kind, terms) for kind in rules.OPTIONAL for terms in asked):
        return 0
    zone = current_app.config["PROGRAMME_TIME_ZONE"]
    holds = terms_by_person(session, standing, day)
    return len(owe_many(session, causes(session, start_of(day, zone), end_of(day, zone), asked, holds)))


def terms_by_person(session: Session, standing: Standing, day: date) -> TermsOf:
    """The terms that hold for each person on a day."""
    teams = dict(session.execute(members_on(day)).all())
    known: dict[int, Terms] = {}

    def holds(person: int) -> Terms | None:
        team = teams.get(person)
        if team is None:
            return None
        if team not in known:
            known[team] = Terms.of(standing.policy(team))
        return known[team]

    return holds


def causes(session: Session, first: datetime, last: datetime, asked: Sequence[Terms], holds: TermsOf) -> list[Cause]:
    """What the events between two moments ask a session for; `asked` are all terms that may hold for anybody."""
    found: list[Cause] = []
    if any(terms.failed_hours for terms in asked):
        mark = max(terms.failed_below for terms in asked if terms.failed_hours)
        found += _failed(session, first, last, mark, holds)
    if any(terms.dsat_hours for terms in asked):
        found += _cases(session, first, last, holds)
    if any(terms.repeat_hours for terms in asked):
        longest = max(terms.repeat_days for terms in asked if terms.repeat_hours)
        found += _repeated(session, first, last, timedelta(days=longest), holds)
    return found


def _failed(session: Session, first: datetime, last: datetime, mark: int, holds: TermsOf) -> Iterator[Cause]:
    """Audits below the mark; one with a fatal error has a clock of its own."""
    rows = session.execute(
        select(Audit.id, Audit.person_id, Audit.released_at, Audit.score)
        .where(Audit.released_at >= first, Audit.released_at < last, Audit.purpose.not_in(BLIND_PURPOSES))
        .where(Audit.fatal.is_(False), Audit.score < mark / 100)
        .order_by(Audit.released_at, Audit.id)
    )
    for audit, person, released, score in rows:
        terms = holds(person)
        if (
            terms is not None
            and terms.failed_hours
            and released is not None
            and 100 * (score or 0) < terms.failed_below
        ):
            yield Cause(person, ObligationKind.FAILED, f"failed:{audit}", released, audit_id=audit)


def _cases(session: Session, first: datetime, last: datetime, holds: TermsOf) -> Iterator[Cause]:
    """Cases of dissatisfied customers that were decided to be coachable."""
    rows = session.execute(
        select(DsatCase.id, DsatCase.person_id, DsatCase.decided_at)
        .where(DsatCase.decided_at >= first, DsatCase.decided_at < last, DsatCase.cause.not_in(SYSTEMIC_CAUSES))
        .order_by(DsatCase.decided_at, DsatCase.id)
    )
    for case, person, decided in rows:
        terms = holds(person)
        if terms is not None and terms.dsat_hours and decided is not None:
            yield Cause(person, ObligationKind.DSAT, f"dsat:{case}", decided, dsat_case_id=case)


Missed = tuple[datetime, int]
"""When an audit was released in which a criterion was missed, and which."""


def _repeated(session: Session, first: datetime, last: datetime, longest: timedelta, holds: TermsOf) -> Iterator[Cause]:
    """Criteria missed as often as the policy says; once for all of them, and anew only with misses that come after."""
    now = select(Audit.person_id).where(Audit.released_at >= first, Audit.released_at < last)
    missed: dict[tuple[int, int], list[Missed]] = defaultdict(list)
    rows = session.execute(
        select(Audit.person_id, Criterion.identity_id, Audit.released_at, Audit.id)
        .join(Finding, Finding.audit_id == Audit.id)
        .join(Criterion, Criterion.id == Finding.criterion_id)
        .where(Audit.person_id.in_(now), Audit.released_at > first - longest, Audit.released_at < last)
        .where(Audit.purpose.not_in(BLIND_PURPOSES), Finding.result == Result.FAIL)
        .where(Finding.cause.is_(None) | Finding.cause.not_in(SYSTEMIC_CAUSES), Criterion.severity != Severity.FATAL)
        .order_by(Audit.released_at, Audit.id)
    )
    for person, criterion, released, audit in rows:
        if released is not None:
            missed[person, criterion].append((released, audit))
    known = _answered(session, {person for person, _criterion in missed}, first - longest)
    for (person, criterion), those in missed.items():
        terms, since = holds(person), known.get((person, criterion))
        if terms is None or not terms.repeat_hours:
            continue
        fresh = [one for one in those if since is None or one[0] > since]
        for released, audit in fresh:
            if released >= first and rules.repeats([moment for moment, _audit in fresh], released, terms):
                key = f"repeat:{criterion}:{audit}"
                yield Cause(person, ObligationKind.REPEAT, key, released, audit_id=audit)
                break


def _answered(session: Session, people: set[int], since: datetime) -> Mapping[tuple[int, int], datetime]:
    """By person and criterion, when a session came to be owed for it last."""
    found: dict[tuple[int, int], datetime] = {}
    for block in chunks(sorted(people)):
        rows = select(Obligation.person_id, Obligation.trigger_key, Obligation.opened_at).where(
            Obligation.kind == ObligationKind.REPEAT, Obligation.person_id.in_(block), Obligation.opened_at > since
        )
        for person, key, opened in session.execute(rows.order_by(Obligation.opened_at)):
            found[person, criterion_of(key)] = opened
    return found


def criterion_of(key: str) -> int:
    """The criterion, across versions, that a repeat finding is of."""
    return int(key.split(":")[1])


def _void(session: Session, *, on: datetime) -> None:
    """Let go what is owed for an audit that is no longer below the mark, and for a case that is no longer coachable."""
    passed = 100 * Audit.score >= CoachingPolicy.failed_below
    waiting = (
        select(Obligation.id, Obligation.kind)
        .join(CoachingPolicy, CoachingPolicy.id == Obligation.policy_id)
        .outerjoin(Audit, Audit.id == Obligation.audit_id)
        .outerjoin(DsatCase, DsatCase.id == Obligation.dsat_case_id)
        .where(Obligation.state == ObligationState.OPEN)
        .where(
            or_(
                and_(Obligation.kind == ObligationKind.FAILED, passed),
                and_(Obligation.kind == ObligationKind.DSAT, DsatCase.cause.in_(SYSTEMIC_CAUSES)),
            )
        )
    )
    found = session.execute(waiting).all()
    for kind, reason in REASONS.items():
        for block in chunks([number for number, one in found if one is kind]):
            void = {"state": ObligationState.VOID, "closed_at": on, "reason": reason}
            session.execute(update(Obligation).where(Obligation.id.in_(block)).values(**void))
