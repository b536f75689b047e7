"""Saved views and reports by mail: whose they are, and what each recipient is sent."""

from __future__ import annotations

import csv
import email
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from email import policy
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask, current_app
from sqlalchemy import select

from app.accounts.models import Grant, Letter
from app.accounts.permissions import Role
from app.coaching.models import Obligation
from app.core import jobs, worker
from app.core.clock import now
from app.reports.kept import rules, sending, services
from app.reports.kept.models import ReportSend, SavedView, Schedule
from app.reports.kept.rules import Every, Outcome, Told, last_due, month_told
from app.reports.kept.services import Sharing, Timing
from tests.conftest import LONG_AGO, Cast

OCTOBER = date(2026, 10, 1)
MADE = datetime(2026, 10, 20, 12, tzinfo=UTC)
FIRST_OF_NOVEMBER = datetime(2026, 11, 1, 23, 30, tzinfo=UTC)
"""Past eight in the morning everywhere the cast is."""
MONTHLY = Timing(Every.MONTH, 1, 8, Told.BEFORE, "csv")


# --- When ---


@pytest.mark.once
@pytest.mark.parametrize(
    ("every", "day", "hour", "here", "due"),
    [
        (Every.WEEK, 0, 8, "2026-11-02T08:00", "2026-11-02"),
        (Every.WEEK, 0, 8, "2026-11-02T07:59", "2026-10-26"),
        (Every.WEEK, 6, 8, "2026-11-02T08:00", "2026-11-01"),
        (Every.MONTH, 1, 8, "2026-11-01T07:00", "2026-10-01"),
        (Every.MONTH, 1, 8, "2026-11-01T08:00", "2026-11-01"),
        (Every.MONTH, 28, 0, "2026-03-01T00:00", "2026-02-28"),
    ],
)
def test_the_last_day_it_was_due(every: Every, day: int, hour: int, here: str, due: str) -> None:
    assert last_due(every, day, hour, datetime.fromisoformat(here)).isoformat() == due


@pytest.mark.once
def test_the_month_a_letter_tells_of() -> None:
    told = [month_told(one, date(2026, 1, 5)) for one in Told]
    assert told == [date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)]


# --- What is sent ---


@pytest.fixture
def mails(app: Flask) -> Callable[[], list[Any]]:
    """The letters since the test began, by recipient."""
    folder = Path(app.config["DATA_DIR"]) / "mail"
    for old in folder.glob("report-*.eml"):
        old.unlink()  # databases number their rows from one again, and letters are known by these

    def read() -> list[Any]:
        new = folder.glob("report-*.eml")
        found = [email.message_from_bytes(path.read_bytes(), policy=policy.default) for path in new]
        return sorted(found, key=lambda one: str(one["To"]))

    return read


def made(session: Any, owner: Any, people: list[Any], timing: Timing = MONTHLY, **query: str) -> Schedule:
    view = services.save(session, f"Mine {len(query)}", "compliance", query, Sharing(), by=owner, on=MADE)
    one = services.schedule(session, view, timing, people, by=owner, on=MADE)
    session.commit()
    return one


def run(session: Any, at: datetime) -> None:
    """What a worker does by itself at that moment."""
    session.commit()
    with time_machine.travel(at, tick=False):
        app = current_app._get_current_object()
        jobs.perform(app, jobs.known(app)["reports.due"].name, {}, f"due {at}")
    session.expire_all()


def outcomes(session: Any) -> dict[int, Outcome]:
    return {one.person_id: one.outcome for one in session.scalars(select(ReportSend))}


def units_of(letter: Any) -> set[str]:
    (file,) = letter.iter_attachments()
    text = file.get_content()
    rows = csv.reader(io.StringIO(text if isinstance(text, str) else text.decode()))
    return {row[0] for row in list(rows)[1:]}


