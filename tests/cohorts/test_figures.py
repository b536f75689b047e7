"""Figures of files before and after what trainers taught (Kirkpatrick 4), and the use of what was launched."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import time_machine

from app.cohorts.deliveries.figures import Figure, Of, Told
from app.cohorts.deliveries.outcomes import results
from app.cohorts.launches.models import Launch
from app.metrics.models import MetricValue
from tests.cohorts.conftest import ON, text_of
from tests.cohorts.test_launches import form, sheet_names, world

__all__ = ["form", "world"]


def test_level_four_takes_what_is_told_closest_to_the_people_taught(session, people, world, as_user) -> None:
    """Deliveries of November against October and December: by person where told, else by team, else by site."""
    launch: Launch = world["launch"]
    launch.metric, october, december = "csat", date(2026, 10, 1), date(2026, 12, 1)

    def tell(unit: Any, month: date, part: float, person: Any = None) -> None:
        known = {"metric": "csat", "unit_id": unit.id, "person_id": person and person.id}
        session.add(MetricValue(**known, period=month, numerator=part, denominator=100))
        session.commit()

    def told(viewer: Any) -> list[Figure]:
        return [figure for one in results(session(), viewer, launch.cohort) for figure in one.figures]

    assert told(people.mariana) == []
    for month, part in ((october, 60), (december, 70), (date(2026, 11, 1), 1), (date(2027, 1, 1), 1)):
        tell(people.bogota, month, part)
    tell(people.lima, october, 10)
    site = Figure("csat", Of.SITES, Told(1, 60, 100), Told(1, 70, 100))
    assert told(people.mariana) == [site], "once, however many of its people were there"
    tell(people.refunds, october, 50)
    assert told(people.mariana) == [site], "a team without an after is not set against anything"
    tell(people.refunds, december, 80)
    assert told(people.mariana) == [Figure("csat", Of.TEAMS, Told(1, 50, 100), Told(1, 80, 100))]
    tell(people.refunds, october, 40, people.luis)
    tell(people.refunds, october, 5, people.ana)
    tell(people.refunds, december, 90, people.luis)
    assert told(people.carmen) == [Figure("csat", Of.PEOPLE, Told(1, 40, 100), Told(1, 90, 100))], "who was there alone"
    assert told(people.pedro) == []
    launch.metric = None
    session.commit()
    assert told(people.mariana) == []


def test_figures_by_team_are_shown_with_what_they_rest_on(session, people, world, as_user, count_queries) -> None:
    launch: Launch = world["launch"]
    launch.metric = "csat"
    months = (date(2026, 10, 1), 50), (date(2026, 12, 1), 80)
    url = f"/cohorts/{launch.cohort_id}/cascade"
    with time_machine.travel(ON, tick=False):
        client = as_user(people.mariana)
        few = count_queries(lambda: client.get(url))
        for unit in (people.refunds, people.bogota):
            session.add_all(
                MetricValue(metric="csat", unit_id=unit.id, period=month, numerator=part, denominator=100)
                for month, part in months
            )
        session.commit()
        assert count_queries(lambda: client.get(url)) <= few
        page = text_of(client.get(url))
        assert re.search(r"Customer satisfaction \(CSAT\): 50\.0\s%.{0,3}→.{0,3}80\.0\s%", page)
        assert "of their teams: n = 1 before, 1 after" in page
        spanish = text_of(as_user(people.mariana, "es").get(url))
        assert "n = 1 antes, 1 después" in spanish
        with client.get(f"{url}?format=xlsx") as book:
            assert "Figures" in sheet_names(book.data)
        use = text_of(client.get(f"/cohorts/launches/{launch.id}")).split('id="use"')[1]
        assert "50 of 100" in use, "a site's figure holds its teams'"
        assert "100 of 200" not in use
