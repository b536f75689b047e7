"""Scorecards: their versions, and what one of them asks."""

from __future__ import annotations

from itertools import groupby

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from app.accounts.access import requires, viewer
from app.accounts.permissions import Permission
from app.audits import labels, reading
from app.audits.lists import scorecards as lists
from app.audits.models import Scorecard, ScorecardVersion
from app.audits.views import bp
from app.core.database import db, one_or_404


@bp.get("/scorecards")
@requires(Permission.USE)
def scorecards() -> ResponseReturnValue:
    """The versions of all scorecards."""
    return lists.version_table().answer(lists.versions(viewer()), "audits/scorecards.html")


@bp.get("/scorecards/<int:version_id>")
@requires(Permission.USE)
def scorecard(version_id: int) -> ResponseReturnValue:
    """A version: its criteria with their weights, classes and competencies."""
    found = one_or_404(
        Scorecard.visible_to(viewer())
        .join(Scorecard.versions)
        .with_only_columns(ScorecardVersion)
        .where(ScorecardVersion.id == version_id)
        .options(joinedload(ScorecardVersion.scorecard))
    )
    criteria = reading.criteria(db.session(), found.id)
    sections = [
        (group[0].section, group)
        for _id, each in groupby(criteria, lambda one: one.section_id)
        if (group := list(each))
    ]
    return render_template("audits/scorecard.html", version=found, sections=sections, criteria=criteria, labels=labels)
