"""Where the pages of figures from files hang, and their tabs."""

from __future__ import annotations

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

bp = Blueprint("metrics", __name__, url_prefix="/metrics", template_folder="templates")


def views() -> list[tuple[str, str, bool]]:
    """The lists of this room, as tabs."""
    here = request.endpoint
    return [
        (url_for("metrics.index"), _("Values"), here == "metrics.index"),
        (url_for("metrics.targets"), _("Targets"), here == "metrics.targets"),
    ]
