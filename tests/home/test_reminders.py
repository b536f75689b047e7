"""What people are told by the daily run: on the day, once more later, in their language, and by mail while it is news."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts import settings
from app.accounts.models import Notice, User
from app.coaching.models import CoachingSession, Obligation, SessionRecord
from app.coaching.rules import ObligationKind, ObligationState, SessionKind, SessionState
from app.core.i18n import NBSP, speak
from app.curriculum.models import Assignment, AssignmentReason, AssignmentState, Module, ModuleKind
from app.home import daily, notices, reminders
from tests.conftest import Cast

DAY = date(2026, 10, 14)
"""A Wednesday on which everything of these tests is due."""
ONE = timedelta(days=1)


def at(day: date, hour: int = 12) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def owe(session: Any, people: Cast, kind: ObligationKind, **more: Any) -> Obligation:
    facts = {
        "person_id": people.ana.id, "kind": kind, "trigger_key": kind.value, "team_id": people.refunds.id,
        "lead_id": people.paola.id, "owner_id": people.paola.id, "now_team_id": people.refunds.id, "opened_at": at(DAY - 3 * ONE), "due_at": at(DAY), "due_month": date(2026, 10, 1),
    }  # fmt: skip
    one = Obligation(**{**facts, **more})
    session.add(one)
    session.flush()
    return one


def assign(session: Any, person: User, due_on: date, state: AssignmentState = AssignmentState.ASSIGNED) -> Assignment:
    module = session.scalar(select(Module)) or Module(
        code="M1", title_en="Plain words", title_es="Palabras claras", kind=ModuleKind.ARTICLE, minutes=5
    )
    session.add(module)
    session.flush()
    one = Assignment(
        person_id=person.id, module_id=module.id, reason=AssignmentReason.MANUAL, assigned_on=due_on - 14 * ONE,
        due_on=due_on, state=state,
    )  # fmt: skip
    session.add(one)
    session.flush()
    return one


def hold(session: Any, people: Cast, acknowledge_by: datetime) -> SessionRecord:
    held = CoachingSession(
        kind=SessionKind.ONE_TO_ONE, state=SessionState.HELD, coach_id=people.paola.id, held_at=at(DAY - 2 * ONE),
        held_on=DAY - 2 * ONE, logged_at=at(DAY - 2 * ONE),
    )  # fmt: skip
    record = SessionRecord(session=held, person_id=people.ana.id, acknowledge_by=acknowledge_by)
    session.add(record)
    session.flush()
    return record


def remind(session: Any, day: date) -> list[tuple[str, int]]:
    """The kinds of notice that are new on a day, with whom they are for."""
    before = set(session.scalars(select(Notice.id)))
    reminders.remind(session, day, on=daily.moment_of(day))
    rows = session.scalars(select(Notice).where(Notice.id.not_in(before)).order_by(Notice.id))
    return [(row.kind, row.person_id) for row in rows]


def told_on(session: Any, days: int = 14) -> list[int]:
    """On which of the days from `DAY` on something was told; what goes on to managers, and how a month stands, apart."""
    told = ((number, one) for number in range(-5, days) for one in remind(session, DAY + number * ONE))
    return [number for number, (kind, _person) in told if kind not in (reminders.ESCALATED, reminders.STANDING)]


# --- On the day, and once more ---


def test_a_lead_is_told_of_a_session_overdue_and_once_more_a_week_later(session: Any, people: Cast) -> None:
    owe(session, people, ObligationKind.FATAL)
    assert told_on(session) == [0, 7]
    theirs = select(Notice.person_id).where(Notice.kind == reminders.SESSION_OVERDUE)
    assert set(session.scalars(theirs)) == {people.paola.id}


def test_nobody_is_told_of_what_is_settled(session: Any, people: Cast) -> None:
    for state in set(ObligationState) - {ObligationState.OPEN}:
        owe(session, people, ObligationKind.FATAL, trigger_key=f"once {state.value}", state=state)
    assert told_on(session) == []


def test_a_session_nobody_leads_is_told_to_nobody(session: Any, people: Cast) -> None:
    owe(session, people, ObligationKind.GAP, lead_id=None, owner_id=None)
    assert told_on(session) == []


def test_an_agent_is_told_of_a_module_before_and_after_it_is_due(session: Any, people: Cast) -> None:
    assign(session, people.ana, DAY)
    assert told_on(session) == [-2, 1, 8]
    kinds = session.scalars(select(Notice.kind).order_by(Notice.id)).all()
    assert kinds == [reminders.MODULE_DUE_SOON, reminders.MODULE_OVERDUE, reminders.MODULE_OVERDUE]


def test_nobody_is_told_of_a_module_that_is_done_with(session: Any, people: Cast) -> None:
    done_with = (AssignmentState.COMPLETED, AssignmentState.WAIVED, AssignmentState.CANCELLED)
    for person, state in zip((people.ana, people.luis, people.sol), done_with, strict=True):
        assign(session, person, DAY, state)
    assert told_on(session) == []


def test_an_agent_is_told_of_a_session_to_confirm_and_once_more_three_days_later(session: Any, people: Cast) -> None:
    hold(session, people, at(DAY))
    assert told_on(session) == [0, 3]


def test_what_is_confirmed_is_not_told(session: Any, people: Cast) -> None:
    hold(session, people, at(DAY)).acknowledged_at = at(DAY - ONE)
    assert told_on(session) == []


def test_who_has_left_is_told_nothing(session: Any, people: Cast) -> None:
    assign(session, people.ana, DAY)
    hold(session, people, at(DAY))
    owe(session, people, ObligationKind.GAP)
    people.ana.left_on = people.paola.left_on = DAY - 6 * ONE
    session.flush()
    assert told_on(session) == []


def test_a_lead_is_told_how_the_month_stands_before_it_closes(session: Any, people: Cast) -> None:
    day, month = date(2026, 10, 27), date(2026, 10, 1)
    for number, (state, due) in enumerate(
        [
            (ObligationState.MET, day), (ObligationState.MET_LATE, day), (ObligationState.WAIVED, day),
            (ObligationState.OPEN, day - 9 * ONE), (ObligationState.OPEN, day + 2 * ONE),
        ]
    ):  # fmt: skip
        owe(session, people, ObligationKind.GAP, trigger_key=f"g{number}", state=state, due_at=at(due), due_month=month)
    for other in (day - ONE, day + ONE):
        reminders.remind(session, other, on=at(other))
        assert session.scalars(select(Notice).where(Notice.kind == reminders.STANDING)).all() == []
    reminders.remind(session, day, on=at(day))
    reminders.remind(session, day, on=at(day))
    told = session.scalars(select(Notice).where(Notice.kind == reminders.STANDING)).one()
    assert (told.person_id, told.detail["in_time"], told.detail["due"], told.detail["left"]) == (
        people.paola.id,
        1,
        4,
        1,
    )


def test_the_same_day_again_tells_nothing_new(session: Any, people: Cast) -> None:
    owe(session, people, ObligationKind.FATAL)
    assert remind(session, DAY) == [(reminders.SESSION_OVERDUE, people.paola.id)]
    assert remind(session, DAY) == []


def test_the_number_of_queries_does_not_grow_with_the_rows(session: Any, people: Cast, count_queries: Any) -> None:
    owe(session, people, ObligationKind.GAP)
    few = count_queries(lambda: remind(session, DAY))
    for number in range(30):
        owe(session, people, ObligationKind.GAP, trigger_key=f"transition:{number}", due_at=at(DAY + ONE))
    assert count_queries(lambda: remind(session, DAY + ONE)) <= few + 1


# --- What is said ---


def test_each_notice_is_a_sentence_in_the_readers_language_and_zone(session: Any, people: Cast) -> None:
    for kind in ObligationKind:
        owe(session, people, kind)
    assign(session, people.ana, DAY + 2 * ONE)
    hold(session, people, at(DAY))
    remind(session, DAY)
    rows = session.scalars(select(Notice).order_by(Notice.id)).all()
    assert len(rows) == len(ObligationKind) + 2
    english, spanish = [], []
    with speak("en"):
        english = [notices.sentence(row, "America/Bogota") for row in rows]
    with speak("es"):
        spanish = [notices.sentence(row, "Europe/Madrid") for row in rows]
    assert not set(english) & set(spanish)
    assert (
        "The session with Ana Ruiz after a fatal error was due by 14 Oct 2026, 07:00 and was not held by then."
        in english
    )
    assert "El módulo “Palabras claras” vence el 16 oct 2026." in spanish
    assert all("14:00" in said for said in spanish if "Ana Ruiz" in said)


KINDS = {
    "module.assigned": {"module_en": "Plain words", "module_es": "Palabras claras", "due_on": None},
    "session.held": {"acknowledge_by": None},
    "session.scheduled": {"scheduled_for": at(DAY).isoformat()},
    "session.cancelled": {},
    "coaching.reviewed": {"name": "Tomás Gil"},
    reminders.STANDING: {"in_time": 1, "due": 4, "left": 1, "month": "2026-10-01"},
    reminders.SESSION_OVERDUE: {"name": "Ana Ruiz", "obligation": "repeat", "due_at": at(DAY).isoformat()},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["en", "es"])
def test_what_other_rooms_tell_is_a_sentence_too(app: Flask, kind: str, language: str) -> None:
    with app.app_context(), speak(language):
        said = notices.sentence(Notice(kind=kind, detail=KINDS[kind]), "UTC")
    assert said.endswith(".")
    assert "%" not in said.replace(f"{NBSP}%", "")


# --- By mail ---


@pytest.fixture
def letters(app: Flask) -> Iterator[list[EmailMessage]]:
    """The letters sent in the course of a test, read when asked for."""
    folder = Path(app.config["DATA_DIR"]) / "mail"
    known = set(folder.glob("*")) if folder.exists() else set()

    class Letters(list[EmailMessage]):
        def __iter__(self) -> Iterator[EmailMessage]:
            new = sorted(set(folder.glob("*.eml")) - known, key=lambda path: path.stat().st_mtime_ns)
            return iter([message_from_bytes(path.read_bytes(), policy=policy.default) for path in new])

    return Letters()


def live(session: Any, day: date, on: datetime) -> None:
    """Run the day in question, the first of a programme that goes live with it."""
    settings.put(session, "live_from", day.isoformat(), by=None, on=on)
    session.commit()
    daily.run(day, on=on)


def test_news_are_mailed_in_one_letter_in_the_readers_language(
    session: Any, people: Cast, letters: list[EmailMessage]
) -> None:
    people.paola.language = "es"
    owe(session, people, ObligationKind.FATAL)
    owe(session, people, ObligationKind.GAP)
    live(session, DAY, at(DAY + ONE, 1))
    [letter] = letters
    assert letter["To"] == people.paola.email
    assert letter["Subject"] == "Hilo: 2 avisos nuevos"
    text = letter.get_content()
    assert "Paola" in text.splitlines()[0]
    assert text.count("Ana Ruiz") == 2
    assert "http://127.0.0.1:8000/coaching/obligations/" in text
    assert all(session.scalars(select(Notice.mailed_at)))


def test_a_day_made_up_later_is_not_mailed(session: Any, people: Cast, letters: list[EmailMessage]) -> None:
    owe(session, people, ObligationKind.FATAL)
    live(session, DAY, at(DAY + 4 * ONE))
    assert list(letters) == []
    assert session.scalars(select(Notice.mailed_at)).all() == [None]


def test_who_cannot_sign_in_or_has_no_address_gets_no_mail(
    session: Any, people: Cast, letters: list[EmailMessage]
) -> None:
    assign(session, people.ana, DAY + 2 * ONE)
    assign(session, people.luis, DAY + 2 * ONE)
    people.ana.password_hash = None
    people.luis.email = None
    live(session, DAY, at(DAY + ONE, 1))
    assert list(letters) == []


def test_what_was_mailed_is_not_mailed_again(session: Any, people: Cast, letters: list[EmailMessage]) -> None:
    from app.home.jobs import send_digest

    owe(session, people, ObligationKind.FATAL)
    live(session, DAY, at(DAY + ONE, 1))
    send_digest(people.paola.id, DAY.isoformat())
    assert len(list(letters)) == 1
