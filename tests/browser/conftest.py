"""The application as people meet it: served to a real browser, signed in as one of the cast."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from playwright.sync_api import BrowserContext, Page
from sqlalchemy import select
from werkzeug.serving import make_server

from app import create_app
from app.accounts.models import User
from app.accounts.permissions import Role
from app.accounts.services import set_password
from app.core.clock import now
from app.core.database import db
from app.home.demo import programme, sign_ins
from tests.conftest import settings

ARTIFACTS = Path(__file__).parents[1] / "artifacts"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AGENTS, MONTHS, SEED = 36, 2, 7
"""Of the demo: as small as everybody still finds something on every screen."""
PATIENCE = 15_000
STILL = {"reduced_motion": "reduce"}
COMPLAINTS = {"error", "warning"}
WIDE = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The address of the application, served by threads of this process."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def site(app: Flask) -> Iterator[str]:
    """The application of all tests."""
    with served(app) as address:
        yield address


@dataclass
class Visits:
    """Browser windows of people: each with its own cookies, its language and its look."""

    new_context: Callable[..., BrowserContext]
    complaints: list[str] = field(default_factory=list)
    """What pages said on their consoles, and what broke in them."""

    def open(
        self,
        app: Flask,
        site: str,
        person: str | None,
        language: str = "en",
        *,
        phone: bool = False,
        dark: bool = False,
    ) -> Page:
        """A window of somebody, named by the key of their session; None for nobody."""
        look = {**(PHONE if phone else WIDE), **STILL, "color_scheme": "dark" if dark else "light"}
        context = self.new_context(base_url=site, locale=language, **look)
        _belong_to(context, app, site, person, language)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda said: self.complaints.append(said.text) if said.type in COMPLAINTS else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page


def _belong_to(context: BrowserContext, app: Flask, site: str, person: str | None, language: str) -> None:
    """Let the windows of a context be those of somebody."""
    signed = {app.config["SESSION_COOKIE_NAME"]: _signed_in(app, person)} if person else {}
    cookies = {"lang": language, **signed}
    context.clear_cookies()
    context.add_cookies([{"name": name, "value": value, "url": site} for name, value in cookies.items()])


def _signed_in(app: Flask, person: str) -> str:
    """The session cookie of somebody who has signed in."""
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer is not None
    return str(serializer.dumps({"_user_id": person, "_fresh": True}))


@pytest.fixture
def visits(new_context: Callable[..., BrowserContext]) -> Iterator[Visits]:
    """Windows to open; a complaint of any page fails the test."""
    made = Visits(new_context)
    yield made
    assert made.complaints == []


@pytest.fixture
def page_as(app: Flask, session: Any, site: str, visits: Visits) -> Iterator[Callable[..., Page]]:
    """A page of one of the cast: `page_as(people.ana, "es", phone=True, dark=True).goto("/")`; None for nobody.

    What the test holds in its session is committed first.
    """

    def open_page(user: User | None, language: str = "en", **look: bool) -> Page:
        session.commit()
        return visits.open(app, site, user.get_id() if user else None, language, **look)

    yield open_page
    db.session.expire_all()


@pytest.fixture
def hand_to(app: Flask, session: Any, site: str) -> Callable[..., None]:
    """Hand a window on: `hand_to(page, people.ana, "es")`. Many people take much less time in one window than in many."""

    def hand(page: Page, user: User, language: str = "en") -> None:
        session.commit()
        _belong_to(page.context, app, site, user.get_id(), language)

    return hand


# --- The demo programme ---


@pytest.fixture(scope="session")
def demo_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application of its own with a small demo programme that ends yesterday, as a newcomer finds it."""
    folder = tmp_path_factory.mktemp("demo")
    app = create_app(settings(f"sqlite:///{folder / 'demo.sqlite'}", folder))
    with app.app_context():
        db.create_all()
        programme.build(db.session(), agents=AGENTS, months=MONTHS, seed=SEED, last=(now() - timedelta(days=1)).date())
        db.session.commit()
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(scope="session")
def demo_site(demo_app: Flask) -> Iterator[str]:
    with served(demo_app) as address:
        yield address


@pytest.fixture
def page_of(demo_app: Flask, demo_site: str, visits: Visits) -> Callable[..., Page]:
    """A page of whoever stands for a role in the demo: `page_of(Role.AGENT, "es", phone=True)`; or of somebody named."""

    def open_page(who: Role | str, language: str = "en", **look: bool) -> Page:
        with demo_app.app_context():
            name = sign_ins.PEOPLE[who] if isinstance(who, Role) else who
            user = db.session.scalars(select(User).where(User.name == name).order_by(User.id)).first()
            assert user is not None
            if user.password_hash is None:
                set_password(db.session(), user, sign_ins.PASSWORD, by=user, on=now())
            db.session.commit()
            key = user.get_id()
        return visits.open(demo_app, demo_site, key, language, **look)

    return open_page


@pytest.fixture
def assert_fits() -> Callable[[Page], None]:
    """Fails when the page is wider than its window."""

    def look_at(page: Page) -> None:
        assert page.viewport_size is not None
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= page.viewport_size["width"], f"{page.url} scrolls sideways"

    return look_at


@pytest.fixture
def assert_accessible(assert_fits: Callable[[Page], None]) -> Callable[[Page], None]:
    """Fails when axe finds a violation on the page, or when the page is wider than its window."""

    def look_at(page: Page) -> None:
        asked = {"runOnly": RULES, "resultTypes": ["violations"], "iframes": False}  # they are of another host
        found = Axe().run(page, options=asked).response["violations"]
        assert [(page.url, one["id"], one["nodes"][0]["html"]) for one in found] == []
        assert_fits(page)

    return look_at


@pytest.fixture
def shoot() -> Callable[[Page, str], None]:
    """Keep a picture of the whole page in tests/artifacts."""

    def keep(page: Page, name: str) -> None:
        ARTIFACTS.mkdir(exist_ok=True)
        page.screenshot(path=ARTIFACTS / f"{name}.png", full_page=True)

    return keep
