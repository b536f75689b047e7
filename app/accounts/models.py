"""Units, people, where they belonged and when, what they may do; settings, activity and notices."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import ForeignKey, Index, Select, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.permissions import Permission, Role
from app.core.clock import now
from app.core.database import Model


class UnitKind(StrEnum):
    """The levels of the organisation."""

    PROGRAMME = "programme"
    PARTNER = "partner"
    SITE = "site"
    TEAM = "team"


class Letters(StrEnum):
    """How often somebody is mailed what is new; in Hilo it is read at once all the same."""

    WEEKLY = "weekly"
    NEVER = "never"


class AbsenceKind(StrEnum):
    VACATION = "vacation"
    SICK = "sick"
    LEAVE = "leave"
    OTHER = "other"


class Unit(Model):
    """A part of the organisation. What it leaves empty it inherits from its parent."""

    __tablename__ = "unit"
    __table_args__ = (UniqueConstraint("parent_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    kind: Mapped[UnitKind]
    name: Mapped[str]
    path: Mapped[str] = mapped_column(unique=True)  # "Partner/Site/Team"; the programme's own is ""
    market: Mapped[str | None]
    time_zone: Mapped[str | None]
    line_of_business: Mapped[str | None]
    language: Mapped[str | None]

    parent: Mapped[Unit | None] = relationship(remote_side=[id])

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.USE) -> Select[Self]:
        """Units in the viewer's scope, and the teams the viewer is or was in."""
        from app.accounts.reach import unit_scope

        own = select(Membership.team_id).where(Membership.user_id == viewer.id)
        return select(cls).where(or_(cls.id.in_(unit_scope(viewer, to)), cls.id.in_(own)))


