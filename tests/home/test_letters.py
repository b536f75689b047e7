"""Letters through a real mail server, how often they come, the ladder of reminders, and the log of sends."""

from __future__ import annotations

import mailbox
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from icalendar import Calendar
from sqlalchemy import select

from app.accounts.models import Letter, Letters, Notice
from app.coaching import services
from app.coaching.rules import ObligationKind, SessionKind
from app.core import mail
from app.core.clock import now
from app.home import daily, notices, reminders
from app.home.jobs import send_digest
from tests.conftest import Cast
from tests.home.test_reminders import DAY, ONE, at, owe

As = Callable[..., Any]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A mail server of its own process: its address, and the folder it puts what it is given in."""
    folder = tmp_path_factory.mktemp("smtp") / "box"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "aiosmtpd",
        "-n",
        "-l",
        f"127.0.0.1:{port}",
        "-c",
        "aiosmtpd.handlers.Mailbox",
        str(folder),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _attempt in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"smtp://127.0.0.1:{port}", folder
    finally:
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture
def posted(app: Flask, server: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[Any]]:
    """What the server was given since."""
    address, folder = server
    monkeypatch.setitem(app.config, "SMTP_URL", address)
    mailbox.Maildir(folder).clear()
    return lambda: list(mailbox.Maildir(folder))


def test_a_digest_goes_through_a_real_server_in_the_readers_language(
    session: Any, people: Cast, posted: Callable[[], list[Any]], as_user: As
) -> None:
    people.paola.language = "es"
    owe(session, people, ObligationKind.FATAL)
    reminders.remind(session, DAY, on=daily.moment_of(DAY))
    session.commit()
    send_digest(people.paola.id, DAY.isoformat())
    session.commit()
    (letter,) = posted()
    assert letter["To"] == people.paola.email
    assert letter["Auto-Submitted"] == "auto-generated"
    text = letter.get_payload(decode=True).decode()
    assert "error fatal" in text
    assert "/account" in text
    assert "líder" in text or "equipo" in text  # why it came
    line = session.scalars(select(Letter)).one()
    assert (line.person_id, line.kind, line.sent_to) == (people.paola.id, reminders.DIGEST, people.paola.email)
    assert line.subject in as_user(people.paola).get("/notices/letters").get_data(as_text=True)
    assert people.paola.email in as_user(people.ada).get("/notices/letters").get_data(as_text=True)
    assert people.paola.email not in as_user(people.ana).get("/notices/letters").get_data(as_text=True)


def test_an_invitation_goes_through_a_real_server_as_calendars_want_it(
    session: Any, people: Cast, posted: Callable[[], list[Any]]
) -> None:
    services.schedule(
        session, by=people.paola, kind=SessionKind.ONE_TO_ONE, person_ids=[people.ana.id],
        scheduled_for=now() + ONE, on=now(),
    )  # fmt: skip
    session.commit()
    letters = {letter["To"]: letter for letter in posted()}
    assert set(letters) == {people.ana.email, people.paola.email}
    parts = [part for part in letters[people.ana.email].walk() if part.get_content_type() == "text/calendar"]
    assert len(parts) == 2
    for part in parts:
        assert Calendar.from_ical(part.get_payload(decode=True)).walk("VEVENT")
        assert part.get_param("method") == "REQUEST"


def test_a_server_that_is_not_there_is_an_error_that_is_tried_again(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "SMTP_URL", "smtp://127.0.0.1:1")
    with app.app_context(), pytest.raises(OSError):
        mail.send(mail.Letter("a@example.org", "x", "y"))


# --- How often ---


@pytest.mark.parametrize(("letters", "days"), [(None, [0, 6]), (Letters.WEEKLY, [4]), (Letters.NEVER, [])])
def test_letters_come_as_often_as_was_chosen(
    session: Any, people: Cast, monkeypatch: pytest.MonkeyPatch, letters: Letters | None, days: list[int]
) -> None:
    """On Wednesday and the Tuesday after something is new."""
    asked: list[date] = []
    monkeypatch.setattr(
        reminders.jobs, "enqueue", lambda _s, _n, key, person_id, day: asked.append(date.fromisoformat(day))
    )
    people.paola.letters = letters
    for number in range(7):
        day = DAY + number * ONE
        if number in (0, 6):
            session.add(
                Notice(person_id=people.paola.id, kind="x", key=f"k{number}", path="/", created_at=at(day), detail={})
            )
        session.flush()
        reminders.mail(session, day)
    assert [(day - DAY).days for day in asked] == days


def test_how_often_is_chosen_in_the_account(session: Any, people: Cast, as_user: As) -> None:
    client = as_user(people.paola)
    facts = {"name": people.paola.name, "language": "en", "time_zone": "", "number_format": "", "theme": ""}
    page = client.get("/account").get_data(as_text=True)
    assert "Once a week, on Monday" in page
    answer = client.post("/account", data={**facts, "letters": "weekly"})
    assert answer.status_code == 302
    session.refresh(people.paola)
    assert people.paola.letters is Letters.WEEKLY


# --- The ladder ---


def told_of(session: Any, kind: str, days: int = 25) -> list[tuple[int, int, dict[str, int]]]:
    """(day, person, detail) of what was told on which day."""
    found = []
    for number in range(days):
        before = set(session.scalars(select(Notice.id)))
        reminders.remind(session, DAY + number * ONE, on=daily.moment_of(DAY + number * ONE))
        rows = session.scalars(select(Notice).where(Notice.id.not_in(before), Notice.kind == kind).order_by(Notice.id))
        found += [(number, row.person_id, row.detail) for row in rows]
    return found


def test_the_ladder_goes_to_the_manager_and_the_senior_manager_twice_each(session: Any, people: Cast) -> None:
    owe(session, people, ObligationKind.FATAL)
    owe(session, people, ObligationKind.GAP)
    told = told_of(session, reminders.ESCALATED)
    assert [(day, person) for day, person, _d in told] == [
        (3, people.carmen.id), (10, people.carmen.id), (14, people.mariana.id), (21, people.mariana.id),
    ]  # fmt: skip
    assert [detail["count"] for _day, _person, detail in told] == [2, 2, 2, 2]
    note = session.scalars(select(Notice).where(Notice.kind == reminders.ESCALATED)).first()
    assert "overdue for 3 days" in notices.sentence(note, "UTC")
    assert notices.why(note).startswith("Because")


def test_nobody_is_told_further_once_it_is_settled(session: Any, people: Cast) -> None:
    owed = owe(session, people, ObligationKind.FATAL)
    services.waive(session, owed, reason="x", by=people.mariana, on=at(DAY + ONE))
    assert told_of(session, reminders.ESCALATED) == []
