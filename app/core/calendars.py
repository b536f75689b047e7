"""What calendars read: one event for one reader, as an invitation, its change, or an entry of a feed (RFC 5545).

Times are written in the reader's zone with that zone's rules, so that the hour stays right over a change of the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask, current_app
from sqlalchemy.orm import Session

from app.core.clock import zone
from app.core.vtimezone import rules_of

if TYPE_CHECKING:
    from icalendar import Calendar, Event


Source = Callable[[Session, int, datetime], Iterable["Entry"]]
"""What a room has for somebody's calendar, from a moment on."""


def init_app(app: Flask, sources: Sequence[Source]) -> None:
    """Name the rooms that have something for the calendars of people, besides the one that keeps their addresses."""
    app.extensions["calendar_sources"] = tuple(sources)


def entries_of(session: Session, person_id: int, since: datetime) -> list[Entry]:
    """What those rooms have for somebody."""
    return [one for source in current_app.extensions["calendar_sources"] for one in source(session, person_id, since)]


class Method(StrEnum):
    """What a calendar is asked to do with what it is sent."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"
    PUBLISH = "PUBLISH"


@dataclass(frozen=True, slots=True)
class Entry:
    """Something with a beginning and a length. `key` names it for good: a later `revision` replaces an earlier one."""

    key: str
    begins: datetime
    minutes: int
    revision: int
    title: str
    path: str
    off: bool = False
    place: str = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose calendar it is."""

    name: str
    email: str | None
    zone: str


def invitation(entry: Entry, reader: Reader, organiser: str, method: Method, *, on: datetime) -> bytes:
    """What is mailed when something is planned, moved or called off; in the language spoken when it is written."""
    calendar = _calendar(method)
    begins = entry.begins.date()
    calendar.add_component(rules_of(reader.zone, begins, begins))
    event = _event(entry, reader, on=on)
    event.add("organizer", f"mailto:{_sender()}", parameters={"CN": organiser})
    if reader.email:
        asked = {"CN": reader.name, "ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION"}
        event.add("attendee", f"mailto:{reader.email}", parameters=asked)
    calendar.add_component(event)
    return calendar.to_ical()


def feed(entries: Iterable[Entry], reader: Reader, name: str, *, on: datetime) -> bytes:
    """All entries, for a calendar that reads them by itself."""
    calendar = _calendar(Method.PUBLISH)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    shown = list(entries)
    if shown:
        days = [entry.begins.date() for entry in shown]
        calendar.add_component(rules_of(reader.zone, min(days), max(days)))
    for entry in shown:
        calendar.add_component(_event(entry, reader, on=on))
    return calendar.to_ical()


def _calendar(method: Method) -> Calendar:
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//Hilo//Coaching//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method.value)
    return calendar


def _event(entry: Entry, reader: Reader, *, on: datetime) -> Event:
    from icalendar import Event

    event = Event()
    event.add("uid", f"{entry.key}@{urlsplit(current_app.config['BASE_URL']).hostname}")
    event.add("dtstamp", on)
    event.add("sequence", entry.revision)
    event.add("dtstart", entry.begins.astimezone(zone(reader.zone)))
    # A length, not an end: in the hour that comes twice an end on the clock would be before the beginning
    event.add("duration", timedelta(minutes=entry.minutes))
    event.add("summary", entry.title)
    if entry.place:
        event.add("location", entry.place)
    event.add("url", f"{str(current_app.config['BASE_URL']).rstrip('/')}{entry.path}")
    event.add("status", "CANCELLED" if entry.off else "CONFIRMED")
    event.add("class", "PRIVATE")
    return event


def _sender() -> str:
    return parseaddr(current_app.config["MAIL_FROM"])[1]
