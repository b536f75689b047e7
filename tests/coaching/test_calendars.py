"""Calendar files, read by parsers that know nothing of Hilo: the right hour in each zone, across changes of the clock."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import vobject
from flask import Flask
from icalendar import Calendar
from sqlalchemy import select

from app.accounts.models import Absence, AbsenceKind, Activity, Letters, Notice
from app.accounts.permissions import Role
from app.coaching import calendars, services
from app.coaching.calendars import Method
from app.coaching.conflicts import conflicts
from app.coaching.models import CalendarFeed, CoachingSession
from app.coaching.rules import SessionKind
from app.core.clock import now
from app.core.i18n import speak
from tests.coaching.conftest import NOON
from tests.conftest import Cast, make_user

As = Callable[..., Any]
ZONES = ("America/Mexico_City", "America/Bogota", "Europe/Madrid", "America/Los_Angeles")
MOMENTS = [
    datetime(2026, 3, 6, 16, 30, tzinfo=UTC),
    datetime(2026, 3, 9, 16, 30, tzinfo=UTC),  # after the change in Los Angeles
    datetime(2026, 3, 30, 8, 15, tzinfo=UTC),  # after the change in Madrid
    datetime(2026, 10, 26, 9, 0, tzinfo=UTC),  # Madrid back
    datetime(2026, 11, 2, 18, 45, tzinfo=UTC),  # Los Angeles back
    datetime(2026, 10, 25, 0, 45, tzinfo=UTC),  # the hour that comes twice in Madrid
]


@pytest.fixture
def planned(session: Any, people: Cast) -> CoachingSession:
    """A session with Ana, planned and committed."""
    made = services.schedule(
        session, by=people.paola, kind=SessionKind.ONE_TO_ONE, person_ids=[people.ana.id],
        scheduled_for=NOON + timedelta(days=1), on=NOON, minutes=45,
    )  # fmt: skip
    session.commit()
    return made


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_an_invitation_shows_the_right_hour_to_an_independent_parser(
    app: Flask, people: Cast, planned: CoachingSession, zone: str, moment: datetime
) -> None:
    planned.scheduled_for = moment
    people.ana.time_zone = zone
    with app.test_request_context():
        content = calendars.invitation(planned, people.ana, [people.ana], Method.REQUEST, on=NOON).decode()
    event = vobject.readOne(content).vevent
    assert event.dtstart.value.astimezone(UTC) == moment
    assert event.duration.value == timedelta(minutes=45)
    shown = re.search(r"DTSTART;TZID=([^:]+):(\d{8}T\d{6})", content)
    assert shown is not None
    assert shown[1] == zone
    assert shown[2] == f"{moment.astimezone(ZoneInfo(zone)):%Y%m%dT%H%M%S}"
    assert "BEGIN:VTIMEZONE" in content
    assert all(len(line.encode()) <= 75 for line in content.split("\r\n"))


def test_an_invitation_names_who_takes_part_and_what_is_to_be_done(
    app: Flask, people: Cast, planned: CoachingSession
) -> None:
    with app.test_request_context(), speak("es"):
        read = Calendar.from_ical(calendars.invitation(planned, people.ana, [people.ana], Method.REQUEST, on=NOON))
    (event,) = read.walk("VEVENT")
    assert str(read["METHOD"]) == "REQUEST"
    assert str(event["SUMMARY"]) == f"Sesión de coaching con {people.paola.name}"
    assert (event["SEQUENCE"], str(event["STATUS"])) == (0, "CONFIRMED")
    assert people.ana.email in str(event["ATTENDEE"])


# --- By mail ---


@pytest.fixture
def letters(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[Any]]:
    """The letters there are, the oldest first."""
    monkeypatch.setitem(app.config, "DATA_DIR", str(tmp_path))
    monkeypatch.setitem(app.config, "SMTP_URL", "")

    def read() -> list[Any]:
        found = [
            message_from_bytes(file.read_bytes(), policy=policy.default) for file in (tmp_path / "mail").glob("*.eml")
        ]
        return sorted(found, key=lambda one: (str(_calendar(one)["VEVENT"]["SEQUENCE"]), str(one["To"])))

    return read


def _calendar(letter: Any) -> dict[str, Any]:
    part = next(one for one in letter.walk() if one.get_content_type() == "text/calendar")
    read = Calendar.from_ical(part.get_content())
    return {"method": part["Content-Type"].params["method"], "VEVENT": read.walk("VEVENT")[0]}


def test_planning_moving_and_calling_off_are_mailed_to_all_who_take_part(
    session: Any, people: Cast, letters: Callable[[], list[Any]]
) -> None:
    people.ana.language, people.ana.password_hash = "es", "x"
    made = services.schedule(
        session, by=people.paola, kind=SessionKind.ONE_TO_ONE, person_ids=[people.ana.id],
        scheduled_for=NOON + timedelta(days=1), on=NOON,
    )  # fmt: skip
    session.commit()
    later = NOON + timedelta(days=2)
    services.reschedule(session, made, scheduled_for=later, by=people.paola, on=NOON)
    session.commit()
    services.cancel(session, made, by=people.paola, on=NOON)
    session.commit()
    read = [(str(one["To"]), _calendar(one)) for one in letters()]
    hers = [found for to, found in read if to == people.ana.email]
    assert [(found["method"], found["VEVENT"]["SEQUENCE"]) for found in hers] == [
        ("REQUEST", 0),
        ("REQUEST", 1),
        ("CANCEL", 2),
    ]
    assert len({str(found["VEVENT"]["UID"]) for found in hers}) == 1
    assert hers[1]["VEVENT"].decoded("DTSTART").astimezone(UTC) == later
    assert {to for to, _found in read} == {people.ana.email, people.paola.email}
    subjects = [str(one["Subject"]) for one in letters() if str(one["To"]) == people.ana.email]
    assert subjects[0] == f"Sesión de coaching con {people.paola.name}"
    assert subjects[2].startswith("Cancelada:")


def test_who_joins_who_leaves_and_who_wants_no_letters_each_have_their_own(
    session: Any, people: Cast, letters: Callable[[], list[Any]], as_user: As
) -> None:
    second = make_user(session, "Sergio Vega", role=Role.TEAM_LEAD, over=people.bogota)
    begins = now().replace(second=7, microsecond=0) + timedelta(days=1)
    made = services.schedule(
        session,
        by=people.paola,
        kind=SessionKind.ONE_TO_ONE,
        person_ids=[people.ana.id],
        scheduled_for=begins,
        on=now(),
    )
    session.commit()
    lead, path = as_user(people.paola), f"/coaching/sessions/{made.id}/move"
    same = {
        "day": f"{begins:%Y-%m-%d}", "at": f"{begins:%H:%M}", "kind": "one_to_one", "minutes": "30",
        "coach": people.paola.id, "people": [people.ana.id], "anyway": "1",
    }  # fmt: skip
    page = lead.get(path).get_data(as_text=True)
    assert "Sergio Vega" in page
    assert "Raúl Quispe" not in page
    assert "Sol Paz" not in page
    assert lead.post(path, data=same).status_code == 422  # nothing is different
    assert lead.post(path, data={**same, "coach": people.raul.id}).status_code == 422
    assert lead.post(path, data={**same, "people": [people.sol.id]}).status_code == 422
    assert lead.post(path, data={**same, "people": []}).status_code == 422
    assert lead.post(path, data={**same, "coach": second.id, "people": [people.luis.id]}).status_code == 302
    session.refresh(made)
    assert (made.coach_id, [one.person_id for one in made.records]) == (second.id, [people.luis.id])
    assert (made.scheduled_for, made.revision) == (begins, 1)
    told = {str(one["To"]): _calendar(one) for one in letters() if str(_calendar(one)["VEVENT"]["SEQUENCE"]) == "1"}
    assert {to: (one["method"], str(one["VEVENT"]["STATUS"])) for to, one in told.items()} == {
        people.ana.email: ("CANCEL", "CANCELLED"), people.paola.email: ("CANCEL", "CANCELLED"),
        people.luis.email: ("REQUEST", "CONFIRMED"), second.email: ("REQUEST", "CONFIRMED"),
    }  # fmt: skip
    assert as_user(people.ana).get(f"/coaching/sessions/{made.id}").status_code == 404
    kinds = {
        (one.person_id, one.kind) for one in session.query(Notice) if one.key.endswith(":1") or "scheduled" in one.key
    }
    assert {
        (people.luis.id, "session.scheduled"),
        (second.id, "session.scheduled"),
        (people.ana.id, "session.cancelled"),
    } <= kinds
    lines = {(one.person_id, one.verb) for one in session.query(Activity)}
    assert {(people.ana.id, "session.changed"), (people.luis.id, "session.changed")} <= lines
    people.luis.letters = Letters.NEVER
    session.commit()
    services.reschedule(session, made, scheduled_for=begins + timedelta(days=1), by=second, on=now())
    session.commit()
    last = {str(one["To"]) for one in letters() if str(_calendar(one)["VEVENT"]["SEQUENCE"]) == "2"}
    assert last == {second.email}


# --- The feed ---


def test_the_address_of_a_calendar_is_a_secret_that_can_be_revoked(
    session: Any, people: Cast, planned: CoachingSession, as_user: As
) -> None:
    planned.scheduled_for = now() + timedelta(days=1)
    session.commit()
    client = as_user(people.ana, "es")
    page = client.post("/coaching/calendar").get_data(as_text=True)
    (path,) = re.findall(r"(/coaching/calendar/[\w-]+\.ics)", page)
    anybody = as_user(None)
    answer = anybody.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
    (event,) = Calendar.from_ical(answer.data).walk("VEVENT")
    assert str(event["SUMMARY"]).endswith(people.paola.name)
    assert vobject.readOne(answer.get_data(as_text=True)).vevent.dtstart.value == planned.scheduled_for.replace(
        microsecond=0
    )
    kept = session.scalars(select(CalendarFeed)).one()
    assert kept.token_hash not in path
    assert path not in client.get("/coaching/calendar").get_data(as_text=True)
    other = re.findall(r"(/coaching/calendar/[\w-]+\.ics)", client.post("/coaching/calendar").get_data(as_text=True))[0]
    assert (anybody.get(path).status_code, anybody.get(other).status_code) == (404, 200)
    assert client.post("/coaching/calendar/revoke").status_code == 302
    assert anybody.get(other).status_code == 404


def test_a_feed_holds_nobody_elses_sessions_and_ends_when_its_owner_leaves(
    session: Any, people: Cast, planned: CoachingSession, as_user: As
) -> None:
    planned.scheduled_for = now() + timedelta(days=1)
    token = services.make_feed(session, by=people.luis, on=now())
    session.commit()
    path = f"/coaching/calendar/{token}.ics"
    assert Calendar.from_ical(as_user(None).get(path).data).walk("VEVENT") == []
    people.luis.left_on = now().date() - timedelta(days=2)
    session.commit()
    assert as_user(None).get(path).status_code == 404


# --- What is in the way ---


def test_what_stands_in_the_way_of_a_time_is_said_and_may_be_overruled(
    session: Any, people: Cast, planned: CoachingSession, as_user: As
) -> None:
    begins = now().replace(microsecond=0) + timedelta(days=1)
    planned.scheduled_for = begins + timedelta(minutes=20)
    day = begins.astimezone(ZoneInfo("America/Bogota")).date()
    session.add(Absence(user_id=people.ana.id, kind=AbsenceKind.SICK, from_day=day, to_day=day))
    session.commit()
    found = conflicts(session, people.paola, [people.ana], begins, 30)
    assert f"{people.ana.name} is away that day." in found
    assert sum("has another session" in one for one in found) == 2
    assert not any("another" in one for one in conflicts(session, people.paola, [people.ana], begins, 15))
    assert not any(
        "another" in one for one in conflicts(session, people.paola, [people.ana], begins, 30, but=planned.id)
    )
    data = {"day": f"{begins:%Y-%m-%d}", "at": f"{begins:%H:%M}", "kind": "one_to_one", "minutes": "30"}
    client, path = as_user(people.paola), f"/coaching/schedule?person={people.ana.id}"
    answer = client.post(path, data=data)
    assert answer.status_code == 200
    assert "is away that day" in answer.get_data(as_text=True)
    assert client.post(path, data={**data, "anyway": "1"}).status_code == 302
