"""Where the pages of people hang: one's account, the list of people, administration, and the command for settings."""

from __future__ import annotations

from flask import Blueprint

account = Blueprint("account", __name__, template_folder="templates")
people = Blueprint("people", __name__, url_prefix="/people", template_folder="templates")
admin = Blueprint("admin", __name__, url_prefix="/admin", template_folder="templates")
settings = Blueprint("settings", __name__)
