"""The list of a month's learning priorities, as it was agreed upon. It holds figures of all, and no person's record."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Self

from sqlalchemy import ForeignKey, Select, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.reach import holds_everywhere
from app.core.database import Model
from app.curriculum.models import Competency, Module
from app.governance.rules import Answer, ListState, Part


class PriorityList(Model):
    """What is taught in a month. It counts the whole programme, so it is for those who see reports of the whole."""

    __tablename__ = "priority_list"

    id: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[date] = mapped_column(unique=True)  # its first day
    state: Mapped[ListState] = mapped_column(default=ListState.DRAFT)
    evidence_until: Mapped[date]
    drawn_at: Mapped[datetime]
    agreed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    entries: Mapped[list[PriorityEntry]] = relationship(back_populates="list", order_by="PriorityEntry.place")
    signatures: Mapped[list[PrioritySignature]] = relationship(back_populates="list", order_by="PrioritySignature.at")

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.SEE_REPORTS) -> Select[Self]:
        return select(cls).where(holds_everywhere(viewer, to))


class PriorityEntry(Model):
    """One priority with the arithmetic it was ranked by, frozen, and what is done about it. A part of `PriorityList`."""

    __tablename__ = "priority_entry"
    __table_args__ = (UniqueConstraint("list_id", "competency_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("priority_list.id", ondelete="CASCADE"))
    competency_id: Mapped[int] = mapped_column(ForeignKey("competency.id"))
    module_id: Mapped[int | None] = mapped_column(ForeignKey("module.id"))
    rank: Mapped[int]  # by score
    place: Mapped[int]  # as agreed
    reason: Mapped[str] = mapped_column(default="")  # why it stands elsewhere than its rank
    score: Mapped[float]
    agents: Mapped[int]
    excess: Mapped[float]  # mean fail rate over the allowed one
    share: Mapped[float]
    figures: Mapped[dict[str, Any]]  # the rest of the arithmetic
    answer: Mapped[Answer | None]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    due_on: Mapped[date | None]
    outcome: Mapped[dict[str, Any] | None]  # what came of it, when the list was closed

    list: Mapped[PriorityList] = relationship(back_populates="entries")
    competency: Mapped[Competency] = relationship()
    module: Mapped[Module | None] = relationship()
    owner: Mapped[User | None] = relationship()


class PrioritySignature(Model):
    """Somebody's agreement to the list as it stands. A part of `PriorityList`."""

    __tablename__ = "priority_signature"
    __table_args__ = (UniqueConstraint("list_id", "part"), UniqueConstraint("list_id", "user_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("priority_list.id", ondelete="CASCADE"))
    part: Mapped[Part]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]

    list: Mapped[PriorityList] = relationship(back_populates="signatures")
    user: Mapped[User] = relationship()
