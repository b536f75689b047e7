"""Pages of audits: audits, scorecards, and files coming in."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("audits", __name__, url_prefix="/audits", template_folder="templates")

from app.audits import cli  # noqa: E402, F401 -- the room's commands
