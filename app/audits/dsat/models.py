"""Cases of dissatisfied customers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Self

from sqlalchemy import ForeignKey, Index, Select, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Unit, User
from app.accounts.permissions import Permission
from app.accounts.reach import holds_everywhere, unit_scope
from app.audits.models import SYSTEMIC_CAUSES, Cause
from app.core.database import Model, Monday


class DsatCase(Model):
    """A dissatisfied customer's contact. Natural key: source and reference."""

    __tablename__ = "dsat_case"
    __table_args__ = (
        UniqueConstraint("source", "reference"),
        Index("ix_dsat_case_team_id_week", "team_id", "week"),
        Index("ix_dsat_case_week", "week"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    reference: Mapped[str]
    contact_ref: Mapped[str | None]
    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))  # of the person on the day it was received
    received_at: Mapped[datetime]
    week: Mapped[date] = mapped_column(Monday)  # of the day received, in the programme's zone
    score: Mapped[str | None]  # as the survey has it
    channel: Mapped[str | None]
    language: Mapped[str | None]
    comment: Mapped[str | None]  # of the customer

    cause: Mapped[Cause | None]  # none: nobody has decided yet
    note: Mapped[str] = mapped_column(default="")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]

    person: Mapped[User] = relationship(foreign_keys=[person_id])
    team: Mapped[Unit | None] = relationship()
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])

    @property
    def coachable(self) -> bool | None:
        """Whether coaching the agent would help; None while nobody has decided."""
        return None if self.cause is None else self.cause not in SYSTEMIC_CAUSES

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.SEE_AUDITS) -> Select[Self]:
        """Cases of the teams in scope, by the team of that day; those of no team to who sees the whole programme."""
        of_none = cls.team_id.is_(None) & holds_everywhere(viewer, to)
        return select(cls).where(or_(cls.team_id.in_(unit_scope(viewer, to)), of_none))


class CaseChange(Model):
    """A case an import brought, or what it said before the import changed it. A part of `DsatCase`."""

    __tablename__ = "dsat_change"
    __table_args__ = (Index("ix_dsat_change_import_id", "import_id"), Index("ix_dsat_change_case_id", "case_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("import.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("dsat_case.id"))
    before: Mapped[dict[str, Any] | None]  # none: the import brought it
