"""Figures that come from files (satisfaction, contact rate, handling time) and what they should be."""

from __future__ import annotations

from datetime import date
from typing import Self

from sqlalchemy import ForeignKey, Index, Select, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.reach import agents_in, unit_scope
from app.core.database import Model


class MetricValue(Model):
    """A rate of a unit, or of a person in it, in a period: numerator and denominator."""

    __tablename__ = "metric_value"
    __table_args__ = (
        UniqueConstraint("metric", "unit_id", "person_id", "period"),
        Index("ix_metric_value_metric_period", "metric", "period"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    metric: Mapped[str]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    period: Mapped[date]  # first day of the month
    numerator: Mapped[float]
    denominator: Mapped[float]

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.SEE_REPORTS) -> Select[Self]:
        people = or_(cls.person_id == viewer.id, cls.person_id.in_(agents_in(viewer, to)))
        unit = cls.person_id.is_(None) & cls.unit_id.in_(unit_scope(viewer, to))
        return select(cls).where(or_(people, unit))


class Target(Model):
    """What a metric should be in a unit and all below it, from a day on. Open to all who are signed in."""

    __tablename__ = "target"
    __table_args__ = (UniqueConstraint("metric", "unit_id", "valid_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    metric: Mapped[str]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    target: Mapped[float]
    valid_from: Mapped[date]

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.USE) -> Select[Self]:
        return select(cls)