class UnitTree(Model):
    """Each unit with all above it and itself (depth 0), so that a subtree is one join. Open to all: holds no names."""

    __tablename__ = "unit_tree"

    ancestor_id: Mapped[int] = mapped_column(ForeignKey("unit.id", ondelete="CASCADE"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id", ondelete="CASCADE"), primary_key=True, index=True)
    depth: Mapped[int]


class User(Model):
    """A person; without a password until invited. Nobody is deleted: they leave."""

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    employee_no: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(index=True)
    email: Mapped[str | None] = mapped_column(unique=True)
    language: Mapped[str] = mapped_column(default="en")
    time_zone: Mapped[str | None]
    number_format: Mapped[str | None]  # "point", "comma" or None: as the language has it
    letters: Mapped[Letters | None]  # how often what is new is mailed; none: once a day
    theme: Mapped[str | None]  # "light", "dark" or None: as the system has it
    hired_on: Mapped[date | None]
    left_on: Mapped[date | None]
    weekly_contacts: Mapped[int | None]
    password_hash: Mapped[str | None]
    session_key: Mapped[str] = mapped_column(default="0")  # changes with the password: ends sessions everywhere
    failed_sign_ins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    last_sign_in_at: Mapped[datetime | None]
    is_demo: Mapped[bool] = mapped_column(default=False)

    grants: Mapped[list[Grant]] = relationship(back_populates="user", order_by="Grant.id")
    memberships: Mapped[list[Membership]] = relationship(back_populates="user", order_by="Membership.valid_from")

    is_authenticated = True
    is_anonymous = False

    @property
    def is_active(self) -> bool:
        """Whether they may sign in: invited, and not gone by today."""
        return self.password_hash is not None and not self.has_left

    @property
    def has_left(self) -> bool:
        """Whether today is the day of leaving or later."""
        return self.left_on is not None and self.left_on <= now().date()

    def get_id(self) -> str:
        return f"{self.id}:{self.session_key}"

    @property
    def initials(self) -> str:
        return "".join(part[0] for part in self.name.split()[:2]).upper()

    @property
    def first_name(self) -> str:
        return self.name.split()[0] if self.name.split() else self.name

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.USE) -> Select[Self]:
        """The people the viewer may see, when `to` is given only where a role with that permission reaches."""
        from app.accounts.reach import reach

        return select(cls).where(cls.id.in_(reach(viewer, to)))


class Membership(Model):
    """A person in a team from a day until (not including) another; the line of business where it is not the team's."""

    __tablename__ = "membership"
    __table_args__ = (
        UniqueConstraint("user_id", "valid_from"),
        Index("ix_membership_team_id_user_id", "team_id", "user_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    line_of_business: Mapped[str | None]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]

    user: Mapped[User] = relationship(back_populates="memberships")
    team: Mapped[Unit] = relationship()

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.USE) -> Select[Self]:
        from app.accounts.reach import reach

        return select(cls).where(cls.user_id.in_(reach(viewer, to)))


class Grant(Model):
    """A role over a unit and all below it, from a day until (not including) another."""

    __tablename__ = "grant"
    __table_args__ = (UniqueConstraint("user_id", "role", "unit_id", "valid_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    role: Mapped[Role]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]

    user: Mapped[User] = relationship(back_populates="grants")
    unit: Mapped[Unit] = relationship()

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.USE) -> Select[Self]:
        from app.accounts.reach import unit_scope

        return select(cls).where(or_(cls.user_id == viewer.id, cls.unit_id.in_(unit_scope(viewer, to))))


class Absence(Model):
    """A person away from a day to a day, both included."""

    __tablename__ = "absence"
    __table_args__ = (UniqueConstraint("user_id", "from_day", "to_day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    kind: Mapped[AbsenceKind]
    from_day: Mapped[date]
    to_day: Mapped[date]

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.USE) -> Select[Self]:
        from app.accounts.reach import reach

        return select(cls).where(cls.user_id.in_(reach(viewer, to)))


class Setting(Model):
    """A setting of the programme; for administrators."""

    __tablename__ = "setting"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.ADMINISTER) -> Select[Self]:
        from app.accounts.reach import holds

        return select(cls).where(holds(viewer, Permission.ADMINISTER))


class Activity(Model):
    """A line for everything anyone changed. `detail` keeps values, never words of the interface."""

    __tablename__ = "activity"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)  # none: Hilo itself
    verb: Mapped[str]  # "session.logged", "import.committed": named in accounts.labels.VERBS and the rooms' own
    subject_kind: Mapped[str]
    subject_id: Mapped[int | None]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)

    actor: Mapped[User | None] = relationship(foreign_keys=[actor_id])
    person: Mapped[User | None] = relationship(foreign_keys=[person_id])

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.ADMINISTER) -> Select[Self]:
        """Lines about people within reach, and one's own; those about nobody to administrators of the programme."""
        from app.accounts.reach import holds_everywhere, reach

        nobody = cls.person_id.is_(None) & holds_everywhere(viewer, to)
        return select(cls).where(or_(cls.person_id.in_(reach(viewer, to)), cls.actor_id == viewer.id, nobody))


class Letter(Model):
    """A letter that was sent: to whom, when, and what its subject was. The log of sends."""

    __tablename__ = "letter"
    __table_args__ = (Index("ix_letter_person_id_sent_at", "person_id", "sent_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    kind: Mapped[str]
    subject: Mapped[str]
    sent_to: Mapped[str]
    sent_at: Mapped[datetime]

    person: Mapped[User] = relationship()

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.ADMINISTER) -> Select[Self]:
        """One's own, and for administrators those of the people they administer."""
        from app.accounts.reach import reach

        return select(cls).where(or_(cls.person_id == viewer.id, cls.person_id.in_(reach(viewer, to))))


class Notice(Model):
    """Something a person should know: shown on the first screen, mailed once a day."""

    __tablename__ = "notice"
    __table_args__ = (UniqueConstraint("person_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    key: Mapped[str]  # the cause, so that the same one is told once
    kind: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    path: Mapped[str]
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None]

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.USE) -> Select[Self]:
        return select(cls).where(cls.person_id == viewer.id)
