"""What people are told of what is held live and of what lapses: their calendar's address, and the daily run."""

from __future__ import annotations

from datetime import date, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar
from sqlalchemy import select

from app.accounts.models import Notice
from app.coaching import services as coaching
from app.cohorts.deliveries import services as deliveries
from app.cohorts.programmes import sessions
from app.cohorts.teachbacks import services as teachbacks
from app.core.clock import now
from app.core.i18n import speak
from app.home import notices, reminders
from tests.cohorts.conftest import ON, seat
from tests.cohorts.test_trainers import ana, certify, observers

assert ana
assert observers


def read(session: Any, as_user: Any, person: Any) -> dict[str, Any]:
    """What the calendar of somebody shows, by the start of its titles."""
    token = coaching.make_feed(session(), by=person, on=now())
    session.commit()
    answer = as_user(None).get(f"/coaching/calendar/{token}.ics")
    assert answer.status_code == 200
    return {str(event["SUMMARY"]): event for event in Calendar.from_ical(answer.data).walk("VEVENT")}


def invited(app: Any, person: Any) -> set[tuple[str, str]]:
    """(method, title) of the invitations somebody was sent by mail."""
    found = (message_from_bytes(one.read_bytes(), policy=policy.default) for one in mails(app).glob("*.eml"))
    files = [one.get_body(("calendar",)) for one in found if one["To"] == person.email]
    read = [Calendar.from_ical(one.get_content()) for one in files if one is not None]
    return {(str(one["METHOD"]), str(event["SUMMARY"])) for one in read for event in one.walk("VEVENT")}


def mails(app: Any) -> Path:
    return Path(app.config["DATA_DIR"]) / "mail"


def test_the_own_calendar_shows_cohorts_teach_backs_and_deliveries(
    session: Any, people: Any, cohort: Any, ana: Any, observers: list[Any], as_user: Any, app: Any
) -> None:
    licence = certify(session, people, ana, observers)
    soon = now().replace(microsecond=0) + timedelta(days=2)
    facts = {"minutes": 60, "place": "Room 2", "on": now()}
    day = sessions.plan(session(), cohort, title="Day 2", starts_at=soon, by=people.tomas, **facts)
    off = sessions.plan(session(), cohort, title="Day 3", starts_at=soon, by=people.tomas, **facts)
    sessions.call_off(session(), off, by=people.tomas, on=now())
    luis = seat(session, people, cohort, people.luis)
    back = teachbacks.plan(
        session(),
        luis,
        observers[:2],
        planned_for=soon,
        minutes=30,
        topic="Refunds",
        place="",
        by=people.tomas,
        on=now(),
    )
    licence.issued_on, licence.expires_on = now().date() - timedelta(days=1), now().date() + timedelta(days=300)
    given = deliveries.plan(session(), licence, people.refunds, title="For all", starts_at=soon, by=people.ana, **facts)
    session.commit()
    with speak("en"):
        wanted = {f"{cohort.name}: Day 2": day.starts_at, "For all": given.starts_at}
    assert {("REQUEST", "Teach-back of Luis Mora"), ("REQUEST", "For all")} <= invited(app, people.luis)
    assert invited(app, observers[0]) >= {("REQUEST", "Teach-back of Luis Mora")}
    hers = read(session, as_user, people.ana)
    assert {title: hers[title].decoded("DTSTART") for title in wanted} == wanted
    assert str(hers["For all"]["LOCATION"]) == "Room 2"
    assert not any("Day 3" in title for title in hers), "cancelled"
    for person, title in ((people.luis, "For all"), (people.luis, "Luis Mora"), (observers[0], "Luis Mora")):
        shown = read(session, as_user, person)
        assert [event.decoded("DTSTART") for name, event in shown.items() if title in name][-1] == back.planned_for
    assert not read(session, as_user, people.sol), "nothing of others"
    assert set(read(session, as_user, people.tomas)) >= {f"{cohort.name}: Day 2"}, "who facilitates"


def told(session: Any, day: date) -> dict[str, set[int]]:
    """Who is newly told of licences on a day, by kind."""
    before = set(session.scalars(select(Notice.id)))
    reminders.remind(session(), day, on=ON)
    found: dict[str, set[int]] = {}
    for one in session.scalars(select(Notice).where(Notice.id.not_in(before), Notice.kind.contains("licence"))):
        found.setdefault(one.kind, set()).add(one.person_id)
    return found


def test_who_holds_a_licence_and_who_counts_on_it_are_told_that_it_lapses(
    session: Any, people: Any, ana: Any, observers: list[Any]
) -> None:
    licence = certify(session, people, ana, observers)
    session.execute(Notice.__table__.delete())
    until = licence.issued_on + timedelta(days=licence.programme.activity_days)  # two deliveries are asked for
    assert told(session, until - timedelta(days=31)) == {}
    hers, managers = {people.ana.id}, {people.carmen.id, people.mariana.id}
    assert told(session, until - timedelta(days=30)) == {"licence.lapses": hers}
    assert told(session, until - timedelta(days=30)) == {}, "once"
    assert told(session, until - timedelta(days=7)) == {"licence.lapses": hers}
    monday = until - timedelta(days=14 + until.weekday())
    assert told(session, monday) == {"licences.lapse": managers}, "the partner and the programme, not another partner"
    assert told(session, until + timedelta(days=1)) == {"licence.lapsed": hers}
    rows = list(session.scalars(select(Notice).order_by(Notice.id)))
    for language, words in (
        ("en", ("unless it is kept by teaching", "1 trainer holds", "lapsed on")),
        ("es", ("licencia para enseñar",)),
    ):
        with speak(language):
            said = " ".join(notices.sentence(one) for one in rows)
            assert all(one in said for one in words), said
            assert all(notices.why(one) for one in rows)


@pytest.mark.parametrize("name", ["ana"])
def test_who_left_is_told_nothing(session: Any, people: Any, ana: Any, observers: list[Any], name: str) -> None:
    licence = certify(session, people, ana, observers)
    until = licence.issued_on + timedelta(days=licence.programme.activity_days)
    getattr(people, name).left_on = until - timedelta(days=60)
    session.commit()
    assert told(session, until - timedelta(days=30)) == {}
