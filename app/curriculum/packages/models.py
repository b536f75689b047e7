"""Packages and their files; each person's attempt at one, part by part; what units of cmi5 keep and say."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from sqlalchemy import ForeignKey, LargeBinary, Select, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.reach import AboutPerson, holds
from app.core.database import Model
from app.curriculum.packages.rules import Item, PackageFormat, Standing


class Package(Model):
    """Content made elsewhere, as it came; never changed, another upload is another one. Seen by who writes modules."""

    __tablename__ = "package"

    id: Mapped[int] = mapped_column(primary_key=True)
    format: Mapped[PackageFormat]
    edition: Mapped[str]
    identifier: Mapped[str]
    name: Mapped[str]  # of the file that was sent
    sha256: Mapped[str]  # of that file
    size: Mapped[int]
    files: Mapped[int]
    outline: Mapped[dict[str, Any]]
    added_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    added_at: Mapped[datetime]

    added_by: Mapped[User] = relationship()

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.WRITE_MODULES) -> Select[Self]:
        return select(cls).where(holds(viewer, Permission.WRITE_MODULES))

    @property
    def items(self) -> list[Item]:
        """Its table of contents."""
        return [Item.of(one) for one in self.outline["items"]]

    @property
    def sequencing(self) -> dict[str, Any] | None:
        """Its activities with the rules about their order, where it has such rules."""
        return self.outline.get("sequencing")

    @property
    def is_older(self) -> bool:
        """Whether it has rules about the order of its parts, but came when they were not read."""
        return bool(self.outline.get("ruled"))

    def title_in(self, language: str) -> str:
        """What it calls itself."""
        title: dict[str, str] = self.outline["title"]
        return title.get(language) or next(filter(None, title.values()), self.name)


class PackageFile(Model):
    """A file of a package: the name the content asks for it by, and where its bytes are. A part of `Package`."""

    __tablename__ = "package_file"

    package_id: Mapped[int] = mapped_column(ForeignKey("package.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)  # the name, casefolded: authors' computers do not mind the case
    name: Mapped[str]
    sha256: Mapped[str]
    size: Mapped[int]


class PackageAttempt(AboutPerson, Model):
    """How far somebody is with a package of an assignment. A later sitting goes on from here."""

    __tablename__ = "package_attempt"
    __table_args__ = (UniqueConstraint("assignment_id", "package_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"))
    package_id: Mapped[int] = mapped_column(ForeignKey("package.id"), index=True)
    language: Mapped[str]  # of the package; of one that serves both, the reader's
    registration: Mapped[str] = mapped_column(unique=True)  # the attempt to units of cmi5
    sitting: Mapped[int] = mapped_column(default=0)  # goes up whenever it is opened: only the newest is kept
    begun_at: Mapped[datetime]
    kept_at: Mapped[datetime]
    seconds: Mapped[int] = mapped_column(default=0)
    completed: Mapped[bool] = mapped_column(default=False)
    passed: Mapped[bool | None]
    score: Mapped[float | None]
    progress: Mapped[float | None]
    done: Mapped[bool] = mapped_column(default=False)
    last_item: Mapped[str | None]

    package: Mapped[Package] = relationship()
    person: Mapped[User] = relationship(foreign_keys="PackageAttempt.person_id")
    parts: Mapped[list[PackagePart]] = relationship(back_populates="attempt")


class PackagePart(Model):
    """How far an attempt is with one part. A part of `PackageAttempt`."""

    __tablename__ = "package_part"
    __table_args__ = (UniqueConstraint("attempt_id", "item"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("package_attempt.id", ondelete="CASCADE"))
    item: Mapped[str]
    completed: Mapped[bool] = mapped_column(default=False)
    passed: Mapped[bool | None]
    score: Mapped[float | None]
    progress: Mapped[float | None]
    done: Mapped[bool] = mapped_column(default=False)
    seconds: Mapped[int] = mapped_column(default=0)  # of the sittings before this one
    sitting_seconds: Mapped[int] = mapped_column(default=0)
    state: Mapped[dict[str, Any]] = mapped_column(deferred=True)  # the data model of SCORM, as the content left it
    session: Mapped[str | None]  # of cmi5: the newest launch
    token_hash: Mapped[str | None]
    fetched: Mapped[bool] = mapped_column(default=False)
    initialized_at: Mapped[datetime | None]
    terminated_at: Mapped[datetime | None]

    attempt: Mapped[PackageAttempt] = relationship(back_populates="parts")

    @property
    def standing(self) -> Standing:
        return Standing(self.completed, self.passed, self.score, self.progress, self.done)

    def take_over(self, found: Standing) -> None:
        """Keep what the part has come to."""
        self.completed, self.passed, self.score = found.completed, found.passed, found.score
        self.progress, self.done = found.progress, found.done


class PackageDocument(Model):
    """What a unit of cmi5, or the sequencing of SCORM 2004, keeps for the next sitting. A part of `PackageAttempt`."""

    __tablename__ = "package_document"

    attempt_id: Mapped[int] = mapped_column(ForeignKey("package_attempt.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)  # kind, activity and name, hashed
    kind: Mapped[str]  # state, the profile of an agent or activity, or sequencing
    activity: Mapped[str]
    name: Mapped[str]
    type: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    kept_at: Mapped[datetime]


class PackageStatement(Model):
    """What a unit of cmi5 said, as it said it. A part of `PackageAttempt`."""

    __tablename__ = "package_statement"

    attempt_id: Mapped[int] = mapped_column(ForeignKey("package_attempt.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    item: Mapped[str]
    session: Mapped[str]
    verb: Mapped[str]
    body: Mapped[dict[str, Any]]
    stored_at: Mapped[datetime] = mapped_column(index=True)
