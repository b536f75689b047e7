"""Files of modules, and how far somebody watched a video."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from flask import url_for
from sqlalchemy import ForeignKey, Select, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.reach import AboutPerson
from app.core.database import Model
from app.core.i18n import bilingual
from app.curriculum.files.kinds import FileKind
from app.curriculum.models import Module


class ModuleFile(Model):
    """A picture, video, captions or attachment of a module; seen by who sees the module. Its bytes never change."""

    __tablename__ = "module_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    module_id: Mapped[int] = mapped_column(ForeignKey("module.id", ondelete="CASCADE"), index=True)
    kind: Mapped[FileKind]
    name: Mapped[str]
    type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    alt_en: Mapped[str] = mapped_column(default="")  # what a picture shows, for who can't see it
    alt_es: Mapped[str] = mapped_column(default="")
    language: Mapped[str | None]  # of captions
    seconds: Mapped[float | None]  # the length of a video
    retired: Mapped[bool] = mapped_column(default=False)  # off the list; what mentions it still finds it
    added_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    added_at: Mapped[datetime]

    alt = bilingual("alt")
    added_by: Mapped[User] = relationship()

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.USE) -> Select[Self]:
        """Those of modules the viewer may see, or was given."""
        from app.curriculum.models import Assignment

        seen = Module.visible_to(viewer).with_only_columns(Module.id)
        given = select(Assignment.module_id).where(Assignment.person_id == viewer.id)
        return select(cls).where(cls.module_id.in_(seen) | cls.module_id.in_(given))

    @property
    def address(self) -> str:
        """Where it is found, as texts name it."""
        return url_for("curriculum.module_file", file_id=self.id, name=self.name)

    def markdown(self, language: str) -> str:
        """How a text of that language names it."""
        said = self.alt_es if language == "es" else self.alt_en
        label = (said or self.name).replace("[", "(").replace("]", ")")
        return f"{'!' if self.kind is FileKind.PICTURE else ''}[{label}](<{self.address}>)"


class ModuleWatch(AboutPerson, Model):
    """Which spans of the video of an assignment somebody has seen, and where they were last."""

    __tablename__ = "module_watch"

    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"), primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("module_file.id"), primary_key=True)
    spans: Mapped[list[Any]]
    place: Mapped[float] = mapped_column(default=0.0)
    told_at: Mapped[datetime]
