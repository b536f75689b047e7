"""Where the pages of remedies hang: of rules, and of the thread of each gap."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("remedies", __name__, url_prefix="/remedies", template_folder="templates")
thread = Blueprint("thread", __name__, url_prefix="/gaps", template_folder="templates")
