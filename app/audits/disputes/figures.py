"""What came of disputes: overturned by criterion, auditor and partner, and how long answers took. Reads, set by set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from app.accounts.models import Unit, UnitKind, UnitTree, User
from app.accounts.permissions import Permission
from app.accounts.reach import agents_in
from app.audits.disputes.models import Dispute
from app.audits.disputes.rules import ANSWERED, OVERTURNED, Resolved, Tally, resolved
from app.audits.models import Audit, Criterion


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything on the page."""

    whole: Tally
    times: Resolved
    criteria: Sequence[Tally]
    auditors: Sequence[Tally]
    partners: Sequence[Tally]


def figures(session: Session, viewer: User, since: datetime) -> Figures:
    """Of the disputes raised since, where the viewer leads quality: five queries."""
    whole = session.execute(_counts(viewer, since)).one()
    times = select(Dispute.raised_at, Dispute.due_at, Dispute.answered_at).where(
        *_within(viewer, since), Dispute.answered_at.is_not(None), Dispute.state.in_(ANSWERED)
    )
    auditor = aliased(User)
    code = func.min(Criterion.code).label("code")
    by_criterion = _counts(viewer, since, code, func.min(Criterion.text.sql())).join(
        Criterion, Criterion.id == Dispute.criterion_id
    )
    by_auditor = (
        _counts(viewer, since, auditor.name)
        .join(Audit, Audit.id == Dispute.audit_id)
        .join(auditor, auditor.id == Audit.auditor_id)
    )
    by_partner = (
        _counts(viewer, since, Unit.name)
        .join(Audit, Audit.id == Dispute.audit_id)
        .join(UnitTree, UnitTree.unit_id == Audit.team_id)
        .join(Unit, (Unit.id == UnitTree.ancestor_id) & (Unit.kind == UnitKind.PARTNER))
    )
    return Figures(
        whole=Tally(None, *whole),
        times=resolved([(row[0], row[1], row[2]) for row in session.execute(times) if row[2] is not None]),
        criteria=_tallies(session, by_criterion.group_by(Criterion.identity_id), 2),
        auditors=_tallies(session, by_auditor.group_by(auditor.id, auditor.name), 1),
        partners=_tallies(session, by_partner.group_by(Unit.id, Unit.name), 1),
    )


def _within(viewer: User, since: datetime) -> list[Any]:
    return [Dispute.raised_at >= since, Dispute.person_id.in_(agents_in(viewer, Permission.LEAD_QUALITY))]


def _counts(viewer: User, since: datetime, *names: Any) -> Select[*tuple[Any, ...]]:
    answered = func.count().filter(Dispute.state.in_(ANSWERED))
    overturned = func.count().filter(Dispute.state.in_(OVERTURNED))
    return select(*names, func.count(), answered, overturned).select_from(Dispute).where(*_within(viewer, since))


def _tallies(session: Session, statement: Select[*tuple[Any, ...]], names: int) -> list[Tally]:
    """The rows, those overturned most first."""
    rows = [
        Tally(row[0] if names == 1 else tuple(row[:names]), *row[names:]) for row in session.execute(statement).all()
    ]
    return sorted(rows, key=lambda one: (-one.overturned, -one.raised, str(one.name)))
