"""What coaching is owed, what was held, and what was promised in it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Self

from sqlalchemy import ForeignKey, Index, Select, UniqueConstraint, or_, select, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Unit, User
from app.accounts.permissions import Permission
from app.accounts.reach import AboutPerson, agents_in, unit_scope
from app.coaching.outlines.models import Outline
from app.coaching.rules import (
    Away,
    ChangeKind,
    Clock,
    CommitmentState,
    ObligationKind,
    ObligationState,
    SessionKind,
    SessionState,
    Tenure,
)
from app.core.database import Model
from app.curriculum.models import Competency


class CoachingPolicy(Model):
    """What is owed and by when, for a unit and all below it without one of its own, from a day until another.

    Days between sessions by tenure, hours after an event. Open to all who are signed in: everyone may know the rule.
    """

    __tablename__ = "coaching_policy"
    __table_args__ = (UniqueConstraint("unit_id", "valid_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    days_new: Mapped[int] = mapped_column(default=7)  # tenure up to 3 months
    days_settling: Mapped[int] = mapped_column(default=14)  # up to 12 months
    days_settled: Mapped[int] = mapped_column(default=30)
    days_with_gap: Mapped[int] = mapped_column(default=14)  # while a gap is active, where that is sooner
    fatal_hours: Mapped[int] = mapped_column(default=48)
    gap_hours: Mapped[int] = mapped_column(default=168)
    follow_up_days: Mapped[int] = mapped_column(default=14)
    acknowledge_hours: Mapped[int] = mapped_column(default=48)
    asked_hours: Mapped[int] = mapped_column(default=120)
    nominated_hours: Mapped[int] = mapped_column(default=72)
    failed_hours: Mapped[int] = mapped_column(default=0, server_default="0")  # 0: no session is owed
    failed_below: Mapped[int] = mapped_column(default=75, server_default="75")  # per cent of the score
    dsat_hours: Mapped[int] = mapped_column(default=0, server_default="0")
    repeat_hours: Mapped[int] = mapped_column(default=0, server_default="0")
    repeat_times: Mapped[int] = mapped_column(default=3, server_default="3")  # missed so often
    repeat_days: Mapped[int] = mapped_column(default=28, server_default="28")  # in so many days
    clock: Mapped[Clock] = mapped_column(default=Clock.CALENDAR)
    away: Mapped[Away] = mapped_column(default=Away.STOPS)

    unit: Mapped[Unit] = relationship()

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.USE) -> Select[Self]:
        return select(cls)


class OpeningHours(Model):
    """When a unit and all below it without hours of its own is open on a weekday; no row of a set is a closed day.

    Open to all who are signed in.
    """

    __tablename__ = "opening_hours"
    __table_args__ = (UniqueConstraint("unit_id", "weekday"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    weekday: Mapped[int]  # Monday is 0
    opens: Mapped[int]  # minutes after midnight
    closes: Mapped[int]  # more than a day's minutes where it closes after midnight

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.USE) -> Select[Self]:
        return select(cls)


class Obligation(AboutPerson, Model):
    """One coaching session owed to one agent, and what became of it."""

    __tablename__ = "obligation"
    __table_args__ = (
        UniqueConstraint("person_id", "trigger_key"),  # the same cause owes once
        Index("ix_obligation_due_at_team_id", "due_at", "team_id"),
        # Compliance reads nothing else of a month: a third of the time of one without
        Index(
            "ix_obligation_due_month_team_id",
            *("due_month", "team_id", "lead_id", "kind", "state", "frozen", "tenure", "due_at"),
        ),
        Index(  # what came to a closed month afterwards, and what is not closed yet
            "ix_obligation_due_month_moved",
            *("due_month", "frozen", "state"),
            sqlite_where=text("frozen IS NOT state"),
            postgresql_where=text("frozen IS DISTINCT FROM state"),
        ),
        Index(
            "ix_obligation_due_month_fatal",
            *("due_month", "team_id"),
            sqlite_where=text("kind = 'fatal'"),
            postgresql_where=text("kind = 'fatal'"),
        ),
        Index("ix_obligation_lead_id_state_due_at", "lead_id", "state", "due_at"),
        Index("ix_obligation_person_id_state", "person_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ObligationKind]
    trigger_key: Mapped[str]  # "cadence:2026-10-05", "audit:4821", "transition:812", "session:77"
    team_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))  # at opening: a past month must not move
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # at opening; none while the team has no lead
    now_team_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))  # where the agent is now, while it is open
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)  # who leads that team: whose it is
    policy_id: Mapped[int | None] = mapped_column(ForeignKey("coaching_policy.id"))
    audit_id: Mapped[int | None] = mapped_column(ForeignKey("audit.id"), index=True)
    gap_id: Mapped[int | None] = mapped_column(ForeignKey("gap.id"), index=True)
    after_session_id: Mapped[int | None] = mapped_column(ForeignKey("coaching_session.id"))  # it follows up
    dsat_case_id: Mapped[int | None] = mapped_column(ForeignKey("dsat_case.id"), index=True)
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    put_off_days: Mapped[int] = mapped_column(default=0)  # days of absence the due time was put off by
    due_month: Mapped[date]  # month of the due day in the unit's zone, its first day: what compliance counts by
    state: Mapped[ObligationState] = mapped_column(default=ObligationState.OPEN)
    frozen: Mapped[ObligationState | None]  # what it was when its month closed; none while open, or if owed later
    tenure: Mapped[Tenure | None]  # the agent's, at opening
    closed_at: Mapped[datetime | None]  # met, waived or void at; for met ones when the session was held
    session_id: Mapped[int | None] = mapped_column(ForeignKey("coaching_session.id"), index=True)  # that met it
    waived_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str | None]  # of a waiver or a voiding

    person: Mapped[User] = relationship(foreign_keys="Obligation.person_id")
    lead: Mapped[User | None] = relationship(foreign_keys=[lead_id])
    team: Mapped[Unit] = relationship(foreign_keys=[team_id])
    owner: Mapped[User | None] = relationship(foreign_keys=[owner_id])
    changes: Mapped[list[ObligationChange]] = relationship(order_by="ObligationChange.id")
    session: Mapped[CoachingSession | None] = relationship(foreign_keys=[session_id])
    waived_by: Mapped[User | None] = relationship(foreign_keys=[waived_by_id])

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.SEE_COACHING) -> Select[Self]:
        """What was owed in the teams in scope, and to the people within reach: the past stays with its team."""
        return select(cls).where(
            or_(
                cls.team_id.in_(unit_scope(viewer, to)),
                cls.person_id.in_(agents_in(viewer, to)),
                cls.person_id == viewer.id,
            )
        )


class ObligationChange(Model):
    """What changed about an obligation while it was open: whose it is, or its due time. A part of `Obligation`."""

    __tablename__ = "obligation_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    obligation_id: Mapped[int] = mapped_column(ForeignKey("obligation.id"), index=True)
    at: Mapped[datetime]
    kind: Mapped[ChangeKind]
    team_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))  # since then
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    due_at: Mapped[datetime | None]

    team: Mapped[Unit | None] = relationship(foreign_keys=[team_id])
    owner: Mapped[User | None] = relationship(foreign_keys=[owner_id])


class CoachingMonth(Model):
    """A month that is closed: its figures are those of that moment, and what changes later is an adjustment.

    Open to all who are signed in.
    """

    __tablename__ = "coaching_month"

    month: Mapped[date] = mapped_column(primary_key=True)
    closed_at: Mapped[datetime]
    counts: Mapped[dict[str, Any] | None]  # of everybody, by state; none of months closed before it was kept

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.USE) -> Select[Self]:
        return select(cls)


class CoachingSession(Model):
    """A talk between a coach and one or more agents. Never deleted."""

    __tablename__ = "coaching_session"
    __table_args__ = (
        Index("ix_coaching_session_coach_id_held_at", "coach_id", "held_at"),
        Index("ix_coaching_session_held_on", "held_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[SessionKind]
    state: Mapped[SessionState]
    coach_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    scheduled_for: Mapped[datetime | None]
    minutes: Mapped[int] = mapped_column(default=30)
    revision: Mapped[int] = mapped_column(default=0)  # how often it was moved or called off: what calendars go by
    held_at: Mapped[datetime | None]
    held_on: Mapped[date | None]  # in the programme's zone: what evidence counts by
    logged_at: Mapped[datetime]
    from_history: Mapped[bool] = mapped_column(default=False)
    outline_id: Mapped[int | None] = mapped_column(ForeignKey("session_outline.id"))  # that its notes started from

    coach: Mapped[User] = relationship()
    outline: Mapped[Outline | None] = relationship()
    records: Mapped[list[SessionRecord]] = relationship(back_populates="session", order_by="SessionRecord.id")
    topics: Mapped[list[Competency]] = relationship(secondary="session_topic")

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.SEE_COACHING) -> Select[Self]:
        """Sessions the viewer gave, and those with somebody within reach."""
        about = select(SessionRecord.session_id).where(
            or_(SessionRecord.person_id == viewer.id, SessionRecord.person_id.in_(agents_in(viewer, to)))
        )
        return select(cls).where(or_(cls.coach_id == viewer.id, cls.id.in_(about)))


class CalendarFeed(Model):
    """Where somebody's calendar reads the own sessions: an address that is a secret, kept as its hash alone."""

    __tablename__ = "calendar_feed"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    read_at: Mapped[datetime | None]  # last, by a calendar

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.USE) -> Select[Self]:
        return select(cls).where(cls.user_id == viewer.id)


