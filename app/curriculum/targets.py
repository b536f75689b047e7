"""Targets of competencies, each from a week on. What a change does to evidence and gaps is decided above this room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.record import log
from app.core.clock import monday_of_number
from app.core.follow import Event, announce
from app.curriculum.models import Competency, CompetencyTarget

EVER = monday_of_number(1)
"""Of the target that there was before any change."""
LOWEST, HIGHEST = 0.01, 0.99


@dataclass(slots=True)
class TargetChange:
    """A target asked for, from a week on: without one, from the next decision. Followers say when it can't be, or when it
    waits for a job.
    """

    competency: Competency
    target: float
    week: date | None = None
    refused: str | None = None
    waits: bool = False


def change(
    session: Session, asked: Sequence[TargetChange], *, by: User | None, on: datetime, later: bool = False
) -> list[TargetChange]:
    """Let other targets hold; returns those that were not known yet.

    Nothing is changed when one of them is `refused`: the caller says so. With `later` somebody waits for the answer: what
    takes too long for that is left to a job, and `waits` says so.
    """
    new = [one for one in asked if not _is_known(session, one)]
    if new:
        announce(session, Event.TARGETS_CHANGING, changes=new, by=by, on=on, later=later)
    return new


def put(session: Session, one: TargetChange, week: date, *, by: User | None, on: datetime) -> CompetencyTarget:
    """Write down a target from a week on; one for the same week is replaced, that of before is kept."""
    of_it = select(CompetencyTarget).where(CompetencyTarget.competency_id == one.competency.id)
    known = {row.valid_from: row for row in session.scalars(of_it)}
    if not known:
        before = one.competency.target
        session.add(
            CompetencyTarget(competency=one.competency, target=before, valid_from=EVER, set_at=on, applied_at=on)
        )
    row = known.get(week)
    if row is None:
        row = CompetencyTarget(competency=one.competency, valid_from=week)
        session.add(row)
    row.target, row.set_at, row.set_by, row.applied_at = one.target, on, by, None
    session.flush()
    note(session, one, week, by=by, on=on)
    return row


def note(session: Session, one: TargetChange, week: date | None, *, by: User | None, on: datetime) -> None:
    """Leave a line of a target set."""
    code, since = one.competency.code, week.isoformat() if week else None
    log(session, "competency.target_set", one.competency, by=by, on=on, competency=code, target=one.target, week=since)


def in_force(session: Session, week: date) -> dict[int, float]:
    """The target in force in a week, of each competency whose target ever changed."""
    statement = (
        select(CompetencyTarget.competency_id, CompetencyTarget.target)
        .where(CompetencyTarget.valid_from <= week)
        .order_by(CompetencyTarget.valid_from)
    )
    return dict(session.execute(statement).all())  # in order of weeks: the last one stays


def other(session: Session, week: date) -> dict[int, float]:
    """Of these, what is not what evidence is held against now."""
    statement = (
        select(CompetencyTarget.competency_id, CompetencyTarget.target, Competency.target)
        .join(Competency, Competency.id == CompetencyTarget.competency_id)
        .where(CompetencyTarget.valid_from <= week)
        .order_by(CompetencyTarget.valid_from)
    )
    last = {competency: (target, held) for competency, target, held in session.execute(statement)}
    return {competency: target for competency, (target, held) in last.items() if not same(target, held)}


def _is_known(session: Session, one: TargetChange) -> bool:
    """Whether it holds already, or was asked for before: the same again changes nothing."""
    rows = session.execute(
        select(CompetencyTarget.valid_from, CompetencyTarget.target)
        .where(CompetencyTarget.competency_id == one.competency.id)
        .order_by(CompetencyTarget.valid_from)
    ).all()
    if one.week is not None and rows:
        held = [target for week, target in rows if week <= one.week]
        return bool(held) and same(held[-1], one.target)
    return same(one.competency.target, one.target) or bool(rows and same(rows[-1][1], one.target))


def same(one: float, other: float) -> bool:
    """Whether two targets are the same as written."""
    return abs(one - other) < 1e-9
