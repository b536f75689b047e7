"""All doors of the room: where its pages and commands hang, and the modules that hang them there."""

from app.coaching import cli
from app.coaching.blueprint import bp
from app.coaching.outlines import views as outlines
from app.coaching.quality import views as quality
from app.coaching.views import asking, calendar, hours, ledger, log, policies, queue, sessions, several

__all__ = [
    "asking",
    "bp",
    "calendar",
    "cli",
    "hours",
    "ledger",
    "log",
    "outlines",
    "policies",
    "quality",
    "queue",
    "sessions",
    "several",
]
