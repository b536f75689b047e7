"""Deeds on a business review: begin, comment, freeze, decide, agree on actions, settle them, hold. Nothing here commits."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.accounts import record
from app.accounts.models import Unit, User
from app.core.errors import Refused
from app.core.i18n import month_name
from app.governance.decisions import services as decisions
from app.governance.decisions.models import Resolution
from app.governance.reviews import queries, rules
from app.governance.reviews.models import BusinessReview, ReviewAction, ReviewComment
from app.governance.reviews.rules import ActionState, Part, ReviewState

READY, ACTION = "review.ready", "review.action"
"""What people are told: the review may be read; something is theirs to do."""


def path(review: BusinessReview) -> str:
    """The address of a review."""
    return f"/reports/reviews/{review.id}"


def begin(session: Session, unit: Unit, month: date, *, today: date, by: User | None, on: datetime) -> BusinessReview:
    """Make the draft of a unit and month; refused where there is one, or the month has not begun."""
    if month > today:
        raise Refused(_("%(month)s has not begun yet.", month=month_name(month)))
    if session.scalar(queries.one_of(unit.id, month)) is not None:
        raise Refused(
            _("There is already a review of %(unit)s for %(month)s.", unit=unit.name, month=month_name(month))
        )
    made = BusinessReview(unit_id=unit.id, month=month, state=ReviewState.DRAFT, made_at=on)
    session.add(made)
    session.flush()
    record.log(session, "review.begun", made, by=by, on=on, month=f"{month:%Y-%m}")
    return made


def discard(session: Session, review: BusinessReview, *, by: User, on: datetime) -> None:
    """Take a draft away that nothing has been agreed in."""
    _must_be(review, ReviewState.DRAFT)
    if review.actions or review.decisions:
        raise Refused(_("Something was already decided or agreed in this draft, so it can't be deleted."))
    record.log(session, "review.discarded", review, by=by, on=on, month=f"{review.month:%Y-%m}")
    for comment in review.comments:
        session.delete(comment)
    session.flush()
    session.delete(review)
    session.flush()


def comment_on(
    session: Session, review: BusinessReview, part: Part, *, en: str, es: str, revision: int
) -> ReviewComment:
    """Say something of a part of a draft. `revision` is what the writer saw (0: nothing yet); refused when others wrote since."""
    _must_be(review, ReviewState.DRAFT)
    wanted = select(ReviewComment).where(ReviewComment.review_id == review.id, ReviewComment.part == part)
    known = session.scalar(wanted)
    if (known.revision if known is not None else 0) != revision:
        raise Refused(_("Somebody else has changed this comment in the meantime; open the page again to see it."))
    if known is None:
        known = ReviewComment(review_id=review.id, part=part, revision=0)
        session.add(known)
    known.text_en, known.text_es, known.revision = en.strip(), es.strip(), revision + 1
    session.flush()
    session.expire(review, ["comments"])
    return known


def freeze(
    session: Session, review: BusinessReview, figures: dict[str, Any], *, today: date, by: User, on: datetime
) -> None:
    """Keep the figures as they are, for good, and tell the partner managers of the unit that it may be read."""
    _must_be(review, ReviewState.DRAFT)
    if not rules.may_freeze(review.month, today):
        raise Refused(_("%(month)s is not over yet: its figures can still change.", month=month_name(review.month)))
    review.figures, review.state = figures, ReviewState.READY
    review.frozen_at, review.frozen_by_id = on, by.id
    session.flush()
    record.log(session, "review.frozen", review, by=by, on=on, month=f"{review.month:%Y-%m}")
    readers = set(session.scalars(queries.partner_managers(review.unit_id, today))) - {by.id}
    detail = {"unit": review.unit.name, "month": review.month.isoformat()}
    record.tell(session, readers, READY, key=f"{READY}:{review.id}", path=path(review), on=on, **detail)
    for action in review.actions:
        if action.owner_id != by.id and action.state is ActionState.OPEN:
            _tell_owner(session, action, review, on)


def hold(session: Session, review: BusinessReview, held_on: date, *, today: date, by: User, on: datetime) -> None:
    """The review has been talked through: what was decided in it stays as it is."""
    _must_be(review, ReviewState.READY)
    if held_on > today:
        raise Refused(_("A review is held once the meeting is over; that day is still ahead."))
    review.state, review.held_on = ReviewState.HELD, held_on
    session.flush()
    record.log(session, "review.held", review, by=by, on=on, month=f"{review.month:%Y-%m}")


def decide(
    session: Session,
    review: BusinessReview,
    text: str,
    why: str,
    *,
    language: str,
    review_on: date | None = None,
    by: User,
    on: datetime,
) -> Resolution:
    """Write a decision down in the one register of decisions, in the language it was said in."""
    _must_be_open(review)
    said = {"title_en": "", "title_es": "", f"title_{language}": _said(text)}
    facts = {"unit_id": review.unit_id, "decided_on": on.date(), "review_on": review_on, "review_id": review.id}
    made = decisions.decide(session, {**said, "why": _said(why), **facts}, decided_by=by, by=by, on=on)
    session.expire(review, ["decisions"])
    record.log(session, "review.decided", review, by=by, on=on)
    return made


def agree(
    session: Session,
    review: BusinessReview,
    text: str,
    *,
    owner: User,
    due_on: date,
    today: date,
    by: User,
    on: datetime,
) -> ReviewAction:
    """Agree that somebody does something by a day; the owner is told. Refused when the owner could not read the review."""
    _must_be_open(review)
    said = _said(text)
    if due_on < today:
        raise Refused(_("The due date has already passed."))
    among = queries.owners(review.unit_id, today).where(User.id == owner.id)
    if not session.scalar(select(exists(among.order_by(None)))):
        raise Refused(
            _("%(name)s does not see the reviews of this unit, so cannot answer for an action.", name=owner.name)
        )
    made = ReviewAction(review_id=review.id, text=said, owner_id=owner.id, due_on=due_on, state=ActionState.OPEN)
    session.add(made)
    session.flush()
    session.expire(review, ["actions"])
    record.log(session, "review.agreed", review, by=by, on=on, owner=owner.name)
    if owner.id != by.id and review.state is not ReviewState.DRAFT:
        _tell_owner(session, made, review, on)
    return made


def settle(
    session: Session, action: ReviewAction, state: ActionState, outcome: str, *, today: date, by: User, on: datetime
) -> None:
    """Say what became of an action, or take it up again; what is given up needs the reason."""
    if rules.needs_reason(state, outcome):
        raise Refused(_("Say why it is dropped: the reason comes back in the next review."))
    action.state, action.outcome = state, outcome.strip()
    action.settled_on = None if state is ActionState.OPEN else today
    session.flush()
    record.log(session, "review.settled", action.review, by=by, on=on, state=state.value)


def _tell_owner(session: Session, action: ReviewAction, review: BusinessReview, on: datetime) -> None:
    detail = {"action": action.text, "due_on": action.due_on.isoformat(), "unit": review.unit.name}
    page = f"{path(review)}#agreed"
    record.tell(session, [action.owner_id], ACTION, key=f"{ACTION}:{action.id}", path=page, on=on, **detail)


def _said(text: str) -> str:
    said = " ".join(text.split())
    if not said:
        raise Refused(_("Nothing is written there."))
    return said


def _must_be(review: BusinessReview, state: ReviewState) -> None:
    if review.state is state:
        return
    if review.state is ReviewState.DRAFT:
        raise Refused(_("The review is still a draft: freeze its figures first."))
    if review.state is ReviewState.READY:
        raise Refused(_("The figures of this review are frozen: they and what is said of them no longer change."))
    raise Refused(_("This review has been held and no longer changes."))


def _must_be_open(review: BusinessReview) -> None:
    if review.state is ReviewState.HELD:
        raise Refused(_("This review has been held and no longer changes."))
