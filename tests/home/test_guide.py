"""Help: the guides of docs/guide on the screen, for everybody, in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from app.accounts.permissions import Role
from app.home import guide
from tests.conftest import Cast
from tests.home.pages import heading

As = Callable[..., Any]
pytestmark = pytest.mark.once


@pytest.mark.parametrize(("name", "english", "spanish"), [
    ("ana", "Guide for agents", "Guía para agentes"),
    ("paola", "Guide for team leads", "Guía para líderes de equipo"),
    ("ada", "Guide for administrators", "Guía de administración"),
])  # fmt: skip
def test_help_is_the_guide_of_ones_role(people: Cast, as_user: As, name: str, english: str, spanish: str) -> None:
    client = as_user(getattr(people, name))
    assert heading(client.get("/help", follow_redirects=True).text) == english
    assert heading(client.get("/help?lang=es", follow_redirects=True).text) == spanish


def test_every_guide_opens_with_its_pictures(people: Cast, as_user: As) -> None:
    client = as_user(people.ana)
    assert set(guide.FILES) == {"everyone", *(role.value.replace("_", "-") for role in Role)}
    for name in guide.FILES:
        page = client.get(f"/help/{name}").text
        assert page.count("](") == 0, name
        for picture in re.findall(r'<img src="(/help/pictures/[^"]+)"[^>]* width="\d{3,4}" height="\d{3,4}"', page):
            assert client.get(picture).mimetype == "image/png"
    assert "<img" in client.get("/help/agent").text


def test_there_is_no_way_to_other_files(people: Cast, as_user: As) -> None:
    client = as_user(people.ada)
    for path in ("/help/README", "/help/..%2Ffiles", "/help/pictures/..%2Ffiles.md", "/help/pictures/none.png"):
        assert client.get(path).status_code == 404, path


def test_who_is_not_signed_in_is_asked_to(people: Cast, as_user: As) -> None:
    client = as_user(None)
    for path in ("/help", "/help/agent", "/help/pictures/agent-en.png"):
        assert "/sign-in" in client.get(path).location
