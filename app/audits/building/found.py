"""What the pages of the builder look up, each within the viewer's reach."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload
from werkzeug.exceptions import Forbidden

from app.accounts.access import viewer
from app.accounts.permissions import Permission
from app.accounts.reach import everywhere
from app.audits import reading
from app.audits.building import services as building
from app.audits.building.document import Document
from app.audits.building.models import ScorecardDraft
from app.audits.models import ScorecardVersion
from app.core.database import db, one_or_404
from app.curriculum.models import Competency


def document_of(version_id: int) -> Document:
    """A version as a document of the builder."""
    return building.document_of(reading.criteria(db.session(), version_id))


def competencies() -> Sequence[tuple[str, str]]:
    """Code and name of every competency, by name."""
    rows = db.session.execute(select(Competency.code, Competency.name.sql()).order_by(Competency.name.sql()))
    return [(code, name) for code, name in rows]


def draft_of(draft_id: int) -> ScorecardDraft:
    """A draft within the viewer's reach, with what it began as; 404 for any other."""
    mine = ScorecardDraft.visible_to(viewer()).where(ScorecardDraft.id == draft_id)
    return one_or_404(mine.options(joinedload(ScorecardDraft.based_on), joinedload(ScorecardDraft.by)))


def version_of(version_id: int) -> ScorecardVersion:
    """A version with its scorecard; 404 where there is none."""
    found = select(ScorecardVersion).where(ScorecardVersion.id == version_id)
    return one_or_404(found.options(joinedload(ScorecardVersion.scorecard)))


def need_all() -> None:
    """Forbidden to who does not lead the quality of the whole programme."""
    if not everywhere(viewer(), Permission.LEAD_QUALITY):
        raise Forbidden
