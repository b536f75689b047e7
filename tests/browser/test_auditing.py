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


def test_a_contact_is_calibrated_from_the_invitation_to_the_closed_meeting(
    session: Any,
    scorecard: None,
    people: Cast,
    page_as: Callable[..., Page],
    assert_accessible: Callable[[Page], None],
) -> None:
    norte, ivan, mariana = str(people.norte.id), people.ivan.name, people.mariana.name
    lead, his = page_as(people.mariana), page_as(people.ivan, phone=True, dark=True)
    session.rollback()  # SQLite has one writer: the test must not be it
    lead.goto("/audits/calibrations")
    lead.get_by_role("link", name="New calibration").first.click()
    lead.locator("#name").fill("Refunds in October")
    lead.locator("#unit").select_option(norte)
    lead.get_by_label("Contact reference").fill("K-77")
    lead.locator("#day").fill("2026-10-05")
    lead.locator("#at").fill("10:00")
    assert_accessible(lead)
    lead.get_by_role("button", name="Save and choose participants").click()
    for name in (ivan, mariana):
        lead.get_by_label(f"{name} takes part").check()
    lead.get_by_label(f"{mariana} is the reference").check()
    lead.get_by_role("button", name="Save participants").click()
    assert_accessible(lead)
    lead.get_by_role("button", name="Open for scoring").click()
    expect(lead.get_by_text("0 of 2 have handed in.")).to_be_visible()
    here = lead.url

    for page, keys in ((his, "111111"), (lead, "112111")):
        page.goto(f"{here}/score")
        page.locator("[data-mark] input").first.focus()
        for key in keys:
            page.keyboard.press(key)
            if key == "2":
                expect(page.locator("[data-mark]").nth(2).locator("select")).to_be_focused()
                page.keyboard.type("Ski")
                page.locator("[data-mark]").nth(3).locator("input").first.focus()
        expect(page.locator("#live-scores")).to_contain_text("6 of 6 answered")
        if page is his:
            assert_accessible(page)
        page.get_by_role("button", name="Hand in").press("Enter")
        expect(page.get_by_role("link", name="Score the contact")).to_have_count(0)
    his.goto(here)
    expect(his.get_by_text("Criterion by criterion")).to_have_count(0)  # blind until scoring has ended

    lead.goto(here)
    lead.get_by_role("button", name="End scoring and review").click()
    expect(lead.get_by_text("1 criterion diverges;")).to_be_visible()
    row = lead.locator("tr", has_text="diverges")
    row.locator("summary").click()
    row.get_by_label("Missed").check()
    row.get_by_label("Why").fill("The amount came after the call was closed.")
    assert_accessible(lead)
    row.get_by_role("button", name="Record").click()
    lead.get_by_label("What was talked about").fill("Say the amount before saying goodbye.")
    lead.get_by_role("button", name="Record the meeting").click()
    for deed in ("Resolve", "Close"):
        lead.get_by_role("button", name=deed, exact=True).click()
    expect(lead.get_by_text("Nothing can be changed after that.")).to_have_count(0)
    his.goto(here)
    expect(his.get_by_text("Say the amount before saying goodbye.")).to_be_visible()
    assert_accessible(his)
