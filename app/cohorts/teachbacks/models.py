"""A teach-back, the sheets of its observers, and their marks."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self

from sqlalchemy import ForeignKey, Select, UniqueConstraint, and_, exists, or_, select
from sqlalchemy.orm import Mapped, aliased, mapped_column, relationship

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.reach import AboutPerson
from app.cohorts.programmes.models import Cohort, Enrolment, RubricLine
from app.cohorts.programmes.rules import Outcome
from app.core.database import Model


class TeachBack(AboutPerson, Model):
    """Somebody teaches before observers; what came of it once it is decided."""

    __tablename__ = "teach_back"
    __table_args__ = (UniqueConstraint("enrolment_id", "attempt"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    attempt: Mapped[int]
    planned_for: Mapped[datetime]
    minutes: Mapped[int]
    place: Mapped[str] = mapped_column(default="")
    topic: Mapped[str]  # what is taught, as written
    outcome: Mapped[Outcome | None]
    share: Mapped[float | None]  # of the points, as decided on
    agreement: Mapped[float | None]  # of the first two observers
    reteach_on: Mapped[date | None]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    enrolment: Mapped[Enrolment] = relationship()
    person: Mapped[User] = relationship(foreign_keys="TeachBack.person_id")
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])
    sheets: Mapped[list[ScoreSheet]] = relationship(back_populates="teach_back", order_by="ScoreSheet.place")

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.SEE_COHORTS) -> Select[Self]:
        """Those of the enrolments one may see, and those one observes; to run one, those of the cohorts one runs."""
        if to is Permission.RUN_COHORTS:
            run = Cohort.visible_to(viewer, to).with_only_columns(Cohort.id)
            within = select(Enrolment.id).where(Enrolment.cohort_id.in_(run))
            return select(cls).where(cls.enrolment_id.in_(within))
        seen = Enrolment.visible_to(viewer, to).with_only_columns(Enrolment.id)
        observed = select(ScoreSheet.teach_back_id).where(ScoreSheet.observer_id == viewer.id)
        return select(cls).where(or_(cls.enrolment_id.in_(seen), cls.id.in_(observed)))


class ScoreSheet(Model):
    """What one observer gave. Nobody but the observer sees it until all who were asked have scored."""

    __tablename__ = "score_sheet"
    __table_args__ = (UniqueConstraint("teach_back_id", "place"), UniqueConstraint("teach_back_id", "observer_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    teach_back_id: Mapped[int] = mapped_column(ForeignKey("teach_back.id"))
    observer_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    place: Mapped[int]  # first, second, third
    submitted_at: Mapped[datetime | None]
    remark: Mapped[str] = mapped_column(default="")

    teach_back: Mapped[TeachBack] = relationship(back_populates="sheets")
    observer: Mapped[User] = relationship()
    marks: Mapped[list[Mark]] = relationship(order_by="Mark.line_id")

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.SEE_COHORTS) -> Select[Self]:
        """One's own; others' once nobody is asked any more: to observers and who runs the cohort at once, to all who see
        the teach-back when it is decided."""
        other, mine = aliased(cls), aliased(cls)
        pending = exists().where(other.teach_back_id == cls.teach_back_id, other.submitted_at.is_(None))
        observes = exists().where(mine.teach_back_id == cls.teach_back_id, mine.observer_id == viewer.id)
        runs = cls.teach_back_id.in_(
            TeachBack.visible_to(viewer, Permission.RUN_COHORTS).with_only_columns(TeachBack.id)
        )
        decided = TeachBack.visible_to(viewer, to).where(TeachBack.outcome.is_not(None))
        seen = cls.teach_back_id.in_(decided.with_only_columns(TeachBack.id))
        return select(cls).where(or_(cls.observer_id == viewer.id, and_(~pending, or_(observes, runs, seen))))


class Mark(Model):
    """The points of one line. A part of `ScoreSheet`."""

    __tablename__ = "mark"

    sheet_id: Mapped[int] = mapped_column(ForeignKey("score_sheet.id"), primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("rubric_line.id"), primary_key=True, index=True)
    points: Mapped[int]

    line: Mapped[RubricLine] = relationship()
