"""Plans by which sessions are drawn, and what reviewers found in them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Self

from sqlalchemy import ForeignKey, Index, Select, UniqueConstraint, and_, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Unit, User
from app.accounts.permissions import Permission
from app.accounts.reach import unit_scope
from app.coaching.models import CoachingSession
from app.coaching.quality.rules import Item, Mark
from app.core.database import Model


class ReviewPlan(Model):
    """How many sessions of each coach of a unit are drawn each month, from a month until it is ended."""

    __tablename__ = "coaching_review_plan"

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    per_coach: Mapped[int]
    first_month: Mapped[date]
    ended_on: Mapped[date | None]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))

    unit: Mapped[Unit] = relationship()

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.SEE_COACHING) -> Select[Self]:
        return select(cls).where(cls.unit_id.in_(unit_scope(viewer, to)))


class Review(Model):
    """A session that was drawn, and what its reviewer found; waiting while there is no reviewer."""

    __tablename__ = "coaching_review"
    __table_args__ = (
        UniqueConstraint("session_id"),
        Index("ix_coaching_review_team_id_month", "team_id", "month"),
        Index("ix_coaching_review_coach_id_reviewed_at", "coach_id", "reviewed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("coaching_review_plan.id"))
    session_id: Mapped[int] = mapped_column(ForeignKey("coaching_session.id"))
    coach_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    team_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))  # of the agent when it was held
    month: Mapped[date]  # the session was held in
    drawn_at: Mapped[datetime]
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    reviewed_at: Mapped[datetime | None]
    marks: Mapped[dict[str, Any]] = mapped_column(default=dict)  # by item of the rubric
    points: Mapped[int | None]
    points_of: Mapped[int | None]
    comment: Mapped[str] = mapped_column(default="")  # the coach reads it
    talk_id: Mapped[int | None] = mapped_column(ForeignKey("coaching_session.id"))  # with the coach, about this review

    session: Mapped[CoachingSession] = relationship(foreign_keys=[session_id])
    coach: Mapped[User] = relationship(foreign_keys=[coach_id])
    reviewer: Mapped[User | None] = relationship(foreign_keys=[reviewer_id])
    team: Mapped[Unit] = relationship()
    talk: Mapped[CoachingSession | None] = relationship(foreign_keys=[talk_id])

    @property
    def by_item(self) -> dict[Item, Mark]:
        """The marks as they are thought of."""
        return {Item(item): Mark(mark) for item, mark in self.marks.items()}

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.SEE_COACHING) -> Select[Self]:
        """Reviews of the teams in scope; of one's own sessions only those that are done."""
        others = and_(cls.coach_id != viewer.id, cls.team_id.in_(unit_scope(viewer, to)))
        return select(cls).where(or_(others, and_(cls.coach_id == viewer.id, cls.reviewed_at.is_not(None))))
