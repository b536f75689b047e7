"""A live session of a module, and who has a seat there."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from sqlalchemy import ForeignKey, Index, Select, UniqueConstraint, or_, select, union
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Grant, Membership, Unit, UnitTree, User
from app.accounts.permissions import Permission
from app.accounts.reach import AboutPerson, current, everywhere, reach, unit_scope
from app.core.clock import now
from app.core.database import Model
from app.curriculum.live.rules import Stage
from app.curriculum.models import Module


class LiveSession(Model):
    """A module taught live, in a room or behind a link, for the people of a unit and all below it."""

    __tablename__ = "live_session"
    __table_args__ = (Index("ix_live_session_module_id_starts_at", "module_id", "starts_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    module_id: Mapped[int] = mapped_column(ForeignKey("module.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    trainer_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    starts_at: Mapped[datetime]
    time_zone: Mapped[str]  # of the place
    minutes: Mapped[int]
    place: Mapped[str] = mapped_column(default="")  # a room or an address
    language: Mapped[str]  # it is held in
    seats: Mapped[int]
    revision: Mapped[int] = mapped_column(default=0)  # how often it was moved or called off: what calendars go by
    cancelled_at: Mapped[datetime | None]

    module: Mapped[Module] = relationship()
    unit: Mapped[Unit] = relationship()
    trainer: Mapped[User] = relationship()

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.USE) -> Select[Self]:
        """Those of the units one belongs to or looks after, of the units above, and those one has a seat in or teaches.

        To run one (`WRITE_MODULES`): those one teaches, and those of the units where one has that permission.
        """
        taught = cls.trainer_id == viewer.id
        if everywhere(viewer, to) and to is not Permission.USE:
            return select(cls)
        if to is Permission.WRITE_MODULES:
            return select(cls).where(or_(taught, cls.unit_id.in_(unit_scope(viewer, to))))
        after = unit_scope(viewer, Permission.SEE_LEARNING)
        own = union(
            select(Membership.team_id).where(Membership.user_id == viewer.id, current(Membership, now().date())),
            select(Grant.unit_id).where(Grant.user_id == viewer.id, current(Grant, now().date())),
            after,
        ).subquery("own")
        above = select(UnitTree.ancestor_id).where(UnitTree.unit_id.in_(select(own.c[0])))
        seated = select(LiveSeat.session_id).where(LiveSeat.person_id == viewer.id)
        return select(cls).where(
            or_(cls.unit_id.in_(above), cls.unit_id.in_(after), cls.id.in_(seated), taught),
        )


class LiveSeat(AboutPerson, Model):
    """Somebody's seat in a live session, or place on its waiting list; whether they were there."""

    __tablename__ = "live_seat"
    __table_args__ = (UniqueConstraint("session_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("live_session.id"))
    stage: Mapped[Stage]
    asked_at: Mapped[datetime]  # the order of the waiting list
    present: Mapped[bool | None]
    marked_at: Mapped[datetime | None]
    marked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    live: Mapped[LiveSession] = relationship()
    person: Mapped[User] = relationship(foreign_keys="LiveSeat.person_id")

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.SEE_LEARNING) -> Select[Self]:
        """Those of the people within reach, and those in the sessions one teaches."""
        taught = select(LiveSession.id).where(LiveSession.trainer_id == viewer.id)
        return select(cls).where(or_(cls.person_id.in_(reach(viewer, to)), cls.session_id.in_(taught)))
