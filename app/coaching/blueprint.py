"""Where the pages of coaching hang, and their tabs."""

from __future__ import annotations

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from app.accounts.access import may, signed_in
from app.accounts.permissions import Permission

bp = Blueprint("coaching", __name__, url_prefix="/coaching", template_folder="templates")


@bp.context_processor
def places() -> dict[str, object]:
    """The views of coaching this reader may go to, as tabs."""
    user = signed_in()
    if user is None:
        return {}
    entries = [
        ("coaching.queue", _("My queue"), may(user, Permission.LOG_SESSIONS)),
        ("coaching.obligations", _("Obligations"), may(user, Permission.SEE_COACHING)),
        ("coaching.by_agent", _("By agent"), may(user, Permission.SEE_COACHING)),
        ("coaching.sessions", _("Sessions"), True),
        ("coaching.commitments", _("Commitments"), True),
        ("coaching.quality", _("Quality"), may(user, Permission.SEE_COACHING)),
        ("coaching.outlines", _("Outlines"), may(user, Permission.SEE_COACHING)),
        ("coaching.policies", _("Policies"), True),
        ("coaching.hours", _("Hours and holidays"), True),
    ]
    return {
        "tabs": [(url_for(name), label, request.endpoint == name) for name, label, allowed in entries if allowed],
        "may_log": may(user, Permission.LOG_SESSIONS),
        "may_ask": not may(user, Permission.SEE_COACHING) and may(user, Permission.LEARN),
    }
