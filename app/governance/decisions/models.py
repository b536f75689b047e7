"""Decisions as they were made, and each time one was looked at again."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self

from sqlalchemy import ColumnElement, ForeignKey, Index, Select, and_, exists, or_, select
from sqlalchemy.orm import Mapped, aliased, mapped_column, relationship

from app.accounts.models import Unit, User
from app.accounts.permissions import Permission
from app.accounts.reach import unit_scope
from app.core.database import Model
from app.core.i18n import bilingual
from app.governance.initiatives.models import Initiative
from app.governance.reviews.models import BusinessReview
from app.governance.risks.models import Risk


class Resolution(Model):
    """Something that was decided for a unit, in a business review or otherwise.

    Nothing of it changes but when it is to be looked at again.
    """

    __tablename__ = "resolution"
    __table_args__ = (Index("ix_resolution_review_on", "review_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    title_en: Mapped[str]  # what was decided
    title_es: Mapped[str]
    why: Mapped[str]  # as written
    alternatives: Mapped[str] = mapped_column(default="")
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    decided_on: Mapped[date]
    review_on: Mapped[date | None]  # the next time, none once it is settled
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("resolution.id"), unique=True)
    initiative_id: Mapped[int | None] = mapped_column(ForeignKey("initiative.id"))
    risk_id: Mapped[int | None] = mapped_column(ForeignKey("risk.id"))
    review_id: Mapped[int | None] = mapped_column(ForeignKey("business_review.id"), index=True)  # decided in it
    made_at: Mapped[datetime]

    title = bilingual("title")
    unit: Mapped[Unit] = relationship()
    decided_by: Mapped[User] = relationship()
    supersedes: Mapped[Resolution | None] = relationship(remote_side=[id])
    initiative: Mapped[Initiative | None] = relationship()
    risk: Mapped[Risk | None] = relationship()
    review: Mapped[BusinessReview | None] = relationship(back_populates="decisions")
    looks: Mapped[list[ResolutionLook]] = relationship(order_by="ResolutionLook.id")

    @classmethod
    def stands(cls) -> ColumnElement[bool]:
        """Whether no other one has taken its place."""
        later = aliased(cls)
        return ~exists().where(later.supersedes_id == cls.id)

    @classmethod
    def late(cls, today: date) -> ColumnElement[bool]:
        """Whether it stands and should have been looked at again."""
        return and_(cls.review_on < today, cls.stands())

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.SEE_REPORTS) -> Select[Self]:
        """Those of units in scope; one of a business review is seen by who sees the review."""
        seen = BusinessReview.visible_to(viewer, to).with_only_columns(BusinessReview.id)
        told = or_(cls.review_id.is_(None), cls.review_id.in_(seen))
        return select(cls).where(cls.unit_id.in_(unit_scope(viewer, to)), told)


class ResolutionLook(Model):
    """That a decision was looked at again and stands, and why. A part of `Resolution`."""

    __tablename__ = "resolution_look"

    id: Mapped[int] = mapped_column(primary_key=True)
    resolution_id: Mapped[int] = mapped_column(ForeignKey("resolution.id"), index=True)
    note: Mapped[str]
    next_on: Mapped[date | None]
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))

    by: Mapped[User] = relationship()
