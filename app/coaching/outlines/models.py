"""Outlines as they were set, each from a day on."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self

from sqlalchemy import ForeignKey, Index, Select, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.coaching.rules import SessionKind
from app.core.database import Model
from app.core.i18n import bilingual


class Outline(Model):
    """The headings of a note for one kind of session, from a day on. Never changed: another comes after it.

    Open to all who are signed in.
    """

    __tablename__ = "session_outline"
    __table_args__ = (Index("ix_session_outline_kind_valid_from", "kind", "valid_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[SessionKind]
    text_en: Mapped[str]  # a heading a line
    text_es: Mapped[str]
    valid_from: Mapped[date]
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))

    text = bilingual("text")
    saved_by: Mapped[User] = relationship()

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.USE) -> Select[Self]:
        return select(cls)
