"""Initiatives with where they run, their milestones, and every move from state to state."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Self

from sqlalchemy import ColumnElement, ForeignKey, Index, Select, and_, exists, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Unit, User
from app.accounts.permissions import Permission
from app.accounts.reach import everywhere, unit_scope
from app.audits.models import CriterionIdentity
from app.audits.root_causes.models import RootCause
from app.core.database import Model
from app.core.i18n import bilingual
from app.curriculum.models import Competency
from app.governance.initiatives.rules import ENDED, State
from app.governance.models import PriorityEntry


class Initiative(Model):
    """What is done about a root cause in some units, with what it should move and what it did."""

    __tablename__ = "initiative"

    id: Mapped[int] = mapped_column(primary_key=True)
    title_en: Mapped[str]
    title_es: Mapped[str]
    cause: Mapped[str]  # the root cause, as written
    plan: Mapped[str]
    owner_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    competency_id: Mapped[int | None] = mapped_column(ForeignKey("competency.id"))  # what it should move: this, or
    metric: Mapped[str | None]  # this, as metrics are named
    root_cause_id: Mapped[int | None] = mapped_column(ForeignKey("root_cause.id"))  # where it came from
    criterion_id: Mapped[int | None] = mapped_column(ForeignKey("criterion_identity.id"))
    priority_id: Mapped[int | None] = mapped_column(ForeignKey("priority_entry.id", ondelete="SET NULL"))
    state: Mapped[State] = mapped_column(default=State.PROPOSED)
    started_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    post_mortem_on: Mapped[date | None]  # due
    post_mortem: Mapped[str] = mapped_column(default="")
    post_mortem_at: Mapped[datetime | None]
    effect: Mapped[dict[str, Any] | None]  # `rules.Measured`, as last measured
    measured_on: Mapped[date | None]
    made_at: Mapped[datetime]

    title = bilingual("title")
    owner: Mapped[User] = relationship(foreign_keys=[owner_id])
    competency: Mapped[Competency | None] = relationship()
    root_cause: Mapped[RootCause | None] = relationship()
    criterion: Mapped[CriterionIdentity | None] = relationship()
    priority: Mapped[PriorityEntry | None] = relationship()
    units: Mapped[list[Unit]] = relationship(secondary="initiative_unit", order_by="Unit.path")
    milestones: Mapped[list[Milestone]] = relationship(
        back_populates="initiative", order_by="(Milestone.due_on, Milestone.id)"
    )
    moves: Mapped[list[InitiativeMove]] = relationship(order_by="InitiativeMove.id")

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.SEE_REPORTS) -> Select[Self]:
        """Those that run nowhere but in units in scope: what runs elsewhere too tells of others."""
        if everywhere(viewer, to):
            return select(cls)
        scope = unit_scope(viewer, to)
        there = exists().where(InitiativeUnit.initiative_id == cls.id)
        return select(cls).where(there, ~there.where(InitiativeUnit.unit_id.not_in(scope)))

    @classmethod
    def wants_post_mortem(cls) -> ColumnElement[bool]:
        """Whether it has ended and nobody has written what was learnt."""
        return and_(cls.state.in_(ENDED), cls.post_mortem_at.is_(None))

    @classmethod
    def post_mortem_late(cls, today: date) -> ColumnElement[bool]:
        """Whether that should have been written."""
        return and_(cls.wants_post_mortem(), cls.post_mortem_on < today)


class InitiativeUnit(Model):
    """Where an initiative runs: its sponsors. A part of `Initiative`."""

    __tablename__ = "initiative_unit"

    initiative_id: Mapped[int] = mapped_column(ForeignKey("initiative.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True, index=True)


class InitiativeMove(Model):
    """A move from one state to another, and why. A part of `Initiative`."""

    __tablename__ = "initiative_move"

    id: Mapped[int] = mapped_column(primary_key=True)
    initiative_id: Mapped[int] = mapped_column(ForeignKey("initiative.id"), index=True)
    state: Mapped[State]
    on_day: Mapped[date]
    reason: Mapped[str] = mapped_column(default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]

    by: Mapped[User | None] = relationship()


class Milestone(Model):
    """Something to be done on the way, by whom and by when."""

    __tablename__ = "milestone"
    __table_args__ = (Index("ix_milestone_due_on", "due_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    initiative_id: Mapped[int] = mapped_column(ForeignKey("initiative.id"), index=True)
    text: Mapped[str]  # as written
    owner_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    due_on: Mapped[date]
    done_on: Mapped[date | None]
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    initiative: Mapped[Initiative] = relationship(back_populates="milestones")
    owner: Mapped[User] = relationship(foreign_keys=[owner_id])

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.SEE_REPORTS) -> Select[Self]:
        """Those of the initiatives in scope."""
        seen = Initiative.visible_to(viewer, to).with_only_columns(Initiative.id)
        return select(cls).where(cls.initiative_id.in_(seen))

    @classmethod
    def overdue(cls, today: date) -> ColumnElement[bool]:
        """Whether it should have been done, of an initiative that is not over."""
        alive = select(Initiative.id).where(Initiative.state.not_in(ENDED))
        return and_(cls.done_on.is_(None), cls.due_on < today, cls.initiative_id.in_(alive))
