"""Root-cause analyses of cases."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Self

from sqlalchemy import ColumnElement, Date, ForeignKey, Index, Select, and_, case, literal, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.audits.dsat.models import DsatCase
from app.audits.root_causes.rules import AnalysisState, RootClass, is_late, next_day
from app.core.database import Model


class RootCause(Model):
    """What a case was really due to, what is done about it by whom, and whether that helped. One for each case."""

    __tablename__ = "root_cause"
    __table_args__ = (Index("ix_root_cause_owner_id_state", "owner_id", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("dsat_case.id"), unique=True)
    problem: Mapped[str]
    whys: Mapped[list[Any]] = mapped_column(default=list)  # the last one is the root
    root: Mapped[RootClass]
    controllable: Mapped[bool]  # by the partner's own people
    owner_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    action: Mapped[str]
    due_on: Mapped[date]
    metric: Mapped[str] = mapped_column(default="")  # by which the effect is told
    check_on: Mapped[date | None]
    state: Mapped[AnalysisState] = mapped_column(default=AnalysisState.OPEN)
    done_on: Mapped[date | None]
    outcome: Mapped[str] = mapped_column(default="")  # what the metric said
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    case: Mapped[DsatCase] = relationship()
    owner: Mapped[User] = relationship(foreign_keys=[owner_id])
    by: Mapped[User | None] = relationship(foreign_keys=[by_id])

    def late_on(self, today: date) -> bool:
        """Whether the next step should have been taken before today."""
        return is_late(self.state, self.due_on, self.check_on, today)

    @property
    def next_day(self) -> date | None:
        """The day by which the next step is due."""
        return next_day(self.state, self.due_on, self.check_on)

    @classmethod
    def next_step(cls) -> ColumnElement[date]:
        """The day of the next step as an expression; what is over comes last."""
        return case(
            (cls.state == AnalysisState.OPEN, cls.due_on),
            (and_(cls.state == AnalysisState.DONE, cls.check_on.is_not(None)), cls.check_on),
            else_=literal(date.max, Date()),
        )

    @classmethod
    def late(cls, today: date) -> ColumnElement[bool]:
        """The same as a condition."""
        return or_(
            and_(cls.state == AnalysisState.OPEN, cls.due_on < today),
            and_(cls.state == AnalysisState.DONE, cls.check_on < today),
        )

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.SEE_AUDITS) -> Select[Self]:
        """Those of the cases in scope, and those one answers for."""
        cases = DsatCase.visible_to(viewer, to).with_only_columns(DsatCase.id)
        return select(cls).where(or_(cls.case_id.in_(cases), cls.owner_id == viewer.id))
