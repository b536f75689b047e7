"""Reads on cases of dissatisfied customers: which were audited, by partner and week, and how old the others are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from app.accounts.models import Unit, UnitKind, UnitTree, User
from app.accounts.queries import Place
from app.audits.dsat.models import DsatCase
from app.audits.models import Audit, Purpose

AGES: tuple[int | None, ...] = (3, 7, 14, None)
"""Days up to which a case is in a bucket; the last has no end."""


def audited() -> ColumnElement[bool]:
    """Whether a released DSAT audit of the case's contact is there."""
    return exists().where(
        Audit.person_id == DsatCase.person_id,
        Audit.contact_ref == DsatCase.contact_ref,
        Audit.purpose == Purpose.DSAT,
        Audit.released_at.is_not(None),
    )


def audits_of(one: DsatCase, viewer: User) -> Select[Audit]:
    """The audits of the case's contact that the viewer may see."""
    return Audit.visible_to(viewer).where(
        Audit.person_id == one.person_id, Audit.contact_ref == one.contact_ref, Audit.purpose == Purpose.DSAT
    )


def in_bucket(bucket: int, at: datetime) -> ColumnElement[bool]:
    """Whether a case is as old as the bucket (a place in `AGES`) says."""
    ends = [at - timedelta(days=days) for days in AGES if days is not None]
    newer = DsatCase.received_at > ends[bucket] if bucket < len(ends) else None
    older = DsatCase.received_at <= ends[bucket - 1] if bucket else None
    return newer if older is None else older if newer is None else (older & newer)  # ty: ignore[invalid-explicit-return]


def coverage(viewer: User, at: datetime, since: date) -> Select[*tuple[Any, ...]]:
    """By partner and week received: cases, decided, audited, and those not audited by age; the newest week first.

    Cases of nobody's team stand under no partner. `since` is a Monday.
    """
    seen = DsatCase.visible_to(viewer).with_only_columns(DsatCase.id)
    partner, tree, done = aliased(Unit), aliased(UnitTree), audited()
    partners = select(Unit.id).where(Unit.kind == UnitKind.PARTNER)

    def count(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    ages = [count(~done & in_bucket(bucket, at)).label(f"age_{bucket}") for bucket in range(len(AGES))]
    return (
        select(
            partner.id,
            partner.name,
            DsatCase.week,
            func.count(DsatCase.id).label("cases"),
            count(DsatCase.cause.is_not(None)).label("decided"),
            count(done).label("audited"),
            *ages,
        )
        .select_from(DsatCase)
        .outerjoin(tree, (tree.unit_id == DsatCase.team_id) & tree.ancestor_id.in_(partners))
        .outerjoin(partner, partner.id == tree.ancestor_id)
        .where(DsatCase.id.in_(seen), DsatCase.week >= since)
        .group_by(partner.id, partner.name, DsatCase.week)
        .order_by(DsatCase.week.desc(), partner.name)
    )


def waiting(viewer: User) -> Select[int, int]:
    """How many cases wait to be decided on, and how many to be audited."""
    seen = DsatCase.visible_to(viewer).with_only_columns(DsatCase.id)
    opened = func.coalesce(func.sum(case((DsatCase.cause.is_(None), 1), else_=0)), 0)
    missing = func.coalesce(func.sum(case((~audited(), 1), else_=0)), 0)
    return select(opened, missing).where(DsatCase.id.in_(seen))


def teams_of_market(market: str, known: Mapping[int, Place]) -> list[int]:
    """The teams of a market, of the units there are."""
    return [place.id for place in known.values() if place.kind is UnitKind.TEAM and place.market == market]


def of_no_partner() -> ColumnElement[bool]:
    """Whether nobody's partner has the case: who it is about was in no team on its day, or in one below no partner."""
    partners = select(Unit.id).where(Unit.kind == UnitKind.PARTNER)
    below = select(UnitTree.unit_id).where(UnitTree.ancestor_id.in_(partners))
    return or_(DsatCase.team_id.is_(None), DsatCase.team_id.not_in(below))
