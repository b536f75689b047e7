"""Where the pages of gaps hang."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("gaps", __name__, url_prefix="/gaps", template_folder="templates")
