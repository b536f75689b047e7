"""The first screens: each role's answer, in both languages, within scope, in a fixed number of queries."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts import settings
from app.accounts.models import Grant
from app.accounts.permissions import Role
from app.audits.models import Import, ImportState
from app.coaching.models import Commitment
from app.coaching.rules import CommitmentState, ObligationState
from app.core.frame import Place, nearest
from app.gaps.models import Gap
from app.gaps.rules import GapState
from app.home.navigation import DOORS, PLACES
from tests.conftest import LONG_AGO, Cast, make_user
from tests.home.pages import heading, plain, untranslated
from tests.home.world import NOW, TODAY, World

As = Callable[..., Any]
EVERYONE = ("ana", "paola", "tomas", "mariana", "carmen", "ivan", "ada")
HEADINGS = {
    "ana": ("Hello, Ana. There are 3 things to do", "Hola, Ana. Hay 3 cosas por hacer"),
    "paola": ("4 sessions are owed this week; 2 are overdue", "Se deben 4 sesiones esta semana; 2 están vencidas"),
    "tomas": ("1 gap has no remedy yet", "1 brecha todavía no tiene remedio"),
    "mariana": (
        "All results of October 2026 are on target",
        "Todos los resultados de octubre de 2026 están en la meta",
    ),
    "carmen": ("All results of October 2026 are on target", "Todos los resultados de octubre de 2026 están en la meta"),
    "ivan": (
        "3 audits in November 2026, none with a fatal error",
        "3 auditorías en noviembre de 2026, ninguna con error fatal",
    ),
    "ada": ("2 things need attention", "2 asuntos por atender"),
}
EMPTY_HEADINGS = {
    "ana": "Hello, Ana. You are up to date",
    "paola": "No session is owed this week",
    "tomas": "Every open gap has a remedy",
    "mariana": "Nothing has been measured in October 2026 yet",
    "carmen": "Nothing has been measured in October 2026 yet",
    "ivan": "No audit in November 2026 yet",
    "ada": "6 steps left to set up Hilo",
}
DATA = {
    "Ana", "Luis", "Sol", "Paola", "Carmen", "Mariana", "Tomás", "Iván", "Ada", "Refunds", "Orders", "Norte", "Bogotá", "Lima",
    "Sur", "Programme", "Hilo", "coaching", "Coaching", "fatal", "10 contactos con lista", "Sin verificar", "A calm voice",
    "English", "Español",
}  # fmt: skip
"""Names and texts that people wrote, and words that both languages share."""


def test_each_place_and_door_leads_somewhere(app: Flask) -> None:
    endpoints = {endpoint for places in PLACES.values() for _label, endpoint, _icon in places} | set(DOORS.values())
    assert endpoints <= set(app.view_functions)
    assert all(len(places) <= 8 for places in PLACES.values())


@pytest.mark.parametrize(
    ("path", "name"),
    [("/", "/"), ("/gaps", "/gaps"), ("/gaps/7", "/gaps"), ("/gaps/map", "/gaps/map"), ("/people/1", None)],
)
def test_the_nearest_place_is_the_one_where_one_is(path: str, name: str | None) -> None:
    places = [Place(url, url, "home") for url in ("/", "/gaps", "/gaps/map")]
    found = nearest(places, path)
    assert (found.url if found else None) == name


def test_what_waits_is_counted_beside_its_place(world: World, as_user: As) -> None:
    with_counts = re.compile(r'<span>(Learn|Sessions|My queue)</span>\s*<span class="h-n">(\d+)</span>')
    assert set(with_counts.findall(as_user(world.people.ana).get("/").text)) == {("Learn", "1"), ("Sessions", "1")}
    assert set(with_counts.findall(as_user(world.people.paola).get("/").text)) == {("My queue", "4")}


# --- Every role ---


@pytest.mark.parametrize("name", EVERYONE)
def test_everybody_finds_the_answer_on_the_first_screen_in_both_languages(world: World, as_user: As, name: str) -> None:
    client = as_user(getattr(world.people, name))
    english, spanish = (client.get(f"/?lang={language}").text for language in ("en", "es"))
    assert (heading(english), heading(spanish)) == HEADINGS[name]
    assert untranslated(english, spanish, DATA) == set()


@pytest.mark.parametrize("name", EVERYONE)
@pytest.mark.parametrize("language", ["en", "es"])
def test_a_programme_without_records_has_first_screens_too(
    at_nine: None, people: Cast, as_user: As, name: str, language: str
) -> None:
    answer = as_user(getattr(people, name)).get(f"/?lang={language}")
    assert answer.status_code == 200
    if language == "en":
        assert heading(answer.text) == EMPTY_HEADINGS[name]


def test_who_has_no_role_and_no_team_finds_an_empty_page(session: Any, people: Cast, as_user: As) -> None:
    lone = make_user(session, "Noa Vega")
    answer = as_user(lone).get("/")
    assert heading(answer.text) == "Hello, Noa. You are up to date"


def test_who_is_not_signed_in_is_asked_to(people: Cast, as_user: As) -> None:
    answer = as_user(None).get("/")
    assert answer.status_code == 302
    assert "/sign-in" in answer.location


@pytest.mark.once
@pytest.mark.parametrize("name", EVERYONE)
def test_more_records_ask_no_more_questions(world: World, as_user: As, count_queries: Any, name: str) -> None:
    client, people = as_user(getattr(world.people, name)), world.people
    client.get("/")
    few = count_queries(lambda: client.get("/"))
    for team, lead in ((people.refunds, people.paola), (people.orders, people.raul)):
        for agent in world.agents(team, 10):
            world.everything(agent, team, lead)
    for agent in (people.ana, people.luis):
        for number in range(2, 12):
            world.audit(agent, people.refunds, missed=world.criteria, auditor=people.ivan)
            world.notice(agent, number)
            world.held(agent, people.paola)
            world.owed(agent, people.refunds, people.paola)
    world.session.commit()
    assert count_queries(lambda: client.get("/")) <= few


def test_who_has_several_roles_changes_between_them(world: World, as_user: As) -> None:
    paola = world.people.paola
    world.session.add(Grant(user_id=paola.id, role=Role.AUDITOR, unit_id=world.people.bogota.id, valid_from=LONG_AGO))
    world.session.commit()
    client = as_user(paola)
    first = client.get("/").text
    assert heading(first).startswith("4 sessions")
    assert "/?as=auditor" in first
    assert heading(client.get("/?as=auditor").text) == "No audit in November 2026 yet"
    assert "Scorecards" in client.get("/").text  # the places of the chosen role stay
    assert (
        heading(client.get("/?as=administrator").text) == "No audit in November 2026 yet"
    )  # not held: nothing changes
    assert heading(client.get("/?as=team_lead").text).startswith("4 sessions")


# --- Agent ---


def test_an_agent_settles_a_commitment_from_the_first_screen(world: World, as_user: As) -> None:
    client = as_user(world.people.ana)
    mine = world.session.scalar(select(Commitment.id).where(Commitment.owner_id == world.people.ana.id))
    page = client.get("/").text
    assert f"/coaching/commitments/{mine}/settle" in page
    answer = client.post(f"/coaching/commitments/{mine}/settle", data={"next": "/"})
    assert answer.location == "/"
    assert world.session.get(Commitment, mine).state is CommitmentState.KEPT
    assert heading(client.get("/").text) == "Hello, Ana. There are 2 things to do"


def test_an_agent_reads_the_own_gap_in_plain_words(world: World, as_user: As) -> None:
    page = plain(as_user(world.people.ana).get("/").text)
    assert "5 of the last 12 checks were missed" in page
    assert "Asked for two facts – Sin verificar" in page
    assert "12 of 12" in page  # what goes well
    assert "Luis" not in page


def test_the_first_due_step_comes_first_and_overdue_is_said(world: World, as_user: As) -> None:
    world.assignment(world.people.luis, date(2026, 11, 1), module=world.half)
    world.session.commit()
    page = plain(as_user(world.people.luis).get("/").text)
    assert "1 of them is overdue." in page
    assert page.index("A calm voice") < page.index("10 contactos con lista") < page.index("Two facts, always")


# --- Team lead ---


def test_a_lead_sees_the_team_as_a_heat_map_and_nobody_elses(world: World, as_user: As) -> None:
    page = as_user(world.people.paola).get("/").text
    assert 'id="team-map"' in page
    assert "Ana Ruiz" in page
    assert "Sol Paz" not in page


# --- Trainer ---


def test_a_trainer_sees_gaps_without_a_remedy_by_competency(world: World, as_user: As) -> None:
    for agent in [*world.agents(world.people.refunds, 2), *world.agents(world.people.orders, 1)]:
        world.gap(agent, world.identity)
    world.session.commit()
    client = as_user(world.people.tomas)
    page = plain(client.get("/").text)
    assert "4 gaps have no remedy yet" in page
    assert f"/assign/{world.identity.id}" in page
    answer = client.get(f"/assign/{world.identity.id}")
    assert f"/curriculum/modules/{world.module.id}/assign" in answer.location
    assert client.get(answer.location).text.count("checked") >= 3


def test_a_gap_with_something_under_way_or_completed_waits_for_no_remedy(world: World, as_user: As) -> None:
    from app.gaps.models import Remedy

    waiting = world.session.scalars(
        select(Gap).where(Gap.competency_id == world.tone.id, Gap.state == GapState.OPEN)
    ).one()
    world.session.add(
        Remedy(
            person_id=waiting.person_id,
            competency_id=world.tone.id,
            week=date(2026, 10, 12),
            day=date(2026, 10, 14),
            key="s:1",
        )
    )
    world.session.commit()
    assert heading(as_user(world.people.tomas).get("/").text) == "Every open gap has a remedy"


def test_assigning_for_a_competency_without_module_is_not_found(world: World, as_user: As) -> None:
    assert as_user(world.people.tomas).get(f"/assign/{world.tone.id}").status_code == 404
    assert as_user(world.people.ana).get(f"/assign/{world.identity.id}").status_code == 403


# --- Programme and partner ---


def late_coaching(world: World, count: int, late: int) -> None:
    """So many sessions due in October in Lima, of which some were held late."""
    people = world.people
    for number in range(count):
        state = ObligationState.MET_LATE if number < late else ObligationState.MET
        world.owed(people.sol, people.orders, people.raul, datetime(2026, 10, 21, 17, tzinfo=UTC), state)


def test_a_site_far_below_target_is_named_with_its_figures(world: World, as_user: As) -> None:
    late_coaching(world, 40, late=20)
    for _number in range(400):
        world.owed(
            world.people.ana, world.people.refunds, world.people.paola, datetime(2026, 10, 21, 17, tzinfo=UTC), ObligationState.MET
        )  # fmt: skip
    world.session.commit()
    page = plain(as_user(world.people.mariana).get("/").text)
    assert "Coaching is on target, but not in Lima" in page
    assert "21 of 41 obligations; fewer than 1 in 1,000 by chance." in page
    narrow = plain(as_user(world.people.carmen).get("/").text)
    assert "All results of October 2026 are on target" in narrow
    assert "Lima" not in narrow


def test_a_small_shortfall_is_called_chance(world: World, as_user: As) -> None:
    late_coaching(world, 10, late=2)
    world.session.commit()
    page = plain(as_user(world.people.pedro).get("/").text)
    assert "No result of October 2026 is off target beyond chance" in page
    assert "below target, within chance" in page
    assert "Bogotá" not in page


def test_learning_and_gaps_are_counted_in_their_month(world: World, as_user: As) -> None:
    for number, agent in enumerate(world.agents(world.people.refunds, 40)):
        world.completed(agent, date(2026, 10, 20), date(2026, 10, 20 if number < 10 else 25))
    world.session.commit()
    page = plain(as_user(world.people.mariana).get("/").text)
    assert "Learning on time is below target" in page
    assert "n = 40 assignments" in page
    assert "4 active at the end of the month" in page
    before = plain(as_user(world.people.mariana).get("/?month=2026-09").text)
    assert "n = 0 assignments" in before
    assert "0 active at the end of the month" in before


def test_a_month_to_come_or_none_shows_the_usual_one(world: World, as_user: As) -> None:
    client = as_user(world.people.mariana)
    for asked in ("2027-01", "x", "2026-13"):
        assert "October 2026" in client.get(f"/?month={asked}").text


def test_what_waits_for_a_manager_is_counted(world: World, as_user: As) -> None:
    world.owed(world.people.ana, world.people.refunds, None, NOW - timedelta(days=1))
    world.session.add(
        Import(
            kind="findings", file_name="f.csv", sha256="0", state=ImportState.FAILED, created_at=NOW - timedelta(days=1)
        )
    )
    world.session.commit()
    page = plain(as_user(world.people.mariana).get("/").text)
    assert "1 session is overdue in a team without a lead" in page
    assert "1 gap has no remedy yet" in page
    assert "1 import failed" in page
    assert "1 import failed" not in plain(as_user(world.people.carmen).get("/").text)


# --- Administrator ---


def test_an_administrator_is_led_through_the_first_steps(empty_world: World, as_user: As) -> None:
    client = as_user(empty_world.people.ada)
    assert heading(client.get("/").text) == "1 step left to set up Hilo"  # findings are still to come
    empty_world.everything(empty_world.people.ana, empty_world.people.refunds, empty_world.people.paola)
    empty_world.session.commit()
    assert "First steps" not in client.get("/").text


def test_an_administrator_sees_what_is_missing(world: World, as_user: As) -> None:
    world.session.query(Grant).filter_by(user_id=world.people.raul.id).update({"valid_to": TODAY})
    settings.put(world.session, "last_daily", "2026-10-28", by=None, on=NOW)
    world.session.commit()
    page = plain(as_user(world.people.ada).get("/").text)
    assert "1 team has nobody who leads it" in page
    assert "1 competency has no module" in page
    assert "1 module is missing in Spanish" in page
    assert "The daily run is 5 days behind" in page


def test_an_administrator_of_a_part_sees_no_steps_of_the_whole(session: Any, people: Cast, as_user: As) -> None:
    part = make_user(session, "Pilar Cruz", role=Role.ADMINISTRATOR, over=people.norte)
    session.commit()
    page = as_user(part).get("/").text
    assert "First steps" not in page
