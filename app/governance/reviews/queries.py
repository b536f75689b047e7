"""Reads on business reviews: what comes back from those before, who may answer, what waits for whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload

from app.accounts.models import Grant, UnitTree, User
from app.accounts.permissions import Permission, Role, roles_with
from app.accounts.queries import valid_on
from app.accounts.reach import unit_scope
from app.core.clock import month_start
from app.governance.decisions.models import Resolution
from app.governance.reviews.models import BusinessReview, ReviewAction
from app.governance.reviews.rules import ActionState, ReviewState


def one_of(unit_id: int, month: date) -> Select[BusinessReview]:
    """The review of a unit and month."""
    return select(BusinessReview).where(BusinessReview.unit_id == unit_id, BusinessReview.month == month)


def came_back(unit_id: int, month: date) -> Select[ReviewAction]:
    """What was agreed in earlier reviews of the unit: all of the last one, and of those before what was open until then."""
    later, earlier = aliased(BusinessReview), BusinessReview.unit_id == unit_id
    last = (
        select(later.month)
        .where(later.unit_id == unit_id, later.month < month)
        .order_by(later.month.desc())
        .limit(1)
        .scalar_subquery()
    )
    carried = or_(ReviewAction.state == ActionState.OPEN, ReviewAction.settled_on >= last)
    return (
        select(ReviewAction)
        .join(ReviewAction.review)
        .where(earlier, BusinessReview.month < month, or_(BusinessReview.month == last, carried))
        .options(contains_eager(ReviewAction.review), joinedload(ReviewAction.owner))
        .order_by(ReviewAction.due_on, ReviewAction.id)
    )


def decided_before(unit_id: int, month: date) -> Select[Resolution]:
    """What was decided in earlier reviews of the unit: all of the last one, and of those before what is to be looked at again."""
    later = aliased(BusinessReview)
    last = select(func.max(later.month)).where(later.unit_id == unit_id, later.month < month).scalar_subquery()
    open_still = and_(Resolution.review_on.is_not(None), Resolution.stands())
    return (
        select(Resolution)
        .join(Resolution.review)
        .where(BusinessReview.unit_id == unit_id, BusinessReview.month < month)
        .where(or_(BusinessReview.month == last, open_still))
        .options(contains_eager(Resolution.review), joinedload(Resolution.decided_by))
        .order_by(BusinessReview.month.desc(), Resolution.id)
    )


def superseded(decisions: Sequence[Resolution]) -> Select[int | None]:
    """Ids of those among them that another decision took the place of."""
    return select(Resolution.supersedes_id).where(Resolution.supersedes_id.in_([one.id for one in decisions]))


def owners(unit_id: int, today: date) -> Select[User]:
    """Who may answer for an action: who holds a role that reads the unit's reviews, over it or above it."""
    above = select(UnitTree.ancestor_id).where(UnitTree.unit_id == unit_id)
    holders = select(Grant.user_id).where(
        Grant.unit_id.in_(above), Grant.role.in_(roles_with(Permission.SEE_REPORTS)), valid_on(Grant, today)
    )
    return select(User).where(User.id.in_(holders), _here(today)).order_by(User.name)


def partner_managers(unit_id: int, today: date) -> Select[int]:
    """Whom a review of the unit is for: the partner managers over it."""
    above = select(UnitTree.ancestor_id).where(UnitTree.unit_id == unit_id)
    return (
        select(Grant.user_id)
        .join(User, User.id == Grant.user_id)
        .where(Grant.unit_id.in_(above), Grant.role == Role.PARTNER_MANAGER, valid_on(Grant, today), _here(today))
        .distinct()
    )


def waiting(viewer: User, today: date) -> Select[BusinessReview]:
    """Reviews with a next step for the viewer: drafts of months that are over to freeze, ready ones to read or hold."""
    mine = BusinessReview.unit_id.in_(unit_scope(viewer, Permission.SET_POLICIES))
    to_freeze = and_(mine, BusinessReview.state == ReviewState.DRAFT, BusinessReview.month < month_start(today))
    return (
        BusinessReview.visible_to(viewer)
        .where(or_(to_freeze, BusinessReview.state == ReviewState.READY))
        .options(joinedload(BusinessReview.unit))
        .order_by(BusinessReview.month, BusinessReview.id)
    )


def overdue(viewer: User, today: date) -> Select[ReviewAction]:
    """The viewer's own actions that should have been done by now, the oldest first."""
    return (
        select(ReviewAction)
        .join(ReviewAction.review)
        .where(ReviewAction.owner_id == viewer.id, ReviewAction.state == ActionState.OPEN, ReviewAction.due_on < today)
        .where(ReviewAction.review_id.in_(BusinessReview.visible_to(viewer).with_only_columns(BusinessReview.id)))
        .options(contains_eager(ReviewAction.review).joinedload(BusinessReview.unit))
        .order_by(ReviewAction.due_on, ReviewAction.id)
    )


def _here(day: date) -> ColumnElement[bool]:
    return or_(User.left_on.is_(None), User.left_on > day)
