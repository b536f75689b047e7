"""The first page of a team lead: whom a session is owed, and by when."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import may, requires, viewer
from app.accounts.permissions import Permission
from app.coaching import agenda, labels
from app.coaching.views import bp
from app.core import i18n
from app.core.clock import now
from app.core.database import db
from app.gaps.labels import sureness

TARGET = 0.9
"""The share in time that a lead's own month is shown against."""


@bp.get("")
@requires(Permission.USE)
def queue() -> ResponseReturnValue:
    """What is owed, the first due first; who owes nothing goes on to the list of what they may see."""
    user = viewer()
    if not may(user, Permission.LOG_SESSIONS):
        onward = "coaching.obligations" if may(user, Permission.SEE_COACHING) else "coaching.sessions"
        return redirect(url_for(onward))
    at, zone = now(), i18n.time_zone()
    entries = agenda.entries(db.session(), user, at=at, time_zone=zone)
    groups = {
        "overdue": _("Overdue"),
        "this_week": _("This week"),
        "next_week": _("Next week"),
        "later": _("Later"),
    }
    return render_template(
        "coaching/queue.html",
        groups=[(key, title, [e for e in entries if e.group == key]) for key, title in groups.items()],
        soon=sum(entry.group in ("overdue", "this_week") for entry in entries),
        overdue=sum(entry.late for entry in entries),
        total=len(entries),
        month=agenda.my_month(db.session(), user, at=at, time_zone=zone),
        at=at,
        cause=labels.cause,
        sureness=sureness,
        target=TARGET,
    )
