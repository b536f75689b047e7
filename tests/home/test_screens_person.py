"""The page of a person, and notices: who sees what, in both languages, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app.accounts.models import Notice
from tests.conftest import make_user
from tests.home.pages import heading, plain, untranslated
from tests.home.test_screens import DATA
from tests.home.world import NOW, TODAY, World

As = Callable[..., Any]
SEES_ANA = ("ana", "paola", "tomas", "ivan", "mariana", "carmen", "ada")
NOT_ANA = ("luis", "sol", "raul", "pedro")


# --- A person ---


@pytest.mark.parametrize("name", SEES_ANA)
def test_who_reaches_a_person_sees_the_page(world: World, as_user: As, name: str) -> None:
    people = world.people
    answer = as_user(getattr(people, name)).get(f"/people/{people.ana.id}")
    assert answer.status_code == 200
    assert heading(answer.text) == "Ana Ruiz"


@pytest.mark.parametrize("name", NOT_ANA)
def test_for_others_the_person_is_not_there(world: World, as_user: As, name: str) -> None:
    answer = as_user(getattr(world.people, name)).get(f"/people/{world.people.ana.id}")
    assert answer.status_code == 404
    assert "Ana" not in answer.text


def test_a_lead_sees_everything_and_may_log(world: World, as_user: As) -> None:
    people = world.people
    page = plain(as_user(people.paola).get(f"/people/{people.ana.id}").text)
    assert "Norte · Bogotá · Refunds" in page
    assert "Paola Restrepo" in page
    assert "09:14 in Bogota" in page
    assert "5 of 12 checks missed in the last 13 weeks" in page
    assert f"/coaching/log?person={people.ana.id}" in page
    assert "10 contactos con lista" in page
    for event in (
        "Verify identity: Open",
        "Session held by Paola Restrepo",
        "Module assigned: “Two facts, always”",
        "Fatal error; 1 of 2",
    ):
        assert event in page


def test_an_auditor_sees_audits_and_gaps_but_no_coaching(world: World, as_user: As) -> None:
    page = plain(as_user(world.people.ivan).get(f"/people/{world.people.ana.id}").text)
    assert "Verify identity: Open" in page
    assert "Fatal error" in page
    for hidden in ("10 contactos", "Session held", "Module assigned", "/coaching/log", "Sessions owed"):
        assert hidden not in page


def test_oneself_sees_the_own_page_without_what_others_may_do(world: World, as_user: As) -> None:
    page = as_user(world.people.ana).get(f"/people/{world.people.ana.id}").text
    assert "/coaching/log" not in page
    assert "/curriculum/learn/" in page
    assert "/admin/" not in page


def test_somebody_who_is_no_agent_has_a_short_page(world: World, as_user: As) -> None:
    page = plain(as_user(world.people.mariana).get(f"/people/{world.people.paola.id}").text)
    assert "Team lead" in page
    assert "All threads" not in page


def test_who_has_left_is_said_to_have(world: World, as_user: As) -> None:
    world.people.luis.left_on = TODAY - timedelta(days=3)
    world.session.commit()
    page = plain(as_user(world.people.tomas).get(f"/people/{world.people.luis.id}").text)
    assert "left on 31 Oct 2026" in page
    assert "Log a session" not in page


@pytest.mark.once
@pytest.mark.parametrize("name", ["paola", "ana"])
def test_the_page_of_a_person_holds_no_english_in_spanish(world: World, as_user: As, name: str) -> None:
    path = f"/people/{world.people.ana.id}"
    english, spanish = (as_user(getattr(world.people, name)).get(f"{path}?lang={code}").text for code in ("en", "es"))
    assert untranslated(english, spanish, DATA) == set()


@pytest.mark.once
def test_a_longer_history_asks_no_more_questions(world: World, as_user: As, count_queries: Any) -> None:
    people, client = world.people, as_user(world.people.paola)
    path = f"/people/{people.ana.id}"
    client.get(path)
    few = count_queries(lambda: client.get(path))
    for _number in range(20):
        world.audit(people.ana, people.refunds, missed=world.criteria)
        world.held(people.ana, people.paola)
        world.owed(people.ana, people.refunds, people.paola)
    world.session.commit()
    assert count_queries(lambda: client.get(path)) <= few


def test_a_person_without_any_record_has_a_page(world: World, as_user: As) -> None:
    new = make_user(world.session, "Noa Vega", team=world.people.refunds, hired_on=None)
    world.session.commit()
    page = plain(as_user(world.people.paola).get(f"/people/{new.id}").text)
    assert "Nothing yet. Audits" in page


# --- Notices ---


def test_notices_are_listed_and_marked_as_read(world: World, as_user: As) -> None:
    client, ana = as_user(world.people.ana), world.people.ana
    world.notice(ana, 2)
    world.session.commit()
    page = plain(client.get("/notices").text)
    assert "A module was assigned: “Two facts”, due on 6 Nov 2026." in page
    assert "2 have not been read." in page
    first = world.session.scalars(select(Notice).where(Notice.person_id == ana.id).order_by(Notice.id)).first()
    answer = client.post(f"/notices/{first.id}/read", data={"next": "/"})
    assert answer.location == "/"
    assert world.session.get(Notice, first.id).read_at == NOW
    assert "1 has not been read." in plain(client.get("/notices").text)
    client.post("/notices/read")
    assert "All have been read." in plain(client.get("/notices").text)


def test_nobody_marks_anothers_notice(world: World, as_user: As) -> None:
    theirs = world.session.scalars(select(Notice).where(Notice.person_id == world.people.luis.id)).one()
    assert as_user(world.people.ana).post(f"/notices/{theirs.id}/read").status_code == 404
    as_user(world.people.ana).post("/notices/read")
    unread = select(func.count()).where(Notice.read_at.is_(None))
    assert world.session.scalar(unread.where(Notice.person_id == world.people.luis.id)) == 1


def test_many_notices_are_paged(world: World, as_user: As) -> None:
    for number in range(2, 60):
        world.notice(world.people.ana, number)
    world.session.commit()
    client = as_user(world.people.ana)
    assert "Older" in client.get("/notices").text
    assert "Newer" in client.get("/notices?page=2").text
    for odd in ("0", "x", "-1", "999"):
        assert client.get(f"/notices?page={odd}").status_code == 200


def test_a_notice_of_an_unknown_kind_is_shown_all_the_same(world: World, as_user: As) -> None:
    world.notice(world.people.ana, 9).kind = "of.tomorrow"
    world.session.commit()
    assert "Something new" in as_user(world.people.ana).get("/notices").text


def test_notices_are_in_spanish(world: World, as_user: As) -> None:
    client = as_user(world.people.ana)
    english, spanish = (client.get(f"/notices?lang={code}").text for code in ("en", "es"))
    assert "Se asignó un módulo" in spanish
    assert untranslated(english, spanish, DATA) == set()


@pytest.mark.parametrize("path", ["/people/1", "/search", "/notices", "/assign/1"])
def test_every_page_asks_for_a_sign_in(people: Any, as_user: As, path: str) -> None:
    answer = as_user(None).get(path)
    assert answer.status_code == 302
    assert "/sign-in" in answer.location
