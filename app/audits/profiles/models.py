"""Mapping profiles as they are kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from sqlalchemy import ForeignKey, Select, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.audits.profiles.mapping import Mapping
from app.core.database import Model


class MappingProfile(Model):
    """How the export of another tool is read. Not `ready` until somebody has confirmed all of it."""

    __tablename__ = "mapping_profile"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    ready: Mapped[bool] = mapped_column(default=False)
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)  # see `Mapping`
    sample_name: Mapped[str | None]
    sample_as: Mapped[str | None]  # name under the data folder's uploads
    seen: Mapped[dict[str, Any]] = mapped_column(default=dict)  # what the sample holds, for the pages that ask
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    by: Mapped[User | None] = relationship()

    @property
    def mapping(self) -> Mapping:
        return Mapping.from_data(self.data)

    @mapping.setter
    def mapping(self, mapping: Mapping) -> None:
        self.data = mapping.to_data()

    @property
    def examples(self) -> dict[str, list[str]]:
        """Some texts of each column of the sample, in the order of the file: a database keeps none among keys."""
        found = self.seen["examples"]
        return {name: found[name] for name in self.seen.get("order", found)}

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.IMPORT_AUDITS) -> Select[Self]:
        """One's own, and all to those who may import over the whole programme: it may name people."""
        from app.accounts.reach import holds_everywhere

        return select(cls).where(or_(cls.by_id == viewer.id, holds_everywhere(viewer, to)))
