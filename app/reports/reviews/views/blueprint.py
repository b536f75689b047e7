"""What the pages of business reviews share: whose a review is, and where it stands."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, abort, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.access import viewer
from app.accounts.models import Unit
from app.accounts.permissions import Permission
from app.accounts.reach import unit_scope
from app.core.clock import day_of, now
from app.core.database import db, one_or_404
from app.core.i18n import time_zone
from app.governance.decisions.models import Resolution
from app.governance.reviews.models import BusinessReview, ReviewAction

bp = Blueprint("reviews", __name__, url_prefix="/reports/reviews")
SEES, WRITES = Permission.SEE_REPORTS, Permission.SET_POLICIES


def one_seen(review_id: int) -> BusinessReview:
    """A review within sight, with all that is in it."""
    whole = (
        joinedload(BusinessReview.unit),
        joinedload(BusinessReview.frozen_by),
        selectinload(BusinessReview.comments),
        selectinload(BusinessReview.decisions).joinedload(Resolution.decided_by),
        selectinload(BusinessReview.actions).joinedload(ReviewAction.owner),
    )
    return one_or_404(BusinessReview.visible_to(viewer()).where(BusinessReview.id == review_id).options(*whole))


def one_to_change(review_id: int) -> BusinessReview:
    """A review that the viewer may change: unseen it is not found, seen but another's it is not permitted."""
    found = one_seen(review_id)
    if not writes_in(found):
        abort(403)
    return found


def writes_in(found: BusinessReview) -> bool:
    """Whether the viewer sets policies in its unit."""
    scope = unit_scope(viewer(), WRITES)
    return db.session.scalar(select(Unit.id).where(Unit.id == found.unit_id, Unit.id.in_(scope))) is not None


def page_of(found: BusinessReview) -> str:
    """Where it is shown."""
    return url_for("reviews.review", review_id=found.id)


def today() -> date:
    """The reader's day."""
    return day_of(now(), time_zone())
