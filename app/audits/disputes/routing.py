"""Who answers a dispute: an auditor of the agent's team, else who leads quality there; never who is part of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session

from app.accounts.models import Absence, Grant, UnitTree, User
from app.accounts.permissions import Permission, Role, roles_with
from app.accounts.queries import valid_on
from app.audits.disputes.models import Dispute
from app.audits.disputes.rules import DisputeState
from app.audits.models import Audit
from app.audits.reaudits.models import WAITING, Reaudit


def able(audit: Audit, roles: Collection[Role], without: Collection[int | None], day: date) -> Select[User]:
    """The people of these roles over the audit's team who are at work on a day and no part of the matter."""
    over = select(UnitTree.ancestor_id).where(UnitTree.unit_id == audit.team_id)
    away = exists().where(Absence.user_id == User.id, Absence.from_day <= day, Absence.to_day >= day)
    grants = exists().where(
        Grant.user_id == User.id, Grant.role.in_(roles), Grant.unit_id.in_(over), valid_on(Grant, day)
    )
    blind = exists().where(Reaudit.audit_id == audit.id, Reaudit.reauditor_id == User.id, Reaudit.state.in_(WAITING))
    parts = {audit.auditor_id, audit.person_id, *without} - {None}
    return (
        select(User)
        .where(grants, ~away, ~blind, User.id.not_in(parts), or_(User.left_on.is_(None), User.left_on > day))
        .order_by(_load(), User.name, User.id)
    )


def _load() -> ColumnElement[int]:
    """How many disputes somebody has to answer."""
    mine = Dispute.answerer_id == User.id, Dispute.state == DisputeState.OPEN
    return select(func.count(Dispute.id)).where(*mine).correlate(User).scalar_subquery()


def route(session: Session, audit: Audit, without: Collection[int | None], day: date) -> User | None:
    """Who has least to answer among the auditors; where there is none, among those who lead quality."""
    for roles in ([Role.AUDITOR], roles_with(Permission.LEAD_QUALITY)):
        found = session.scalar(able(audit, roles, without, day).limit(1))
        if found is not None:
            return found
    return None


def others(session: Session, dispute: Dispute, day: date) -> Sequence[User]:
    """Whom a dispute may be given to instead."""
    without = {dispute.raised_by_id, dispute.answerer_id}
    return session.scalars(able(dispute.audit, roles_with(Permission.AUDIT), without, day)).all()
