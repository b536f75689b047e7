"""What certificates a module gives, and those that were issued: each renewal is a row of its own."""

from __future__ import annotations

from datetime import date
from typing import Self

from sqlalchemy import ForeignKey, Index, Select, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.reach import AboutPerson, holds
from app.core.database import Model
from app.core.i18n import bilingual
from app.curriculum.certificates.rules import Basis
from app.curriculum.models import Module


class CertificateTerms(Model):
    """That completing a module gives a certificate, and until when. Seen by who writes."""

    __tablename__ = "certificate_terms"

    module_id: Mapped[int] = mapped_column(ForeignKey("module.id", ondelete="CASCADE"), primary_key=True)
    basis: Mapped[Basis]
    months: Mapped[int] = mapped_column(default=12)
    fixed_month: Mapped[int] = mapped_column(default=12)
    fixed_day: Mapped[int] = mapped_column(default=31)
    window_days: Mapped[int] = mapped_column(default=30)  # before the expiry: renewing counts from it
    least_days: Mapped[int] = mapped_column(default=0)  # between two cycles: completing sooner gives no new certificate

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.WRITE_MODULES) -> Select[Self]:
        return select(cls).where(holds(viewer, Permission.WRITE_MODULES))


class Certificate(AboutPerson, Model):
    """A certificate as it was issued. The number is drawn by chance, so that nobody guesses another's."""

    __tablename__ = "certificate"
    __table_args__ = (Index("ix_certificate_module_id_person_id", "module_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    module_id: Mapped[int] = mapped_column(ForeignKey("module.id"))
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"), unique=True)
    cycle: Mapped[int]
    title_en: Mapped[str]
    title_es: Mapped[str]
    issued_on: Mapped[date]
    expires_on: Mapped[date | None] = mapped_column(index=True)  # the last valid day
    is_latest: Mapped[bool] = mapped_column(default=True)  # of this person and module

    title = bilingual("title")
    person: Mapped[User] = relationship(foreign_keys="Certificate.person_id")
    module: Mapped[Module] = relationship()
