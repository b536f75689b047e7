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
from app.audits.disputes.rules import ANSWERED, OVERTURNED, Resolved, Tally, resolved
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
    rows = session.execute(_rows(viewer, period)).all()
    times = [(row[0], row[1], row[2]) for row in rows if row[2] is not None and row[3] in ANSWERED]
    whole = _counted(None, rows)
    auditor = aliased(User)
    code = func.min(Criterion.code).label("code")
    by_criterion = _counts(viewer, period, Criterion.identity_id, code, func.min(Criterion.text.sql())).join(
        Criterion, Criterion.id == Dispute.criterion_id
    )
    by_auditor = (
        _counts(viewer, period, auditor.id, auditor.name)
        .join(Audit, Audit.id == Dispute.audit_id)
        .join(auditor, auditor.id == Audit.auditor_id)
    )
    by_partner = (
        _counts(viewer, period, Unit.id, Unit.name)
        .join(Audit, Audit.id == Dispute.audit_id)
        .join(UnitTree, UnitTree.unit_id == Audit.team_id)
        .join(Unit, (Unit.id == UnitTree.ancestor_id) & (Unit.kind == UnitKind.PARTNER))
    )
    return Figures(
        whole=whole,
        times=resolved(times),
        months=[
            _counted(month, [row for row in rows if month_start(day_of(row[0], period.zone)) == month])
            for month in period.months
        ],
        criteria=_tallies(session, by_criterion.group_by(Criterion.identity_id), 2, _days(rows, "criterion")),
        auditors=_tallies(session, by_auditor.group_by(auditor.id, auditor.name), 1, _days(rows, "auditor")),
        partners=_tallies(session, by_partner.group_by(Unit.id, Unit.name), 1, _days(rows, "partner")),
    )


def _rows(viewer: User, period: Period) -> Select[*tuple[Any, ...]]:
    """When each was raised, due and answered, its state, and what it is counted by."""
    team = aliased(UnitTree)
    partners = (
        select(team.unit_id.label("team_id"), Unit.id.label("partner_id"))
        .join(Unit, (Unit.id == team.ancestor_id) & (Unit.kind == UnitKind.PARTNER))
        .subquery()
    )
    return (
        select(
            Dispute.raised_at,
            Dispute.due_at,
            Dispute.answered_at,
            Dispute.state,
            Criterion.identity_id.label("criterion"),
            Audit.auditor_id.label("auditor"),
            partners.c.partner_id.label("partner"),
        )
        .join(Criterion, Criterion.id == Dispute.criterion_id)
        .join(Audit, Audit.id == Dispute.audit_id)
        .outerjoin(partners, partners.c.team_id == Audit.team_id)
        .where(*_within(viewer, period))
    )


def _counted(name: Any, rows: Sequence[Any]) -> Tally:
    answered, overturned = (sum(row[3] in which for row in rows) for which in (ANSWERED, OVERTURNED))
    times = [(row[0], row[1], row[2]) for row in rows if row[2] is not None and row[3] in ANSWERED]
    return Tally(name, len(rows), answered, overturned, resolved(times).median)


def _days(rows: Sequence[Any], what: str) -> dict[Any, float | None]:
    """The middle of the days to an answer, by what disputes are counted by."""
    groups: dict[Any, list[Any]] = {}
    for row in rows:
        groups.setdefault(getattr(row, what), []).append(row)
    return {name: _counted(name, found).days for name, found in groups.items()}


def _within(viewer: User, period: Period) -> list[Any]:
    raised = (Dispute.raised_at >= period.since, Dispute.raised_at < period.until)
    return [*raised, Dispute.person_id.in_(agents_in(viewer, Permission.LEAD_QUALITY))]


def _counts(viewer: User, period: Period, *names: Any) -> Select[*tuple[Any, ...]]:
    answered = func.count().filter(Dispute.state.in_(ANSWERED))
    overturned = func.count().filter(Dispute.state.in_(OVERTURNED))
    return select(*names, func.count(), answered, overturned).select_from(Dispute).where(*_within(viewer, period))


def _tallies(
    session: Session, statement: Select[*tuple[Any, ...]], names: int, days: dict[Any, float | None]
) -> list[Tally]:
    """The rows, each after its number, those overturned most first."""
    rows = [
        Tally(row[1] if names == 1 else tuple(row[1 : names + 1]), *row[names + 1 :], days.get(row[0]))
        for row in session.execute(statement).all()
    ]
    return sorted(rows, key=lambda one: (-one.overturned, -one.raised, str(one.name)))
