"""The manager's first screen: what waits on the desk, what changed, the next launch; and compliance agent by agent."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine

from app.coaching.models import Obligation
from app.coaching.rules import ObligationKind, ObligationState
from app.cohorts.launches.models import Launch
from app.cohorts.launches.rules import LaunchKind
from app.home.rules import changed
from tests.governance.test_initiatives import EARLY, propose, services
from tests.governance.test_risks_and_decisions import decide, raise_risk

NOW = datetime(2026, 10, 20, 15, tzinfo=UTC)
OCTOBER = date(2026, 10, 1)


@pytest.mark.once
@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ((80, 100), (81, 100), False),
        ((800, 1000), (900, 1000), True),
        ((0, 0), (9, 10), False),
        ((9, 9), (9, 9), False),
    ],
)
def test_a_change_counts_where_chance_does_not_explain_it(before: Any, after: Any, told: bool) -> None:
    assert changed(before, after) is told


@time_machine.travel(NOW, tick=False)
def test_the_desk_of_a_manager_counts_within_reach_alone(
    session: Any, people: Any, as_user: Any, count_queries: Any
) -> None:
    def fill(unit: Any) -> None:
        one = propose(session, people, [unit], metric="csat")
        late = {"owner": people.mariana, "due_on": date(2026, 6, 10), "by": people.mariana, "on": EARLY}
        services.add_milestone(session(), one, text="Late", **late)
        raise_risk(session, people, unit)
        decide(session, people, unit)

    fill(people.norte)
    soon = Launch(code="L", title_en="New tool", title_es="Nueva", kind=LaunchKind.TOOL, go_live_on=date(2026, 11, 2))
    soon.units = [people.norte]
    session.add(soon)
    session.commit()
    manager = as_user(people.mariana)
    few = count_queries(lambda: manager.get("/"))
    for unit in (people.sur, people.bogota):
        fill(unit)
    session.commit()
    assert count_queries(lambda: manager.get("/")) == few
    page = manager.get("/").get_data(as_text=True)
    for said in ("3 milestones are overdue", "3 risks are due for review", "3 decisions are due for review"):
        assert said in page
    assert "The go/no-go of “New tool” is due" in page
    carmen = as_user(people.carmen).get("/").get_data(as_text=True)
    assert "2 milestones are overdue" in carmen
    assert "The go/no-go of" not in carmen, "gates are signed over the whole programme"
    assert "New tool" in carmen, "it goes live there"
    pedro = as_user(people.pedro, "es").get("/").get_data(as_text=True)
    assert "New tool" not in pedro
    assert "Nueva" not in pedro
    assert "1 hito vencido" in pedro


@time_machine.travel(NOW, tick=False)
def test_compliance_is_told_agent_by_agent(session: Any, people: Any, as_user: Any) -> None:
    owed = [
        (people.ana, ObligationState.MET, -9), (people.ana, ObligationState.OPEN, -3), (people.luis, ObligationState.MET_LATE, -5),
        (people.luis, ObligationState.OPEN, 4), (people.sol, ObligationState.MISSED, -2), (people.sol, ObligationState.WAIVED, -2),
    ]  # fmt: skip
    for number, (person, state, days) in enumerate(owed):
        team = people.orders if person is people.sol else people.refunds
        session.add(
            Obligation(
                person_id=person.id, kind=ObligationKind.CADENCE, trigger_key=f"t{number}", team_id=team.id, state=state,
                opened_at=NOW - timedelta(days=20), due_at=NOW + timedelta(days=days), due_month=OCTOBER,
            )
        )  # fmt: skip
    session.commit()

    def rows(viewer: Any, asked: str = "") -> list[list[str]]:
        answer = as_user(viewer).get(f"/coaching/agents?month=2026-10&format=csv{asked}")
        return [line.split(",") for line in answer.get_data(as_text=True).splitlines()[1:]]

    ana, luis, sol = (
        ["Ana Ruiz", "Norte/Bogotá/Refunds", "0.5", "2", "0", "1", "1"],
        ["Luis Mora", "Norte/Bogotá/Refunds", "0.0", "1", "1", "0", "1"],
        ["Sol Paz", "Sur/Lima/Orders", "0.0", "1", "0", "1", "0"],
    )
    assert sorted(rows(people.mariana)) == [ana, luis, sol]
    assert sorted(rows(people.carmen)) == [ana, luis]
    assert rows(people.pedro) == [sol]
    assert rows(people.mariana, "&state=not_held")[0][0] in ("Ana Ruiz", "Sol Paz")
    assert rows(people.mariana, f"&unit={people.sur.id}") == [sol]
    assert as_user(people.mariana).get("/coaching/agents").status_code == 302, "to this month"
    assert as_user(people.ana).get("/coaching/agents?month=2026-10").status_code == 403
    client = as_user(people.mariana)
    page = client.get("/coaching/agents?month=2026-10").get_data(as_text=True)
    links = [
        href.replace("&amp;", "&") for href in re.findall(r'href="(/coaching/obligations\?[^"]*person=[^"]*)"', page)
    ]
    assert len(links) == 8
    for href in links:
        ledger = client.get(f"{href}&format=csv").get_data(as_text=True)
        assert len(ledger.splitlines()) == 2 + ("counted" in href and f"person={people.ana.id}&" in f"{href}&"), href
    assert client.get("/coaching/coverage?month=2026-10&state=held").location.endswith(
        "agents?month=2026-10&state=held"
    )
    page = as_user(people.paola, "es").get("/coaching/agents?month=2026-10").get_data(as_text=True)
    assert "state=late" in page
