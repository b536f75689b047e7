"""Reads on reaudits: what one is to score again, and which reaudits one may read beside the first answers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from app.accounts.models import Unit, UnitKind, UnitTree, User
from app.accounts.permissions import Permission
from app.accounts.reach import unit_scope
from app.audits.models import Audit, Correction, Purpose
from app.audits.reaudits.models import Contest, ContestState, Reaudit
from app.audits.sampling.rules import SampleState
from app.metrics.queries import place_of

KNOWN = and_(Audit.purpose == Purpose.REAUDIT, Audit.released_at.is_not(None))


@cache
def first_audit() -> type[Audit]:
    """What was scored again, beside the audit that scored it: made when it is first asked for, as it sets up all tables."""
    return aliased(Audit, name="first_audit")


def queue(viewer: User) -> Select[Reaudit]:
    """What waits for the viewer to be scored again, the most urgent first."""
    waiting = (Reaudit.reauditor_id == viewer.id, Reaudit.state == SampleState.OPEN)
    return select(Reaudit).where(*waiting).order_by(Reaudit.due_on, Reaudit.id)


def compared(viewer: User) -> Select[Audit]:
    """The reaudits the viewer may read beside the first answers, joined with `first_audit()`.

    Those of audits of one's own, and all where one leads quality. Who scored again only reads what they scored.
    """
    first = first_audit()
    led = first.team_id.in_(unit_scope(viewer, Permission.LEAD_QUALITY))
    return _reaudits().where(or_(first.auditor_id == viewer.id, led))


def of_teams(teams: Select[int] | None) -> Select[Audit]:
    """The reaudits of audits of these teams, of all without, joined with `first_audit()`."""
    return _reaudits() if teams is None else _reaudits().where(first_audit().team_id.in_(teams))


def own(viewer: User) -> Select[Audit]:
    """The reaudits of audits of the viewer's own."""
    return _reaudits().where(first_audit().auditor_id == viewer.id)


def _reaudits() -> Select[Audit]:
    first = first_audit()
    return select(Audit).join(first, first.id == Audit.reaudit_of_id).where(KNOWN)


def pairs(
    reaudits: Select[Any], since: datetime | None = None, until: datetime | None = None
) -> Select[*tuple[Any, ...]]:
    """(reaudit, first audit, both versions, the first auditor, the partner) of these reaudits, audited again in a time."""
    first = first_audit()
    partner = (
        select(Unit.id)
        .join(UnitTree, UnitTree.ancestor_id == Unit.id)
        .where(UnitTree.unit_id == first.team_id, Unit.kind == UnitKind.PARTNER)
        .correlate(first)
        .scalar_subquery()
    )
    columns = (Audit.id, first.id, Audit.version_id, first.version_id, first.auditor_id, partner)
    found = reaudits.order_by(None).with_only_columns(*columns).order_by(Audit.id)
    if since is not None:
        found = found.where(Audit.audited_at >= since)
    return found if until is None else found.where(Audit.audited_at < until)


def months_of(reaudits: Select[Any], starts: Sequence[datetime]) -> Select[int, int | None, int]:
    """(reaudit, team of the first audit, place of the month it was audited again in)."""
    return reaudits.order_by(None).with_only_columns(
        Audit.id, first_audit().team_id, place_of(Audit.audited_at, starts)
    )


def first_said(audits: Collection[int]) -> Select[int, int, str]:
    """(audit, criterion, result) of checks that were corrected, as they were before any correction."""
    earliest = (
        select(func.min(Correction.id))
        .where(Correction.audit_id.in_(audits))
        .group_by(Correction.audit_id, Correction.criterion_id)
    )
    said = Correction.before["result"].as_string()
    return select(Correction.audit_id, Correction.criterion_id, said).where(Correction.id.in_(earliest))


def granted(reaudits: Collection[int]) -> Select[int, int]:
    """(reaudit, criterion) where the auditor who contested was right."""
    right = (Contest.audit_id.in_(reaudits), Contest.state == ContestState.GRANTED)
    return select(Contest.audit_id, Contest.criterion_id).where(*right)
