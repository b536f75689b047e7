"""Audits in the making, what two people wrote at once, and that an agent has read an audit."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from sqlalchemy import ForeignKey, Select, and_, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.reach import AboutPerson, agents_in
from app.audits.models import Purpose, ScorecardVersion
from app.core.database import Model


class AuditDraft(Model):
    """An audit in the making: its auditor's, and open to who leads quality where the agent is; to nobody else."""

    __tablename__ = "audit_draft"

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    auditor_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("scorecard_version.id"), index=True)
    purpose: Mapped[Purpose]
    contact_at: Mapped[datetime]
    content: Mapped[dict[str, Any]] = mapped_column(default=dict)  # auditing.answers
    revision: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime]
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    finished_at: Mapped[datetime | None]  # whole, and waiting to be released
    release_at: Mapped[datetime | None] = mapped_column(index=True)  # when it releases itself; none: by hand

    auditor: Mapped[User] = relationship(foreign_keys=[auditor_id])
    person: Mapped[User] = relationship(foreign_keys=[person_id])
    saved_by: Mapped[User] = relationship(foreign_keys=[saved_by_id])
    version: Mapped[ScorecardVersion] = relationship()
    copies: Mapped[list[DraftCopy]] = relationship(back_populates="draft", order_by="DraftCopy.id")

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.AUDIT) -> Select[Self]:
        """One's own, and those about agents where one leads quality; never one about oneself."""
        led = cls.person_id.in_(agents_in(viewer, Permission.LEAD_QUALITY))
        return select(cls).where(and_(or_(cls.auditor_id == viewer.id, led), cls.person_id != viewer.id))


class DraftCopy(Model):
    """What somebody sent over a draft that somebody else had saved meanwhile: kept beside it. A part of `AuditDraft`."""

    __tablename__ = "audit_draft_copy"

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("audit_draft.id", ondelete="CASCADE"), index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    base: Mapped[int]  # the revision it began from
    content: Mapped[dict[str, Any]] = mapped_column(default=dict)

    draft: Mapped[AuditDraft] = relationship(back_populates="copies")
    by: Mapped[User] = relationship()


class Acknowledgement(AboutPerson, Model):
    """An agent has read an audit of their own, and may have said something to it."""

    __tablename__ = "acknowledgement"

    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id", ondelete="CASCADE"), primary_key=True)
    at: Mapped[datetime]
    comment: Mapped[str] = mapped_column(default="")
