"""Scorecards, audits and what was found; the files they came from.

What passed is not stored: a `Finding` row exists for what is not a plain pass, the rest follows from the audit's frozen
scorecard version (measured: a third of the size, and the fastest way to the evidence).
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from importlib import import_module
from typing import Any, Self

from sqlalchemy import ForeignKey, Index, Select, UniqueConstraint, and_, or_, select, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Unit, User
from app.accounts.permissions import Permission
from app.accounts.reach import agents_in, unit_scope
from app.core.database import Model, Monday
from app.core.i18n import bilingual
from app.curriculum.models import Competency


class Severity(StrEnum):
    """How much a criterion weighs; a fatal one is critical and fails the audit."""

    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"
    FATAL = "fatal"

    @property
    def is_fatal(self) -> bool:
        return self is Severity.FATAL

    @property
    def is_critical(self) -> bool:
        return self in (Severity.CRITICAL, Severity.FATAL)


class ErrorClass(StrEnum):
    """Whom a critical error hurts (COPC)."""

    CUSTOMER = "customer"
    BUSINESS = "business"
    COMPLIANCE = "compliance"


class Purpose(StrEnum):
    """Why a contact was audited. Reaudits and calibrations never reach the agent, evidence or rules."""

    RANDOM = "random"
    DSAT = "dsat"
    TARGETED = "targeted"
    CALIBRATION = "calibration"
    REAUDIT = "reaudit"


BLIND_PURPOSES = (Purpose.CALIBRATION, Purpose.REAUDIT)


class Result(StrEnum):
    PASS = "pass"  # noqa: S105 -- not a password
    FAIL = "fail"
    NA = "na"


class Cause(StrEnum):
    """Why a check failed. The last four are not the agent's and make no gap of an agent."""

    KNOWLEDGE = "knowledge"
    SKILL = "skill"
    WILL = "will"
    PROCESS = "process"
    TOOL = "tool"
    POLICY = "policy"
    CUSTOMER = "customer"


SYSTEMIC_CAUSES = (Cause.PROCESS, Cause.TOOL, Cause.POLICY, Cause.CUSTOMER)


class AuditState(StrEnum):
    DRAFT = "draft"
    RELEASED = "released"
    ACKNOWLEDGED = "acknowledged"


class ImportState(StrEnum):
    """Received and being checked; checked, so that somebody decides; queued and carried out; and what came of it."""

    RECEIVED = "received"
    CHECKED = "checked"
    QUEUED = "queued"
    DONE = "done"
    FAILED = "failed"
    UNDONE = "undone"


class Scorecard(Model):
    """A form contacts are audited on. Open to all who are signed in, as are its parts."""

    __tablename__ = "scorecard"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    name_en: Mapped[str]
    name_es: Mapped[str]

    name = bilingual("name")
    versions: Mapped[list[ScorecardVersion]] = relationship(back_populates="scorecard", order_by="ScorecardVersion.id")

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.USE) -> Select[Self]:
        return select(cls)