def test_a_narrowed_scope_narrows_what_is_sent(
    session: Any, people: Cast, ledger: list[Obligation], mails: Callable[[], list[Any]]
) -> None:
    made(session, people.carmen, [people.carmen], unit=str(people.norte.id))
    run(session, FIRST_OF_NOVEMBER)
    (letter,) = mails()
    assert units_of(letter) == {"Norte", "Norte/Bogotá", "Norte/Bogotá/Refunds"}
    for one in session.scalars(select(Grant).where(Grant.user_id == people.carmen.id)):
        one.unit_id = people.refunds.id
    session.commit()
    run(session, FIRST_OF_NOVEMBER + timedelta(days=30))
    letters = mails()
    assert len(letters) == 2
    narrowed = next(one for one in letters if one["Message-ID"] != letter["Message-ID"])
    assert units_of(narrowed) == {"Norte/Bogotá/Refunds"}
    assert "as far as it is within reach" in narrowed.get_body().get_content()
    assert f"unit={people.norte.id}" not in narrowed.get_body().get_content()
    for one in session.scalars(select(Grant).where(Grant.user_id == people.carmen.id)):
        one.unit_id = people.orders.id
    session.commit()
    run(session, FIRST_OF_NOVEMBER + timedelta(days=61))
    assert len(mails()) == 2, "nothing of that unit is within reach any more"
    assert session.scalars(select(ReportSend.outcome).order_by(ReportSend.id)).all()[-1] is Outcome.OUT_OF_REACH


def test_each_gets_it_in_their_language_zone_and_scope(
    session: Any, people: Cast, ledger: list[Obligation], mails: Callable[[], list[Any]]
) -> None:
    people.carmen.language, people.carmen.time_zone = "es", "Europe/Madrid"
    people.pedro.language, people.pedro.time_zone = "en", "America/Los_Angeles"
    made(session, people.mariana, [people.carmen, people.pedro])
    run(session, datetime(2026, 11, 1, 7, 5, tzinfo=UTC))
    (first,) = mails()
    assert first["To"] == people.carmen.email, "eight in the morning in Madrid"
    assert "Cumplimiento de coaching, octubre de 2026" in first["Subject"]
    assert units_of(first) == {"Norte", "Norte/Bogotá", "Norte/Bogotá/Refunds"}
    run(session, datetime(2026, 11, 1, 15, 59, tzinfo=UTC))
    assert len(mails()) == 1
    run(session, datetime(2026, 11, 1, 16, 5, tzinfo=UTC))
    second = next(one for one in mails() if one["To"] == people.pedro.email)
    assert "Coaching compliance, October 2026" in second["Subject"]
    assert units_of(second) == {"Sur", "Sur/Lima", "Sur/Lima/Orders"}
    assert people.mariana.name in second.get_body().get_content()
    assert "/reports/schedules/" in second.get_body().get_content()


