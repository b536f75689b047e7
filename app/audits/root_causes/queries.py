"""Reads on causes: how many cases each has, by the team they are of; who may answer for an analysis; what is overdue."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, func, or_, select

from app.accounts.models import Grant, Unit, UnitKind, UnitTree, User
from app.accounts.permissions import Permission, Role
from app.accounts.queries import subtree, valid_on
from app.accounts.reach import unit_scope
from app.audits.dsat.models import DsatCase
from app.audits.root_causes.models import RootCause


class Of(StrEnum):
    """Whose causes are counted: those cases were decided to be due to, or the roots analyses found."""

    CAUSE = "cause"
    ROOT = "root"


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Which cases are counted."""

    unit: int | None = None
    teams: Collection[int] | None = None
    """Of a market."""
    since: date | None = None
    until: date | None = None
    received: tuple[datetime, datetime] | None = None
    """From a moment on, and before another."""


def counts(viewer: User | None, of: Of, narrowed: Narrowed) -> Select[*tuple[Any, ...]]:
    """Cause or root, team (none: of nobody's), and how many cases; of all there are without a viewer."""
    what: Any = DsatCase.cause if of is Of.CAUSE else RootCause.root
    found = select(what, DsatCase.team_id, func.count(DsatCase.id)).where(what.is_not(None))
    if viewer is not None:
        found = found.where(DsatCase.id.in_(DsatCase.visible_to(viewer).with_only_columns(DsatCase.id)))
    if narrowed.received is not None:
        first, after = narrowed.received
        found = found.where(DsatCase.received_at >= first, DsatCase.received_at < after)
    if of is Of.ROOT:
        found = found.join(RootCause, RootCause.case_id == DsatCase.id)
    if narrowed.unit is not None:
        found = found.where(DsatCase.team_id.in_(subtree(narrowed.unit)))
    if narrowed.teams is not None:
        found = found.where(DsatCase.team_id.in_(sorted(narrowed.teams)))
    if narrowed.since is not None:
        found = found.where(DsatCase.week >= narrowed.since)
    if narrowed.until is not None:
        found = found.where(DsatCase.week <= narrowed.until)
    return found.group_by(what, DsatCase.team_id)


def owners(case: DsatCase, today: date) -> Select[User]:
    """Who may answer for what is done about a case: whoever holds a role over its team, the deepest first by name."""
    above = select(UnitTree.ancestor_id).where(UnitTree.unit_id == case.team_id)
    whole = select(Unit.id).where(Unit.kind == UnitKind.PROGRAMME)
    holders = select(Grant.user_id).where(
        Grant.role != Role.AGENT, valid_on(Grant, today), or_(Grant.unit_id.in_(above), Grant.unit_id.in_(whole))
    )
    present = or_(User.left_on.is_(None), User.left_on > today)
    return select(User).where(User.id.in_(holders), present).order_by(User.name)


def overdue(viewer: User, today: date) -> Select[RootCause]:
    """What the viewer owns, or oversees as a quality lead, whose next step should have been taken; the oldest first."""
    led = select(DsatCase.id).where(DsatCase.team_id.in_(unit_scope(viewer, Permission.LEAD_QUALITY)))
    mine = or_(RootCause.owner_id == viewer.id, RootCause.case_id.in_(led))
    return RootCause.visible_to(viewer).where(mine, RootCause.late(today)).order_by(RootCause.due_on, RootCause.id)