class ScorecardVersion(Model):
    """A version, frozen once an audit has used it. A part of `Scorecard`."""

    __tablename__ = "scorecard_version"
    __table_args__ = (UniqueConstraint("scorecard_id", "label"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    scorecard_id: Mapped[int] = mapped_column(ForeignKey("scorecard.id"))
    label: Mapped[str]
    valid_from: Mapped[date | None]  # none: ever; audits of a day take the newest version valid then
    imported_at: Mapped[datetime]

    scorecard: Mapped[Scorecard] = relationship(back_populates="versions")
    criteria: Mapped[list[Criterion]] = relationship(back_populates="version", order_by="Criterion.position")


class Section(Model):
    """A part of a version. A part of `Scorecard`."""

    __tablename__ = "section"
    __table_args__ = (UniqueConstraint("version_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("scorecard_version.id"))
    position: Mapped[int]
    name_en: Mapped[str]
    name_es: Mapped[str]

    name = bilingual("name")


class CriterionIdentity(Model):
    """A criterion across versions: scorecard and code, so that evidence continues. A part of `Scorecard`."""

    __tablename__ = "criterion_identity"
    __table_args__ = (UniqueConstraint("scorecard_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    scorecard_id: Mapped[int] = mapped_column(ForeignKey("scorecard.id"))
    code: Mapped[str]


class CriterionCompetency(Model):
    """Which competencies a criterion of a version tells of. A part of `Scorecard`."""

    __tablename__ = "criterion_competency"

    criterion_id: Mapped[int] = mapped_column(ForeignKey("criterion.id", ondelete="CASCADE"), primary_key=True)
    competency_id: Mapped[int] = mapped_column(ForeignKey("competency.id"), primary_key=True, index=True)


class Criterion(Model):
    """A line of one version of a scorecard. A part of `Scorecard`."""

    __tablename__ = "criterion"
    __table_args__ = (UniqueConstraint("version_id", "identity_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("scorecard_version.id"))
    identity_id: Mapped[int] = mapped_column(ForeignKey("criterion_identity.id"), index=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("section.id"))
    code: Mapped[str]
    position: Mapped[int]
    text_en: Mapped[str]
    text_es: Mapped[str]
    guidance_en: Mapped[str] = mapped_column(default="")
    guidance_es: Mapped[str] = mapped_column(default="")
    weight: Mapped[float]
    severity: Mapped[Severity]
    error_class: Mapped[ErrorClass | None]  # of critical and fatal ones
    fails_section: Mapped[bool] = mapped_column(default=False)  # a critical one: a fail takes its section's points
    na_allowed: Mapped[bool] = mapped_column(default=True)
    causes: Mapped[list[Any]] = mapped_column(default=list)  # offered on a fail; empty: all there are

    text = bilingual("text")
    guidance = bilingual("guidance")
    version: Mapped[ScorecardVersion] = relationship(back_populates="criteria")
    section: Mapped[Section] = relationship()
    competencies: Mapped[list[Competency]] = relationship(secondary=CriterionCompetency.__table__)

    @property
    def fatal(self) -> bool:
        return self.severity.is_fatal

    @property
    def critical(self) -> bool:
        return self.severity.is_critical

    @property
    def offered(self) -> list[Cause]:
        """The causes offered on a fail."""
        return [cause for cause in Cause if not self.causes or cause.value in self.causes]


class Import(Model):
    """A file that came in: what it was, what became of it, and what was wrong with it."""

    __tablename__ = "import"
    __table_args__ = (Index("ix_import_sha256", "sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]  # "findings"
    file_name: Mapped[str]
    stored_as: Mapped[str | None]  # name under the data folder's uploads
    sha256: Mapped[str]
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)  # profile, skip_bad_rows
    state: Mapped[ImportState]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # none: the command line
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    rows_total: Mapped[int] = mapped_column(default=0)
    rows_done: Mapped[int] = mapped_column(default=0)
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    problems: Mapped[list[Any]] = mapped_column(default=list)  # the first 1,000, as data

    by: Mapped[User | None] = relationship()

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.IMPORT_AUDITS) -> Select[Self]:
        """One's own, and all to those who may import over the whole programme."""
        from app.accounts.reach import holds_everywhere

        return select(cls).where(or_(cls.by_id == viewer.id, holds_everywhere(viewer, to)))


class Audit(Model):
    """A contact looked at on a scorecard. Natural key: source and reference. Four numbers, none overwriting another."""

    __tablename__ = "audit"
    __table_args__ = (
        UniqueConstraint("source", "reference"),
        Index("ix_audit_person_id_week", "person_id", "week"),
        Index("ix_audit_week", "week"),
        Index("ix_audit_released_at", "released_at", "week", "person_id"),  # what was released late
        Index(
            "ix_audit_team_id_purpose_contact_at", "team_id", "purpose", "contact_at", "released_at", "fatal"
        ),  # figures
        Index("ix_audit_contact_ref", "contact_ref", postgresql_ops={"contact_ref": "text_pattern_ops"}),  # as searched
        Index("ix_audit_fatal", "released_at", sqlite_where=text("fatal"), postgresql_where=text("fatal")),
        Index(
            "ix_audit_reaudit_of_id",
            "reaudit_of_id",
            sqlite_where=text("reaudit_of_id IS NOT NULL"),
            postgresql_where=text("reaudit_of_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    reference: Mapped[str]
    contact_ref: Mapped[str | None]
    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    auditor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))  # of the person on the contact's day
    version_id: Mapped[int] = mapped_column(ForeignKey("scorecard_version.id"))
    purpose: Mapped[Purpose]
    channel: Mapped[str | None]
    language: Mapped[str | None]
    contact_at: Mapped[datetime]
    audited_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
    week: Mapped[date] = mapped_column(Monday)  # of the contact in the programme's zone
    state: Mapped[AuditState] = mapped_column(default=AuditState.RELEASED)
    reaudit_of_id: Mapped[int | None] = mapped_column(ForeignKey("audit.id"))
    import_id: Mapped[int | None] = mapped_column(ForeignKey("import.id"), index=True)

    score: Mapped[float | None]  # weighted share passed of what applied; 0 with a fatal error
    critical_score: Mapped[float | None]
    noncritical_score: Mapped[float | None]
    fatal: Mapped[bool] = mapped_column(default=False)
    checks: Mapped[int] = mapped_column(default=0)  # criteria that applied
    fails: Mapped[int] = mapped_column(default=0)

    person: Mapped[User] = relationship(foreign_keys=[person_id])
    auditor: Mapped[User | None] = relationship(foreign_keys=[auditor_id])
    team: Mapped[Unit | None] = relationship()
    version: Mapped[ScorecardVersion] = relationship()
    findings: Mapped[list[Finding]] = relationship(back_populates="audit", passive_deletes="all")

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.SEE_AUDITS) -> Select[Self]:
        """Released audits of the people within reach and of oneself, and those the viewer did.

        Blind ones (reaudits, calibrations) never show the agent or lead: only to who did them and to those who may
        import, in their scope. What the viewer is to score again blindly is hidden from them until they have.
        """
        from app.audits.reaudits.models import open_to

        released = cls.released_at.is_not(None) & cls.purpose.not_in(BLIND_PURPOSES)
        about = or_(cls.person_id == viewer.id, cls.person_id.in_(agents_in(viewer, to)))
        blind = cls.purpose.in_(BLIND_PURPOSES) & cls.team_id.in_(unit_scope(viewer, Permission.IMPORT_AUDITS))
        return select(cls).where(or_(and_(released, about), cls.auditor_id == viewer.id, blind), open_to(viewer))


class Finding(Model):
    """What is not a plain pass: a fail, an na, or a pass with a comment. A part of `Audit`.

    Its key is its only order: many millions of these are kept.
    """

    __tablename__ = "finding"
    __table_args__ = ({"sqlite_with_rowid": False},)

    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id", ondelete="CASCADE"), primary_key=True)
    criterion_id: Mapped[int] = mapped_column(ForeignKey("criterion.id"), primary_key=True, index=True)
    result: Mapped[Result]
    cause: Mapped[Cause | None]
    comment: Mapped[str | None]

    audit: Mapped[Audit] = relationship(back_populates="findings")
    criterion: Mapped[Criterion] = relationship()


class Correction(Model):
    """What a released check said before it was corrected, and says since; both stay visible. A part of `Audit`."""

    __tablename__ = "correction"
    __table_args__ = (Index("ix_correction_audit_id", "audit_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id", ondelete="CASCADE"))
    criterion_id: Mapped[int] = mapped_column(ForeignKey("criterion.id"))
    at: Mapped[datetime]
    import_id: Mapped[int | None] = mapped_column(ForeignKey("import.id"), index=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    before: Mapped[dict[str, Any]]  # result, cause, comment
    after: Mapped[dict[str, Any]]


for _package in ("auditing", "building", "disputes", "dsat", "profiles", "sampling", "reaudits", "calibration"):
    import_module(f"app.audits.{_package}.models")  # tables of this room, known with these
