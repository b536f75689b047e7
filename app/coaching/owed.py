"""What a lead owes, as their queue and the first screen of a lead show it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import pgettext
from sqlalchemy import Select, func, select

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.reach import unit_scope
from app.coaching import agenda, labels, lists, queries
from app.coaching.compliance import target_in
from app.coaching.models import Obligation
from app.core.clock import day_of, end_of, monday_of
from app.core.database import db
from app.gaps.labels import sureness


def _counts(mine: Select[Obligation], at: datetime, time_zone: str) -> Select[int, int, int]:
    """How much there is in the queue, overdue, and due by the end of this week, whatever is filtered."""
    sunday = end_of(monday_of(day_of(at, time_zone)) + timedelta(days=6), time_zone)
    due = mine.order_by(None).with_only_columns(Obligation.due_at).subquery().c.due_at
    return select(func.count(), func.count().filter(due < at), func.count().filter(due < sunday)).select_from(due.table)


def context(user: User, at: datetime, time_zone: str) -> dict[str, Any]:
    """What the template of the queue asks for: what is owed by group, and the lead's month."""
    month = agenda.my_month(db.session(), user, at=at, time_zone=time_zone)
    team = db.session.scalar(select(func.min(unit_scope(user, Permission.LOG_SESSIONS).subquery().c[0])))
    mine = queries.queue(user, at)
    page = lists.queue_table(user, at, time_zone).page(mine)
    owed = [row.item for row in page.rows]
    entries = agenda.entries(db.session(), user, owed, at=at, time_zone=time_zone)
    total, overdue, soon = db.session.execute(_counts(mine, at, time_zone)).one()
    groups = {
        "overdue": pgettext("obligations", "Overdue"),
        "this_week": _("This week"),
        "next_week": _("Next week"),
        "later": _("Later"),
    }
    return {
        "groups": [(key, title, [e for e in entries if e.group == key]) for key, title in groups.items()],
        "soon": soon,
        "overdue": overdue,
        "total": total,
        "narrowed": page,
        "may_choose": sum(entry.planned is None for entry in entries) > 1,
        "month": month,
        "at": at,
        "cause": labels.cause,
        "due": labels.due,
        "left": labels.left,
        "sureness": sureness,
        "target": target_in(db.session(), team, month.month),
    }
