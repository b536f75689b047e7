"""A launch, what it asks of whom, its gate and who signed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Self

from sqlalchemy import ForeignKey, Select, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Unit, UnitTree, User
from app.accounts.permissions import Permission
from app.accounts.reach import everywhere, holds_everywhere, unit_scope
from app.audits.models import CriterionIdentity
from app.cohorts.launches.rules import LaunchKind, Part, Verdict
from app.cohorts.programmes.models import Cohort
from app.core.database import Model
from app.core.i18n import bilingual
from app.curriculum.models import Module


class Launch(Model):
    """A tool, policy or process that goes live in some units on a day."""

    __tablename__ = "launch"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    title_en: Mapped[str]
    title_es: Mapped[str]
    kind: Mapped[LaunchKind]
    cohort_id: Mapped[int | None] = mapped_column(ForeignKey("cohort.id"))  # whose trainers teach it on
    go_live_on: Mapped[date]
    target: Mapped[float] = mapped_column(default=0.9)  # share of people ready
    pass_mark: Mapped[float] = mapped_column(default=0.8)  # of the quiz after a delivery
    metric: Mapped[str | None]  # tells of its use, by unit and period
    verdict: Mapped[Verdict | None]
    decided_at: Mapped[datetime | None]
    at_gate: Mapped[list[Any]] = mapped_column(default=list)  # readiness by site when it was decided: frozen

    title = bilingual("title")
    cohort: Mapped[Cohort | None] = relationship()
    units: Mapped[list[Unit]] = relationship(secondary="launch_unit", order_by="Unit.path")
    modules: Mapped[list[Module]] = relationship(secondary="launch_module", order_by="Module.code")
    criteria: Mapped[list[CriterionIdentity]] = relationship(secondary="launch_criterion")
    checks: Mapped[list[GateCheck]] = relationship(back_populates="launch", order_by="GateCheck.id")
    signatures: Mapped[list[GateSignature]] = relationship(order_by="GateSignature.id", cascade="all, delete-orphan")

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.SEE_COHORTS) -> Select[Self]:
        """Launches in units in scope, below or above it; to run them, over the whole programme alone."""
        if everywhere(viewer, to):
            return select(cls)
        if to is Permission.RUN_COHORTS:
            return select(cls).where(holds_everywhere(viewer, to))
        scope = unit_scope(viewer, to)
        above = select(UnitTree.ancestor_id).where(UnitTree.unit_id.in_(scope))
        there = select(LaunchUnit.launch_id).where(or_(LaunchUnit.unit_id.in_(scope), LaunchUnit.unit_id.in_(above)))
        return select(cls).where(cls.id.in_(there))


class LaunchUnit(Model):
    """Where it goes live. A part of `Launch`."""

    __tablename__ = "launch_unit"

    launch_id: Mapped[int] = mapped_column(ForeignKey("launch.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True, index=True)


class LaunchModule(Model):
    """What has to be learnt for it. A part of `Launch`."""

    __tablename__ = "launch_module"

    launch_id: Mapped[int] = mapped_column(ForeignKey("launch.id"), primary_key=True)
    module_id: Mapped[int] = mapped_column(ForeignKey("module.id"), primary_key=True)


class LaunchCriterion(Model):
    """What audits tell of it by. A part of `Launch`."""

    __tablename__ = "launch_criterion"

    launch_id: Mapped[int] = mapped_column(ForeignKey("launch.id"), primary_key=True)
    identity_id: Mapped[int] = mapped_column(ForeignKey("criterion_identity.id"), primary_key=True)


class GateCheck(Model):
    """Something that has to be in order before go-live, with who sees to it and what shows that it is."""

    __tablename__ = "gate_check"

    id: Mapped[int] = mapped_column(primary_key=True)
    launch_id: Mapped[int] = mapped_column(ForeignKey("launch.id"), index=True)
    text: Mapped[str]  # as written
    owner_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    due_on: Mapped[date]
    evidence: Mapped[str] = mapped_column(default="")
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    launch: Mapped[Launch] = relationship(back_populates="checks")
    owner: Mapped[User] = relationship(foreign_keys=[owner_id])

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.SEE_COHORTS) -> Select[Self]:
        """One's own; all of them for who sees launches of the whole programme: they may tell of any partner."""
        return select(cls).where(or_(cls.owner_id == viewer.id, holds_everywhere(viewer, to)))


class GateSignature(Model):
    """What somebody signed for one part. A part of `Launch`."""

    __tablename__ = "gate_signature"
    __table_args__ = (UniqueConstraint("launch_id", "part"), UniqueConstraint("launch_id", "user_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    launch_id: Mapped[int] = mapped_column(ForeignKey("launch.id"))
    part: Mapped[Part]
    verdict: Mapped[Verdict]
    remark: Mapped[str] = mapped_column(default="")
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]

    user: Mapped[User] = relationship()
