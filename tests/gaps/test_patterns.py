"""Where it hurts: what most of a team shares, what no agent can mend, what is new, chronic or back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from app.audits.models import Cause
from app.core.clock import week_number
from app.gaps import cells, patterns, services
from app.gaps.models import Gap
from app.gaps.rules import GapState
from tests.conftest import Cast, make_user
from tests.gaps.conftest import MONDAY, NOW, AuditMaker, Form

DAY = MONDAY + timedelta(days=6)


@pytest.fixture
def teams(session: Any, people: Cast, form: Form) -> None:
    """Six agents of Refunds all miss much of Tone; of six of Orders one does; nobody misses Identity."""
    for team, poor in ((people.refunds, 6), (people.orders, 1)):
        ids = [make_user(session, f"{team.name}{n} Uno", team=team, employee_no=f"{team.name}{n}").id for n in range(6)]
        for about, fails in ((form.tone, 14), (form.identity, 0)):
            missed = np.array([fails if n < poor else 0 for n in range(6)])
            full = np.full(6, 30)
            week = np.full(6, week_number(MONDAY))
            if about is form.tone:
                first = cells.Cells(np.array(ids), np.full(6, about.id), week, full, missed, full.astype(float))
            else:
                second = cells.Cells(np.array(ids), np.full(6, about.id), week, full, missed, full.astype(float))
        cells.write(session, cells.Cells(*(np.concatenate(pair) for pair in zip(first, second, strict=True))))
    services.decide_week(session, MONDAY, on=NOW)
    session.commit()


def test_a_gap_that_most_of_a_team_shares_is_the_teams(session: Any, people: Cast, form: Form, teams: None) -> None:
    found = patterns.team_gaps(session, people.mariana, DAY)
    assert [(one.team_id, one.competency.id, one.likely, one.agents) for one in found] == [
        (people.refunds.id, form.tone.id, 6, 6)
    ]
    assert found[0].probability > 0.99


def test_teams_are_those_within_reach(session: Any, people: Cast, form: Form, teams: None) -> None:
    assert patterns.team_gaps(session, people.pedro, DAY) == [], "of the other partner"
    assert [one.team_id for one in patterns.team_gaps(session, people.paola, DAY)] == [people.refunds.id]


def test_causes_that_no_agent_can_mend_are_told_apart(
    session: Any, people: Cast, form: Form, audit: AuditMaker
) -> None:
    for person, cause in ((people.ana, Cause.TOOL), (people.luis, Cause.TOOL), (people.ana, Cause.PROCESS)):
        audit(person, MONDAY, missed=["C1"], cause=cause)
    audit(people.ana, MONDAY, missed=["C2"], cause=Cause.KNOWLEDGE)
    audit(people.ana, MONDAY, na=["C1"])
    found = patterns.systemic(session, people.mariana, DAY)
    assert [(one.criterion.code, one.fails, one.checks, one.agents, one.cause) for one in found] == [
        ("C1", 3, 4, 2, Cause.TOOL)
    ]
    assert patterns.systemic(session, people.pedro, DAY) == []


def test_new_chronic_and_relapsed_gaps_are_counted(session: Any, people: Cast, form: Form) -> None:
    told: list[tuple[Any, GapState, date]] = [
        (people.ana, GapState.OPEN, DAY - timedelta(days=7)),
        (people.luis, GapState.IN_REMEDIATION, DAY - timedelta(days=200)),
        (people.sol, GapState.RELAPSED, DAY - timedelta(days=60)),
    ]
    session.add_all(Gap(person_id=p.id, competency_id=form.tone.id, state=s, opened_on=day) for p, s, day in told)
    session.commit()
    found = patterns.ages(session, people.mariana, DAY)
    assert [(one.active, one.new, one.chronic, one.relapsed) for one in found] == [(3, 1, 1, 1)]


def test_the_page_in_both_languages_and_as_a_file(people: Cast, teams: None, as_user: Callable[..., Any]) -> None:
    page = as_user(people.mariana).get("/gaps/patterns").get_data(as_text=True)
    assert "1 gap is shared by most of a team." in page
    assert "6 of 6" in page
    assert "Brechas de equipos" in as_user(people.mariana, "es").get("/gaps/patterns").get_data(as_text=True)
    narrowed = as_user(people.mariana).get(f"/gaps/patterns?unit={people.orders.id}").get_data(as_text=True)
    assert "No gap is shared by most of a team." in narrowed
    with as_user(people.mariana).get("/gaps/patterns?format=xlsx") as workbook:
        assert workbook.data[:2] == b"PK"
    assert as_user(people.ana).get("/gaps/patterns").status_code == 403
