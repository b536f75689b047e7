"""A delivery, and who was invited, was there, and what they knew before and after."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self

from sqlalchemy import ForeignKey, Index, Select, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Unit, UnitTree, User
from app.accounts.permissions import Permission
from app.accounts.reach import AboutPerson, everywhere, reach, unit_scope
from app.cohorts.programmes.models import TrainerProgramme
from app.core.database import Model, Monday


class Delivery(Model):
    """A certified trainer teaches a site or a team."""

    __tablename__ = "delivery"
    __table_args__ = (Index("ix_delivery_trainer_id_programme_id_held_on", "trainer_id", "programme_id", "held_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("trainer_programme.id"))
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohort.id"), index=True)  # where the trainer earned the licence
    trainer_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)  # for whom
    title: Mapped[str]  # as written
    starts_at: Mapped[datetime]
    minutes: Mapped[int]
    place: Mapped[str] = mapped_column(default="")
    code: Mapped[str] = mapped_column(unique=True)  # to check in with
    revision: Mapped[int] = mapped_column(default=0)
    held_on: Mapped[date | None]  # once its list is kept; in the programme's zone
    held_week: Mapped[date | None] = mapped_column(Monday)  # of that day: what audits are compared by
    cancelled_at: Mapped[datetime | None]

    programme: Mapped[TrainerProgramme] = relationship()
    trainer: Mapped[User] = relationship()
    unit: Mapped[Unit] = relationship()
    seats: Mapped[list[DeliverySeat]] = relationship(back_populates="delivery", order_by="DeliverySeat.id")

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.SEE_COHORTS) -> Select[Self]:
        """One's own, those one is invited to, and those for units in scope or for the site above them."""
        if everywhere(viewer, to):
            return select(cls)
        scope = unit_scope(viewer, to)
        above = select(UnitTree.ancestor_id).where(UnitTree.unit_id.in_(scope))
        own = select(DeliverySeat.delivery_id).where(DeliverySeat.person_id == viewer.id)
        return select(cls).where(
            or_(cls.trainer_id == viewer.id, cls.unit_id.in_(scope), cls.unit_id.in_(above), cls.id.in_(own))
        )


class DeliverySeat(AboutPerson, Model):
    """Somebody at a delivery: invited, there or not, the quiz before and after, and what they thought of it."""

    __tablename__ = "delivery_seat"
    __table_args__ = (UniqueConstraint("delivery_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id"))
    present: Mapped[bool | None]  # none: not known yet
    by_code: Mapped[bool] = mapped_column(default=False)
    before: Mapped[float | None]  # the quiz, a fraction
    after: Mapped[float | None]
    useful: Mapped[int | None]  # 1 to 5
    applicable: Mapped[int | None]
    comment: Mapped[str] = mapped_column(default="")

    delivery: Mapped[Delivery] = relationship(back_populates="seats")
    person: Mapped[User] = relationship(foreign_keys="DeliverySeat.person_id")

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.SEE_COHORTS) -> Select[Self]:
        """Those of people within reach, one's own, and of the deliveries one gave."""
        given = select(Delivery.id).where(Delivery.trainer_id == viewer.id)
        return select(cls).where(or_(cls.person_id.in_(reach(viewer, to)), cls.delivery_id.in_(given)))
