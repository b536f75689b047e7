"""Deeds of coaching quality: a plan made and ended, sessions drawn, a review written, a talk with the coach logged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.accounts.models import Unit, User
from app.accounts.queries import subtree
from app.accounts.record import log, tell
from app.coaching.models import CoachingSession, SessionRecord
from app.coaching.quality.models import Review, ReviewPlan
from app.coaching.quality.rules import MOST_A_COACH, Item, Mark, draw, score
from app.coaching.rules import SessionKind, SessionState
from app.coaching.services import Said, log_session
from app.core.clock import last_month, next_month
from app.core.database import affected
from app.core.errors import Refused


def make_plan(session: Session, unit: Unit, per_coach: int, *, first_month: date, by: User, on: datetime) -> ReviewPlan:
    """Have so many sessions of each coach of a unit drawn each month. `Refused` while another plan does so there."""
    if not 1 <= per_coach <= MOST_A_COACH:
        raise Refused(_("Between 1 and %(most)s sessions of each coach are drawn a month.", most=MOST_A_COACH))
    running = select(ReviewPlan.id).where(ReviewPlan.unit_id == unit.id, ReviewPlan.ended_on.is_(None))
    if session.scalar(running.limit(1)) is not None:
        raise Refused(_("A plan already draws sessions of this unit. End it first."))
    plan = ReviewPlan(unit_id=unit.id, per_coach=per_coach, first_month=first_month, made_by_id=by.id)
    session.add(plan)
    session.flush()
    log(session, "review_plan.made", plan, by=by, on=on, unit=unit.path, per_coach=per_coach)
    return plan


def end_plan(session: Session, plan: ReviewPlan, *, today: date, by: User, on: datetime) -> None:
    """Draw no more; what was drawn stays. The same said twice is no news."""
    ended = update(ReviewPlan).where(ReviewPlan.id == plan.id, ReviewPlan.ended_on.is_(None)).values(ended_on=today)
    if affected(session, ended):
        log(session, "review_plan.ended", plan, by=by, on=on)
    session.refresh(plan)


def draw_months(session: Session, day: date, *, on: datetime) -> int:
    """Draw what plans ask for of the month before, where nothing was drawn of it yet; returns how many sessions.

    Only sessions held with Hilo, and each at most once; the draw is the same whenever it is made up.
    """
    month, drawn = last_month(day), 0
    plans = select(ReviewPlan).where(ReviewPlan.first_month <= month, ReviewPlan.ended_on.is_(None))
    for plan in session.scalars(plans.order_by(ReviewPlan.id)).all():
        done = select(Review.id).where(Review.plan_id == plan.id, Review.month == month)
        if session.scalar(done.limit(1)) is None:
            drawn += _draw(session, plan, month, on)
    return drawn


def _draw(session: Session, plan: ReviewPlan, month: date, on: datetime) -> int:
    held = (
        select(CoachingSession.coach_id, CoachingSession.id, func.min(SessionRecord.team_id))
        .join(SessionRecord, SessionRecord.session_id == CoachingSession.id)
        .where(
            CoachingSession.state == SessionState.HELD,
            CoachingSession.from_history.is_(False),
            CoachingSession.held_on >= month,
            CoachingSession.held_on < next_month(month),
            SessionRecord.absent.is_(False),
            SessionRecord.team_id.in_(subtree(plan.unit_id)),
            CoachingSession.id.not_in(select(Review.session_id)),
        )
        .group_by(CoachingSession.coach_id, CoachingSession.id)
    )
    teams: dict[int, int] = {}
    by_coach: dict[int, list[int]] = defaultdict(list)
    for coach, number, team in session.execute(held):
        if team is not None:
            teams[number] = team
            by_coach[coach].append(number)
    coaches = dict(session.execute(select(User.id, User.employee_no).where(User.id.in_(by_coach))).all())
    found = [
        Review(plan_id=plan.id, session_id=one, coach_id=coach, team_id=teams[one], month=month, drawn_at=on)
        for coach, those in sorted(by_coach.items())
        for one in draw(those, plan.per_coach, f"{plan.unit.path}:{plan.first_month}:{month}:{coaches[coach]}")
    ]
    session.add_all(found)
    session.flush()
    return len(found)


def review(
    session: Session, found: Review, marks: Mapping[Item, Mark], comment: str, *, by: User, on: datetime
) -> None:
    """Write what was found in a session; the coach is told. `Refused` to the coach, and once it is reviewed."""
    if found.coach_id == by.id:
        raise Refused(_("Your own sessions are reviewed by somebody else."))
    if set(marks) != set(Item):
        raise Refused(_("Each line of the rubric needs a mark."))
    reached, comment = score(marks), comment.strip()
    if reached is None:
        raise Refused(_("At least one line of the rubric must apply."))
    if Mark.NO in marks.values() and not comment:
        raise Refused(_("Say in the comment what was missing."))
    values = {
        "reviewer_id": by.id,
        "reviewed_at": on,
        "marks": {item.value: mark.value for item, mark in marks.items()},
        "points": reached[0],
        "points_of": reached[1],
        "comment": comment,
    }
    done = update(Review).where(Review.id == found.id, Review.reviewed_at.is_(None)).values(**values)
    if affected(session, done) != 1:
        raise Refused(_("Somebody else has reviewed this session in the meantime."))
    session.refresh(found)
    log(session, "coaching.reviewed", found, by=by, on=on, person_id=found.coach_id)
    path = f"/coaching/quality/{found.id}"
    tell(session, [found.coach_id], "coaching.reviewed", key=f"review:{found.id}", path=path, on=on, name=by.name)


def log_talk(
    session: Session, found: Review, said: Said, *, held_at: datetime, by: User, on: datetime
) -> CoachingSession:
    """Log a session held with the coach about a review. `Refused` before the review, and the second time."""
    if found.reviewed_at is None or found.talk_id is not None:
        raise Refused(_("Each review has one conversation, once it is written."))
    held = log_session(session, by=by, kind=SessionKind.COACH_THE_COACH, held_at=held_at, records=[said], on=on)
    talked = update(Review).where(Review.id == found.id, Review.talk_id.is_(None)).values(talk_id=held.id)
    if affected(session, talked) != 1:
        raise Refused(_("Each review has one conversation, once it is written."))
    session.refresh(found)
    return held
