"""Where the pages of the curriculum hang, and what they share."""

from __future__ import annotations

from flask import Blueprint
from sqlalchemy.orm import selectinload, undefer

from app.accounts.access import viewer
from app.core.database import one_or_404
from app.curriculum.models import Module

bp = Blueprint("curriculum", __name__, url_prefix="/curriculum", template_folder="templates")


def seen_module(module_id: int) -> Module:
    """A module the viewer may see, with its texts; 404 for any other."""
    return one_or_404(
        Module.visible_to(viewer())
        .where(Module.id == module_id)
        .options(undefer(Module.body_en), undefer(Module.body_es), selectinload(Module.competencies))
    )
