"""Plans of reaudits, the audits they drew to be scored again, and what an auditor contests in one."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Self

from sqlalchemy import ColumnElement, ForeignKey, Index, Select, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Unit, User
from app.accounts.permissions import Permission
from app.accounts.reach import holds, unit_scope
from app.audits.models import Audit, Criterion
from app.audits.sampling.rules import Period, SampleState
from app.core.database import Model

WAITING = (SampleState.OPEN, SampleState.BEGUN)


class ContestState(StrEnum):
    """What became of a contested check: upheld as the reaudit has it, or granted as the auditor had it."""

    OPEN = "open"
    UPHELD = "upheld"
    GRANTED = "granted"


class ReauditPlan(Model):
    """How many audits of each auditor over a unit are scored again, and how often."""

    __tablename__ = "reaudit_plan"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    count: Mapped[int]
    period: Mapped[Period]
    valid_from: Mapped[date]
    ended_on: Mapped[date | None]  # the first day without it

    unit: Mapped[Unit] = relationship()

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.LEAD_QUALITY) -> Select[Self]:
        """Those of the units where the viewer leads quality."""
        return select(cls).where(cls.unit_id.in_(unit_scope(viewer, to)))


class Reaudit(Model):
    """An audit drawn to be scored again, and by whom: known to that person and to who leads quality, to nobody else."""

    __tablename__ = "reaudit"
    __table_args__ = (
        Index("ix_reaudit_plan_id_period_on", "plan_id", "period_on"),
        Index("ix_reaudit_reauditor_id_state", "reauditor_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("reaudit_plan.id"))
    period_on: Mapped[date]  # its first day; drawn are contacts of the period before
    due_on: Mapped[date]
    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id"), index=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    reauditor_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    state: Mapped[SampleState]
    draft_id: Mapped[int | None] = mapped_column(ForeignKey("audit_draft.id"), index=True)

    plan: Mapped[ReauditPlan] = relationship()
    audit: Mapped[Audit] = relationship()

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.LEAD_QUALITY) -> Select[Self]:
        """What one is to score again oneself, and all where one leads quality."""
        return select(cls).where(or_(cls.reauditor_id == viewer.id, cls.team_id.in_(unit_scope(viewer, to))))


class Contest(Model):
    """A check of a reaudit that the auditor who audited first does not agree with."""

    __tablename__ = "reaudit_contest"
    __table_args__ = (UniqueConstraint("audit_id", "criterion_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id"))  # the reaudit
    criterion_id: Mapped[int] = mapped_column(ForeignKey("criterion.id"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    reason: Mapped[str]
    raised_at: Mapped[datetime]
    state: Mapped[ContestState]
    answer: Mapped[str] = mapped_column(default="")
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    answered_at: Mapped[datetime | None]

    audit: Mapped[Audit] = relationship()
    criterion: Mapped[Criterion] = relationship()
    by: Mapped[User] = relationship(foreign_keys=[by_id])

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.LEAD_QUALITY) -> Select[Self]:
        """One's own, and all where one leads quality."""
        return select(cls).where(or_(cls.by_id == viewer.id, cls.team_id.in_(unit_scope(viewer, to))))


def open_to(viewer: User) -> ColumnElement[bool]:
    """Whether an audit is not one the viewer is still to score again without having seen its answers."""
    return or_(~holds(viewer, Permission.AUDIT), Audit.id.not_in(to_score_again(viewer)))


def to_score_again(viewer: User) -> Select[int]:
    """Ids of the audits the viewer is to score again and has not yet."""
    return select(Reaudit.audit_id).where(Reaudit.reauditor_id == viewer.id, Reaudit.state.in_(WAITING))
