"""What the quality team has at hand on the last day: a sampling plan with its queue, and disputes in every state."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Unit, User
from app.audits.disputes import services as disputes
from app.audits.disputes.models import Dispute
from app.audits.disputes.rules import DisputeState
from app.audits.models import Audit, Cause, Criterion, Finding, Purpose, Result, ScorecardVersion, Severity
from app.audits.sampling import services as sampling
from app.audits.sampling.rules import Per, Period
from app.home import daily

PER_WEEK = 2
MONTHS_BACK = 4
DISPUTED = 9
EACH = 5
"""Every so many misses one is disputed."""
REASONS = (
    (
        "It was asked for before the change; the transcript shows it.",
        "Se pidió antes del cambio; está en la transcripción.",
    ),
    ("The customer ended the contact before that step.", "El cliente terminó el contacto antes de ese paso."),
    ("The tool was down, as the note of the case says.", "La herramienta falló, como dice la nota del caso."),
)
ANSWERS = (
    ("The transcript shows it.", "La transcripción lo muestra."),
    ("It was done only after the change.", "Se hizo solo después del cambio."),
)


def set_up(session: Session, version: ScorecardVersion, last: date, by: User, without: set[int]) -> None:
    """A plan over the whole programme with this week's draw, and disputes of the last days; `without` these agents."""
    whole = session.scalars(select(Unit).where(Unit.path == "")).one()
    terms = sampling.Terms(
        _("Weekly sample"), whole.id, version.scorecard_id, Per.AGENT, PER_WEEK, Period.WEEK, last - timedelta(days=6)
    )
    plan = sampling.make_plan(session, terms, by=by, on=daily.moment_of(last))
    sampling.top_up(session, plan, last)
    for weeks in range(MONTHS_BACK * 4, 0, -4):
        _earlier(session, last - timedelta(weeks=weeks), without)
    for number, (audit, criterion) in enumerate(_missed(session, last, without)):
        _dispute(session, number, audit, criterion, last)


def _earlier(session: Session, last: date, without: set[int]) -> None:
    """Disputes of months ago: rejected, or missed for another cause of the agent's."""
    on = daily.moment_of(last - timedelta(days=3))
    for number, (audit, criterion) in enumerate(_missed(session, last, without)[: 3 + last.month % 3]):
        made = _raise(session, number, audit, criterion, on)
        answerer = session.get(User, made.answerer_id) if made.answerer_id else None
        known = Cause(made.said["cause"]) if made.said["cause"] else None
        if answerer is None:
            continue
        partly = (number + last.month) % 3 == 0 and known in (Cause.KNOWLEDGE, Cause.SKILL)
        state = DisputeState.PARTLY if partly else DisputeState.REJECTED
        cause = {Cause.KNOWLEDGE: Cause.SKILL, Cause.SKILL: Cause.KNOWLEDGE}.get(known) if partly and known else None
        words = ANSWERS[not partly][answerer.language == "es"]
        later = on + timedelta(days=1 + number % 4)
        disputes.answer(session, made, state, words, cause=cause, by=answerer, on=later)


def _missed(session: Session, last: date, without: set[int]) -> list[tuple[Audit, Criterion]]:
    """Some misses of the days before, none of them fatal."""
    first, until = daily.moment_of(last - timedelta(days=9)), daily.moment_of(last - timedelta(days=4))
    rows = session.execute(
        select(Audit, Criterion)
        .join(Finding, Finding.audit_id == Audit.id)
        .join(Criterion, Criterion.id == Finding.criterion_id)
        .where(
            Audit.released_at >= first,
            Audit.released_at < until,
            Audit.purpose == Purpose.RANDOM,
            Audit.person_id.not_in(without),
            Finding.result == Result.FAIL,
            Criterion.severity != Severity.FATAL,
        )
        .order_by(Audit.id, Criterion.position)
        .limit(DISPUTED * EACH)
    ).all()
    return [(row[0], row[1]) for row in rows[::EACH]]


def _dispute(session: Session, number: int, audit: Audit, criterion: Criterion, last: date) -> None:
    on = daily.moment_of(last - timedelta(days=3))
    made = _raise(session, number, audit, criterion, on)
    answerer = session.get(User, made.answerer_id) if made.answerer_id else None
    if answerer is None or number % 3 == 0:
        return
    state = (DisputeState.ACCEPTED, DisputeState.REJECTED)[number % 3 - 1]
    words = ANSWERS[number % 3 - 1][answerer.language == "es"]
    disputes.answer(session, made, state, words, by=answerer, on=on + timedelta(days=1 + number % 2))


def _raise(session: Session, number: int, audit: Audit, criterion: Criterion, on: datetime) -> Dispute:
    agent = session.get_one(User, audit.person_id)
    reason = REASONS[number % len(REASONS)][agent.language == "es"]
    return disputes.raise_dispute(session, audit, criterion, reason, by=agent, on=on)
