"""Two versions of a scorecard, or a draft and what it began as, side by side."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.exceptions import NotFound

from app.accounts.access import requires
from app.accounts.permissions import Permission
from app.audits import labels as words
from app.audits.blueprint import bp
from app.audits.building import labels
from app.audits.building.difference import Change, compare
from app.audits.building.document import Document, from_data
from app.audits.building.found import competencies, document_of, draft_of, version_of
from app.audits.models import ScorecardVersion
from app.core.database import db
from app.core.web import row_number


@bp.get("/scorecards/<int:version_id>/compare")
@requires(Permission.USE)
def compare_scorecards(version_id: int) -> ResponseReturnValue:
    """A version beside an earlier one (`with`), the one before it unless another is chosen."""
    version = version_of(version_id)
    mine = ScorecardVersion.scorecard_id == version.scorecard_id
    others = db.session.scalars(select(ScorecardVersion).where(mine).order_by(ScorecardVersion.id)).all()
    asked = request.args.get("with", type=row_number)
    before = next((one for one in others if one.id == asked), None)
    if before is None:
        earlier = [one for one in others if one.id < version.id]
        before = earlier[-1] if earlier else version
    names = (before.label, version.label)
    choices = [one for one in others if one.id != version.id]
    return _side_by_side(
        document_of(before.id), document_of(version.id), names, version=version, choices=choices, old=before
    )


@bp.get("/scorecards/drafts/<int:draft_id>/compare")
@requires(Permission.LEAD_QUALITY)
def compare_draft(draft_id: int) -> ResponseReturnValue:
    """A draft beside the version it began as."""
    draft = draft_of(draft_id)
    if draft.based_on is None:
        raise NotFound
    names = (draft.based_on.label, _("draft of %(label)s", label=draft.label))
    return _side_by_side(
        document_of(draft.based_on.id), from_data(draft.content), names, draft=draft, old=draft.based_on
    )


def _side_by_side(before: Document, after: Document, names: tuple[str, str], **context: object) -> ResponseReturnValue:
    rows = compare(before, after)
    counts = {change: sum(row.change is change for row in rows) for change in Change}
    return render_template(
        "audits/building/compare.html",
        rows=rows,
        counts=counts,
        names=names,
        labels=words,
        changes=labels.CHANGES,
        looks=labels.CHANGE_LOOKS,
        competencies=dict(competencies()),
        **context,
    )
