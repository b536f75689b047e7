"""Learning and writing in a real browser: a quiz by thumb and against the clock, a module written with its preview.

What a test reads of the database it lets go again before the browser writes: SQLite has one writer.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from app.core.clock import now
from app.curriculum.authoring.models import ModuleDraft
from app.curriculum.models import ModuleKind, ModuleState
from app.curriculum.quizzes import taking
from app.curriculum.quizzes.models import Attempt, Quiz
from tests.curriculum import conftest as room
from tests.curriculum.quiz_cast import quiz_of, right_of, single
from tests.curriculum.test_module_files import CAPTIONS, VIDEO, send

refund, module = room.refund, room.module


@pytest.fixture
def given(session: Any, people: Any, module: Any, refund: Any) -> Any:
    """An assignment of a module whose quiz asks two questions in ten minutes."""
    for n in range(3):
        single(session, refund, f"Q{n}")
    quiz_of(session, module, 2, minutes=10)
    return room.give(session, people.ana, module, due_on=None, assigned_on=now().date())


def test_a_quiz_is_taken_by_thumb(session: Any, people: Any, given: Any, page_as: Any, assert_accessible: Any) -> None:
    address = f"/curriculum/learn/{given.id}"
    page = page_as(people.ana, "es", phone=True)
    session.commit()
    page.goto(address)
    page.get_by_role("button", name="Empezar el cuestionario").click()
    expect(page.get_by_role("timer")).to_contain_text("Tiempo restante: 9:5")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    targets = page.locator(".h-choice, .h-save button").all()
    assert all((one.bounding_box() or {"height": 0})["height"] >= 44 for one in targets)
    assert_accessible(page)
    right = [one.shown.index(right_of(one)[0]) for one in session.query(Attempt).one().asked]
    session.rollback()
    for place in right:
        page.locator(f"label[for=answer-{place}]").tap()
        page.locator("button[value=next]").tap()
    page.get_by_role("button", name="Entregar").tap()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Aprobado con 100")
    assert_accessible(page)


def test_when_time_is_up_the_page_hands_in_by_itself(session: Any, people: Any, given: Any, page_as: Any) -> None:
    quiz = session.get(Quiz, given.module_id)
    attempt = taking.begin(session, quiz, given, on=now() - timedelta(minutes=10) + timedelta(seconds=6))
    address = f"/curriculum/quiz/{attempt.id}/1"
    page = page_as(people.ana)
    session.commit()
    page.goto(address)
    page.wait_for_url("**/result")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Not passed yet")


def test_a_module_is_written_with_its_preview_and_kept_while_typing(
    session: Any, people: Any, module: Any, page_as: Any, assert_accessible: Any
) -> None:
    number = module.id
    page = page_as(people.tomas)
    session.commit()
    page.goto(f"/curriculum/modules/{number}/edit")
    assert_accessible(page)
    page.get_by_label("Text in English").fill("Read it **twice**.")
    expect(page.locator("#preview-en strong")).to_have_text("twice")
    expect(page.locator("[data-draft-status]")).to_contain_text("Saved at")
    assert session.get(ModuleDraft, number).body_en == "Read it **twice**."
    session.rollback()
    page.get_by_role("button", name="Save and publish…").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Publish")
    assert_accessible(page)


def test_a_video_counts_what_was_played_not_where_the_cursor_is(
    session: Any, people: Any, module: Any, as_user: Any, page_as: Any, assert_accessible: Any
) -> None:
    module.kind, module.state, module.body_en, module.body_es = ModuleKind.VIDEO, ModuleState.DRAFT, "", ""
    session.commit()
    send(as_user(people.tomas), module, VIDEO, "tone.webm")
    send(as_user(people.tomas), module, CAPTIONS, "es.vtt", language="es")
    module.state = ModuleState.PUBLISHED
    given = room.give(session, people.ana, module, due_on=None, assigned_on=now().date())
    address = f"/curriculum/learn/{given.id}"
    page = page_as(people.ana, phone=True)
    session.rollback()
    page.goto(address)
    video = page.locator("video")
    video.evaluate("video => { video.muted = true; video.currentTime = 3; return video.play(); }")
    expect(page.locator("[data-watched]")).not_to_have_text("Seen so far: 0\u00a0%.")
    expect(page.locator("[data-watched]")).not_to_contain_text("100")
    assert_accessible(page)
    video.evaluate("video => { video.currentTime = 0; video.playbackRate = 2; return video.play(); }")
    expect(page.get_by_text("completed on")).to_be_visible()
