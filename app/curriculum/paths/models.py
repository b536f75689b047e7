"""Paths, their versions and steps, and who was asked to walk one, by when, and did."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self

from sqlalchemy import ForeignKey, Index, Select, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.reach import AboutPerson, holds
from app.core.database import Model
from app.core.i18n import bilingual
from app.curriculum.models import AssignmentReason, AssignmentState, Module, ModuleState
from app.curriculum.paths.rules import Branch


class Path(Model):
    """Several modules as one thing to learn. Published ones are open to all who are signed in."""

    __tablename__ = "path"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    title_en: Mapped[str]  # as it is published; until then, as it is written
    title_es: Mapped[str]
    state: Mapped[ModuleState] = mapped_column(default=ModuleState.DRAFT)
    shorter_id: Mapped[int | None] = mapped_column(ForeignKey("path.id"))  # for who walked this one and recertifies
    revision: Mapped[int] = mapped_column(default=0)  # goes up with each save: nobody saves over somebody else

    title = bilingual("title")
    shorter: Mapped[Path | None] = relationship(remote_side=[id])

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.USE) -> Select[Self]:
        """Published paths; drafts and retired ones to those who may write them (a condition of their own)."""
        writes = holds(viewer, Permission.WRITE_MODULES)
        return select(cls).where((cls.state == ModuleState.PUBLISHED) | writes)


class PathVersion(Model):
    """A path as it was published, or as it is being written (without a number). A part of `Path`."""

    __tablename__ = "path_version"
    __table_args__ = (UniqueConstraint("path_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    path_id: Mapped[int] = mapped_column(ForeignKey("path.id", ondelete="CASCADE"))
    number: Mapped[int | None]
    is_current: Mapped[bool] = mapped_column(default=False)  # of its path: what is assigned
    title_en: Mapped[str] = mapped_column(default="")
    title_es: Mapped[str] = mapped_column(default="")
    about_en: Mapped[str] = mapped_column(default="")
    about_es: Mapped[str] = mapped_column(default="")
    in_order: Mapped[bool] = mapped_column(default=True)
    counts_earlier: Mapped[bool] = mapped_column(default=True)  # what was completed before the path was given
    days: Mapped[int] = mapped_column(default=30)  # usually given for it
    published_at: Mapped[datetime | None]
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    title = bilingual("title")
    about = bilingual("about")
    path: Mapped[Path] = relationship()
    published_by: Mapped[User | None] = relationship()
    steps: Mapped[list[PathStep]] = relationship(order_by="PathStep.position", cascade="all, delete-orphan")


class PathStep(Model):
    """A module of a path. Positions count from 1; `after` and `branch_on` name an earlier one. A part of `PathVersion`."""

    __tablename__ = "path_step"

    version_id: Mapped[int] = mapped_column(ForeignKey("path_version.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    module_id: Mapped[int] = mapped_column(ForeignKey("module.id"), index=True)
    optional: Mapped[bool] = mapped_column(default=False)
    after: Mapped[int | None]
    branch_on: Mapped[int | None]  # taken or left by the result of that step's quiz
    branch: Mapped[Branch | None]
    branch_score: Mapped[float | None]  # a fraction

    module: Mapped[Module] = relationship()


class PathAssignment(AboutPerson, Model):
    """A version of a path somebody was asked to walk. What is done and how much there is follow from its steps."""

    __tablename__ = "path_assignment"
    __table_args__ = (
        UniqueConstraint("person_id", "path_id", "assigned_on"),
        Index("ix_path_assignment_state_due_on", "state", "due_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    path_id: Mapped[int] = mapped_column(ForeignKey("path.id"), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("path_version.id"), index=True)
    reason: Mapped[AssignmentReason]
    gap_id: Mapped[int | None] = mapped_column(index=True)  # the gap it is a remedy for; gaps stand above this room
    assigned_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # none: a rule
    assigned_on: Mapped[date]
    due_on: Mapped[date | None]
    state: Mapped[AssignmentState] = mapped_column(default=AssignmentState.ASSIGNED)
    done: Mapped[int] = mapped_column(default=0)  # required steps
    total: Mapped[int] = mapped_column(default=0)  # required steps on this person's way
    started_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    completed_on: Mapped[date | None]
    waived_reason: Mapped[str | None]

    path: Mapped[Path] = relationship()
    version: Mapped[PathVersion] = relationship()
    person: Mapped[User] = relationship(foreign_keys="PathAssignment.person_id")
    assigned_by: Mapped[User | None] = relationship(foreign_keys=[assigned_by_id])
