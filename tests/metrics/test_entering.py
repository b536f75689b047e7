"""Values and targets by hand and by file, on screen."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from app.accounts.models import Activity
from app.metrics.models import MetricValue, Target
from tests.conftest import Cast

OCTOBER = date(2026, 10, 1)
ROLES = ("ana", "paola", "tomas", "ivan", "carmen")


def value(unit: Any, numerator: str = "43", metric: str = "csat") -> dict[str, str]:
    return {"metric": metric, "unit": str(unit.id), "month": "2026-10", "numerator": numerator, "denominator": "50"}


def stored(session: Any) -> list[tuple[str, int, float, float]]:
    rows = session.scalars(select(MetricValue).order_by(MetricValue.id))
    return [(row.metric, row.unit_id, row.numerator, row.denominator) for row in rows]


def verbs(session: Any) -> list[str]:
    return list(session.scalars(select(Activity.verb).order_by(Activity.id)))


def test_a_value_is_written_corrected_and_taken_away(session: Any, people: Cast, as_user: Callable[..., Any]) -> None:
    client = as_user(people.mariana)
    assert client.post("/metrics/new", data=value(people.norte)).status_code == 302
    assert client.post("/metrics/new", data=value(people.norte, "44")).status_code == 302
    assert client.post("/metrics/new", data=value(people.norte, "44")).status_code == 302
    assert stored(session) == [("csat", people.norte.id, 44, 50)]
    row = session.scalars(select(MetricValue)).one()
    page = client.get("/metrics").get_data(as_text=True)
    assert f"/metrics/new?value={row.id}" in page
    assert 'value="44"' in client.get(f"/metrics/new?value={row.id}").get_data(as_text=True)
    assert client.post(f"/metrics/{row.id}/remove").status_code == 302
    assert stored(session) == []
    assert verbs(session) == ["metrics.value_set", "metrics.value_set", "metrics.value_removed"]
    said = as_user(people.ada, "es").get("/admin/activity").get_data(as_text=True)
    assert "escribió un valor de una métrica" in said
    assert "43 / 50" in said


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"denominator": "0"}, "Debe ser mayor que 0."),
        ({"metric": ""}, "Falta indicar la métrica."),
        ({"metric": "Quality"}, "Hilo calcula esto por su cuenta."),
        ({"month": "x"}, "Mes"),
        ({"numerator": "uno"}, "No es un número. Escribirlo en cifras"),
        ({"numerator": "nan"}, "No es un número. Escribirlo en cifras"),
        ({"numerator": "-4"}, "Debe ser 0 o más."),
        ({"unit": "999"}, "Unidad"),
    ],
)
def test_what_cannot_be_a_value_is_said_in_the_readers_language(
    changed: dict[str, str], said: str, session: Any, people: Cast, as_user: Callable[..., Any]
) -> None:
    answer = as_user(people.mariana, "es").post("/metrics/new", data=value(people.norte) | changed)
    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)
    assert stored(session) == []


def test_a_target_is_set_changed_and_taken_away(session: Any, people: Cast, as_user: Callable[..., Any]) -> None:
    client = as_user(people.mariana)
    told = {"metric": "csat", "unit": str(people.sur.id), "target": "0.8", "valid_from": "2026-10-01"}
    for target in ("0.8", "0.9", "0.9"):
        assert client.post("/metrics/targets/new", data=told | {"target": target}).status_code == 302
    row = session.scalars(select(Target)).one()
    assert (row.target, row.unit_id, row.valid_from) == (0.9, people.sur.id, OCTOBER)
    page = client.get("/metrics/targets").get_data(as_text=True)
    assert "Sur" in page
    assert f"/metrics/targets/{row.id}/remove" in page
    assert "remove" not in as_user(people.carmen).get("/metrics/targets").get_data(as_text=True)
    assert client.post(f"/metrics/targets/{row.id}/remove").status_code == 302
    assert verbs(session) == ["targets.set", "targets.set", "targets.removed"]


def test_a_file_goes_in_whole_or_says_what_is_wrong(session: Any, people: Cast, as_user: Callable[..., Any]) -> None:
    client = as_user(people.mariana)

    def send(text: str, kind: str = "values") -> Any:
        return client.post("/metrics/import", data={"kind": kind, "file": (io.BytesIO(text.encode()), "f.csv")})

    bad = send("metric,unit,period,numerator,denominator\ncsat,Norte,2026-10,43,50\ncsat,Nowhere,2026-10,1,2\n")
    assert bad.status_code == 422
    assert "Row 3, column “unit”: “Nowhere” is not known here." in bad.get_data(as_text=True)
    assert stored(session) == []
    assert send("metric,unit,period,numerator,denominator\ncsat,Norte,2026-10,43,50\n").location == "/metrics"
    assert stored(session) == [("csat", people.norte.id, 43, 50)]
    assert send("metric,unit,target,valid_from\ncsat,Norte,0.9,2026-10-01\n", "targets").location == "/metrics/targets"
    assert session.scalars(select(Target.target)).all() == [0.9]


@pytest.mark.parametrize("name", ROLES)
def test_only_who_sets_policies_writes(name: str, session: Any, people: Cast, as_user: Callable[..., Any]) -> None:
    session.add(MetricValue(metric="csat", unit_id=people.norte.id, period=OCTOBER, numerator=1, denominator=2))
    session.add(Target(metric="csat", unit_id=people.norte.id, target=1, valid_from=OCTOBER))
    session.commit()
    number = session.scalars(select(MetricValue.id)).one()
    client = as_user(getattr(people, name))
    for path in ("/metrics/new", "/metrics/targets/new", "/metrics/import"):
        assert client.get(path).status_code == client.post(path).status_code == 403
    assert client.post(f"/metrics/{number}/remove").status_code == 403
    assert client.post("/metrics/targets/1/remove").status_code == 403
    assert len(stored(session)) == 1


def test_an_administrator_of_one_partner_writes_there_alone(
    session: Any, people: Cast, as_user: Callable[..., Any]
) -> None:
    from app.accounts.models import Grant
    from app.accounts.permissions import Role

    session.add(
        Grant(user_id=people.carmen.id, role=Role.ADMINISTRATOR, unit_id=people.norte.id, valid_from=date(2025, 1, 1))
    )
    session.add(MetricValue(metric="csat", unit_id=people.sur.id, period=OCTOBER, numerator=1, denominator=2))
    session.add(Target(metric="csat", unit_id=people.sur.id, target=1, valid_from=OCTOBER))
    session.commit()
    client = as_user(people.carmen)
    assert client.post("/metrics/new", data=value(people.norte)).status_code == 302
    assert client.post("/metrics/new", data=value(people.sur)).status_code == 422
    assert client.get("/metrics/import").status_code == 403
    there, aim = (
        session.scalars(select(MetricValue.id).where(MetricValue.unit_id == people.sur.id)).one(),
        session.scalars(select(Target.id)).one(),
    )
    assert client.post(f"/metrics/{there}/remove").status_code == 404
    assert client.post(f"/metrics/targets/{aim}/remove").status_code == 404
    assert "43.0" not in client.get(f"/metrics/new?value={there}").get_data(as_text=True)
