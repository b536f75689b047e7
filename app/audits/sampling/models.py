"""Sampling plans, and the contacts they drew for somebody to audit."""

from __future__ import annotations

from datetime import date
from typing import Self

from sqlalchemy import ForeignKey, Index, Select, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Unit, User
from app.accounts.permissions import Permission
from app.accounts.reach import unit_scope
from app.audits.models import Scorecard
from app.audits.sampling.rules import WATCH_AUDITS, Per, Period, SampleState
from app.core.database import Model


class SamplingPlan(Model):
    """How many contacts of a unit are audited, per what and how often."""

    __tablename__ = "sampling_plan"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    scorecard_id: Mapped[int] = mapped_column(ForeignKey("scorecard.id"))
    per: Mapped[Per]
    count: Mapped[int]
    period: Mapped[Period]
    watch_count: Mapped[int] = mapped_column(default=WATCH_AUDITS)  # more for an agent who comes under watch
    valid_from: Mapped[date]
    ended_on: Mapped[date | None]  # the first day without it

    unit: Mapped[Unit] = relationship()
    scorecard: Mapped[Scorecard] = relationship()

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.LEAD_QUALITY) -> Select[Self]:
        """Those of the units where the viewer leads quality."""
        return select(cls).where(cls.unit_id.in_(unit_scope(viewer, to)))


class Sample(Model):
    """A contact that a plan drew: whose, of which day, and who audits it. Agents and leads never see it."""

    __tablename__ = "sample"
    __table_args__ = (
        Index("ix_sample_plan_id_period_on", "plan_id", "period_on"),
        Index("ix_sample_auditor_id_state", "auditor_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("sampling_plan.id"))
    period_on: Mapped[date]  # its first day
    due_on: Mapped[date]  # its last one
    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    team_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    auditor_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    contact_on: Mapped[date]  # the day whose contact is taken
    state: Mapped[SampleState]
    watched: Mapped[bool] = mapped_column(default=False)  # asked for beside the plan's own: `sampling.watched`
    draft_id: Mapped[int | None] = mapped_column(ForeignKey("audit_draft.id"), index=True)

    plan: Mapped[SamplingPlan] = relationship()
    person: Mapped[User] = relationship(foreign_keys=[person_id])
    auditor: Mapped[User] = relationship(foreign_keys=[auditor_id])

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.AUDIT) -> Select[Self]:
        """One's own queue, and what was drawn where one leads quality."""
        led = select(SamplingPlan.id).where(SamplingPlan.unit_id.in_(unit_scope(viewer, Permission.LEAD_QUALITY)))
        return select(cls).where(or_(cls.auditor_id == viewer.id, cls.plan_id.in_(led)))
