"""Disputes of single checks, and their history."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from sqlalchemy import ForeignKey, Index, Select, or_, select, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.reach import agents_in
from app.audits.disputes.rules import DisputeState, StepKind
from app.audits.models import Audit, Criterion
from app.core.database import Model

_ONE_OPEN = "state = 'open'"


class Dispute(Model):
    """A miss that an agent or lead doubts; one at a time for each check."""

    __tablename__ = "dispute"
    __table_args__ = (
        Index(
            "uq_dispute_open",
            "audit_id",
            "criterion_id",
            unique=True,
            sqlite_where=text(_ONE_OPEN),
            postgresql_where=text(_ONE_OPEN),
        ),
        Index("ix_dispute_answerer_id_state", "answerer_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id"), index=True)
    criterion_id: Mapped[int] = mapped_column(ForeignKey("criterion.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)  # the agent
    raised_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    raised_at: Mapped[datetime] = mapped_column(index=True)
    reason: Mapped[str]
    said: Mapped[dict[str, Any]]  # what the check said when it was first disputed
    state: Mapped[DisputeState]
    answerer_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # none: nobody else could
    due_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    correction_id: Mapped[int | None] = mapped_column(ForeignKey("correction.id"))

    audit: Mapped[Audit] = relationship()
    criterion: Mapped[Criterion] = relationship()
    person: Mapped[User] = relationship(foreign_keys=[person_id])
    raised_by: Mapped[User] = relationship(foreign_keys=[raised_by_id])
    answerer: Mapped[User | None] = relationship(foreign_keys=[answerer_id])
    steps: Mapped[list[DisputeStep]] = relationship(back_populates="dispute", order_by="DisputeStep.id")

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.USE) -> Select[Self]:
        """One's own and those of one's agents, those one is to answer, and all where one leads quality.

        The auditor who is disputed sees none of it, nor do other auditors.
        """
        led = cls.person_id.in_(agents_in(viewer, Permission.LEAD_QUALITY))
        mine = or_(cls.person_id == viewer.id, cls.person_id.in_(agents_in(viewer, Permission.DISPUTE)))
        return select(cls).where(or_(mine, cls.answerer_id == viewer.id, led))


class DisputeStep(Model):
    """Something that happened to a dispute. A part of `Dispute`."""

    __tablename__ = "dispute_step"

    id: Mapped[int] = mapped_column(primary_key=True)
    dispute_id: Mapped[int] = mapped_column(ForeignKey("dispute.id", ondelete="CASCADE"), index=True)
    kind: Mapped[StepKind]
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    text: Mapped[str]

    dispute: Mapped[Dispute] = relationship(back_populates="steps")
    by: Mapped[User] = relationship()
