"""An audit by keyboard alone: saved as it is typed, there again after a reload and after a lost session."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import Page, expect

from app.audits.auditing import services
from app.audits.models import Audit, Purpose, ScorecardVersion
from tests.audits.conftest import scorecard, write
from tests.conftest import Cast

__all__ = ["scorecard", "write"]
CONTACT = datetime(2026, 10, 5, 15, tzinfo=UTC)


def test_an_audit_is_done_by_keyboard_and_nothing_typed_is_lost(
    session: Any,
    scorecard: None,
    people: Cast,
    page_as: Callable[..., Page],
    assert_accessible: Callable[[Page], None],
) -> None:
    version = session.query(ScorecardVersion).one()
    contact = services.Contact(people.ana.id, version.id, Purpose.RANDOM, CONTACT)
    draft = services.start(session(), contact, by=people.ivan, on=datetime.now(UTC)).id
    session.commit()
    page = page_as(people.ivan)
    session.commit()  # SQLite has one writer: the test must not be it
    page.goto(f"/audits/drafts/{draft}")
    status, live = page.locator("[data-draft-status]"), page.locator("#live-scores")
    page.locator("[data-mark] input").first.focus()
    page.keyboard.press("1")
    expect(page.locator("[data-mark]").nth(1).locator("input").first).to_be_focused()
    page.keyboard.press("2")
    expect(page.locator("[data-mark]").nth(1).locator("select")).to_be_focused()
    page.keyboard.type("Ski")
    expect(status).to_contain_text("Saved at")
    expect(live).to_contain_text("fatal error")
    expect(live).to_contain_text("2 of 6 answered")
    page.reload()
    expect(page.locator("[data-mark]").nth(1).locator("select")).to_have_value("skill")
    assert_accessible(page)

    cookies = page.context.cookies()
    page.context.clear_cookies(name="hilo")
    comment = page.locator("[data-mark]").nth(1).locator("textarea")
    comment.fill("Did not ask for the code")
    expect(status).to_contain_text("Not saved")
    page.goto("/sign-in")
    page.context.add_cookies(cookies)
    page.goto(f"/audits/drafts/{draft}")
    expect(comment).to_have_value("Did not ask for the code")
    expect(status).to_contain_text("Saved at")

    page.locator("[data-mark] input").nth(6).focus()
    for _criterion in range(4):
        page.keyboard.press("1")
    expect(live).to_contain_text("6 of 6 answered")
    page.get_by_role("button", name="Release now").press("Enter")
    expect(page.locator("h1")).to_contain_text("Audit H")
    session.expire_all()
    assert session.query(Audit).one().fatal
