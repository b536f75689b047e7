"""Risks, and every score they were given."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, Select, and_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Unit, User
from app.accounts.permissions import Permission
from app.accounts.reach import unit_scope
from app.core.database import Model
from app.core.i18n import bilingual
from app.governance.initiatives.models import Initiative
from app.governance.risks.rules import Level, Response, level, score


class Risk(Model):
    """What could happen to a unit, why, and with which consequence; open until it is closed."""

    __tablename__ = "risk"
    __table_args__ = (
        CheckConstraint("likelihood BETWEEN 1 AND 5 AND impact BETWEEN 1 AND 5", name="scale"),
        Index("ix_risk_review_on", "review_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    title_en: Mapped[str]  # the event
    title_es: Mapped[str]
    cause: Mapped[str]  # as written
    consequence: Mapped[str]
    likelihood: Mapped[int]  # 1 to 5
    impact: Mapped[int]
    owner_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    response: Mapped[Response]
    plan: Mapped[str] = mapped_column(default="")
    initiative_id: Mapped[int | None] = mapped_column(ForeignKey("initiative.id"))  # that reduces it
    review_on: Mapped[date]
    raised_on: Mapped[date]
    closed_on: Mapped[date | None]
    closed_because: Mapped[str] = mapped_column(default="")

    title = bilingual("title")
    unit: Mapped[Unit] = relationship()
    owner: Mapped[User] = relationship()
    initiative: Mapped[Initiative | None] = relationship()
    scores: Mapped[list[RiskScore]] = relationship(order_by="RiskScore.id")

    @property
    def score(self) -> int:
        return score(self.likelihood, self.impact)

    @property
    def level(self) -> Level:
        return level(self.likelihood, self.impact)

    def late_on(self, today: date) -> bool:
        """Whether it should have been looked at again."""
        return self.closed_on is None and self.review_on < today

    @classmethod
    def late(cls, today: date) -> ColumnElement[bool]:
        """The same as a condition."""
        return and_(cls.closed_on.is_(None), cls.review_on < today)

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.SEE_REPORTS) -> Select[Self]:
        """Those of units in scope."""
        return select(cls).where(cls.unit_id.in_(unit_scope(viewer, to)))


class RiskScore(Model):
    """How likely and how bad a risk was thought to be at a review, by whom and why. A part of `Risk`."""

    __tablename__ = "risk_score"

    id: Mapped[int] = mapped_column(primary_key=True)
    risk_id: Mapped[int] = mapped_column(ForeignKey("risk.id"), index=True)
    likelihood: Mapped[int]
    impact: Mapped[int]
    note: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    by: Mapped[User | None] = relationship()

    @property
    def score(self) -> int:
        return score(self.likelihood, self.impact)
