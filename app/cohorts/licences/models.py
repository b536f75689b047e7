"""Licences to teach; each renewal is a row of its own."""

from __future__ import annotations

from datetime import date
from typing import Self

from sqlalchemy import ForeignKey, Index, Select, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.reach import AboutPerson, reach
from app.cohorts.licences.rules import Level
from app.cohorts.programmes.models import Enrolment, Facilitator, TrainerProgramme
from app.core.database import Model


class TrainerLicence(AboutPerson, Model):
    """That somebody may teach a programme, in a language, until a day; the number is drawn by chance."""

    __tablename__ = "trainer_licence"
    __table_args__ = (Index("ix_trainer_licence_programme_id_person_id", "programme_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("trainer_programme.id"))
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"), index=True)  # the way it was earned
    level: Mapped[Level]
    language: Mapped[str]
    issued_on: Mapped[date]
    expires_on: Mapped[date] = mapped_column(index=True)  # the last valid day, if it is kept by teaching
    is_latest: Mapped[bool] = mapped_column(default=True)  # of this person and programme

    programme: Mapped[TrainerProgramme] = relationship()
    enrolment: Mapped[Enrolment] = relationship()
    person: Mapped[User] = relationship(foreign_keys="TrainerLicence.person_id")

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.SEE_COHORTS) -> Select[Self]:
        """Those of the people within reach, one's own, and those earned in a cohort one facilitates."""
        taught = select(Enrolment.id).join(Facilitator, Facilitator.cohort_id == Enrolment.cohort_id)
        mine = taught.where(Facilitator.user_id == viewer.id)
        return select(cls).where(or_(cls.person_id.in_(reach(viewer, to)), cls.enrolment_id.in_(mine)))
