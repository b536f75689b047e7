"""What is observed in a practice, and each time somebody was."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from sqlalchemy import ForeignKey, Select, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.reach import AboutPerson, reach
from app.core.database import Model
from app.core.i18n import bilingual
from app.curriculum.models import Assignment, Module


class Practice(Model):
    """How a module of that kind is scored. Open to all who are signed in: nobody is judged by what they can't read."""

    __tablename__ = "practice"

    module_id: Mapped[int] = mapped_column(ForeignKey("module.id", ondelete="CASCADE"), primary_key=True)
    pass_share: Mapped[float] = mapped_column(default=0.8)
    leads_observe: Mapped[bool] = mapped_column(default=True)  # else only who writes modules

    module: Mapped[Module] = relationship()
    lines: Mapped[list[PracticeLine]] = relationship(order_by="PracticeLine.position", cascade="all, delete-orphan")

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.USE) -> Select[Self]:
        return select(cls)


class PracticeLine(Model):
    """One thing that is observed, for so many points. A part of `Practice`."""

    __tablename__ = "practice_line"

    id: Mapped[int] = mapped_column(primary_key=True)
    practice_id: Mapped[int] = mapped_column(ForeignKey("practice.module_id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    text_en: Mapped[str]
    text_es: Mapped[str]
    most: Mapped[int]

    text = bilingual("text")


class PracticeObservation(AboutPerson, Model):
    """One attempt: who observed it, and what each line of the rubric, as it was then, got. All of them stay."""

    __tablename__ = "practice_observation"
    __table_args__ = (UniqueConstraint("assignment_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"))
    number: Mapped[int]
    observer_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    observed_at: Mapped[datetime]
    language: Mapped[str]  # it was played in
    marks: Mapped[list[Any]]  # [text in English, text in Spanish, points, most]
    share: Mapped[float]
    pass_share: Mapped[float]
    passed: Mapped[bool]
    remark: Mapped[str] = mapped_column(default="")  # read by the learner

    assignment: Mapped[Assignment] = relationship()
    person: Mapped[User] = relationship(foreign_keys="PracticeObservation.person_id")
    observer: Mapped[User] = relationship(foreign_keys=[observer_id])

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.SEE_LEARNING) -> Select[Self]:
        """Those of the people within reach, one's own, and those one has observed."""
        return select(cls).where(or_(cls.person_id.in_(reach(viewer, to)), cls.observer_id == viewer.id))
