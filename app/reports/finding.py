"""What the search finds here: reports, saved views and business reviews."""

from __future__ import annotations

from collections.abc import Sequence

from flask import url_for
from flask_babel import lazy_gettext
from sqlalchemy.orm import contains_eager, joinedload

from app.accounts.access import may
from app.accounts.models import Unit
from app.accounts.permissions import Permission
from app.core.finding import Asked, Finder, Hit
from app.core.i18n import month_name
from app.governance.reviews import labels
from app.governance.reviews.models import BusinessReview
from app.reports.gallery import open_to
from app.reports.kept.models import SavedView


def _reports(asked: Asked) -> Sequence[Hit]:
    """By title, or by what they say of themselves."""
    known = open_to(asked.viewer) if may(asked.viewer, Permission.SEE_REPORTS) else []
    found = asked.among((one, (one.title, one.about)) for one in known)
    return [Hit(url_for(f"reports.{one.endpoint}"), str(one.title), str(one.about)) for one in found]


def _views(asked: Asked) -> Sequence[Hit]:
    if not may(asked.viewer, Permission.SEE_REPORTS):
        return ()
    found = SavedView.visible_to(asked.viewer).where(asked.each(SavedView.name)).options(joinedload(SavedView.owner))
    return [
        Hit(url_for("reports.view", view_id=one.id), one.name, one.owner.name)
        for one in asked.first(found.order_by(SavedView.name, SavedView.id))
    ]


def _reviews(asked: Asked) -> Sequence[Hit]:
    """By unit, the latest month first."""
    if not may(asked.viewer, Permission.SEE_REPORTS):
        return ()
    seen = (
        BusinessReview.visible_to(asked.viewer).join(BusinessReview.unit).options(contains_eager(BusinessReview.unit))
    )
    found = seen.where(asked.each(Unit.path, Unit.name))
    return [
        Hit(
            url_for("reviews.review", review_id=one.id),
            one.unit.path.replace("/", " · ") or one.unit.name,
            month_name(one.month),
            (labels.TONES[one.state], labels.STATES[one.state]),
        )
        for one in asked.first(found.order_by(BusinessReview.month.desc(), Unit.path))
    ]


FINDERS = (
    Finder("reports", lazy_gettext("Reports"), _reports),
    Finder("views", lazy_gettext("Saved views"), _views),
    Finder("reviews", lazy_gettext("Business reviews"), _reviews, lambda _words: url_for("reviews.index")),
)