class SessionTopic(Model):
    """A competency a session was about. A part of `CoachingSession`."""

    __tablename__ = "session_topic"

    session_id: Mapped[int] = mapped_column(ForeignKey("coaching_session.id", ondelete="CASCADE"), primary_key=True)
    competency_id: Mapped[int] = mapped_column(ForeignKey("competency.id"), primary_key=True, index=True)


class SessionRecord(AboutPerson, Model):
    """What one agent has of a session: own notes, acknowledgement and comment; nobody else's."""

    __tablename__ = "session_record"
    __table_args__ = (
        UniqueConstraint("session_id", "person_id"),
        Index("ix_session_record_confirm_month_team_id", "confirm_month", "team_id"),
        Index(  # what waits to be confirmed
            "ix_session_record_acknowledge_by",
            "acknowledge_by",
            sqlite_where=text("acknowledged_at IS NULL"),
            postgresql_where=text("acknowledged_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("coaching_session.id"), index=True)
    absent: Mapped[bool] = mapped_column(default=False)  # was planned for, and did not come
    notes: Mapped[str] = mapped_column(default="")  # shared with the agent, as written
    private_notes: Mapped[str] = mapped_column(default="")  # the coach's alone
    team_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))  # the agent's when it was held
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))  # of that team then
    tenure: Mapped[Tenure | None]  # the agent's then
    acknowledge_by: Mapped[datetime | None]
    confirm_month: Mapped[date | None]  # of that time at the site, its first day: what compliance counts by
    acknowledged_at: Mapped[datetime | None]
    comment: Mapped[str | None]  # the agent's
    disagrees: Mapped[bool] = mapped_column(default=False)
    useful: Mapped[int | None]  # 1 to 5
    applicable: Mapped[int | None]

    session: Mapped[CoachingSession] = relationship(back_populates="records")
    person: Mapped[User] = relationship(foreign_keys="SessionRecord.person_id")
    commitments: Mapped[list[Commitment]] = relationship(back_populates="record", order_by="Commitment.id")
    attachments: Mapped[list[Attachment]] = relationship(order_by="Attachment.id")

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.SEE_COACHING) -> Select[Self]:
        mine = select(CoachingSession.id).where(CoachingSession.coach_id == viewer.id)
        return select(cls).where(
            or_(cls.person_id == viewer.id, cls.person_id.in_(agents_in(viewer, to)), cls.session_id.in_(mine))
        )


