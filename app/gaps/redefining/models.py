"""What changed in what checks are held against, and what it did to each gap."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.core.database import Model, Monday
from app.curriculum.models import Competency


class RedefinitionKind(StrEnum):
    TARGET = "target"  # detail: before, after
    MAP = "map"  # detail: came, left: ids of criteria's identities


class Redefinition(Model):
    """A competency's target, or the criteria that tell of it, changed. A part of `Competency`."""

    __tablename__ = "redefinition"

    id: Mapped[int] = mapped_column(primary_key=True)
    competency_id: Mapped[int] = mapped_column(ForeignKey("competency.id"), index=True)
    kind: Mapped[RedefinitionKind]
    week: Mapped[date] = mapped_column(Monday)  # the first one decided by it
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # none: a file on the command line
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)

    competency: Mapped[Competency] = relationship()
    by: Mapped[User | None] = relationship()


class Rederived(Model):
    """What a change did to the evidence of one gap, as it stood at the last decision. A part of `Gap`.

    Kept where there was something to say before or after: see `deriving.worth_keeping`.
    """

    __tablename__ = "rederived"

    redefinition_id: Mapped[int] = mapped_column(ForeignKey("redefinition.id", ondelete="CASCADE"), primary_key=True)
    gap_id: Mapped[int] = mapped_column(ForeignKey("gap.id", ondelete="CASCADE"), primary_key=True, index=True)
    probability_before: Mapped[float]
    probability_after: Mapped[float]
    checks_before: Mapped[int]
    checks_after: Mapped[int]
    fails_before: Mapped[int]
    fails_after: Mapped[int]

    redefinition: Mapped[Redefinition] = relationship()
