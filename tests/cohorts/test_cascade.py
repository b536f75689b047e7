"""Deliveries, and the cascade from a cohort to agents."""

from __future__ import annotations

from typing import Any

import time_machine
from sqlalchemy import select

from app.cohorts.deliveries import services as deliveries
from app.cohorts.deliveries.cascade import cascade, left
from app.cohorts.deliveries.models import Delivery, DeliverySeat
from tests.cohorts.conftest import ON, text_of
from tests.cohorts.test_trainers import DAY, HOUR, ana, certify, observers
from tests.conftest import make_user

__all__ = ["ana", "observers"]


def test_a_trainer_teaches_her_team_and_the_cascade_counts_it(session, people, ana, observers, as_user) -> None:
    licence = certify(session, people, ana, observers)
    nora = make_user(session, "Nora Nueve", team=people.refunds)
    session.commit()
    with time_machine.travel(ON, tick=False) as clock:
        client = as_user(people.ana)
        form = {
            "licence_id": licence.id, "unit_id": people.refunds.id, "title": "Refunds for all", "day": "2026-11-04", "at": "09:00",
            "minutes": 45, "place": "Room 1", "only_left": 1,
        }  # fmt: skip
        assert client.post("/cohorts/deliveries/new", data={**form, "unit_id": people.orders.id}).status_code == 422
        assert "there is none" in text_of(as_user(people.luis).get("/cohorts/deliveries/new", follow_redirects=True))
        assert client.post("/cohorts/deliveries/new", data=form).status_code == 302
        given = session.scalars(select(Delivery)).one()
        assert {one.person_id for one in given.seats} == {people.luis.id, nora.id}
        url = f"/cohorts/deliveries/{given.id}"
        clock.move_to(given.starts_at + HOUR)
        client, luis = as_user(people.ana), as_user(people.luis, "es")
        assert luis.post("/cohorts/check-in", data={"code": given.code}).status_code == 302
        assert as_user(people.sol).post("/cohorts/check-in", data={"code": given.code}).status_code == 422
        typed = {f"present-{people.luis.id}": 1, f"before-{people.luis.id}": "50", f"after-{people.luis.id}": "900"}
        bad = client.post(f"{url}/attendance", data={**typed, f"after-{nora.id}": "70"})
        for words in (
            "to 100 per cent, not “900”",
            "Nora Nueve has a score and is not ticked",
            'value="50"',
            'value="70"',
        ):
            assert words in text_of(bad), "said, and all that was typed still stands"
        assert (bad.status_code, given.held_on) == (422, None)
        typed[f"after-{people.luis.id}"] = "90"
        assert client.post(f"{url}/attendance", data=typed).status_code == 302
        half = luis.post(f"{url}/feedback", data={"useful": 5, "comment": "Bien"})
        assert (half.status_code, "Bien" in text_of(half)) == (422, True)
        assert luis.post(f"{url}/feedback", data={"useful": 5, "applicable": 4, "comment": "Bien"}).status_code == 302
        assert as_user(nora).post(f"{url}/feedback", data={"useful": 5, "applicable": 4}).status_code == 409
        page = text_of(client.get(url))
        assert ("1 of 2" in page, "50% → 90%" in page.replace(" %", "%")) == (True, True)
        assert ("Bien" in page, "Bien" in text_of(as_user(people.carmen).get(url))) == (True, False)
        for who in (people.pedro, people.sol, people.ivan):
            assert as_user(who).get(url).status_code == 404
        assert as_user(people.paola).post(f"{url}/attendance", data=typed).status_code == 404
        seen = text_of(as_user(people.mariana, "es").get(f"/cohorts/{ana.cohort_id}/cascade"))
        for words in ("Cascada", "Nora Nueve", "Quién falta"):
            assert words in seen
        partner = as_user(people.carmen).get(f"/cohorts/{ana.cohort_id}/cascade?format=csv").get_data(as_text=True)
        assert "Bogotá" in partner
        assert "Lima" not in partner
        assert as_user(people.ana).get(f"/cohorts/{ana.cohort_id}/cascade").status_code == 403
    recount(session, people, ana, given)


def recount(session: Any, people: Any, ana: Any, given: Delivery) -> None:
    """Every figure again, from the rows."""
    found = cascade(session(), people.mariana, ana.cohort, ON.date())
    present = set(session.scalars(select(DeliverySeat.person_id).where(DeliverySeat.present)))
    assert (found.whole.reached, found.whole.target) == (len(present), 3)
    assert sum(line.target for line in found.units if line.depth == 0) == 3
    assert {person.name for person in session.scalars(left(session(), people.mariana, ana.cohort, ON.date()))} == {
        "Ana Ruiz", "Nora Nueve",
    }  # fmt: skip
    assert [(one.name, one.deliveries, one.reached, one.invited) for one in found.trainers] == [("Ana Ruiz", 1, 1, 2)]
    assert cascade(session(), people.pedro, ana.cohort, ON.date()).whole.target == 0, "its market is Norte's"


def test_deliveries_are_moved_and_called_off_until_they_are_held(
    session, people, ana, observers, as_user, count_queries
) -> None:
    licence = certify(session, people, ana, observers)
    facts = {"title": "R", "minutes": 60, "place": "", "by": people.ana, "on": ON}
    given = deliveries.plan(session(), licence, people.bogota, starts_at=ON + DAY, **facts)
    session.commit()
    with time_machine.travel(ON, tick=False):
        client, url = as_user(people.ana), f"/cohorts/deliveries/{given.id}"
        form = {"title": "R2", "day": "2026-11-06", "at": "10:00", "minutes": 60, "place": ""}
        assert client.post(f"{url}/edit", data=form).status_code == 302
        assert (given.title, given.revision) == ("R2", 1)
        assert client.post(f"{url}/attendance", data={}).status_code == 409
        assert as_user(people.carmen).post(f"{url}/cancel").status_code == 404
        assert client.post(f"{url}/cancel").status_code == 302
        assert client.post(f"{url}/cancel").status_code == 409
        manager = as_user(people.carmen)
        addresses = ("/cohorts/deliveries", "/cohorts/trainers", f"/cohorts/{ana.cohort_id}/cascade")
        few = [count_queries(lambda at=at: manager.get(at)) for at in addresses]
        for days in range(2, 5):
            deliveries.plan(session(), licence, people.bogota, starts_at=ON + days * DAY, **facts)
        session.commit()
        assert [count_queries(lambda at=at: manager.get(at)) for at in addresses] <= few
