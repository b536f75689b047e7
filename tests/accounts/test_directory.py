"""The list of people: who is in it for whom, counted, filtered and exported."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.accounts.models import Grant, Membership
from app.accounts.permissions import Role
from app.core.clock import now
from app.core.tables import table
from tests.conftest import LONG_AGO, Cast, make_user

As = Callable[..., FlaskClient]
TODAY = now().date()
NORTE = {"Ana Ruiz", "Luis Mora", "Paola Restrepo", "Iván Zúñiga", "Carmen Lara"}


def exported(client: FlaskClient, address: str = "/people") -> list[dict[str, str]]:
    """The list as its CSV says it."""
    joint = "&" if "?" in address else "?"
    response = client.get(f"{address}{joint}format=csv")
    assert response.status_code == 200
    return list(csv.DictReader(io.StringIO(response.text.lstrip("\ufeff"))))


def listed(client: FlaskClient, address: str = "/people") -> set[str]:
    return {line["Name"] for line in exported(client, address)}


def test_a_partner_manager_neither_sees_nor_counts_nor_exports_another_partners_people(
    people: Cast, as_user: As
) -> None:
    client = as_user(people.carmen)
    page = client.get("/people").text
    assert "5 people within your reach" in page
    assert "1–5 of 5" in page
    for name in ("Sol Paz", "Raúl Quispe", "Pedro Soto", "Sur", "Lima", "Orders"):
        assert name not in page
    assert listed(client) == NORTE
    for address in (f"/people?unit={people.sur.id}", f"/people?unit={people.orders.id}"):
        assert listed(client, address) == NORTE, "a unit outside the scope is no filter"
    assert listed(client, "/people?q=Sol") == set()


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("paola", {"Ana Ruiz", "Luis Mora", "Paola Restrepo"}),
        ("raul", {"Sol Paz", "Raúl Quispe"}),
        ("ivan", NORTE - {"Carmen Lara"}),
        ("carmen", NORTE),
    ],
)
def test_each_role_sees_its_own(people: Cast, as_user: As, who: str, expected: set[str]) -> None:
    assert listed(as_user(getattr(people, who))) == expected


@pytest.mark.parametrize("who", ["tomas", "mariana", "ada"])
def test_programme_roles_see_everybody(people: Cast, as_user: As, who: str) -> None:
    assert len(listed(as_user(getattr(people, who)))) == 11


def test_an_agent_has_no_list_and_nobody_without_signing_in(people: Cast, as_user: As) -> None:
    assert as_user(people.ana).get("/people").status_code == 403
    assert as_user(None).get("/people").location == "/sign-in?next=/people"


def test_what_is_listed_about_a_person(session: Any, people: Cast, as_user: As) -> None:
    people.luis.left_on = TODAY
    people.paola.password_hash = None
    session.commit()
    rows = {row["Name"]: row for row in exported(as_user(people.mariana))}
    ana = rows["Ana Ruiz"]
    assert (ana["Roles"], ana["Team"], ana["Site"], ana["State"]) == ("Agent", "Refunds", "Bogotá", "Active")
    assert (rows["Paola Restrepo"]["Roles"], rows["Paola Restrepo"]["State"]) == ("Team lead", "No access")
    assert rows["Luis Mora"]["State"] == "Left"


def test_roles_and_teams_outside_the_scope_are_not_told(session: Any, people: Cast, as_user: As) -> None:
    session.add(Grant(user_id=people.ivan.id, role=Role.TRAINER, unit_id=people.sur.id, valid_from=LONG_AGO))
    session.add(Membership(user_id=people.carmen.id, team_id=people.orders.id, valid_from=LONG_AGO))
    session.commit()
    rows = {row["Name"]: row for row in exported(as_user(people.carmen))}
    assert rows["Iván Zúñiga"]["Roles"] == "Auditor"
    nora = make_user(session, "Nora Vega", role=Role.TEAM_LEAD, over=people.refunds)
    session.add(Membership(user_id=nora.id, team_id=people.orders.id, valid_from=LONG_AGO))
    session.commit()
    seen = {row["Name"]: row for row in exported(as_user(people.carmen))}["Nora Vega"]
    assert (seen["Roles"], seen["Team"]) == ("Team lead", "Refunds")
    assert "Iván Zúñiga" not in listed(as_user(people.carmen), "/people?role=trainer")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=ruiz", {"Ana Ruiz"}),
        ("q=RUIZ+an", {"Ana Ruiz"}),
        ("q=%25", set()),
        ("role=agent", {"Ana Ruiz", "Luis Mora", "Sol Paz"}),
        ("role=partner_manager", {"Carmen Lara", "Pedro Soto"}),
        ("state=left", set()),
        ("state=waiting", set()),
    ],
)
def test_filters_narrow(people: Cast, as_user: As, query: str, expected: set[str]) -> None:
    assert listed(as_user(people.mariana), f"/people?{query}") == expected


def test_filtering_by_unit_and_state(session: Any, people: Cast, as_user: As) -> None:
    people.luis.left_on = people.luis.memberships[0].valid_to = TODAY
    people.paola.password_hash = None
    session.commit()
    client = as_user(people.mariana)
    assert listed(client, f"/people?unit={people.norte.id}") == NORTE
    assert listed(client, f"/people?unit={people.refunds.id}&state=present") == {"Ana Ruiz", "Paola Restrepo"}
    assert listed(client, "/people?state=left") == {"Luis Mora"}
    assert listed(client, "/people?state=waiting") == {"Paola Restrepo"}
    assert listed(client, "/people?state=nonsense&unit=x&role=king") == listed(client)


def test_the_list_is_spanish_in_spanish(people: Cast, as_user: As) -> None:
    page = as_user(people.mariana, "es").get("/people").text
    for text in ("Personas", "Líder de equipo", "Gerente de programa", "Equipo", "Sede", "Agregar"):
        assert text in page
    for text in ("People", "Team lead", "Roles and", "No access"):
        assert text not in page


def test_queries_do_not_grow_with_people(
    session: Any, people: Cast, as_user: As, count_queries: Callable[[Callable[[], Any]], int]
) -> None:
    def visit() -> int:
        client = as_user(people.mariana)
        return count_queries(lambda: client.get("/people"))

    before = visit()
    for number in range(12):
        make_user(session, f"N{number} Zeta", team=people.refunds, hired_on=TODAY - timedelta(days=9))
    session.commit()
    assert visit() == before


def test_a_file_holds_every_row_however_many_are_read_at_a_time(
    people: Cast, as_user: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = exported(as_user(people.mariana))
    monkeypatch.setattr(table, "EXPORT_BLOCK", 2)
    assert exported(as_user(people.mariana)) == whole
    assert len(whole) > 2


def test_a_list_too_long_for_a_sheet_is_refused_with_what_to_do(
    people: Cast, as_user: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "EXPORT_LIMIT", 2)
    answer = as_user(people.mariana, "es").get("/people?format=xlsx")
    assert answer.status_code == 409
    assert "admite como máximo 2 filas" in answer.text
