"""Scorecards: their versions, and what one of them asks."""

from __future__ import annotations

from itertools import groupby

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.access import requires, viewer
from app.accounts.permissions import Permission
from app.audits import labels, reading, services
from app.audits.blueprint import bp
from app.audits.building.models import ScorecardDraft
from app.audits.lists import scorecards as lists
from app.audits.models import Scorecard, ScorecardVersion
from app.core.database import db, one_or_404


@bp.get("/scorecards")
@requires(Permission.USE)
def scorecards() -> ResponseReturnValue:
    """The versions of all scorecards."""
    drafts = ScorecardDraft.visible_to(viewer()).order_by(ScorecardDraft.changed_at.desc())
    return lists.version_table().answer(
        lists.versions(viewer()), "audits/scorecards.html", drafts=db.session.scalars(drafts).all()
    )


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
    return render_template(
        "audits/scorecard.html",
        version=found,
        sections=sections,
        criteria=criteria,
        labels=labels,
        frozen=bool(db.session.scalars(services.scorecards.used([found.id])).all()),
        others=_others(found),
    )


def _others(version: ScorecardVersion) -> list[ScorecardVersion]:
    """The other versions of the same scorecard, the newest first."""
    same = ScorecardVersion.scorecard_id == version.scorecard_id, ScorecardVersion.id != version.id
    return list(db.session.scalars(select(ScorecardVersion).where(*same).order_by(ScorecardVersion.id.desc())))
