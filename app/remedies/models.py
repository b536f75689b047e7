"""Rules from what happened to what is done about it, and the log of what they did."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self

from sqlalchemy import ForeignKey, Index, Select, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.reach import AboutPerson
from app.core.database import Model, Monday
from app.core.i18n import bilingual
from app.curriculum.models import Competency, Module
from app.curriculum.paths.models import Path
from app.remedies.rules import LeftOut, Trigger


class RemedyRule(Model):
    """When this happens, assign that module and owe a session. Open to all who are signed in: a rule is no secret."""

    __tablename__ = "remedy_rule"

    id: Mapped[int] = mapped_column(primary_key=True)
    name_en: Mapped[str]
    name_es: Mapped[str]
    trigger: Mapped[Trigger]
    competency_id: Mapped[int | None] = mapped_column(ForeignKey("competency.id"))  # none: any
    assigns: Mapped[bool] = mapped_column(default=True)
    module_id: Mapped[int | None] = mapped_column(ForeignKey("module.id"))  # none: the competency's own module
    path_id: Mapped[int | None] = mapped_column(ForeignKey("path.id"))  # instead of a module
    due_days: Mapped[int] = mapped_column(default=14)
    owes: Mapped[bool] = mapped_column(default=True)
    owe_hours: Mapped[int | None]  # none: as the coaching policy says
    cool_down_days: Mapped[int] = mapped_column(default=28)
    active: Mapped[bool] = mapped_column(default=True)

    name = bilingual("name")
    competency: Mapped[Competency | None] = relationship()
    module: Mapped[Module | None] = relationship()
    path: Mapped[Path | None] = relationship()

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.USE) -> Select[Self]:
        return select(cls)


class Firing(AboutPerson, Model):
    """What a rule did for one person and one cause, or why it left it."""

    __tablename__ = "firing"
    __table_args__ = (UniqueConstraint("rule_id", "cause_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    rule_id: Mapped[int] = mapped_column(ForeignKey("remedy_rule.id"))
    cause_key: Mapped[str]  # "transition:812", "audit:4821"
    at: Mapped[datetime]
    assignment_id: Mapped[int | None] = mapped_column(ForeignKey("assignment.id"))
    path_assignment_id: Mapped[int | None] = mapped_column(ForeignKey("path_assignment.id"))
    obligation_id: Mapped[int | None] = mapped_column(ForeignKey("obligation.id"))
    left_out: Mapped[LeftOut | None]

    rule: Mapped[RemedyRule] = relationship()
    person: Mapped[User] = relationship(foreign_keys="Firing.person_id")


class Outcome(AboutPerson, Model):
    """What followed one completed remedy in the eight weeks after it, beside the pairs most like it: see `gaps.outcomes`.

    A gain is Σ checks × (expected − observed fail rate). Derived, and measured again while findings still come in.
    """

    __tablename__ = "outcome"
    __table_args__ = (
        UniqueConstraint("remedy_id"),
        Index("ix_outcome_module_id", "module_id"),
        Index("ix_outcome_week", "week"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    remedy_id: Mapped[int] = mapped_column(ForeignKey("remedy.id"))
    competency_id: Mapped[int] = mapped_column(ForeignKey("competency.id"))
    week: Mapped[date] = mapped_column(Monday)  # of completion
    module_id: Mapped[int | None] = mapped_column(ForeignKey("module.id"))
    session_id: Mapped[int | None] = mapped_column(ForeignKey("coaching_session.id"))
    coach_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    expected: Mapped[float]  # x, the fail rate to expect before it
    gain: Mapped[float]
    checks: Mapped[float]  # standard checks of the eight weeks
    control_gain: Mapped[float]
    control_checks: Mapped[float]
    controls: Mapped[int]
    allowed: Mapped[float]  # fail rate, 1 − target


class Observation(AboutPerson, Model):
    """What a lead or a trainer saw of an agent and wrote into the thread of a gap. It weighs nothing as evidence."""

    __tablename__ = "observation"

    id: Mapped[int] = mapped_column(primary_key=True)
    gap_id: Mapped[int] = mapped_column(ForeignKey("gap.id"), index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    text: Mapped[str]

    by: Mapped[User] = relationship(foreign_keys=[by_id])
