"""Sessions as calendars read them: invitations, their changes, and a person's own feed (RFC 5545).

Times are written in the reader's zone with that zone's rules, so that the hour stays right over a change of the clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import gettext as _

from app.accounts.models import User
from app.coaching.models import CoachingSession
from app.coaching.rules import SessionState
from app.coaching.vtimezone import rules_of
from app.core.clock import zone

if TYPE_CHECKING:
    from icalendar import Calendar, Event


class Method(StrEnum):
    """What a calendar is asked to do with what it is sent."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"
    PUBLISH = "PUBLISH"


def zone_of(reader: User) -> str:
    """The time zone somebody reads in."""
    return reader.time_zone or str(current_app.config["PROGRAMME_TIME_ZONE"])


def invitation(
    planned: CoachingSession, reader: User, agents: Sequence[User], method: Method, *, on: datetime
) -> bytes:
    """What is mailed when a session is planned, moved or called off; in the language spoken when it is written."""
    calendar = _calendar(method)
    begins = _begins(planned).date()
    calendar.add_component(rules_of(zone_of(reader), begins, begins))
    event = _event(planned, reader, agents, on=on)
    event.add("organizer", f"mailto:{_sender()}", parameters={"CN": planned.coach.name})
    if reader.email:
        asked = {"CN": reader.name, "ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION"}
        event.add("attendee", f"mailto:{reader.email}", parameters=asked)
    calendar.add_component(event)
    return calendar.to_ical()


def feed(sessions: Iterable[tuple[CoachingSession, Sequence[User]]], reader: User, *, on: datetime) -> bytes:
    """All of somebody's sessions that are planned or were, for a calendar that reads them by itself."""
    calendar = _calendar(Method.PUBLISH)
    calendar.add("x-wr-calname", _("Coaching sessions"))
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    shown = list(sessions)
    if shown:
        days = [_begins(planned).date() for planned, _agents in shown]
        calendar.add_component(rules_of(zone_of(reader), min(days), max(days)))
    for planned, agents in shown:
        calendar.add_component(_event(planned, reader, agents, on=on))
    return calendar.to_ical()


def _calendar(method: Method) -> Calendar:
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//Hilo//Coaching//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method.value)
    return calendar


def _event(planned: CoachingSession, reader: User, agents: Sequence[User], *, on: datetime) -> Event:
    from icalendar import Event

    event = Event()
    begins = _begins(planned).astimezone(zone(zone_of(reader)))
    event.add("uid", f"coaching-session-{planned.id}@{urlsplit(current_app.config['BASE_URL']).hostname}")
    event.add("dtstamp", on)
    event.add("sequence", planned.revision)
    event.add("dtstart", begins)
    # A length, not an end: in the hour that comes twice an end on the clock would be before the beginning
    event.add("duration", timedelta(minutes=planned.minutes))
    event.add("summary", title(planned, reader, agents))
    event.add("url", f"{str(current_app.config['BASE_URL']).rstrip('/')}/coaching/sessions/{planned.id}")
    off = planned.state in (SessionState.CANCELLED, SessionState.NO_SHOW)
    event.add("status", "CANCELLED" if off else "CONFIRMED")
    event.add("class", "PRIVATE")
    return event


def _begins(planned: CoachingSession) -> datetime:
    return planned.held_at or planned.scheduled_for or planned.logged_at


def title(planned: CoachingSession, reader: User, agents: Sequence[User]) -> str:
    """What a session is called in somebody's calendar: an agent reads the coach's name alone."""
    if reader.id != planned.coach_id:
        return _("Coaching session with %(name)s", name=planned.coach.name)
    return _("Coaching session with %(name)s", name=", ".join(agent.name for agent in agents))


def _sender() -> str:
    from email.utils import parseaddr

    return parseaddr(current_app.config["MAIL_FROM"])[1]
