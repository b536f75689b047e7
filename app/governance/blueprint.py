"""Where the pages of agreed priorities hang, and how they write figures."""

from __future__ import annotations

from flask import Blueprint

from app.core.i18n import number

bp = Blueprint("governance", __name__, url_prefix="/reports/agreed", template_folder="templates")


@bp.context_processor
def words() -> dict[str, object]:
    """How figures are written."""
    return {"points": lambda value: number(100 * value, 1)}
