"""Evidence, the gaps it makes, and how they were decided. The model behind it: docs/gap-model.md."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Self

from sqlalchemy import Float, ForeignKey, Index, Select, UniqueConstraint, select, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.reach import AboutPerson
from app.core.database import Model, Monday
from app.curriculum.models import Competency
from app.gaps.rules import GapState


class EffectsVersion(Model):
    """Effects of criteria, auditors, purposes and teams, fitted for a month and frozen. Open: holds no person's record."""

    __tablename__ = "effects_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[date] = mapped_column(unique=True)  # first day: in force for the weeks that begin in it
    fitted_at: Mapped[datetime]
    findings: Mapped[int]  # it rests on


class Effect(Model):
    """One fitted effect. A part of `EffectsVersion`."""

    __tablename__ = "effect"

    version_id: Mapped[int] = mapped_column(ForeignKey("effects_version.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)  # criterion, auditor, purpose, team
    key: Mapped[str] = mapped_column(primary_key=True)  # identity id, user id, purpose, unit id
    value: Mapped[float] = mapped_column(Float)  # in logits
    n: Mapped[int]  # checks behind it


class Cell(Model):
    """The evidence of one person in one ISO week of the contact, its competencies packed (`gaps.cells`). Derived from findings.

    A part of `Gap`. Its key is its only order, so that what is known of one person lies together.
    """

    __tablename__ = "cell"
    __table_args__ = (Index("ix_cell_week", "week"), {"sqlite_with_rowid": False})

    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    week: Mapped[date] = mapped_column(Monday, primary_key=True)
    packed: Mapped[bytes]


class Tally(Model):
    """Where one person stands on each competency after the last decided week, packed (`gaps.board`). Derived from cells.

    A part of `Gap`. It is exact for every pair; the figures of a `Gap` are written where they are worth showing.
    """

    __tablename__ = "tally"

    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    week: Mapped[date] = mapped_column(Monday)  # the last one folded in
    packed: Mapped[bytes]


MOVED = "state <> 'none' OR closed_week IS NOT NULL"
"""Gaps that are in some state, or were: word for word in the index and where it is asked."""


class Gap(AboutPerson, Model):
    """What the evidence says of one person on one competency, as last decided. Most are in state `none`.

    Figures of a pair at rest (`none` or `archived`, with a probability too low to be said) are those of when it came to
    rest; `Tally` has the present ones.
    """

    __tablename__ = "gap"
    __table_args__ = (
        UniqueConstraint("person_id", "competency_id"),
        Index("ix_gap_state_competency_id", "state", "competency_id"),
        Index(
            "ix_gap_closed_week",
            "closed_week",
            sqlite_where=text("closed_week IS NOT NULL"),
            postgresql_where=text("closed_week IS NOT NULL"),
        ),
        # The weekly decision reads nothing else of them: they are few among all
        Index(
            "ix_gap_moved",
            *("person_id", "competency_id", "state", "closed_week"),
            sqlite_where=text(MOVED),
            postgresql_where=text(MOVED),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    competency_id: Mapped[int] = mapped_column(ForeignKey("competency.id"))
    state: Mapped[GapState] = mapped_column(default=GapState.NONE)
    state_week: Mapped[date | None] = mapped_column(Monday)  # Monday of the week at whose end the state was entered
    opened_on: Mapped[date | None]  # Sunday of the decision that opened it last
    closed_week: Mapped[date | None] = mapped_column(Monday)  # whose decision closed it last
    decided_week: Mapped[date | None] = mapped_column(Monday)  # Monday of the last week folded into the figures below
    n: Mapped[float] = mapped_column(default=0.0)  # N, decayed standard checks
    f: Mapped[float] = mapped_column(default=0.0)  # F, decayed fails
    mean: Mapped[float] = mapped_column(default=0.0)  # m, the prior's fail rate at the last decision
    probability: Mapped[float] = mapped_column(default=0.0)
    since: Mapped[int] = mapped_column(default=0)  # raw checks since the last completed remedy
    checks13: Mapped[int] = mapped_column(default=0)
    fails13: Mapped[int] = mapped_column(default=0)
    expected13: Mapped[float] = mapped_column(default=0.0)  # Σ e·(1 − T): what an agent at target would miss
    last_week: Mapped[date | None] = mapped_column(Monday)  # Monday of the last week with a check

    person: Mapped[User] = relationship(foreign_keys="Gap.person_id")
    competency: Mapped[Competency] = relationship()
    transitions: Mapped[list[Transition]] = relationship(back_populates="gap", order_by="Transition.week")

    @property
    def closed_on(self) -> date | None:
        """The Sunday of the decision that closed it last."""
        return None if self.closed_week is None else self.closed_week + timedelta(days=6)


class GapPolicy(Model):
    """What the weekly decision asks for on one competency or any, in one market or any, from a week until another.

    Open to all who are signed in: everyone may know the rule. Of several that hold the narrowest is used (`gaps.policies`).
    """

    __tablename__ = "gap_policy"
    __table_args__ = (Index("ix_gap_policy_valid_from", "valid_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    competency_id: Mapped[int | None] = mapped_column(ForeignKey("competency.id"))  # none: any
    market: Mapped[str | None]  # none: any
    valid_from: Mapped[date] = mapped_column(Monday)  # the first week decided by it
    valid_to: Mapped[date | None] = mapped_column(Monday)  # the first week without it
    watch_probability: Mapped[float]
    watch_ends_below: Mapped[float]
    open_probability: Mapped[float]
    open_fails: Mapped[int]
    open_checks: Mapped[int]
    closing_below: Mapped[float]
    reopen_probability: Mapped[float]
    close_probability: Mapped[float]
    close_checks: Mapped[int]
    relapse_weeks: Mapped[int]

    competency: Mapped[Competency | None] = relationship()

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.USE) -> Select[Self]:
        return select(cls)


class Transition(Model):
    """A change of state, with what it was decided on. A part of `Gap`."""

    __tablename__ = "transition"
    __table_args__ = (UniqueConstraint("gap_id", "week"), Index("ix_transition_week", "week"))

    id: Mapped[int] = mapped_column(primary_key=True)
    gap_id: Mapped[int] = mapped_column(ForeignKey("gap.id", ondelete="CASCADE"))
    week: Mapped[date] = mapped_column(Monday)  # the decided week; decided at the end of its Sunday
    from_state: Mapped[GapState]
    to_state: Mapped[GapState]
    probability: Mapped[float]
    n: Mapped[float]
    f: Mapped[float]
    checks13: Mapped[int]
    fails13: Mapped[int]
    since: Mapped[int]
    effects_id: Mapped[int | None] = mapped_column(ForeignKey("effects_version.id"))
    policy_id: Mapped[int | None] = mapped_column(ForeignKey("gap_policy.id"))  # none: the defaults
    replayed: Mapped[bool] = mapped_column(default=False)  # decided afterwards, from history imported in bulk
    rewritten: Mapped[bool] = mapped_column(default=False)  # replaces an earlier decision of that week

    gap: Mapped[Gap] = relationship(back_populates="transitions")
    policy: Mapped[GapPolicy | None] = relationship()


class Decision(Model):
    """A week that has been decided, and how many gaps moved. Open: holds no person's record."""

    __tablename__ = "decision"

    week: Mapped[date] = mapped_column(Monday, primary_key=True)
    decided_at: Mapped[datetime]
    effects_id: Mapped[int | None] = mapped_column(ForeignKey("effects_version.id"))
    pairs: Mapped[int]
    opened: Mapped[int]
    closed: Mapped[int]
    relapsed: Mapped[int]
    replayed: Mapped[bool] = mapped_column(default=False)


class Remedy(AboutPerson, Model):
    """A module or session on a competency that was completed: evidence before it counts half."""

    __tablename__ = "remedy"
    __table_args__ = (UniqueConstraint("key"), Index("ix_remedy_week", "week"))

    id: Mapped[int] = mapped_column(primary_key=True)
    competency_id: Mapped[int] = mapped_column(ForeignKey("competency.id"))
    week: Mapped[date] = mapped_column(Monday)  # of `day`
    day: Mapped[date]
    key: Mapped[str]  # "assignment:12:3", "session:77:3": source, its id, competency id
