"""Calibration sessions, who takes part, and what was agreed."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from sqlalchemy import ForeignKey, Select, and_, exists, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Unit, User
from app.accounts.permissions import Permission
from app.accounts.reach import unit_scope
from app.audits.calibration.rules import TOLERANCE, CalibrationState
from app.audits.models import Criterion, Result, ScorecardVersion
from app.core.database import Model


class Calibration(Model):
    """One contact that several score: known to who leads quality there and, once it is opened, to who takes part."""

    __tablename__ = "calibration"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("scorecard_version.id"), index=True)
    contact_ref: Mapped[str]
    contact_at: Mapped[datetime]
    channel: Mapped[str]
    meets_at: Mapped[datetime | None]
    tolerance: Mapped[float] = mapped_column(default=TOLERANCE)
    state: Mapped[CalibrationState]
    discussion: Mapped[str] = mapped_column(default="")
    made_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    made_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    reviewed_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    unit: Mapped[Unit] = relationship()
    version: Mapped[ScorecardVersion] = relationship()
    seats: Mapped[list[CalibrationSeat]] = relationship(
        back_populates="calibration", order_by="CalibrationSeat.person_id"
    )
    agreed: Mapped[list[AgreedAnswer]] = relationship(order_by="AgreedAnswer.criterion_id")

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.LEAD_QUALITY) -> Select[Self]:
        """Those of the units where the viewer leads quality, and those the viewer takes part in."""
        mine = exists().where(CalibrationSeat.calibration_id == cls.id, CalibrationSeat.person_id == viewer.id)
        opened = and_(cls.state != CalibrationState.DRAFT, mine)
        return select(cls).where(or_(cls.unit_id.in_(unit_scope(viewer, to)), opened))


class CalibrationSeat(Model):
    """Somebody who takes part, and what they answered. A part of `Calibration`."""

    __tablename__ = "calibration_seat"

    calibration_id: Mapped[int] = mapped_column(ForeignKey("calibration.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True, index=True)
    reference: Mapped[bool] = mapped_column(default=False)  # whose answers the others are held beside
    content: Mapped[dict[str, Any]] = mapped_column(default=dict)  # auditing.answers
    revision: Mapped[int] = mapped_column(default=0)
    handed_in_at: Mapped[datetime | None]
    attended: Mapped[bool | None]

    calibration: Mapped[Calibration] = relationship(back_populates="seats")
    person: Mapped[User] = relationship()


class AgreedAnswer(Model):
    """The answer all agreed on for a criterion, and why. A part of `Calibration`."""

    __tablename__ = "calibration_agreed"

    calibration_id: Mapped[int] = mapped_column(ForeignKey("calibration.id", ondelete="CASCADE"), primary_key=True)
    criterion_id: Mapped[int] = mapped_column(ForeignKey("criterion.id"), primary_key=True)
    result: Mapped[Result]
    note: Mapped[str]

    criterion: Mapped[Criterion] = relationship()
