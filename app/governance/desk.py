"""What is kept of the programme beside its figures: the blueprint of initiatives, risks and decisions, and their tabs."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from app.accounts.access import viewer
from app.core.clock import day_of, now
from app.core.i18n import time_zone
from app.governance import scoping

desk = Blueprint("desk", __name__, url_prefix="/governance", template_folder="templates")


def views() -> list[tuple[str, str, bool]]:
    """The lists of this desk, as tabs."""
    here = request.endpoint
    return [(url_for(f"desk.{name}"), label, here == f"desk.{name}") for name, label in _lists()]


def _lists() -> list[tuple[str, str]]:
    return [("initiatives", _("Initiatives")), ("risks", _("Risks")), ("decisions", _("Decisions"))]


def today() -> date:
    """The reader's day."""
    return day_of(now(), time_zone())


def writes() -> bool:
    """Whether the viewer may put something down here, somewhere."""
    return scoping.writes(viewer())
