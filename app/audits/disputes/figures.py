"""What came of disputes: overturned by criterion, auditor and partner, and how long answers took. Reads, set by set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from app.accounts.models import Unit, UnitKind, UnitTree, User
from app.accounts.permissions import Permission
from app.accounts.reach import agents_in
from app.audits.disputes.models import Dispute
from app.audits.disputes.rules import ANSWERED, OVERTURNED, DisputeState, Resolved, Tally, resolved
from app.audits.models import Audit, Criterion
from app.audits.period import Period
from app.core.clock import day_of, month_start


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything on the page."""

    whole: Tally
    times: Resolved
    months: Sequence[Tally]
    """By month raised; the name is its first day."""
    criteria: Sequence[Tally]
    auditors: Sequence[Tally]
    partners: Sequence[Tally]


def figures(session: Session, viewer: User, period: Period) -> Figures:
    """Of the disputes raised in some months, where the viewer leads quality: five queries."""
    rows = session.execute(
        select(Dispute.raised_at, Dispute.due_at, Dispute.answered_at, Dispute.state).where(*_within(viewer, period))
    ).all()
    times = [(row[0], row[1], row[2]) for row in rows if row[2] is not None and row[3] in ANSWERED]
    whole = _counted(None, [row[3] for row in rows])
    auditor = aliased(User)
    code = func.min(Criterion.code).label("code")
    by_criterion = _counts(viewer, period, code, func.min(Criterion.text.sql())).join(
        Criterion, Criterion.id == Dispute.criterion_id
    )
    by_auditor = (
        _counts(viewer, period, auditor.name)
        .join(Audit, Audit.id == Dispute.audit_id)
        .join(auditor, auditor.id == Audit.auditor_id)
    )
    by_partner = (
        _counts(viewer, period, Unit.name)
        .join(Audit, Audit.id == Dispute.audit_id)
        .join(UnitTree, UnitTree.unit_id == Audit.team_id)
        .join(Unit, (Unit.id == UnitTree.ancestor_id) & (Unit.kind == UnitKind.PARTNER))
    )
    return Figures(
        whole=whole,
        times=resolved(times),
        months=[
            _counted(month, [row[3] for row in rows if month_start(day_of(row[0], period.zone)) == month])
            for month in period.months
        ],
        criteria=_tallies(session, by_criterion.group_by(Criterion.identity_id), 2),
        auditors=_tallies(session, by_auditor.group_by(auditor.id, auditor.name), 1),
        partners=_tallies(session, by_partner.group_by(Unit.id, Unit.name), 1),
    )


def _counted(name: Any, states: Sequence[DisputeState]) -> Tally:
    answered, overturned = (sum(one in which for one in states) for which in (ANSWERED, OVERTURNED))
    return Tally(name, len(states), answered, overturned)


def _within(viewer: User, period: Period) -> list[Any]:
    raised = (Dispute.raised_at >= period.since, Dispute.raised_at < period.until)
    return [*raised, Dispute.person_id.in_(agents_in(viewer, Permission.LEAD_QUALITY))]


def _counts(viewer: User, period: Period, *names: Any) -> Select[*tuple[Any, ...]]:
    answered = func.count().filter(Dispute.state.in_(ANSWERED))
    overturned = func.count().filter(Dispute.state.in_(OVERTURNED))
    return select(*names, func.count(), answered, overturned).select_from(Dispute).where(*_within(viewer, period))


def _tallies(session: Session, statement: Select[*tuple[Any, ...]], names: int) -> list[Tally]:
    """The rows, those overturned most first."""
    rows = [
        Tally(row[0] if names == 1 else tuple(row[:names]), *row[names:]) for row in session.execute(statement).all()
    ]
    return sorted(rows, key=lambda one: (-one.overturned, -one.raised, str(one.name)))
