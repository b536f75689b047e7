"""Takes pictures of the application: those of the documents, or every screen there is.

    python scripts/pictures.py                   the pictures of README.md and the guides, into docs/pictures
    python scripts/pictures.py --all             every screen, both languages, light and dark, wide and phone, into build/screens
    python scripts/pictures.py --data FOLDER     of a demo programme that is there already, instead of one built for this

Screens are found by following links from each role's first screen; one picture stands for all pages of an address.
"""

from __future__ import annotations

import argparse
import logging
import re
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

if TYPE_CHECKING:
    from flask import Flask
    from playwright.sync_api import Browser

PICTURES = ROOT / "docs" / "pictures"
SCREENS = ROOT / "build" / "screens"
LANGUAGES = ("en", "es")
WIDE: dict[str, Any] = {"viewport": {"width": 1280, "height": 860}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
COLOURS = 96
"""Of a picture in the documents: enough for the heat map, and a third of the bytes."""
LINK = re.compile(r'<a\b[^>]*?href="(/[^"#]*)')
NUMBER = re.compile(r"\d+")
NO_SCREEN = re.compile(r"\.(csv|xlsx|pdf|ics|json)\b|format=|/(file|blob|static)/")


@dataclass(frozen=True)
class Picture:
    """A picture of the documents: who looks, at what (or at the first link from there that matches), how."""

    name: str
    role: str
    path: str = "/"
    follow: str | None = None
    phone: bool = False
    is_empty: bool = False
    """On an empty system instead of the demo programme."""


DOCUMENTED = (
    Picture("agent", "agent", phone=True),
    Picture("team-lead", "team_lead"),
    Picture("session", "team_lead", follow=r"/coaching/log\?obligation"),
    Picture("trainer", "trainer"),
    Picture("program-manager", "program_manager"),
    Picture("gap", "team_lead", "/gaps", follow=r"/gaps/\d+$"),
    Picture("auditor", "auditor"),
    Picture("partner-manager", "partner_manager"),
    Picture("administrator", "administrator", is_empty=True),
)


# --- What is looked at ---


def application(folder: Path) -> Flask:
    """An application over a data folder."""
    import config
    from app import create_app

    return create_app(config.load({"HILO_DATA_DIR": str(folder), "HILO_TIME_ZONE": "America/Bogota"}))


def build(app: Flask, *, demo: bool) -> None:
    """Fill an empty data folder: with the demo programme, or with an administrator alone."""
    from flask_migrate import upgrade

    from app.accounts.permissions import Role
    from app.accounts.services import add_person, give_role, programme_unit, set_password
    from app.core import migrations
    from app.core.clock import now
    from app.core.database import db
    from app.home.demo import programme, sign_ins

    with app.app_context():
        migrations.load(app)
        upgrade()
        session, on = db.session(), now()
        if demo:
            programme.build(session, agents=150, months=6, seed=7, last=(on - timedelta(days=1)).date())
        else:
            name = sign_ins.PEOPLE[Role.ADMINISTRATOR]
            user = add_person(db.session, by=None, on=on, employee_no="admin", name=name, email="admin@example.org")
            give_role(db.session, user, Role.ADMINISTRATOR, programme_unit(db.session), on.date(), by=None, on=on)
            set_password(session, user, sign_ins.PASSWORD, by=user, on=on)
        session.commit()


@contextmanager
def folders(data: Path | None) -> Iterator[tuple[Path, Path]]:
    """A folder with the demo programme, and one of an empty system."""
    with tempfile.TemporaryDirectory() as made:
        demo, empty = data or Path(made, "demo"), Path(made, "empty")
        if data is None:
            print("Building the demo programme: about a minute", file=sys.stderr)
            build(application(demo), demo=True)
        build(application(empty), demo=False)
        yield demo, empty


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The address of the application, served by threads of this process."""
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()


def cookies(app: Flask, role: str, language: str) -> dict[str, str]:
    """What a browser holds once whoever stands for a role has signed in."""
    from flask.sessions import SecureCookieSessionInterface
    from sqlalchemy import select

    from app.accounts.models import User
    from app.accounts.permissions import Role
    from app.core.database import db
    from app.home.demo import sign_ins

    with app.app_context():
        user = db.session.scalars(
            select(User).where(User.name == sign_ins.PEOPLE[Role(role)]).order_by(User.id)
        ).first()
        if user is None:
            sys.exit(f"There is no {role} of the demo programme in this data folder.")
        serializer = SecureCookieSessionInterface().get_signing_serializer(app)
        assert serializer is not None
        signed = str(serializer.dumps({"_user_id": user.get_id(), "_fresh": True}))
    return {app.config["SESSION_COOKIE_NAME"]: signed, "lang": language}


# --- Taking them ---


def take(browser: Browser, site: str, jar: dict[str, str], path: str, look: dict[str, Any], whole: bool) -> bytes:
    """A picture of a page, as PNG."""
    context = browser.new_context(base_url=site, locale=jar["lang"], reduced_motion="reduce", **look)
    context.add_cookies([{"name": name, "value": value, "url": site} for name, value in jar.items()])
    page = context.new_page()
    try:
        page.goto(path, wait_until="networkidle")  # charts come once they are in sight
        return page.screenshot(full_page=whole)
    finally:
        context.close()


def small(png: bytes) -> bytes:
    """The picture in few colours."""
    from PIL import Image

    made = BytesIO()
    picture = Image.open(BytesIO(png)).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(made, "PNG", optimize=True)
    return made.getvalue()


def links(app: Flask, jar: dict[str, str], path: str) -> list[str] | None:
    """Where the links of a page lead within the application; None when it is no page."""
    client = app.test_client()
    for name, value in jar.items():
        client.set_cookie(name, value)
    answer = client.get(path)
    if answer.status_code != 200 or answer.mimetype != "text/html":
        return None
    return [unescape(link) for link in LINK.findall(answer.get_data(as_text=True))]


def screens(app: Flask, jar: dict[str, str]) -> Iterator[str]:
    """One address for each screen that links lead to."""
    waiting, seen = ["/"], {"/"}
    while waiting:
        path = waiting.pop(0)
        found = links(app, jar, path)
        if found is None:
            continue
        yield path
        for link in found:
            kind = NUMBER.sub("0", link.partition("?")[0])
            if kind not in seen and not NO_SCREEN.search(link):
                seen.add(kind)
                waiting.append(link)


def take_documented(browser: Browser, demo: Path, empty: Path, only: str) -> None:
    """The pictures of the documents."""
    apps = {False: application(demo), True: application(empty)}
    for one in DOCUMENTED:
        app = apps[one.is_empty]
        for language in LANGUAGES if re.search(only, one.name) else ():
            jar = cookies(app, one.role, language)
            path = one.path
            if one.follow is not None:
                path = next(link for link in links(app, jar, path) or () if re.search(one.follow, link))
            with served(app) as site:
                png = take(browser, site, jar, path, PHONE if one.phone else WIDE, whole=False)
            target = PICTURES / f"{one.name}-{language}.png"
            target.write_bytes(small(png))
            print(f"{target.relative_to(ROOT)}: {target.stat().st_size // 1024} KB, {path}")


def take_all(browser: Browser, demo: Path, only: str) -> None:
    """Every screen of every role, in both languages and all looks; what several roles see alike stands at each."""
    from app.home.demo import sign_ins

    app = application(demo)
    looks = {
        f"{size}-{theme}": (kind, theme)
        for size, kind in (("wide", WIDE), ("phone", PHONE))
        for theme in ("light", "dark")
    }
    for role in sign_ins.PEOPLE:
        found = [
            path for path in screens(app, cookies(app, role.value, "en")) if re.search(only, f"{role.value} {path}")
        ]
        for path in found:
            name = re.sub(r"\W+", "-", path.partition("?")[0]).strip("-") or "home"
            for language in LANGUAGES:
                jar = cookies(app, role.value, language)
                for look, (kind, theme) in looks.items():
                    with served(app) as site:
                        png = take(browser, site, jar, path, {**kind, "color_scheme": theme}, whole=True)
                    target = SCREENS / role.value / f"{name}-{language}-{look}.png"
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(png)
        print(f"{role.value}: {len(found)} screens in {SCREENS.relative_to(ROOT)}/{role.value}")


def main() -> None:
    from playwright.sync_api import sync_playwright

    from scripts.system_packages import BROWSERS

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", action="store_true", help="every screen, into build/screens")
    parser.add_argument("--data", type=Path, help="a data folder with a demo programme")
    parser.add_argument("--only", default="", help="only names (with --all: 'role /address') that match this pattern")
    options = parser.parse_args()
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        sys.exit("Chromium is needed: python scripts/system_packages.py --browser --install")
    with folders(options.data) as (demo, empty), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-dev-shm-usage"])
        if options.all:
            take_all(browser, demo, options.only)
        else:
            take_documented(browser, demo, empty, options.only)
        browser.close()


if __name__ == "__main__":
    main()
