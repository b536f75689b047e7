"""Programmes for trainers, their cohorts, who is in them, and who was at which session."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self

from sqlalchemy import ForeignKey, Index, Select, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Unit, UnitTree, User
from app.accounts.permissions import Permission
from app.accounts.reach import AboutPerson, everywhere, reach, unit_scope
from app.cohorts.programmes.rules import Checked, Outcome, Stage
from app.core.database import Model
from app.core.i18n import bilingual
from app.curriculum.models import Module


class TrainerProgramme(Model):
    """What a trainer must show to be certified, and do to stay so. Open to all who are signed in."""

    __tablename__ = "trainer_programme"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    title_en: Mapped[str]
    title_es: Mapped[str]
    requirements_en: Mapped[str] = mapped_column(default="")
    requirements_es: Mapped[str] = mapped_column(default="")
    module_id: Mapped[int | None] = mapped_column(ForeignKey("module.id"))  # the knowledge check
    least_attendance: Mapped[float] = mapped_column(default=0.8)
    pass_share: Mapped[float] = mapped_column(default=0.8)  # of the rubric's points: certified
    conditional_share: Mapped[float] = mapped_column(default=0.65)  # a re-teach
    tolerance: Mapped[float] = mapped_column(default=0.15)  # how far two observers may be apart, line by line
    months: Mapped[int] = mapped_column(default=12)  # a licence is valid
    activity_deliveries: Mapped[int] = mapped_column(default=2)  # to keep it: so many …
    activity_days: Mapped[int] = mapped_column(default=180)  # … in so many days
    retired: Mapped[bool] = mapped_column(default=False)

    title = bilingual("title")
    requirements = bilingual("requirements")
    module: Mapped[Module | None] = relationship()
    lines: Mapped[list[RubricLine]] = relationship(order_by="RubricLine.position", cascade="all, delete-orphan")

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.USE) -> Select[Self]:
        return select(cls)


class RubricLine(Model):
    """What observers look at in a teach-back, for so many points. A part of `TrainerProgramme`."""

    __tablename__ = "rubric_line"

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("trainer_programme.id"), index=True)
    position: Mapped[int]
    text_en: Mapped[str]
    text_es: Mapped[str]
    most: Mapped[int] = mapped_column(default=4)

    text = bilingual("text")


class Cohort(Model):
    """A group that goes through a programme together."""

    __tablename__ = "cohort"

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("trainer_programme.id"), index=True)
    name: Mapped[str]  # as written
    market: Mapped[str | None]
    language: Mapped[str]
    time_zone: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    seats: Mapped[int]
    cancelled_at: Mapped[datetime | None]

    programme: Mapped[TrainerProgramme] = relationship()
    budgets: Mapped[list[SeatBudget]] = relationship(order_by="SeatBudget.id", cascade="all, delete-orphan")
    facilitators: Mapped[list[User]] = relationship(secondary="facilitator", order_by="User.name")
    sessions: Mapped[list[CohortSession]] = relationship(back_populates="cohort", order_by="CohortSession.starts_at")

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.SEE_COHORTS) -> Select[Self]:
        """Cohorts that have seats for a partner in scope or above it, and those one facilitates or is in.

        To run one: those one facilitates; all of them, with that permission over the whole programme.
        """
        if everywhere(viewer, to):
            return select(cls)
        mine = select(Facilitator.cohort_id).where(Facilitator.user_id == viewer.id)
        if to is Permission.RUN_COHORTS:
            return select(cls).where(cls.id.in_(mine))
        above = select(UnitTree.ancestor_id).where(UnitTree.unit_id.in_(unit_scope(viewer, to)))
        offered = select(SeatBudget.cohort_id).where(SeatBudget.unit_id.in_(above))
        own = select(Enrolment.cohort_id).where(Enrolment.person_id == viewer.id)
        return select(cls).where(or_(cls.id.in_(offered), cls.id.in_(mine), cls.id.in_(own)))


class Facilitator(Model):
    """Who teaches a cohort. A part of `Cohort`."""

    __tablename__ = "facilitator"

    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True, index=True)


class SeatBudget(Model):
    """How many seats of a cohort a partner may fill; who sees the partner or a part of it sees its budget."""

    __tablename__ = "seat_budget"
    __table_args__ = (UniqueConstraint("cohort_id", "unit_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    seats: Mapped[int]

    unit: Mapped[Unit] = relationship()

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.SEE_COHORTS) -> Select[Self]:
        above = select(UnitTree.ancestor_id).where(UnitTree.unit_id.in_(unit_scope(viewer, to)))
        taught = select(Facilitator.cohort_id).where(Facilitator.user_id == viewer.id)
        return select(cls).where(or_(cls.unit_id.in_(above), cls.cohort_id.in_(taught)))


class Enrolment(AboutPerson, Model):
    """Somebody's way through a cohort: nominated, approved by both sides, seated, and what came of it."""

    __tablename__ = "enrolment"
    __table_args__ = (
        UniqueConstraint("cohort_id", "person_id"),
        Index("ix_enrolment_cohort_id_stage", "cohort_id", "stage"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id"))
    partner_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))  # whose seat it takes; none: the programme's
    stage: Mapped[Stage] = mapped_column(default=Stage.NOMINATED)
    reason: Mapped[str] = mapped_column(default="")  # of the nomination, as written
    nominated_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    nominated_at: Mapped[datetime]
    partner_approved_at: Mapped[datetime | None]
    partner_approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    programme_approved_at: Mapped[datetime | None]
    programme_approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    approved_at: Mapped[datetime | None]  # by both: the order of the waiting list
    closed_at: Mapped[datetime | None]  # declined or withdrawn
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    closed_reason: Mapped[str | None]
    outcome: Mapped[Outcome | None]
    outcome_on: Mapped[date | None]
    reteach_on: Mapped[date | None]  # of a conditional one

    cohort: Mapped[Cohort] = relationship()
    partner: Mapped[Unit | None] = relationship()
    person: Mapped[User] = relationship(foreign_keys="Enrolment.person_id")
    nominated_by: Mapped[User] = relationship(foreign_keys=[nominated_by_id])
    partner_approved_by: Mapped[User | None] = relationship(foreign_keys=[partner_approved_by_id])
    programme_approved_by: Mapped[User | None] = relationship(foreign_keys=[programme_approved_by_id])

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.SEE_COHORTS) -> Select[Self]:
        """Those of the people within reach, one's own, and those of the cohorts one facilitates."""
        taught = select(Facilitator.cohort_id).where(Facilitator.user_id == viewer.id)
        return select(cls).where(or_(cls.person_id.in_(reach(viewer, to)), cls.cohort_id.in_(taught)))


