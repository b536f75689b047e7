"""Saved views of reports, when they are mailed, to whom, and what became of each letter."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Self

from sqlalchemy import ForeignKey, Select, UniqueConstraint, false, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Unit, UnitTree, User
from app.accounts.permissions import GRANTS, Permission, Role
from app.accounts.reach import held, holds_everywhere
from app.core.database import Model
from app.reports.kept.rules import Every, Outcome, Told


class SavedView(Model):
    """A report with its filters, under a name. Shared ones are open to who holds a role at or below a unit; each reads it
    within their own scope."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("owner_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    name: Mapped[str]
    report: Mapped[str]  # as it is declared
    query: Mapped[dict[str, Any]] = mapped_column(default=dict)  # of its address, without a month: that of the reading
    shared_unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)  # none: private
    shared_role: Mapped[Role | None]  # none: any that reads reports
    made_at: Mapped[datetime]

    owner: Mapped[User] = relationship()
    shared_unit: Mapped[Unit | None] = relationship()
    schedules: Mapped[list[Schedule]] = relationship(
        back_populates="view", order_by="Schedule.id", cascade="all, delete-orphan"
    )

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.SEE_REPORTS) -> Select[Self]:
        """One's own, and those shared with a role one holds at or below the unit they are shared with."""
        shared = [
            cls.shared_unit_id.in_(select(UnitTree.ancestor_id).where(UnitTree.unit_id == one.unit_id))
            & or_(cls.shared_role.is_(None), cls.shared_role == one.role)
            for one in held(viewer)
            if to in GRANTS[one.role]
        ]
        return select(cls).where(or_(cls.owner_id == viewer.id, or_(false(), *shared)))


class Schedule(Model):
    """When a view is mailed: at an hour of each recipient's own day."""

    __tablename__ = "report_schedule"

    id: Mapped[int] = mapped_column(primary_key=True)
    view_id: Mapped[int] = mapped_column(ForeignKey("saved_view.id", ondelete="CASCADE"), index=True)
    every: Mapped[Every]
    day: Mapped[int]  # weekday from 0 for Monday, or day of the month
    hour: Mapped[int]
    told: Mapped[Told]
    file_format: Mapped[str]
    active_from: Mapped[datetime]  # nothing that was due before is sent
    paused_at: Mapped[datetime | None]

    view: Mapped[SavedView] = relationship(back_populates="schedules")
    recipients: Mapped[list[Recipient]] = relationship(
        order_by="Recipient.person_id", cascade="all, delete-orphan", back_populates="schedule"
    )

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.USE) -> Select[Self]:
        """Those of one's own views, those one is mailed, and all to administrators of the programme."""
        mine = select(SavedView.id).where(SavedView.owner_id == viewer.id)
        told = select(Recipient.schedule_id).where(Recipient.person_id == viewer.id)
        whole = holds_everywhere(viewer, Permission.ADMINISTER)
        return select(cls).where(or_(cls.view_id.in_(mine), cls.id.in_(told), whole))


class Recipient(Model):
    """Who is mailed. A part of `Schedule`."""

    __tablename__ = "report_recipient"

    schedule_id: Mapped[int] = mapped_column(ForeignKey("report_schedule.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True, index=True)
    added_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    added_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]  # by the recipient

    schedule: Mapped[Schedule] = relationship(back_populates="recipients")
    person: Mapped[User] = relationship(foreign_keys=[person_id])
    added_by: Mapped[User] = relationship(foreign_keys=[added_by_id])


class ReportSend(Model):
    """A letter to one recipient of one day: once, whatever happens. A part of `Schedule`."""

    __tablename__ = "report_send"
    __table_args__ = (UniqueConstraint("schedule_id", "person_id", "due_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    schedule_id: Mapped[int] = mapped_column(ForeignKey("report_schedule.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    due_on: Mapped[date] = mapped_column(index=True)  # in the recipient's zone
    due_at: Mapped[datetime]
    outcome: Mapped[Outcome] = mapped_column(default=Outcome.WAITING)
    settled_at: Mapped[datetime | None]
    month: Mapped[date]  # it tells of
    scope: Mapped[str] = mapped_column(default="")  # what it was computed within, as the recipient read it
    file_name: Mapped[str] = mapped_column(default="")  # none where it was too large to attach

    schedule: Mapped[Schedule] = relationship()
    person: Mapped[User] = relationship()
