"""Where the first screens hang."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("home", __name__, template_folder="templates", cli_group=None)
