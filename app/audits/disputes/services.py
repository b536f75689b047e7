"""Deeds on disputes. None commits, none knows of a request."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import settings
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.reach import agents_in
from app.accounts.record import log, tell
from app.audits.disputes import routing, rules
from app.audits.disputes.models import Dispute, DisputeStep
from app.audits.disputes.rules import ANSWERED, DisputeState, StepKind
from app.audits.models import BLIND_PURPOSES, Audit, Cause, Criterion, Result
from app.audits.services import locking
from app.audits.services.single import as_words, correct_check, words_now
from app.core.clock import day_of, end_of
from app.core.errors import Refused


def path_of(dispute: Dispute) -> str:
    """Where a dispute is read."""
    return f"/audits/disputes/{dispute.id}"


# --- Raised ---


def last_day(session: Session, audit: Audit) -> date | None:
    """The last day on which an audit may be disputed; None for one that may not be at all."""
    if audit.released_at is None or audit.purpose in BLIND_PURPOSES:
        return None
    days = int(settings.get(session, "dispute_days") or rules.WINDOW_DAYS)
    return rules.last_day(day_of(audit.released_at, _zone()), days)


def may_raise(session: Session, audit: Audit, by: User, on: datetime) -> bool:
    """Whether somebody may dispute checks of this audit now: its agent, or a lead of the agent, within the window."""
    last = last_day(session, audit)
    if last is None or day_of(on, _zone()) > last or audit.auditor_id == by.id:
        return False
    return audit.person_id == by.id or _reaches(session, audit.person_id, by, Permission.DISPUTE)


def raise_dispute(
    session: Session, audit: Audit, criterion: Criterion, reason: str, *, by: User, on: datetime
) -> Dispute:
    """Doubt a miss. `Refused` out of the window, for what was not missed, and while it is disputed already."""
    locking.lock(session)
    if not may_raise(session, audit, by, on):
        raise Refused(_("This audit can't be disputed, or no longer."))
    now = words_now(session, audit.id, criterion.id)
    if criterion.version_id != audit.version_id or now["result"] != Result.FAIL:
        raise Refused(_("Only what was missed can be disputed."))
    if session.scalar(_same(audit, criterion).where(Dispute.state == DisputeState.OPEN)) is not None:
        raise Refused(_("This check is already disputed."))
    if session.scalar(_same(audit, criterion).where(Dispute.state.in_(ANSWERED))) is not None:
        raise Refused(_("This check was already disputed and answered. Whoever leads quality can reopen the dispute."))
    answerer = routing.route(session, audit, {by.id}, day_of(on, _zone()))
    dispute = Dispute(
        audit_id=audit.id,
        criterion_id=criterion.id,
        person_id=audit.person_id,
        raised_by_id=by.id,
        raised_at=on,
        reason=reason,
        said=now,
        state=DisputeState.OPEN,
        answerer_id=answerer.id if answerer else None,
        due_at=_due(session, on),
    )
    session.add(dispute)
    session.flush()
    _note(session, dispute, StepKind.RAISED, reason, by=by, on=on)
    _tell_answerer(session, dispute, on)
    return dispute


def _same(audit: Audit, criterion: Criterion) -> Any:
    return select(Dispute.id).where(Dispute.audit_id == audit.id, Dispute.criterion_id == criterion.id).limit(1)


def withdraw(session: Session, dispute: Dispute, *, by: User, on: datetime) -> None:
    """Take a dispute back. `Refused` once it is answered, and for others than its agent and who raised it."""
    _lock(session, dispute)
    if by.id not in (dispute.person_id, dispute.raised_by_id):
        raise Refused(_("Only the agent and the person who raised the dispute can withdraw it."))
    _need_open(dispute)
    dispute.state = DisputeState.WITHDRAWN
    _note(session, dispute, StepKind.WITHDRAWN, "", by=by, on=on)


# --- Routed ---


def reroute(session: Session, dispute: Dispute, to: User, reason: str, *, by: User, on: datetime) -> None:
    """Give an open dispute to somebody else to answer. For who leads quality there."""
    _lock(session, dispute)
    _need_lead(session, dispute, by)
    _need_open(dispute)
    if to not in routing.others(session, dispute, day_of(on, _zone())):
        raise Refused(_("This person can't answer the dispute: they are involved, away, or without the role there."))
    dispute.answerer_id = to.id
    _note(session, dispute, StepKind.REROUTED, reason, by=by, on=on)
    _tell_answerer(session, dispute, on)


def reopen(session: Session, dispute: Dispute, reason: str, *, by: User, on: datetime) -> None:
    """Let an answered dispute be answered anew, by somebody else. For who leads quality there."""
    _lock(session, dispute)
    _need_lead(session, dispute, by)
    if dispute.state not in ANSWERED:
        raise Refused(_("Only an answered dispute can be reopened."))
    before = {dispute.raised_by_id, dispute.answerer_id}
    answerer = routing.route(session, dispute.audit, before, day_of(on, _zone()))
    dispute.answerer_id = answerer.id if answerer else None
    dispute.state, dispute.answered_at, dispute.due_at = DisputeState.OPEN, None, _due(session, on)
    _note(session, dispute, StepKind.REOPENED, reason, by=by, on=on)
    _tell_answerer(session, dispute, on)


# --- Answered ---


def may_answer(session: Session, dispute: Dispute, by: User) -> bool:
    """Whether somebody may answer: whom it was given to, or who leads quality there; never who is part of it."""
    if by.id in (dispute.audit.auditor_id, dispute.person_id, dispute.raised_by_id):
        return False
    return dispute.answerer_id == by.id or leads(session, dispute, by)


def answer(
    session: Session,
    dispute: Dispute,
    state: DisputeState,
    text: str,
    *,
    result: Result = Result.PASS,
    cause: Cause | None = None,
    by: User,
    on: datetime,
) -> None:
    """Accept (the check passes, or did not apply), accept in part (it was missed for another cause), or reject.

    What is accepted is corrected along the road of corrections, so that scores, evidence, gaps and what is owed follow.
    """
    locking.lock(session)
    _lock(session, dispute)
    if not may_answer(session, dispute, by):
        raise Refused(_("This dispute must be answered by somebody who is not involved."))
    _need_open(dispute)
    now = words_now(session, dispute.audit_id, dispute.criterion_id)
    chosen = as_words(result)
    if state is DisputeState.PARTLY:
        if cause is None or cause.value == now["cause"]:
            raise Refused(_("To accept in part, choose another cause."))
        chosen = as_words(Result.FAIL, cause, now["comment"])
    wanted = rules.target(state, now, dispute.said, chosen, corrected=dispute.correction_id is not None)
    dispute.state, dispute.answered_at, dispute.answerer_id = state, on, by.id
    _note(session, dispute, StepKind(state.value), text, by=by, on=on)
    if wanted != now:
        dispute.correction_id = correct_check(session, dispute.audit, dispute.criterion_id, now, wanted, by=by, on=on)
    people = {dispute.person_id, dispute.raised_by_id}
    key = f"dispute-answered:{dispute.id}:{on.isoformat()}"
    facts = {"reference": dispute.audit.reference, "state": state.value}
    tell(session, people, "dispute.answered", key=key, path=path_of(dispute), on=on, **facts)


# --- Shared ---


def leads(session: Session, dispute: Dispute, by: User) -> bool:
    """Whether somebody leads quality where the agent is."""
    return _reaches(session, dispute.person_id, by, Permission.LEAD_QUALITY)


def _reaches(session: Session, person_id: int, by: User, to: Permission) -> bool:
    within = select(User.id).where(User.id == person_id, User.id.in_(agents_in(by, to)))
    return person_id != by.id and session.scalar(within) is not None


def _need_lead(session: Session, dispute: Dispute, by: User) -> None:
    if not leads(session, dispute, by):
        raise Refused(_("Only whoever leads quality where the agent is can do this."))


def _need_open(dispute: Dispute) -> None:
    if dispute.state is not DisputeState.OPEN:
        raise Refused(_("This dispute is no longer open."))


def _lock(session: Session, dispute: Dispute) -> None:
    session.flush()
    session.refresh(dispute, with_for_update={"of": Dispute})


def _due(session: Session, on: datetime) -> datetime:
    days = int(settings.get(session, "dispute_answer_days") or rules.ANSWER_DAYS)
    return end_of(day_of(on, _zone()) + timedelta(days=days), _zone())


def _note(session: Session, dispute: Dispute, kind: StepKind, text: str, *, by: User, on: datetime) -> None:
    session.add(DisputeStep(dispute_id=dispute.id, kind=kind, at=on, by_id=by.id, text=text))
    log(session, f"dispute.{kind.value}", dispute, by=by, on=on, person_id=dispute.person_id)
    session.flush()


def _tell_answerer(session: Session, dispute: Dispute, on: datetime) -> None:
    if dispute.answerer_id is None:
        return
    audit = session.get_one(Audit, dispute.audit_id)
    key, facts = (
        f"dispute-to-answer:{dispute.id}:{on.isoformat()}",
        {"reference": audit.reference, "due": dispute.due_at.isoformat()},
    )
    tell(session, [dispute.answerer_id], "dispute.to_answer", key=key, path=path_of(dispute), on=on, **facts)


def _zone() -> str:
    return str(current_app.config["PROGRAMME_TIME_ZONE"])
