"""Competencies, modules, and who was asked to learn what, by when, and did."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Self

from sqlalchemy import ForeignKey, Index, Select, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.reach import AboutPerson
from app.core.database import Model, Monday
from app.core.i18n import bilingual


class ModuleKind(StrEnum):
    """What a module is made of; its page shows it accordingly."""

    ARTICLE = "article"
    VIDEO = "video"
    FILE = "file"
    LINK = "link"
    PACKAGE = "package"
    LIVE = "live"
    PRACTICE = "practice"


WRITTEN = (ModuleKind.ARTICLE, ModuleKind.LIVE, ModuleKind.PRACTICE)
"""Kinds whose text is theirs to be read: where one language has any, the other one must."""


class ModuleState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class AssignmentReason(StrEnum):
    GAP = "gap"
    ONBOARDING = "onboarding"
    LAUNCH = "launch"
    RECERTIFICATION = "recertification"
    MANUAL = "manual"
    SELF = "self"  # taken from the catalogue


class AssignmentState(StrEnum):
    """Overdue is not a state: it is an assigned or started one past its due date."""

    ASSIGNED = "assigned"
    STARTED = "started"
    COMPLETED = "completed"
    WAIVED = "waived"
    CANCELLED = "cancelled"


OPEN_STATES = (AssignmentState.ASSIGNED, AssignmentState.STARTED)


class Competency(Model):
    """What an agent must be able to do, and the share of checks that should pass. Open to all who are signed in."""

    __tablename__ = "competency"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("competency.id"), index=True)
    name_en: Mapped[str]
    name_es: Mapped[str]
    description_en: Mapped[str] = mapped_column(default="")
    description_es: Mapped[str] = mapped_column(default="")
    target: Mapped[float]  # the one evidence is held against now; `CompetencyTarget` has those of other weeks

    name = bilingual("name")
    description = bilingual("description")
    parent: Mapped[Competency | None] = relationship(remote_side=[id])

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.USE) -> Select[Self]:
        return select(cls)


class CompetencyTarget(Model):
    """A target of a competency from a week on. A part of `Competency`, which has none of these until its target changes."""

    __tablename__ = "competency_target"
    __table_args__ = (UniqueConstraint("competency_id", "valid_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    competency_id: Mapped[int] = mapped_column(ForeignKey("competency.id"))
    target: Mapped[float]
    valid_from: Mapped[date] = mapped_column(Monday)  # the first week decided by it
    set_at: Mapped[datetime]
    set_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("user.id")
    )  # none: a file on the command line, or from the first
    applied_at: Mapped[datetime | None]  # when evidence came to be held against it for the first time

    competency: Mapped[Competency] = relationship()
    set_by: Mapped[User | None] = relationship()


class ModuleCompetency(Model):
    """Which competencies a module teaches. A part of `Module`."""

    __tablename__ = "module_competency"

    module_id: Mapped[int] = mapped_column(ForeignKey("module.id", ondelete="CASCADE"), primary_key=True)
    competency_id: Mapped[int] = mapped_column(ForeignKey("competency.id"), primary_key=True, index=True)


class Module(Model):
    """Something to learn from, in two languages with one record. Published ones are open to all who are signed in."""

    __tablename__ = "module"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    title_en: Mapped[str]
    title_es: Mapped[str]
    kind: Mapped[ModuleKind]
    minutes: Mapped[int]
    url: Mapped[str | None]
    body_en: Mapped[str] = mapped_column(default="", deferred=True)
    body_es: Mapped[str] = mapped_column(default="", deferred=True)
    state: Mapped[ModuleState] = mapped_column(default=ModuleState.PUBLISHED)
    package_en_id: Mapped[int | None] = mapped_column(ForeignKey("package.id"))
    package_es_id: Mapped[int | None] = mapped_column(ForeignKey("package.id"))
    stale: Mapped[str | None]  # the language whose text is older than the other's
    revision: Mapped[int] = mapped_column(default=0)  # goes up with each save: nobody saves over somebody else
    counts_from: Mapped[datetime | None]  # what was completed before does not count any more
    review_asked_at: Mapped[datetime | None]
    review_asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    review_remark: Mapped[str] = mapped_column(default="")  # what the last review asked to change

    title = bilingual("title")
    body = bilingual("body")
    competencies: Mapped[list[Competency]] = relationship(
        secondary=ModuleCompetency.__table__, order_by=Competency.code
    )

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.USE) -> Select[Self]:
        """Published modules; drafts and retired ones to those who may write them (a condition of their own)."""
        from app.accounts.reach import holds

        writes = holds(viewer, Permission.WRITE_MODULES)
        return select(cls).where((cls.state == ModuleState.PUBLISHED) | writes)


class Assignment(AboutPerson, Model):
    """A module somebody was asked to learn. One for each person, module and day of assigning."""

    __tablename__ = "assignment"
    __table_args__ = (
        UniqueConstraint("person_id", "module_id", "assigned_on"),
        Index("ix_assignment_state_due_on", "state", "due_on"),
        Index("ix_assignment_module_id_completed_on", "module_id", "completed_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    module_id: Mapped[int] = mapped_column(ForeignKey("module.id"))
    reason: Mapped[AssignmentReason]
    gap_id: Mapped[int | None] = mapped_column(index=True)  # the gap it is a remedy for; gaps stand above this room
    transition_id: Mapped[int | None]  # the opening that caused it
    path_assignment_id: Mapped[int | None] = mapped_column(  # the path it is a step of
        ForeignKey("path_assignment.id"), index=True
    )
    assigned_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # none: a rule
    assigned_on: Mapped[date]  # in the programme's zone
    due_on: Mapped[date | None]  # the last day in time
    state: Mapped[AssignmentState] = mapped_column(default=AssignmentState.ASSIGNED)
    started_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    completed_on: Mapped[date | None]  # day of completing in the programme's zone: what evidence counts by
    score: Mapped[float | None]  # a fraction
    language: Mapped[str | None]  # it was taken in
    waived_reason: Mapped[str | None]
    seconds: Mapped[int] = mapped_column(default=0)  # its pages were open and looked at
    seen_at: Mapped[datetime | None]  # the last time
    rating: Mapped[int | None]  # by the learner, 1 to 5
    remark: Mapped[str | None]
    rated_at: Mapped[datetime | None]
    from_history: Mapped[bool] = mapped_column(default=False)  # before Hilo: not followed up, not mailed

    module: Mapped[Module] = relationship()
    person: Mapped[User] = relationship(foreign_keys="Assignment.person_id")
    assigned_by: Mapped[User | None] = relationship(foreign_keys=[assigned_by_id])