class CohortSession(Model):
    """A live session of a cohort, in a room or behind a link; seen by who sees the cohort."""

    __tablename__ = "cohort_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id"), index=True)
    title: Mapped[str]  # as written
    starts_at: Mapped[datetime]
    minutes: Mapped[int]
    place: Mapped[str] = mapped_column(default="")  # a room or an address
    code: Mapped[str] = mapped_column(unique=True)  # to check in with
    revision: Mapped[int] = mapped_column(default=0)  # how often it was moved or called off: what calendars go by
    cancelled_at: Mapped[datetime | None]

    cohort: Mapped[Cohort] = relationship(back_populates="sessions")

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.SEE_COHORTS) -> Select[Self]:
        return select(cls).where(cls.cohort_id.in_(Cohort.visible_to(viewer, to).with_only_columns(Cohort.id)))


class Attendance(AboutPerson, Model):
    """Whether somebody was at a session, and how that is known."""

    __tablename__ = "attendance"
    __table_args__ = (UniqueConstraint("session_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("cohort_session.id"))
    present: Mapped[bool]
    how: Mapped[Checked]
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))

    person: Mapped[User] = relationship(foreign_keys="Attendance.person_id")

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.SEE_COHORTS) -> Select[Self]:
        taught = select(CohortSession.id).join(Facilitator, Facilitator.cohort_id == CohortSession.cohort_id)
        mine = taught.where(Facilitator.user_id == viewer.id)
        return select(cls).where(or_(cls.person_id.in_(reach(viewer, to)), cls.session_id.in_(mine)))
