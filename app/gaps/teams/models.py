"""Gaps that most of a team shares, and how they were decided."""

from __future__ import annotations

from datetime import date
from typing import Self

from sqlalchemy import ForeignKey, Index, Select, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Unit, User
from app.accounts.permissions import Permission
from app.accounts.reach import unit_scope
from app.core.database import Model, Monday
from app.curriculum.models import Competency
from app.gaps.rules import GapState


class TeamGap(Model):
    """Where a team stands on a competency, as last decided; there from its first opening on. Figures: `pooling`."""

    __tablename__ = "team_gap"
    __table_args__ = (UniqueConstraint("team_id", "competency_id"), Index("ix_team_gap_state", "state"))

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    competency_id: Mapped[int] = mapped_column(ForeignKey("competency.id"))
    state: Mapped[GapState]
    state_week: Mapped[date | None] = mapped_column(Monday)  # at whose end it was entered

    team: Mapped[Unit] = relationship()
    competency: Mapped[Competency] = relationship()
    transitions: Mapped[list[TeamTransition]] = relationship(
        back_populates="gap", order_by="TeamTransition.week", passive_deletes="all"
    )

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.SEE_GAPS) -> Select[Self]:
        """Those of the teams within reach."""
        return select(cls).where(cls.team_id.in_(unit_scope(viewer, to)))


class TeamTransition(Model):
    """A change of state of a team's gap, with what it was decided on. A part of `TeamGap`."""

    __tablename__ = "team_transition"
    __table_args__ = (UniqueConstraint("gap_id", "week"), Index("ix_team_transition_week", "week"))

    id: Mapped[int] = mapped_column(primary_key=True)
    gap_id: Mapped[int] = mapped_column(ForeignKey("team_gap.id", ondelete="CASCADE"))
    week: Mapped[date] = mapped_column(Monday)
    from_state: Mapped[GapState]
    to_state: Mapped[GapState]
    probability: Mapped[float]
    agents: Mapped[int]  # with evidence on it
    likely: Mapped[int]  # of them, those more likely than not below target themselves
    replayed: Mapped[bool] = mapped_column(default=False)
    rewritten: Mapped[bool] = mapped_column(default=False)

    gap: Mapped[TeamGap] = relationship(back_populates="transitions")
