"""A scorecard in the making."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Self

from sqlalchemy import ForeignKey, Select, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.audits.models import Scorecard, ScorecardVersion
from app.core.database import Model
from app.core.i18n import bilingual


class ScorecardDraft(Model):
    """A version in the making; nothing rests on it, and nobody is audited on it until it is published."""

    __tablename__ = "scorecard_draft"

    id: Mapped[int] = mapped_column(primary_key=True)
    scorecard_id: Mapped[int | None] = mapped_column(ForeignKey("scorecard.id"))  # none: a new one
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("scorecard_version.id"))  # an unused version
    based_on_id: Mapped[int | None] = mapped_column(ForeignKey("scorecard_version.id"))
    code: Mapped[str]
    name_en: Mapped[str]
    name_es: Mapped[str]
    label: Mapped[str]
    valid_from: Mapped[date | None]
    content: Mapped[dict[str, Any]] = mapped_column(default=dict)  # building.document
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # who changed it last
    changed_at: Mapped[datetime]

    name = bilingual("name")
    scorecard: Mapped[Scorecard | None] = relationship()
    based_on: Mapped[ScorecardVersion | None] = relationship(foreign_keys=[based_on_id])
    by: Mapped[User | None] = relationship()

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.LEAD_QUALITY) -> Select[Self]:
        """All, to those who lead quality over the whole programme: scorecards belong to no unit."""
        from app.accounts.reach import holds_everywhere

        return select(cls).where(holds_everywhere(viewer, to))
