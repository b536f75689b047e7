"""Where the pages of audits hang, and their tabs."""

from __future__ import annotations

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from app.accounts.access import may, signed_in
from app.accounts.permissions import Permission
from app.accounts.reach import everywhere
from app.audits import labels

bp = Blueprint("audits", __name__, url_prefix="/audits", template_folder="templates")


@bp.context_processor
def places() -> dict[str, object]:
    """The views of audits this reader may go to, as tabs."""
    user = signed_in()
    if user is None:
        return {}
    may_import = may(user, Permission.IMPORT_AUDITS)
    entries = [
        ("audits.desk", _("My audits"), may(user, Permission.AUDIT)),
        ("audits.index", _("Audits"), True),
        ("audits.dsat", _("DSAT"), may(user, Permission.SEE_AUDITS)),
        ("audits.disputes", _("Disputes"), True),
        ("audits.scorecards", _("Scorecards"), True),
        ("audits.imports", _("Imports"), may_import),
        ("audits.profiles", _("Mapping profiles"), may_import),
        ("audits.sampling_plans", _("Sampling"), may(user, Permission.LEAD_QUALITY)),
        ("audits.reaudits", _("Reaudits"), may(user, Permission.AUDIT)),
        ("audits.calibrations", _("Calibrations"), may(user, Permission.AUDIT)),
    ]
    return {
        "tabs": [(url_for(name), label, request.endpoint == name) for name, label, allowed in entries if allowed],
        "may_import": may_import,
        "named_causes": labels.named_causes,
        "may_build": everywhere(user, Permission.LEAD_QUALITY),
    }
