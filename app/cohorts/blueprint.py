"""Where the pages of cohorts hang, and their tabs."""

from __future__ import annotations

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from app.accounts.access import may, signed_in
from app.accounts.permissions import Permission
from app.cohorts import labels

bp = Blueprint("cohorts", __name__, url_prefix="/cohorts", template_folder="templates")


@bp.context_processor
def places() -> dict[str, object]:
    """The views of this room this reader may go to, as tabs."""
    user = signed_in()
    if user is None:
        return {}
    sees = may(user, Permission.SEE_COHORTS)
    entries = [
        ("cohorts.index", _("Cohorts"), sees),
        ("cohorts.trainers", _("Trainers"), sees),
        ("cohorts.deliveries", _("Deliveries"), sees),
        ("cohorts.launches", _("Launches"), sees),
        ("cohorts.programmes", _("Trainer programmes"), sees),
        ("cohorts.mine", _("My trainer path"), True),
    ]
    return {
        "tabs": [(url_for(name), label, request.endpoint == name) for name, label, allowed in entries if allowed],
        "may_run": may(user, Permission.RUN_COHORTS),
        "may_nominate": may(user, Permission.NOMINATE),
        "labels": labels,
    }
