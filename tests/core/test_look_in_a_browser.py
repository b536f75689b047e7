"""The look as a person meets it: both themes, three widths, keys alone, and without script."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from tests.core.look import create_look

pytestmark = pytest.mark.browser

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_look(), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context() as context:
        yield context.new_page()


@pytest.mark.parametrize(
    ("address", "width", "theme"),
    [
        ("/style", 1280, "light"),
        ("/style", 1280, "dark"),
        ("/style", 390, "light"),
        ("/style", 320, "dark"),
        ("/empty", 1280, "dark"),
        ("/error", 390, "light"),
    ],
)
def test_all_macros_are_accessible_and_fit(browser: Browser, site: str, address: str, width: int, theme: Any) -> None:
    with browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme) as context:
        page = context.new_page()
        page.goto(site + address)
        found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_on_a_phone_every_control_is_large_enough(browser: Browser, site: str) -> None:
    with browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True) as context:
        page = context.new_page()
        page.goto(site + "/style")
        small = page.evaluate("""() => [...document.querySelectorAll("button, summary, select, .btn, .form-control, nav a")]
            .filter((e) => e.checkVisibility({ visibilityProperty: true })).map((e) => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
            .filter(([_, r]) => r.width > 1 && (r.height < 43.5 || r.width < 43.5)).map(([html]) => html)""")
        assert small == []


def test_the_page_breaks_no_rule_of_its_own_policy(page: Page, site: str) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(site + "/style")
    page.wait_for_load_state("networkidle")
    assert said == []


def test_slash_goes_to_search_but_not_while_typing(page: Page, site: str) -> None:
    page.goto(site + "/style")
    page.keyboard.press("/")
    expect(page.locator("[data-search]")).to_be_focused()
    page.locator("#title").focus()
    page.keyboard.press("/")
    expect(page.locator("#title")).to_have_value("/")


def test_a_menu_closes_on_escape_and_on_a_click_elsewhere(page: Page, site: str) -> None:
    page.goto(site + "/style")
    menu = page.locator(".h-row details.h-menu").first
    menu.locator("summary").press("Enter")
    expect(menu).to_have_attribute("open", "")
    page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(menu.locator("summary")).to_be_focused()
    menu.locator("summary").click()
    page.locator("h1").click()
    expect(menu).not_to_have_attribute("open", "")


def test_a_draft_is_kept_restored_and_forgotten_once_sent(page: Page, site: str) -> None:
    page.goto(site + "/style")
    page.locator("#title").fill("Refund exceptions")
    page.locator("#kept-no").check(force=True)
    expect(page.locator("[data-draft-status]")).to_contain_text("Draft kept at")
    page.reload()
    expect(page.locator("#title")).to_have_value("Refund exceptions")
    expect(page.locator("#kept-no")).to_be_checked()
    expect(page.locator("[data-draft-status]")).to_contain_text("restored")
    page.locator("#module").evaluate("form => form.setAttribute('action', '/sent')")
    page.locator("#title").press("Control+Enter")
    page.goto(site + "/empty")
    page.goto(site + "/style")
    expect(page.locator("#title")).to_have_value("")


def test_what_needs_mending_gets_the_focus(page: Page, site: str) -> None:
    page.goto(site + "/style?bad=1")
    expect(page.locator("[role=alert]")).to_be_focused()
    page.locator("[role=alert] a").first.click()
    expect(page.locator("#title")).to_be_focused()


def test_characters_left_are_counted(page: Page, site: str) -> None:
    page.goto(site + "/style")
    page.locator("#body").fill("twelve chars")
    expect(page.locator("#body-left")).to_have_text("Characters left: 28")


def test_progress_goes_on_by_itself_until_it_is_over(page: Page, site: str) -> None:
    page.goto(site + "/progress")
    expect(page.locator("#rows")).to_contain_text("3 of 3")
    expect(page.locator("#rows")).not_to_have_attribute("data-poll", "/progress")


def test_a_list_is_reached_by_key_only_where_it_scrolls(browser: Browser, site: str) -> None:
    for width, index in ((1280, "-1"), (900, "0")):
        with browser.new_context(viewport={"width": width, "height": 900}) as context:
            page = context.new_page()
            page.goto(site + "/style")
            expect(page.locator(".h-heat-wrap")).to_have_attribute("tabindex", index)


def test_everything_is_there_without_script(browser: Browser, site: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(site + "/style")
        page.locator(".h-confirm > summary").click()
        expect(page.get_by_role("button", name="Undo the import")).to_be_visible()
        page.get_by_text("Change filters").click()
        page.get_by_label("Team", exact=True).select_option("2")
        page.get_by_role("button", name="Apply filters").click()
        assert "team=2" in page.url
        assert "sort=name" in page.url
