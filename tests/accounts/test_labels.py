"""What the interface calls things."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from markupsafe import escape

from app.accounts import labels
from app.accounts.forms import PlaceForm
from app.accounts.models import AbsenceKind, Activity, UnitKind
from app.accounts.permissions import Role
from app.core.i18n import speak
from tests.conftest import Cast


@pytest.mark.parametrize(
    ("enum", "names"),
    [(Role, labels.ROLES), (UnitKind, labels.UNIT_KINDS), (AbsenceKind, labels.ABSENCE_KINDS)],
)
def test_every_member_has_a_name_in_both_languages(app: Flask, enum: Any, names: dict[Any, Any]) -> None:
    with app.test_request_context():
        for member in enum:
            with speak("en"):
                english = str(names[member])
            with speak("es"):
                assert str(names[member])
            assert english


def test_the_log_is_read_in_words(app: Flask) -> None:
    line = Activity(verb="role.given", detail={"role": "team_lead", "unit": "Norte/Bogotá", "secret": 1})
    with app.test_request_context(), speak("en"):
        assert labels.verb(line.verb) == "assigned a role"
        assert labels.detail(line) == "role: Team lead · unit: Norte/Bogotá"
    with app.test_request_context(), speak("es"):
        assert labels.detail(line) == "rol: Líder de equipo · unidad: Norte/Bogotá"


def test_a_change_shows_what_it_was_and_is(app: Flask) -> None:
    line = Activity(verb="person.changed", detail={"name": ["Ana", "Ana R."], "hired_on": [None, "2026-01-01"]})
    with app.test_request_context(), speak("en"):
        assert labels.detail(line) == "name: Ana → Ana R. · hired: – → 2026-01-01"


def test_all_rooms_name_their_verbs(app: Flask) -> None:
    assert {"person.left", "session.logged"} <= set(labels.named("VERBS"))
    with app.test_request_context():
        assert labels.verb("nobody.knows") == "nobody.knows"


def test_names_cannot_become_markup(session: Any, people: Cast, as_user: Any) -> None:
    evil = '"><script>alert(1)</script>'
    people.refunds.name = people.ana.name = evil
    people.refunds.path = f"Norte/Bogotá/{evil}"
    session.commit()
    client = as_user(people.ada)
    for page in ("/people", "/admin", "/admin/people/new", "/admin/units", f"/admin/people/{people.ana.id}"):
        text = client.get(page).text
        assert "<script>alert" not in text, page
    assert str(escape(evil)) in client.get("/admin/people/new").text


def test_a_select_of_many_says_which_is_chosen(app: Flask) -> None:
    from wtforms.fields import SelectChoice

    with app.test_request_context():
        form = PlaceForm([SelectChoice("1", "A & B", optgroup="Team"), SelectChoice("2", "C")], unit="1")
        written = str(form.unit(class_="form-select"))
    assert '<optgroup label="Team"><option value="1" selected>A &amp; B</option></optgroup>' in written
    assert '<option value="2">C</option>' in written
