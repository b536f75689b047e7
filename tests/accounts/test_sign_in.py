"""Signing in and out, throttling, links from mails, passwords."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select

from app import create_app
from app.accounts.models import Activity, Letters, User
from app.accounts.services import credentials
from app.accounts.services.credentials import (
    FREE_TRIES,
    Purpose,
    set_password,
    sign_in_link,
    signed_in_by,
    user_of_link,
)
from app.core.clock import now
from app.core.database import db
from app.core.errors import Refused
from app.core.web import limiter
from tests.conftest import Cast, settings

SECRET = "thread and needle"
ON = datetime(2026, 11, 1, 15, tzinfo=UTC)

As = Callable[..., FlaskClient]


@pytest.fixture
def ana(session: Any, people: Cast) -> User:
    """Ana with a password she knows."""
    set_password(session, people.ana, SECRET, by=None, on=now())
    session.commit()
    return people.ana


@pytest.fixture
def mailbox(app: Any) -> Callable[[], list[Any]]:
    """The mails sent, oldest first, without those of tests before."""
    folder = Path(app.config["DATA_DIR"]) / "mail"
    for path in folder.glob("*.eml"):
        path.unlink()

    def read() -> list[Any]:
        files = sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime) if folder.exists() else []
        return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in files]

    return read


def try_in(client: FlaskClient, password: str = SECRET, email: str = "ana@example.org", **rest: str) -> Any:
    return client.post("/sign-in", data={"email": email, "password": password, **rest})


def is_in(client: FlaskClient) -> bool:
    return bool(client.get("/account").status_code == 200)


# --- The page ---


def test_signing_in_with_the_right_password(ana: User, as_user: As) -> None:
    client = as_user(None)
    assert b"Email" in client.get("/sign-in").data
    response = try_in(client, email=" Ana@Example.org ")
    assert (response.status_code, response.location) == (302, "/")
    assert is_in(client)
    assert client.get("/sign-in").status_code == 302


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ana@example.org", "wrong password"),
        ("ghost@example.org", SECRET),
        ("luis@example.org", ""),
        ("", SECRET),
        ("ana@example.org", "x" * 5_000),
    ],
)
def test_one_answer_for_all_that_may_be_wrong(ana: User, as_user: As, email: str, password: str) -> None:
    client = as_user(None)
    response = try_in(client, password, email)
    assert response.status_code == 422
    assert b"Email and password do not match" in response.data
    assert not is_in(client)


def test_the_session_before_signing_in_is_gone(ana: User, as_user: As) -> None:
    client = as_user(None)
    with client.session_transaction() as cookie:
        cookie["planted"] = "by somebody else"
    try_in(client)
    with client.session_transaction() as cookie:
        assert "planted" not in cookie
        assert cookie["_user_id"] == ana.get_id()


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/people?page=2", "/people?page=2"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_one_goes_on_only_within_this_site(ana: User, as_user: As, target: str, expected: str) -> None:
    assert try_in(as_user(None), next=target).location == expected


def test_a_page_behind_the_door_comes_back_after_signing_in(ana: User, as_user: As) -> None:
    client = as_user(None)
    response = client.get("/account?x=1")
    assert response.location == "/sign-in?next=/account?x%3D1"
    assert b'value="/account?x=1"' in client.get(response.location).data


def test_signing_out_ends_the_session(ana: User, as_user: As) -> None:
    client = as_user(ana)
    assert is_in(client)
    assert client.get("/sign-out").status_code == 405
    assert client.post("/sign-out").location == "/sign-in"
    assert not is_in(client)


def test_who_left_or_was_never_invited_cannot_enter(session: Any, ana: User, people: Cast, as_user: As) -> None:
    client = as_user(ana)
    ana.left_on = now().date()
    people.luis.password_hash = None
    session.commit()
    assert not is_in(client), "an open session ends too"
    assert try_in(as_user(None)).status_code == 422
    assert not is_in(as_user(people.luis))


def test_signing_in_brings_the_language_of_the_account(session: Any, ana: User, as_user: As) -> None:
    ana.language = "es"
    session.commit()
    client = as_user(None, "en")
    try_in(client)
    assert '<html lang="es-419"' in client.get("/account").text
    assert '<html lang="en"' in client.get("/account?lang=en").text, "chosen on this device"
    assert '<html lang="en"' in client.get("/account").text


# --- Throttling ---


def test_an_account_rests_after_several_wrong_tries(session: Any, ana: User) -> None:
    for _try in range(FREE_TRIES):
        assert signed_in_by(session, "ana@example.org", "wrong", on=ON) is None
    assert ana.locked_until == ON + timedelta(minutes=1)
    assert signed_in_by(session, "ana@example.org", SECRET, on=ON) is None
    assert signed_in_by(session, "ana@example.org", "wrong", on=ON + timedelta(minutes=2)) is None
    assert ana.locked_until == ON + timedelta(minutes=4), "longer each time"
    assert signed_in_by(session, "ana@example.org", SECRET, on=ON + timedelta(minutes=5)) is ana
    assert (ana.failed_sign_ins, ana.locked_until) == (0, None)


def test_a_rest_has_an_end(session: Any, ana: User) -> None:
    ana.failed_sign_ins = 1_000
    signed_in_by(session, "ana@example.org", "wrong", on=ON)
    assert ana.locked_until == ON + timedelta(minutes=30)


def test_wrong_tries_count_although_the_page_refuses(session: Any, ana: User, as_user: As) -> None:
    try_in(as_user(None), "wrong")
    session.expire_all()
    assert ana.failed_sign_ins == 1


@pytest.mark.once
def test_many_tries_from_one_address_are_too_many(
    ana: User, app: Any, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiter, "enabled", True)
    limited = create_app({**settings(database_url, tmp_path), "RATELIMIT_ENABLED": True})
    client = limited.test_client()
    answers = [try_in(client, "wrong", f"somebody{n}@example.org").status_code for n in range(41)]
    refused = answers.index(429)  # a minute may begin anew in the middle of these
    assert 20 <= refused <= 40
    assert set(answers[:refused]) == {422}
    assert "Too many attempts" in try_in(client).text
    with limited.app_context():
        db.engine.dispose()


# --- Links ---


def path_of(link: str) -> str:
    return link.removeprefix("http://127.0.0.1:8000")


def test_an_invitation_is_mailed_and_lets_in_once(
    session: Any, people: Cast, as_user: As, mailbox: Callable[[], list[Any]]
) -> None:
    people.ana.password_hash, people.ana.language = None, "es"
    session.commit()
    as_user(people.ada).post(f"/admin/people/{people.ana.id}/invite")
    [mail] = mailbox()
    assert mail["To"] == "ana@example.org"
    [link] = re.findall(r"http://\S+", mail.get_content())
    client = as_user(None, "es")
    assert "Ana" in client.get(path_of(link)).text
    response = client.post(path_of(link), data={"password": SECRET, "again": SECRET})
    assert response.location == "/"
    assert is_in(client)
    assert client.get(path_of(link)).status_code == 410
    assert session.get(User, people.ana.id).language == "es"


def test_a_link_needs_two_equal_passwords_that_are_hard_to_guess(session: Any, people: Cast, as_user: As) -> None:
    path, client = path_of(sign_in_link(people.ana)), as_user(None)
    for password, again in (
        (SECRET, "another"),
        ("short", "short"),
        ("aaaaaaaaaaaa", "aaaaaaaaaaaa"),
        ("ana@example.org", "ana@example.org"),
        ("x" * 300, "x" * 300),
    ):
        assert client.post(path, data={"password": password, "again": again}).status_code == 422
    assert not is_in(client)


def test_a_reset_is_mailed_to_who_has_an_account(
    session: Any, ana: User, people: Cast, as_user: As, mailbox: Callable[[], list[Any]]
) -> None:
    people.luis.password_hash = None
    session.commit()
    client = as_user(None)
    answers = {
        client.post("/account/reset", data={"email": email}, follow_redirects=True).text.replace(email, "")
        for email in ("ana@example.org", "luis@example.org", "ghost@example.org")
    }
    assert len({re.sub(r'name="csrf_token"[^>]*|request [0-9a-f]+', "", text) for text in answers}) == 1
    assert [mail["To"] for mail in mailbox()] == ["ana@example.org"]


def test_a_reset_ends_a_rest_and_all_sessions(session: Any, ana: User, as_user: As) -> None:
    elsewhere = as_user(ana)
    ana.locked_until, ana.failed_sign_ins = now() + timedelta(minutes=30), 9
    session.commit()
    client = as_user(None)
    new = {"password": "another thread", "again": "another thread"}
    assert client.post(path_of(sign_in_link(ana, Purpose.RESET)), data=new).status_code == 302
    assert is_in(client)
    assert not is_in(elsewhere)
    assert try_in(as_user(None), "another thread").status_code == 302


@pytest.mark.parametrize(
    ("purpose", "life"), [(Purpose.RESET, timedelta(hours=1)), (Purpose.INVITATION, timedelta(days=7))]
)
def test_links_die_of_age(session: Any, people: Cast, purpose: Purpose, life: timedelta) -> None:
    with time_machine.travel(ON, tick=False):
        token = sign_in_link(people.ana, purpose).rpartition("/")[2]
    with time_machine.travel(ON + life, tick=False):
        assert user_of_link(session, token) == (people.ana, purpose)
    with time_machine.travel(ON + life + timedelta(seconds=2), tick=False):
        assert user_of_link(session, token) is None


def test_links_die_with_the_password_the_address_and_the_person(session: Any, people: Cast) -> None:
    def token() -> str:
        return sign_in_link(people.ana).rpartition("/")[2]

    first = token()
    set_password(session, people.ana, SECRET, by=None, on=ON)
    assert user_of_link(session, first) is None
    second = token()
    people.ana.email = "new@example.org"
    assert user_of_link(session, second) is None
    third = token()
    people.ana.left_on = date(2026, 1, 1)
    assert user_of_link(session, third) is None


def test_a_forged_link_is_dead(people: Cast, as_user: As) -> None:
    client = as_user(None)
    for token in ("x", sign_in_link(people.ana).rpartition("/")[2][:-10] + "A" * 10, "." * 50):
        assert client.get(f"/account/reset/{token}").status_code == 410
        assert client.post(f"/account/reset/{token}", data={"password": SECRET, "again": SECRET}).status_code == 410


def test_a_link_goes_to_the_configured_address_not_to_the_asked_host(
    ana: User, as_user: As, mailbox: Callable[[], list[Any]]
) -> None:
    as_user(None).post("/account/reset", data={"email": "ana@example.org"}, headers={"Host": "evil.example"})
    [mail] = mailbox()
    assert "evil.example" not in mail.get_content()
    assert "http://127.0.0.1:8000/account/reset/" in mail.get_content()


def test_mails_speak_the_language_of_the_account(
    session: Any, ana: User, as_user: As, mailbox: Callable[[], list[Any]]
) -> None:
    ana.language = "es"
    session.commit()
    as_user(None, "en").post("/account/reset", data={"email": "ana@example.org"})
    [mail] = mailbox()
    assert "contraseña" in mail.get_content()


# --- Passwords ---


def test_the_weakest_settings_of_old_are_strengthened_at_sign_in(
    session: Any, ana: User, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ana.password_hash
    monkeypatch.setitem(app.config, "ARGON2", {"time_cost": 2, "memory_cost": 16, "parallelism": 1})
    assert signed_in_by(session, "ana@example.org", SECRET, on=ON) is ana
    assert ana.password_hash != before
    assert "t=2" in (ana.password_hash or "")


def test_setting_a_password_is_in_the_log_without_it(session: Any, ana: User) -> None:
    [line] = session.scalars(select(Activity).where(Activity.verb == "password.set")).all()
    assert (line.person_id, line.detail) == (ana.id, {})


def test_a_bad_password_is_refused_by_the_service(session: Any, people: Cast) -> None:
    with pytest.raises(Refused):
        set_password(session, people.ana, "short", by=None, on=ON)


def test_nobodys_password_is_never_right(session: Any, people: Cast) -> None:
    people.ana.password_hash = None
    assert not credentials.fits(people.ana, "")


# --- Demo ---


@pytest.fixture
def demo(session: Any, people: Cast, app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "DEMO_SIGN_IN", True)
    for user in (people.ana, people.paola):
        user.is_demo = True
    session.commit()


def test_demo_people_enter_without_a_password_on_this_machine(demo: None, people: Cast, as_user: As) -> None:
    client = as_user(None)
    page = client.get("/sign-in").text
    assert "Ana Ruiz" in page
    assert "Paola Restrepo" in page
    assert "Ada" not in page
    assert client.post("/sign-in/demo", data={"user": people.paola.id}).status_code == 302
    assert is_in(client)


def test_real_people_never_enter_like_that(demo: None, people: Cast, as_user: As) -> None:
    client = as_user(None)
    for user in (people.ada.id, "", "x", 999_999):
        assert client.post("/sign-in/demo", data={"user": user}).status_code == 404
    assert not is_in(client)


def test_nor_from_elsewhere_nor_without_the_setting(
    demo: None, people: Cast, as_user: As, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = as_user(None)
    elsewhere = {"REMOTE_ADDR": "203.0.113.9"}
    assert "Ana Ruiz" not in client.get("/sign-in", environ_base=elsewhere).text
    assert client.post("/sign-in/demo", data={"user": people.ana.id}, environ_base=elsewhere).status_code == 404
    monkeypatch.setitem(app.config, "DEMO_SIGN_IN", False)
    assert "Ana Ruiz" not in client.get("/sign-in").text
    assert client.post("/sign-in/demo", data={"user": people.ana.id}).status_code == 404


# --- Account ---


def test_an_account_is_changed_by_its_owner(session: Any, ana: User, as_user: As) -> None:
    client = as_user(ana)
    told = {
        "name": "Ana R.",
        "language": "es",
        "time_zone": "America/Lima",
        "number_format": "comma",
        "theme": "dark",
        "letters": Letters.WEEKLY.value,
    }
    response = client.post("/account", data=told)
    assert response.status_code == 302
    assert (ana.name, ana.language, ana.time_zone, ana.number_format, ana.theme, ana.letters) == tuple(told.values())
    page = client.get("/account").text
    assert '<html lang="es-419" data-bs-theme="dark">' in page
    [line] = session.scalars(select(Activity).where(Activity.verb == "account.changed")).all()
    assert line.detail["name"] == ["Ana Ruiz", "Ana R."]


def test_what_does_not_exist_cannot_be_chosen(ana: User, as_user: As) -> None:
    told = {"name": "Ana", "language": "fr", "time_zone": "Mars/Olympus", "number_format": "", "theme": ""}
    assert as_user(ana).post("/account", data=told).status_code == 422


def test_changing_the_password_takes_the_present_one(session: Any, ana: User, as_user: As) -> None:
    client, elsewhere = as_user(ana), as_user(ana)
    new = {"password": "another thread", "again": "another thread"}
    assert client.post("/account/password", data={"present": "wrong", **new}).status_code == 422
    assert client.post("/account/password", data={"present": SECRET, **new}).status_code == 302
    assert is_in(client)
    assert not is_in(elsewhere)


def test_a_theme_stays_with_the_account_or_the_device(session: Any, ana: User, as_user: As) -> None:
    client = as_user(ana)
    assert client.post("/account/theme", data={"theme": "dark", "next": "/account"}).location == "/account"
    assert ana.theme == "dark"
    client.post("/account/theme", data={"theme": ""})
    assert ana.theme is None
    nobody = as_user(None)
    nobody.post("/account/theme", data={"theme": "dark"})
    assert 'data-bs-theme="dark"' in nobody.get("/sign-in").text


def test_choosing_a_language_by_a_link_writes_nothing(session: Any, ana: User, as_user: As) -> None:
    client = as_user(ana)
    client.get("/account?lang=es")
    assert ana.language == "en"
    assert '<html lang="es-419"' in client.get("/account").text
