"""The first page of a team lead: whom a session is owed, and by when."""

from __future__ import annotations

from datetime import datetime

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from app.accounts.access import may, requires, viewer
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.coaching import queries
from app.coaching.blueprint import bp
from app.coaching.lists.queue import MOST
from app.coaching.models import Obligation
from app.coaching.owed import context
from app.core import i18n
from app.core.clock import now
from app.core.database import db


@bp.get("")
@requires(Permission.USE)
def queue() -> ResponseReturnValue:
    """What is owed, the first due first; who owes nothing, or for more than a page holds, goes on to the list."""
    user = viewer()
    if not may(user, Permission.LOG_SESSIONS):
        onward = "coaching.obligations" if may(user, Permission.SEE_COACHING) else "coaching.sessions"
        return redirect(url_for(onward))
    if _length(user, now()) > MOST:
        return redirect(url_for("coaching.obligations", state="open"))
    return render_template("coaching/queue.html", **context(user, now(), i18n.time_zone()))


def _length(user: User, at: datetime) -> int:
    owed = queries.queue(user, at).with_only_columns(Obligation.id).order_by(None).limit(MOST + 1)
    return db.session.scalar(select(func.count()).select_from(owed.subquery())) or 0
