"""The coverage map: what audits ask, what competency that is about, and what teaches it."""

from __future__ import annotations

from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from app.accounts.access import requires, viewer
from app.accounts.permissions import Permission
from app.audits.blueprint import bp
from app.audits.lists import coverage as lists
from app.core.clock import now
from app.core.database import db
from app.curriculum.services import programme_day


@bp.get("/coverage")
@requires(Permission.WRITE_MODULES)
def coverage() -> ResponseReturnValue:
    """Each criterion that audits ask today, with its competency, its modules, and how often it was missed."""
    today = programme_day(now())
    asked = lists.coverage(viewer(), today)
    in_holes = asked.where(lists.holes()).order_by(None).subquery()
    return lists.coverage_table(viewer(), today).answer(
        asked, "audits/coverage.html", holes=db.session.scalar(select(func.count()).select_from(in_holes)) or 0
    )
