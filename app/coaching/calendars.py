"""Coaching sessions as calendars read them: invitations, their changes, and a person's own feed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from flask import current_app
from flask_babel import gettext as _

from app.accounts.models import User
from app.coaching.models import CoachingSession
from app.coaching.rules import SessionState
from app.core import calendars
from app.core.calendars import Entry, Method, Reader

__all__ = ["Method", "entry", "feed", "invitation", "title", "zone_of"]


def zone_of(reader: User) -> str:
    """The time zone somebody reads in."""
    return reader.time_zone or str(current_app.config["PROGRAMME_TIME_ZONE"])


def invitation(
    planned: CoachingSession, reader: User, agents: Sequence[User], method: Method, *, on: datetime, out: bool = False
) -> bytes:
    """What is mailed when a session is planned, moved or called off; in the language spoken when it is written.

    For who no longer takes part (`out`) it is called off, whatever it is for the others.
    """
    return calendars.invitation(
        entry(planned, reader, agents, out=out), _reader(reader), planned.coach.name, method, on=on
    )


def feed(
    sessions: Iterable[tuple[CoachingSession, Sequence[User]]],
    reader: User,
    *,
    live: Iterable[Entry] = (),
    on: datetime,
) -> bytes:
    """All of somebody's sessions that are planned or were, with all that is held `live`, for a calendar that reads them."""
    entries = [*(entry(planned, reader, agents) for planned, agents in sessions), *live]
    return calendars.feed(entries, _reader(reader), _("Coaching and training"), on=on)


def _reader(reader: User) -> Reader:
    return Reader(reader.name, reader.email, zone_of(reader))


def entry(planned: CoachingSession, reader: User, agents: Sequence[User], *, out: bool = False) -> Entry:
    """A session as it stands in somebody's calendar; called off for who no longer takes part (`out`)."""
    return Entry(
        key=f"coaching-session-{planned.id}",
        begins=planned.held_at or planned.scheduled_for or planned.logged_at,
        minutes=planned.minutes,
        revision=planned.revision,
        title=title(planned, reader, agents),
        path=f"/coaching/sessions/{planned.id}",
        off=out or planned.state in (SessionState.CANCELLED, SessionState.NO_SHOW),
    )


def title(planned: CoachingSession, reader: User, agents: Sequence[User]) -> str:
    """What a session is called in somebody's calendar: an agent reads the coach's name alone."""
    if reader.id != planned.coach_id:
        return _("Coaching session with %(name)s", name=planned.coach.name)
    return _("Coaching session with %(name)s", name=", ".join(agent.name for agent in agents))
