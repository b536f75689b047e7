"""Quizzes whose time is over end by themselves, whether or not anybody looks."""

from __future__ import annotations

from app.core.clock import now
from app.core.database import db
from app.core.jobs import job
from app.curriculum.quizzes import taking


@job("curriculum.close_quizzes", schedule="*/5 * * * *")
def close_quizzes() -> None:
    """End the attempts whose time is over."""
    taking.close_overdue(db.session(), on=now())