@pytest.mark.once
def test_a_worker_finds_what_is_due_each_quarter_of_an_hour(
    app: Flask, session: Any, people: Cast, mails: Callable[[], list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the engine is handed is fired as the engine fires it: two runs, one of them taken up again, are one letter."""
    people.carmen.language, people.carmen.time_zone = "es", "Asia/Kathmandu"  # a quarter of an hour off
    made(session, people.mariana, [people.carmen])
    monkeypatch.setattr("dbos.DBOS.workflow", lambda name: lambda work: work)
    due = worker._register(app, jobs.known(app)["reports.due"])
    assert due is not None
    assert (due["schedule"], due["schedule_name"], due["automatic_backfill"]) == ("*/15 * * * *", "reports.due", False)
    for run_of, at, letters in (("a", "02:00", 0), ("b", "02:15", 1), ("b", "02:15", 1), ("c", "02:30", 1)):
        monkeypatch.setattr("dbos.DBOS.workflow_id", run_of)
        with time_machine.travel(f"2026-11-01T{at}:00Z", tick=False):
            due["workflow_fn"](None, None)
        assert len(mails()) == letters, at
    assert "Cumplimiento de coaching, octubre de 2026" in mails()[0]["Subject"]


def test_twice_is_once(session: Any, people: Cast, ledger: list[Obligation], mails: Callable[[], list[Any]]) -> None:
    made(session, people.carmen, [people.carmen, people.paola])
    for minutes in (0, 15, 30):
        run(session, FIRST_OF_NOVEMBER + timedelta(minutes=minutes))
    assert len(mails()) == 2
    assert len(session.scalars(select(ReportSend)).all()) == 2
    for one in session.scalars(select(ReportSend)):
        sending.deliver(session(), one.id)
        session.commit()
    assert len(mails()) == 2
    assert [one.kind for one in session.scalars(select(Letter))] == ["reports.send"] * 2
    run(session, FIRST_OF_NOVEMBER + rules.LATEST + timedelta(hours=1))
    assert len(mails()) == 2
    # who died between sending and noting it sends the same letter again, known by the same number
    for one in session.scalars(select(ReportSend)):
        one.outcome = Outcome.WAITING
    session.commit()
    for number in session.scalars(select(ReportSend.id)).all():
        sending.deliver(session(), number)
        session.commit()
    assert len(mails()) == 2


def test_leavers_and_those_who_lost_the_permission_get_none(
    session: Any, people: Cast, ledger: list[Obligation], mails: Callable[[], list[Any]], as_user: Callable[..., Any]
) -> None:
    one = made(session, people.mariana, [people.carmen, people.pedro, people.paola, people.raul, people.tomas])
    people.pedro.left_on = date(2026, 10, 30)
    for grant in session.scalars(select(Grant).where(Grant.user_id == people.paola.id)):
        grant.valid_to = date(2026, 10, 25)
    services.stop(session(), one, by=people.raul, on=MADE)
    people.tomas.email = None
    session.commit()
    run(session, FIRST_OF_NOVEMBER)
    assert [letter["To"] for letter in mails()] == [people.carmen.email]
    assert outcomes(session) == {
        people.carmen.id: Outcome.SENT, people.pedro.id: Outcome.LEFT, people.paola.id: Outcome.NOT_ALLOWED,
        people.tomas.id: Outcome.NO_ADDRESS,
    }  # fmt: skip
    with time_machine.travel(FIRST_OF_NOVEMBER, tick=False):
        page = as_user(people.mariana).get(f"/reports/schedules/{one.id}").get_data(as_text=True)
        assert "not sent: may no longer read this report" in page
        assert "not sent: has left" in page
        own = as_user(people.carmen).get(f"/reports/schedules/{one.id}").get_data(as_text=True)
        assert people.paola.name not in own, "a recipient sees the own letters alone"
        assert people.mariana.name in own


def test_paused_is_not_sent_and_is_not_made_up(
    session: Any, people: Cast, ledger: list[Obligation], mails: Callable[[], list[Any]]
) -> None:
    one = made(session, people.carmen, [people.carmen])
    services.pause(session(), one, by=people.carmen, on=MADE)
    session.commit()
    run(session, FIRST_OF_NOVEMBER)
    services.resume(session(), one, by=people.carmen, on=FIRST_OF_NOVEMBER)
    session.commit()
    run(session, FIRST_OF_NOVEMBER + timedelta(minutes=20))
    assert mails() == []
    run(session, FIRST_OF_NOVEMBER + timedelta(days=30))
    assert len(mails()) == 1


def test_a_large_file_stays_in_hilo(
    session: Any,
    people: Cast,
    ledger: list[Obligation],
    mails: Callable[[], list[Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sending, "BIGGEST", 10)
    made(session, people.carmen, [people.carmen])
    run(session, FIRST_OF_NOVEMBER)
    (letter,) = mails()
    assert list(letter.iter_attachments()) == []
    assert "too large for an email" in letter.get_content()
    assert "/reports/compliance?month=2026-10" in letter.get_content()


# --- On screen ---


def test_a_view_is_kept_opened_shared_renamed_and_deleted(
    session: Any, people: Cast, as_user: Callable[..., Any]
) -> None:
    client = as_user(people.carmen)
    address = f"/reports/views/new?report=compliance&unit={people.norte.id}&by=lead&month=2026-09"
    assert client.get(address).status_code == 200
    answer = client.post(address, data={"name": " North ", "unit": str(people.norte.id), "role": "team_lead"})
    assert answer.status_code == 302
    one = session.scalars(select(SavedView)).one()
    assert (one.name, one.query) == ("North", {"unit": str(people.norte.id), "by": "lead"})
    assert client.post(address, data={"name": "North", "unit": "", "role": ""}).status_code == 422
    there = f"/reports/views/{one.id}"
    assert client.get(there).location == f"/reports/compliance?by=lead&unit={people.norte.id}"
    lead = as_user(people.paola)
    assert lead.get(there).location == "/reports/compliance?by=lead", "the unit is not within reach"
    assert "North" in lead.get("/reports").get_data(as_text=True)
    for name in ("raul", "tomas", "pedro", "mariana"):
        assert as_user(getattr(people, name)).get(there).status_code == 404, name
    for deed in ("edit", "drop"):
        assert lead.post(f"{there}/{deed}", data={"name": "x", "unit": "", "role": ""}).status_code == 404
    edited = client.post(f"{there}/edit", data={"name": "Private", "unit": "", "role": ""})
    assert edited.status_code == 302
    assert lead.get(there).status_code == 404
    assert "Private" in client.get("/reports").get_data(as_text=True)
    beyond = client.post(f"{there}/edit", data={"name": "x", "unit": str(people.sur.id), "role": ""})
    assert beyond.status_code == 422
    assert client.post(f"{there}/drop").status_code == 302
    assert session.scalars(select(SavedView)).all() == []


def test_a_schedule_is_made_changed_paused_stopped_and_ended(
    session: Any, people: Cast, as_user: Callable[..., Any]
) -> None:
    view = services.save(session, "Mine", "compliance", {}, Sharing(people.norte.id), by=people.carmen, on=now())
    session.commit()
    client, form = as_user(people.carmen), f"/reports/views/{view.id}/schedule"
    data = {
        "every": "week", "weekday": "0", "day": "1", "hour": "7", "told": "this", "file_format": "pdf",
        "recipients": f"{people.carmen.email}\n{people.paola.employee_no}",
    }  # fmt: skip
    assert client.get(form).status_code == 200
    assert as_user(people.paola).post(form, data=data).status_code == 404, "a view of somebody else"
    wrong = client.post(form, data={**data, "recipients": f"{people.raul.email}, nobody@example.org"})
    assert wrong.status_code == 422
    assert "Nobody within reach has the address" in wrong.get_data(as_text=True)
    page = client.post(form, data=data).location
    assert "Every week on Monday at 07:00" in client.get(page).get_data(as_text=True)
    assert client.post(f"{page}/edit", data={**data, "every": "month", "day": "31"}).status_code == 422
    assert client.post(f"{page}/edit", data={**data, "every": "month", "told": "next"}).status_code == 422
    assert client.post(f"{page}/edit", data={**data, "every": "month", "day": "3"}).status_code == 302
    assert "on day 3 at 07:00" in client.get(page).get_data(as_text=True)
    recipient = as_user(people.paola)
    assert "Why you get this email" in recipient.get(page).get_data(as_text=True)
    assert recipient.post(f"{page}/pause").status_code == 403
    assert recipient.post(f"{page}/stop").status_code == 302
    assert "you unsubscribed" in recipient.get(page).get_data(as_text=True)
    assert as_user(people.raul).get(page).status_code == 404
    assert as_user(None).get(page).status_code in (302, 401)
    client.post(f"{page}/pause")
    assert "nothing is sent" in client.get(page).get_data(as_text=True)
    client.post(f"{page}/pause")
    assert client.post(f"{page}/end").status_code == 302
    assert session.scalars(select(Schedule)).all() == []


@pytest.mark.once
def test_the_pages_speak_spanish(session: Any, people: Cast, as_user: Callable[..., Any]) -> None:
    from tests.languages import left_in_english

    one = made(session, people.carmen, [people.carmen, people.paola])
    names = [getattr(people, name).name for name in vars(people)] + [
        "Mine 0",
        ":00",
        "Ctrl+Enter",
        "@example.org",
        "Excel",
        "PDF",
    ]
    both = [as_user(people.carmen, language) for language in ("en", "es")]
    pages = ("/reports", f"/reports/views/{one.view_id}/edit", f"/reports/views/{one.view_id}/schedule")
    for page in (*pages, f"/reports/schedules/{one.id}", f"/reports/schedules/{one.id}/edit"):
        texts = [client.get(page).get_data(as_text=True) for client in both]
        assert left_in_english(*texts, data=names) == set(), page


def test_a_view_shared_with_a_role_is_not_for_others_of_the_unit(session: Any, people: Cast) -> None:
    services.save(
        session, "A", "quality", {}, Sharing(people.programme.id, Role.PARTNER_MANAGER), by=people.mariana, on=MADE
    )
    session.add(Grant(user_id=people.paola.id, role=Role.PARTNER_MANAGER, unit_id=people.sur.id, valid_from=LONG_AGO))
    session.commit()

    def sees(name: str) -> bool:
        return bool(session.scalars(SavedView.visible_to(getattr(people, name))).all())

    assert [name for name in ("carmen", "pedro", "paola", "raul", "ana") if sees(name)] == ["carmen", "pedro", "paola"]
