"""What narrows the queue of a lead."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext, pgettext
from sqlalchemy import ColumnElement, select

from app.accounts.filters import by_name, by_unit
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.coaching import labels
from app.coaching.lists.shared import options_of
from app.coaching.models import CoachingSession, Obligation, SessionRecord
from app.coaching.rules import ObligationKind, SessionState
from app.core.clock import day_of, end_of, monday_of
from app.core.tables import Filter, Table

MOST = 200
"""Of a team, or of a few; the whole programme has a list that is read by pages."""


def queue_table(viewer: User, at: datetime, time_zone: str) -> Table:
    """The filters of the queue; weeks are those of `time_zone`."""
    sunday = end_of(monday_of(day_of(at, time_zone)) + timedelta(days=6), time_zone)
    return Table(
        id="queue",
        columns=[],
        filters=[
            by_name(Obligation.person_id, lazy_gettext("Search agents")),
            Filter("kind", lazy_gettext("Owed for"), _owed_for, lambda: options_of(labels.OBLIGATION_KINDS)),
            Filter("when", lazy_gettext("Due"), lambda v: _due(v, at, sunday), due_options),
            Filter("planned", lazy_gettext("Session"), _planned, planned_options),
            by_unit(Obligation.person_id, viewer, Permission.LOG_SESSIONS),
        ],
        per_page=MOST,
    )


def due_options() -> Sequence[tuple[str, Any]]:
    """Due already, this week, or later."""
    return [("overdue", pgettext("obligation", "Overdue")), ("this_week", _("This week")), ("later", _("Later"))]


def _due(value: str, at: datetime, sunday: datetime) -> ColumnElement[bool]:
    if value == "overdue":
        return Obligation.due_at < at
    if value == "this_week":
        return (Obligation.due_at >= at) & (Obligation.due_at < sunday)
    return Obligation.due_at >= sunday


def planned_options() -> Sequence[tuple[str, Any]]:
    """Whether a session is planned with the agent."""
    return [("yes", _("scheduled")), ("no", _("not scheduled"))]


def _planned(value: str) -> ColumnElement[bool]:
    planned = (
        select(SessionRecord.person_id)
        .join(CoachingSession, CoachingSession.id == SessionRecord.session_id)
        .where(CoachingSession.state == SessionState.SCHEDULED)
    )
    found = Obligation.person_id.in_(planned)
    return found if value == "yes" else ~found


def _owed_for(value: str) -> ColumnElement[bool]:
    return Obligation.kind == ObligationKind(value)
