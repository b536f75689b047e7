"""What is being written of a published module, and what was published of each."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from sqlalchemy import ForeignKey, Select, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.reach import holds
from app.core.database import Model
from app.core.i18n import bilingual
from app.curriculum.models import Module, ModuleKind

TEXTS = ("title_en", "title_es", "body_en", "body_es")
CONTENT = (*TEXTS, "kind", "minutes", "url", "package_en_id", "package_es_id", "stale")
"""What a draft and a version hold of a module."""


class ModuleDraft(Model):
    """What is being written of a published module; seen by who writes. Gone once it is published or thrown away."""

    __tablename__ = "module_draft"

    module_id: Mapped[int] = mapped_column(ForeignKey("module.id", ondelete="CASCADE"), primary_key=True)
    title_en: Mapped[str] = mapped_column(default="")
    title_es: Mapped[str] = mapped_column(default="")
    body_en: Mapped[str] = mapped_column(default="")
    body_es: Mapped[str] = mapped_column(default="")
    kind: Mapped[ModuleKind]
    minutes: Mapped[int]
    url: Mapped[str | None]
    package_en_id: Mapped[int | None] = mapped_column(ForeignKey("package.id"))
    package_es_id: Mapped[int | None] = mapped_column(ForeignKey("package.id"))
    stale: Mapped[str | None]
    written_at: Mapped[datetime]
    written_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))

    title = bilingual("title")
    body = bilingual("body")
    module: Mapped[Module] = relationship()

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.WRITE_MODULES) -> Select[Self]:
        return select(cls).where(holds(viewer, Permission.WRITE_MODULES))


class ModuleVersion(Model):
    """What was published of a module, as it was. Seen by who writes."""

    __tablename__ = "module_version"
    __table_args__ = (UniqueConstraint("module_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    module_id: Mapped[int] = mapped_column(ForeignKey("module.id", ondelete="CASCADE"))
    number: Mapped[int]
    title_en: Mapped[str] = mapped_column(default="")
    title_es: Mapped[str] = mapped_column(default="")
    body_en: Mapped[str] = mapped_column(default="")
    body_es: Mapped[str] = mapped_column(default="")
    kind: Mapped[ModuleKind]
    minutes: Mapped[int]
    url: Mapped[str | None]
    package_en_id: Mapped[int | None] = mapped_column(ForeignKey("package.id"))
    package_es_id: Mapped[int | None] = mapped_column(ForeignKey("package.id"))
    stale: Mapped[str | None]
    note: Mapped[str] = mapped_column(default="")  # what changed, as its writer says
    published_at: Mapped[datetime | None]  # none: before versions were kept
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    counts_earlier: Mapped[bool] = mapped_column(default=True)  # completions of earlier versions still count

    title = bilingual("title")
    body = bilingual("body")
    published_by: Mapped[User | None] = relationship()

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.WRITE_MODULES) -> Select[Self]:
        return select(cls).where(holds(viewer, Permission.WRITE_MODULES))
