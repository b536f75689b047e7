"""The application as people meet it: served to a real browser, signed in as one of the cast."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from playwright.sync_api import BrowserContext, Page
from werkzeug.serving import make_server

from app.accounts.models import User
from app.core.database import db

ARTIFACTS = Path(__file__).parents[1] / "artifacts"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDE = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def site(app: Flask) -> Iterator[str]:
    """The address of the application, served by a thread of this process."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page_as(
    app: Flask, session: Any, site: str, new_context: Callable[..., BrowserContext]
) -> Iterator[Callable[..., Page]]:
    """A page of somebody: `page_as(people.ana, "es", phone=True, dark=True).goto("/")`; None for nobody.

    What the test holds in its session is committed first. What the page says on its console, and what breaks in it,
    fails the test.
    """
    complaints: list[str] = []

    def open_page(user: User | None, language: str = "en", *, phone: bool = False, dark: bool = False) -> Page:
        session.commit()
        look = {**(PHONE if phone else WIDE), "color_scheme": "dark" if dark else "light"}
        context = new_context(base_url=site, locale=language, **look)
        cookies = {"lang": language, **({app.config["SESSION_COOKIE_NAME"]: _signed_in(app, user)} if user else {})}
        context.add_cookies([{"name": name, "value": value, "url": site} for name, value in cookies.items()])
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_page
    db.session.expire_all()
    assert complaints == []


def _signed_in(app: Flask, user: User) -> str:
    """The session cookie of somebody who has signed in."""
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer is not None
    return str(serializer.dumps({"_user_id": user.get_id(), "_fresh": True}))


@pytest.fixture
def assert_accessible() -> Callable[[Page], None]:
    """Fails when axe finds a violation on the page, or when the page is wider than its window."""

    def look_at(page: Page) -> None:
        found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "scrolls sideways"

    return look_at


@pytest.fixture
def shoot() -> Callable[[Page, str], None]:
    """Keep a picture of the whole page in tests/artifacts."""

    def keep(page: Page, name: str) -> None:
        ARTIFACTS.mkdir(exist_ok=True)
        page.screenshot(path=ARTIFACTS / f"{name}.png", full_page=True)

    return keep
