"""What the daily run tells of what is governed: milestones, what was learnt, reviews of risks and decisions, actions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.accounts.models import Unit
from app.governance.decisions.models import Resolution
from app.governance.initiatives.models import Initiative, Milestone
from app.governance.initiatives.rules import ENDED
from app.governance.reviews.models import BusinessReview, ReviewAction
from app.governance.reviews.rules import ActionState, ReviewState
from app.governance.risks.models import Risk

MILESTONE_DUE_SOON = "milestone.due_soon"
MILESTONE_OVERDUE = "milestone.overdue"
POST_MORTEM_DUE = "initiative.post_mortem_due"
RISK_REVIEW_DUE = "risk.review_due"
DECISION_REVIEW_DUE = "decision.review_due"
REVIEW_ACTION_OVERDUE = "review.action_overdue"

SOON, ONE_DAY, WEEK = timedelta(days=2), timedelta(days=1), timedelta(days=7)

Told = dict[str, Any]


def reminders(session: Session, day: date, here: Select[int]) -> Iterator[Told]:
    """Everything of this day, for people among `here`."""
    yield from _milestones(session, day, here)
    yield from _post_mortems(session, day, here)
    yield from _risks(session, day, here)
    yield from _decisions(session, day, here)
    yield from _review_actions(session, day, here)


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


def _risks(session: Session, day: date, here: Select[int]) -> Iterator[Told]:
    """To the owner of an open risk: its review is due today, was due yesterday, or a week before that."""
    statement = (
        select(Risk)
        .where(Risk.closed_on.is_(None), Risk.review_on.in_(_review_days(day)), Risk.owner_id.in_(here))
        .order_by(Risk.id)
    )
    for one in session.scalars(statement):
        detail = {**_titles(one), "due_on": one.review_on.isoformat()}
        yield _review(one.owner_id, RISK_REVIEW_DUE, one.id, one.review_on, f"/governance/risks/{one.id}", detail, day)


def _decisions(session: Session, day: date, here: Select[int]) -> Iterator[Told]:
    """To who decided: the decision is to be looked at again, on the same days."""
    statement = (
        select(Resolution)
        .where(Resolution.stands(), Resolution.review_on.in_(_review_days(day)), Resolution.decided_by_id.in_(here))
        .order_by(Resolution.id)
    )
    for one in session.scalars(statement):
        if one.review_on is not None:
            detail, path = {**_titles(one), "due_on": one.review_on.isoformat()}, f"/governance/decisions/{one.id}"
            yield _review(one.decided_by_id, DECISION_REVIEW_DUE, one.id, one.review_on, path, detail, day)


def _review_days(day: date) -> tuple[date, ...]:
    return day, day - ONE_DAY, day - ONE_DAY - WEEK


def _review(person: int, kind: str, number: int, due: date, path: str, detail: Told, day: date) -> Told:
    """Told once for each due day and stage: a review moves the day, and the next one is told anew."""
    stage = f"{due}:{_review_days(day).index(due) + 1}"
    return {"person_id": person, "kind": kind, "key": f"{kind}:{number}:{stage}", "path": path, "detail": detail}


def _review_actions(session: Session, day: date, here: Select[int]) -> Iterator[Told]:
    """To the owner: an action agreed in a business review that was due yesterday, or a week before that, and is open."""
    stages = {day - ONE_DAY: 1, day - ONE_DAY - WEEK: 2}
    statement = (
        select(ReviewAction, Unit.name)
        .join(BusinessReview, BusinessReview.id == ReviewAction.review_id)
        .join(Unit, Unit.id == BusinessReview.unit_id)
        .where(ReviewAction.state == ActionState.OPEN, ReviewAction.due_on.in_(stages))
        .where(BusinessReview.state != ReviewState.DRAFT, ReviewAction.owner_id.in_(here))
        .order_by(ReviewAction.id)
    )
    for one, unit in session.execute(statement):
        detail = {"action": one.text, "due_on": one.due_on.isoformat(), "unit": unit}
        page = f"/reports/reviews/{one.review_id}#action-{one.id}"
        yield _notice(one.owner_id, REVIEW_ACTION_OVERDUE, one.id, stages[one.due_on], page, detail)


def _titles(one: Any) -> Told:
    return {"title_en": one.title_en, "title_es": one.title_es}


def _notice(person: int, kind: str, number: int, stage: int, path: str, detail: Told) -> Told:
    return {"person_id": person, "kind": kind, "key": f"{kind}:{number}:{stage}", "path": path, "detail": detail}
