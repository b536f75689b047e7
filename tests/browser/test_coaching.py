"""A session logged in under a minute: by few steps and keys; what is typed outlives a reload and a lost session."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from playwright.sync_api import Page, expect

from app.coaching import services
from app.coaching.models import CoachingSession, Commitment, Obligation, SessionRecord
from app.coaching.rules import CommitmentState, ObligationKind, ObligationState, SessionKind
from app.core.clock import now
from tests.coaching import conftest as room
from tests.conftest import Cast

form, audit, gap, owe = room.form, room.audit, room.gap, room.owe

STEPS, KEYS, SECONDS = 4, 60, 60
"""What logging a session may take at most: clicks and key combinations, characters typed besides, and time."""
A_KEY = 0.28
"""Seconds a key takes somebody who types 43 words a minute."""
A_STEP = 1.35
"""Seconds it takes to find and click something (of the keystroke-level model: pointing, pressing, and thinking of it)."""
PROMISE = "Reads the policy aloud before each refund"


def owed(session: Any, people: Cast, owe: Any, gap: Any, audit: Any, form: Any) -> int:
    """Ana is owed a session for a gap; there is a promise from last time, and a fail the scorecard says something of."""
    form.fatal.guidance_en, form.fatal.guidance_es = "Two of three details, every time.", "Dos de tres datos, siempre."
    audit(people.ana, "4821", now() - timedelta(days=1))
    at = now() - timedelta(days=7)
    last = [services.Said(people.ana.id, "", "", [("Uses the checklist", people.ana.id, at.date())])]
    services.log_session(session(), by=people.paola, kind=SessionKind.ONE_TO_ONE, held_at=at, records=last, on=at)
    number = owe(
        people.ana, ObligationKind.GAP, "transition:1", now() - timedelta(hours=2), gap_id=gap(people.ana).id
    ).id
    session.commit()
    return int(number)


def test_a_session_is_logged_in_under_a_minute(
    session: Any, people: Cast, owe: Any, gap: Any, audit: Any, form: Any, page_as: Callable[..., Page],
    assert_accessible: Callable[[Page], None],
) -> None:  # fmt: skip
    number = owed(session, people, owe, gap, audit, form)
    page = page_as(people.paola)
    session.commit()
    steps = keys = 0
    page.goto("/")
    page.locator(".h-row").get_by_role("link", name=re.compile("^Log")).click()
    steps += 1
    for words in ("Uses the checklist", "6 of 18 checks missed", "Two of three details, every time.", "audit 4821"):
        expect(page.locator("#talk")).to_contain_text(words)
    page.get_by_role("group", name="Uses the checklist").get_by_text("Kept", exact=True).click()
    steps += 1
    page.get_by_label("Commitment 1", exact=True).click()
    steps += 1
    page.keyboard.type(PROMISE)
    keys += len(PROMISE)
    page.keyboard.press("Control+Enter")
    steps += 1
    expect(page.get_by_role("status")).to_contain_text("Session logged")
    assert (steps <= STEPS, keys <= KEYS) == (True, True), (steps, keys)
    assert steps * A_STEP + keys * A_KEY < SECONDS
    session.expire_all()
    met = session.get(Obligation, number)
    assert met.state is ObligationState.MET
    kept = {one.text: one.state for one in session.query(Commitment)}
    assert kept == {"Uses the checklist": CommitmentState.KEPT, PROMISE: CommitmentState.OPEN}
    assert_accessible(page)


def test_what_is_typed_outlives_a_reload_and_a_lost_session_on_a_phone(
    session: Any, people: Cast, owe: Any, gap: Any, audit: Any, form: Any, page_as: Callable[..., Page],
    assert_accessible: Callable[[Page], None],
) -> None:  # fmt: skip
    number = owed(session, people, owe, gap, audit, form)
    page = page_as(people.paola, "es", phone=True)
    session.commit()
    page.goto(f"/coaching/log?obligation={number}")
    note, status = page.locator("#notes"), page.locator("[data-draft-status]")
    assert note.input_value().startswith("Meta: ")
    page.get_by_label("Tipo", exact=True).select_option("fatal")
    assert note.input_value().startswith("Qué pasó: ")
    note.fill("Qué pasó: la cola estaba larga.")
    page.get_by_label("Tipo", exact=True).select_option("side_by_side")
    expect(note).to_have_value("Qué pasó: la cola estaba larga.")
    expect(status).to_contain_text("Borrador")
    page.reload()
    expect(note).to_have_value("Qué pasó: la cola estaba larga.")
    expect(page.get_by_label("Tipo", exact=True)).to_have_value("side_by_side")
    page.evaluate("scrollTo(0, 0)")  # a reload comes back to where one was, with a field under the foot
    assert_accessible(page)

    cookies = page.context.cookies()
    page.context.clear_cookies(name="hilo")
    page.get_by_role("button", name="Guardar").tap()
    page.wait_for_url("**/sign-in**")
    page.context.add_cookies(cookies)
    page.goto(f"/coaching/log?obligation={number}")
    expect(note).to_have_value("Qué pasó: la cola estaba larga.")
    page.get_by_role("button", name="Guardar").tap()
    expect(page.get_by_role("status").first).to_contain_text("registrada")
    session.expire_all()
    record = session.query(SessionRecord).order_by(SessionRecord.id.desc()).first()
    assert record.notes == "Qué pasó: la cola estaba larga."
    page.goto(f"/coaching/log?person={people.ana.id}")
    assert "la cola" not in note.input_value(), "what was sent is forgotten"


def test_several_are_scheduled_from_the_queue_by_thumb(
    session: Any, people: Cast, owe: Any, page_as: Callable[..., Page], assert_accessible: Callable[[Page], None]
) -> None:
    owe(people.ana, ObligationKind.GAP, "transition:1", now() - timedelta(hours=2))
    owe(people.luis, ObligationKind.FATAL, "audit:2", now() - timedelta(hours=2))
    page = page_as(people.paola, phone=True)
    session.commit()
    page.goto("/")
    assert_accessible(page)
    page.get_by_label("All not scheduled yet").tap()
    page.get_by_role("button", name="Schedule selected…").tap()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Schedule 2 sessions")
    assert_accessible(page)
    page.get_by_role("button", name="Schedule 2 sessions").tap()
    expect(page.get_by_role("status")).to_contain_text("2 sessions scheduled")
    session.expire_all()
    assert session.query(CoachingSession).count() == 2
