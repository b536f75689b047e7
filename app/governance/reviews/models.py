"""A business review with what is said, decided and agreed in it. Who sees reports of its unit sees it, once it is ready."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import ForeignKey, Index, Select, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Unit, User
from app.accounts.permissions import Permission
from app.accounts.reach import unit_scope
from app.core.database import Model
from app.core.i18n import bilingual
from app.governance.reviews.rules import ActionState, Part, ReviewState

if TYPE_CHECKING:
    from app.governance.decisions.models import Resolution


class BusinessReview(Model):
    """A unit and a month. A draft is for those who set policies there; its figures are drawn anew each time."""

    __tablename__ = "business_review"
    __table_args__ = (UniqueConstraint("unit_id", "month"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    month: Mapped[date] = mapped_column(index=True)  # its first day
    state: Mapped[ReviewState] = mapped_column(default=ReviewState.DRAFT)
    figures: Mapped[dict[str, Any] | None]  # as frozen, with the definitions they were counted by; none in a draft
    made_at: Mapped[datetime]
    frozen_at: Mapped[datetime | None]
    frozen_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    held_on: Mapped[date | None]

    unit: Mapped[Unit] = relationship()
    frozen_by: Mapped[User | None] = relationship()
    comments: Mapped[list[ReviewComment]] = relationship(order_by="ReviewComment.id")
    decisions: Mapped[list[Resolution]] = relationship(back_populates="review", order_by="Resolution.id")
    actions: Mapped[list[ReviewAction]] = relationship(
        back_populates="review", order_by="(ReviewAction.due_on, ReviewAction.id)"
    )

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.SEE_REPORTS) -> Select[Self]:
        drawn = cls.unit_id.in_(unit_scope(viewer, Permission.SET_POLICIES))
        told = or_(cls.state != ReviewState.DRAFT, drawn)
        return select(cls).where(cls.unit_id.in_(unit_scope(viewer, to)), told)


class ReviewComment(Model):
    """What is said of a part of a review, in both languages. A part of `BusinessReview`."""

    __tablename__ = "review_comment"
    __table_args__ = (UniqueConstraint("review_id", "part"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("business_review.id", ondelete="CASCADE"))
    part: Mapped[Part]
    text_en: Mapped[str] = mapped_column(default="")
    text_es: Mapped[str] = mapped_column(default="")
    revision: Mapped[int] = mapped_column(default=1)

    text = bilingual("text")


class ReviewAction(Model):
    """Something agreed in a review, as written: who does it by when, and what became of it. A part of `BusinessReview`."""

    __tablename__ = "review_action"
    __table_args__ = (Index("ix_review_action_state_due_on", "state", "due_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("business_review.id", ondelete="CASCADE"), index=True)
    text: Mapped[str]
    owner_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    due_on: Mapped[date]
    state: Mapped[ActionState] = mapped_column(default=ActionState.OPEN)
    outcome: Mapped[str] = mapped_column(default="")
    settled_on: Mapped[date | None]

    review: Mapped[BusinessReview] = relationship(back_populates="actions")
    owner: Mapped[User] = relationship()
