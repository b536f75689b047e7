"""Pages of audits: audits, scorecards, and files coming in."""

from __future__ import annotations

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from app.accounts.access import may, signed_in
from app.accounts.permissions import Permission
from app.accounts.reach import everywhere
from app.audits import labels

bp = Blueprint("audits", __name__, url_prefix="/audits", template_folder="../templates")


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


from app.audits import cli  # noqa: E402, F401 -- its commands
from app.audits.auditing import views as auditing  # noqa: E402, F401
from app.audits.building import views as building  # noqa: E402, F401
from app.audits.calibration import scoring_views  # noqa: E402, F401
from app.audits.calibration import views as calibration  # noqa: E402, F401
from app.audits.disputes import figure_views as dispute_figures  # noqa: E402, F401
from app.audits.disputes import views as disputes  # noqa: E402, F401
from app.audits.dsat import views as dsat  # noqa: E402, F401
from app.audits.reaudits import figure_views, plan_views  # noqa: E402, F401
from app.audits.reaudits import views as reaudits  # noqa: E402, F401
from app.audits.root_causes import views as root_causes  # noqa: E402, F401
from app.audits.sampling import views as sampling  # noqa: E402, F401
from app.audits.views import (  # noqa: E402, F401 -- routes
    audits,
    coverage,
    imports,
    profile_people,
    profile_steps,
    profiles,
    scorecards,
)