class Attachment(AboutPerson, Model):
    """A file kept with one agent's record of a session: only ever handed out to be saved, never shown."""

    __tablename__ = "attachment"

    id: Mapped[int] = mapped_column(primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("session_record.id"), index=True)
    name: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]  # names the file in the data folder
    added_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    added_at: Mapped[datetime]

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.SEE_COACHING) -> Select[Self]:
        """What belongs to a record the viewer may see."""
        seen = SessionRecord.visible_to(viewer, to).with_only_columns(SessionRecord.id)
        return select(cls).where(cls.record_id.in_(seen))


class Commitment(AboutPerson, Model):
    """Something promised in a session, by the agent or the coach, with a date."""

    __tablename__ = "commitment"
    __table_args__ = (Index("ix_commitment_owner_id_state_due_on", "owner_id", "state", "due_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("session_record.id"), index=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    text: Mapped[str]
    due_on: Mapped[date | None]
    state: Mapped[CommitmentState] = mapped_column(default=CommitmentState.OPEN)
    settled_at: Mapped[datetime | None]

    record: Mapped[SessionRecord] = relationship(back_populates="commitments")
    owner: Mapped[User] = relationship(foreign_keys=[owner_id])

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.SEE_COACHING) -> Select[Self]:
        return select(cls).where(
            or_(cls.owner_id == viewer.id, cls.person_id == viewer.id, cls.person_id.in_(agents_in(viewer, to)))
        )
