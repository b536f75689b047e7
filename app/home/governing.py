"""What the daily run tells of initiatives: milestones due and overdue, and what was learnt that nobody has written yet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.governance.initiatives.models import Initiative, Milestone
from app.governance.initiatives.rules import ENDED

MILESTONE_DUE_SOON = "milestone.due_soon"
MILESTONE_OVERDUE = "milestone.overdue"
POST_MORTEM_DUE = "initiative.post_mortem_due"

SOON, ONE_DAY, WEEK = timedelta(days=2), timedelta(days=1), timedelta(days=7)

Told = dict[str, Any]


def reminders(session: Session, day: date, here: Select[int]) -> Iterator[Told]:
    """Everything of this day, for people among `here`."""
    yield from _milestones(session, day, here)
    yield from _post_mortems(session, day, here)


def _milestones(session: Session, day: date, here: Select[int]) -> Iterator[Told]:
    """To the owner: a milestone due in two days, overdue since yesterday, or a week before that."""
    stages = {
        day + SOON: (MILESTONE_DUE_SOON, 1),
        day - ONE_DAY: (MILESTONE_OVERDUE, 1),
        day - ONE_DAY - WEEK: (MILESTONE_OVERDUE, 2),
    }
    statement = (
        select(Milestone, Initiative)
        .join(Initiative, Initiative.id == Milestone.initiative_id)
        .where(Milestone.done_on.is_(None), Initiative.state.not_in(ENDED))
        .where(Milestone.due_on.in_(stages), Milestone.owner_id.in_(here))
        .order_by(Milestone.id)
    )
    for step, one in session.execute(statement):
        kind, stage = stages[step.due_on]
        detail = {**_titles(one), "text": step.text, "due_on": step.due_on.isoformat()}
        yield _notice(step.owner_id, kind, step.id, stage, f"/governance/initiatives/{one.id}", detail)


def _post_mortems(session: Session, day: date, here: Select[int]) -> Iterator[Told]:
    """To the owner of an initiative: a week before the post-mortem is due, on the day after, and a week later."""
    stages = {day + WEEK: 1, day - ONE_DAY: 2, day - ONE_DAY - WEEK: 3}
    statement = (
        select(Initiative)
        .where(Initiative.wants_post_mortem(), Initiative.post_mortem_on.in_(stages), Initiative.owner_id.in_(here))
        .order_by(Initiative.id)
    )
    for one in session.scalars(statement):
        if one.post_mortem_on is not None:
            detail = {**_titles(one), "due_on": one.post_mortem_on.isoformat()}
            stage = stages[one.post_mortem_on]
            yield _notice(one.owner_id, POST_MORTEM_DUE, one.id, stage, f"/governance/initiatives/{one.id}", detail)


def _titles(one: Any) -> Told:
    return {"title_en": one.title_en, "title_es": one.title_es}


def _notice(person: int, kind: str, number: int, stage: int, path: str, detail: Told) -> Told:
    return {"person_id": person, "kind": kind, "key": f"{kind}:{number}:{stage}", "path": path, "detail": detail}
