"""Questions and their options; a module's quiz and what it draws; attempts, all of them kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from sqlalchemy import ForeignKey, Index, Select, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.reach import AboutPerson, holds
from app.core.database import Model
from app.core.i18n import bilingual
from app.curriculum.models import Assignment, Competency, Module
from app.curriculum.quizzes.rules import Between, Difficulty, QuestionKind


class Question(Model):
    """A question of the bank, in two languages. Seen by who writes modules only: learners see what they are asked."""

    __tablename__ = "question"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    competency_id: Mapped[int] = mapped_column(ForeignKey("competency.id"), index=True)
    kind: Mapped[QuestionKind]
    difficulty: Mapped[Difficulty] = mapped_column(default=Difficulty.MEDIUM)
    text_en: Mapped[str] = mapped_column(default="")
    text_es: Mapped[str] = mapped_column(default="")
    feedback_en: Mapped[str] = mapped_column(default="")
    feedback_es: Mapped[str] = mapped_column(default="")
    ready: Mapped[bool] = mapped_column(default=False)  # whole in both languages, so that it may be drawn
    retired: Mapped[bool] = mapped_column(default=False)

    text = bilingual("text")
    feedback = bilingual("feedback")
    competency: Mapped[Competency] = relationship()
    options: Mapped[list[Option]] = relationship(
        order_by="Option.position", cascade="all, delete-orphan", back_populates="question"
    )

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.WRITE_MODULES) -> Select[Self]:
        return select(cls).where(holds(viewer, Permission.WRITE_MODULES))


class Option(Model):
    """What may be answered: a choice, an item to order, a pair to match, an accepted number or text. A part of `Question`.

    The position is the right order of items. A pair without a text is only another match to choose from.
    """

    __tablename__ = "question_option"

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    is_right: Mapped[bool] = mapped_column(default=False)
    text_en: Mapped[str] = mapped_column(default="")
    text_es: Mapped[str] = mapped_column(default="")
    match_en: Mapped[str] = mapped_column(default="")
    match_es: Mapped[str] = mapped_column(default="")
    feedback_en: Mapped[str] = mapped_column(default="")
    feedback_es: Mapped[str] = mapped_column(default="")
    value: Mapped[float | None]
    tolerance: Mapped[float | None]

    text = bilingual("text")
    match = bilingual("match")
    feedback = bilingual("feedback")
    question: Mapped[Question] = relationship(back_populates="options")


class Quiz(Model):
    """The quiz of a module: how it is passed, and what may be tried how often."""

    __tablename__ = "quiz"

    module_id: Mapped[int] = mapped_column(ForeignKey("module.id", ondelete="CASCADE"), primary_key=True)
    pass_mark: Mapped[float]  # a fraction
    minutes: Mapped[int | None]  # none: no limit of time
    attempts: Mapped[int | None]  # none: as many as one likes
    between: Mapped[Between] = mapped_column(default=Between.NOTHING)
    cool_down_hours: Mapped[int] = mapped_column(default=0)
    shuffle: Mapped[bool] = mapped_column(default=True)

    module: Mapped[Module] = relationship()
    draws: Mapped[list[Draw]] = relationship(order_by="Draw.position", cascade="all, delete-orphan")

    @classmethod
    def visible_to(cls, viewer: User, to: Permission = Permission.USE) -> Select[Self]:
        """The quizzes of the modules the viewer may see."""
        modules = Module.visible_to(viewer, to).with_only_columns(Module.id)
        return select(cls).where(cls.module_id.in_(modules))


class Draw(Model):
    """So many questions of a competency (none: any that the module teaches) and difficulty (none: any). A part of `Quiz`."""

    __tablename__ = "quiz_draw"

    id: Mapped[int] = mapped_column(primary_key=True)
    quiz_id: Mapped[int] = mapped_column(ForeignKey("quiz.module_id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    competency_id: Mapped[int | None] = mapped_column(ForeignKey("competency.id"))
    difficulty: Mapped[Difficulty | None]
    count: Mapped[int]

    competency: Mapped[Competency | None] = relationship()


class Attempt(AboutPerson, Model):
    """One attempt at a quiz, kept for good. Open until it is handed in or its time is over."""

    __tablename__ = "quiz_attempt"
    __table_args__ = (
        UniqueConstraint("assignment_id", "number"),
        Index("ix_quiz_attempt_module_id_started_at", "module_id", "started_at"),
        Index("ix_quiz_attempt_open_closes_at", "ended_at", "closes_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"))
    module_id: Mapped[int] = mapped_column(ForeignKey("module.id"))
    number: Mapped[int]
    started_at: Mapped[datetime]
    closes_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    timed_out: Mapped[bool] = mapped_column(default=False)
    pass_mark: Mapped[float]  # as it was when the attempt began
    score: Mapped[float | None]  # a fraction
    passed: Mapped[bool | None]
    language: Mapped[str | None]  # most of its answers were given in
    reviewed_at: Mapped[datetime | None]  # the module was read again afterwards
    forgiven: Mapped[bool] = mapped_column(default=False)  # does not count against the limit of attempts

    person: Mapped[User] = relationship(foreign_keys="Attempt.person_id")
    assignment: Mapped[Assignment] = relationship()
    module: Mapped[Module] = relationship()
    asked: Mapped[list[Asked]] = relationship(order_by="Asked.position", back_populates="attempt")


class Asked(Model):
    """A question as it was put in an attempt, and its answer. A part of `Attempt`.

    Options stand for what is shown by their place in `shown` (and `matches`), so that a page holds nothing that tells.
    """

    __tablename__ = "quiz_asked"

    attempt_id: Mapped[int] = mapped_column(ForeignKey("quiz_attempt.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"), index=True)
    shown: Mapped[list[Any]]  # ids of options, as shuffled
    matches: Mapped[list[Any]]  # ids of the options whose matches are offered, as shuffled
    answer: Mapped[list[Any] | None]  # see `rules.mark`
    language: Mapped[str | None]  # the answer was given in
    score: Mapped[float | None]  # a fraction, once the attempt has ended
    revision: Mapped[int] = mapped_column(
        default=0
    )  # goes up with each answer: an older page can't overwrite a newer one

    attempt: Mapped[Attempt] = relationship(back_populates="asked")
    question: Mapped[Question] = relationship()
