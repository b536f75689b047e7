"""Where it hurts: what most of a team shares, what no agent can mend, what is new, chronic or back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import func, select

from app.accounts.models import User
from app.audits.models import Cause
from app.coaching.models import Obligation
from app.coaching.rules import ObligationKind
from app.core.clock import week_number
from app.curriculum.models import Assignment, Module, ModuleKind
from app.gaps import cells, patterns, services
from app.gaps.models import Gap
from app.gaps.rules import GapState
from app.gaps.teams import reading
from app.gaps.teams import states as team_states
from app.gaps.teams.models import TeamGap, TeamTransition
from tests.conftest import Cast, make_user
from tests.gaps.conftest import MONDAY, NOW, AuditMaker, Form
from tests.languages import left_in_english

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
    found = reading.lines(session, people.mariana, DAY)
    assert [(one.gap.team_id, one.gap.competency_id, one.gap.state, one.likely, one.agents) for one in found] == [
        (people.refunds.id, form.tone.id, GapState.OPEN, 6, 6)
    ]
    assert found[0].probability > 0.99


def test_teams_are_those_within_reach(
    session: Any, people: Cast, form: Form, teams: None, as_user: Callable[..., Any], time_machine: Any
) -> None:
    time_machine.move_to(datetime(2026, 6, 8, 15, tzinfo=UTC))
    assert reading.lines(session, people.pedro, DAY) == [], "of the other partner"
    assert [one.gap.team_id for one in reading.lines(session, people.paola, DAY)] == [people.refunds.id]
    address = f"/gaps/teams/{session.scalars(select(TeamGap.id)).one()}"
    for person, status in ((people.paola, 200), (people.mariana, 200), (people.pedro, 404), (people.ana, 403)):
        assert as_user(person).get(address).status_code == status
    english, spanish = (as_user(people.paola, lang).get(address).get_data(as_text=True) for lang in ("en", "es"))
    assert "6 of 6 agents with evidence are more likely than not below target." in english
    assert "Plan a session with 6 agents" in english
    names = {people.paola.name, people.refunds.name, "Norte", "Tone", "Tono"}
    assert not left_in_english(english, spanish, names)
    assert as_user(None).get(address).status_code == 302
    assert "<svg" in as_user(people.paola).get(f"{address}/chart.svg").get_data(as_text=True)
    assert as_user(people.pedro).get(f"{address}/chart.svg").status_code == 404


def test_a_team_gets_one_remedy_for_all_who_share_its_gap(
    session: Any, people: Cast, form: Form, teams: None, as_user: Callable[..., Any], time_machine: Any
) -> None:
    time_machine.move_to(datetime(2026, 6, 8, 15, tzinfo=UTC))
    module = Module(code="M1", title_en="Warmth", title_es="Calidez", kind=ModuleKind.ARTICLE, minutes=10, url="")
    module.competencies = [form.tone]
    session.add(module)
    session.commit()
    address = f"/gaps/teams/{session.scalars(select(TeamGap.id)).one()}"
    theme, taught = {"owe": "1"}, {"module_id": module.id}
    for person, status in ((people.raul, 404), (people.pedro, 403), (people.ana, 403), (None, 302)):
        assert as_user(person).post(f"{address}/act", data=theme).status_code == status
    client = as_user(people.paola)
    page = client.get(address).get_data(as_text=True)
    assert "Owe 6 sessions" in page
    assert "Assign to 6 agents" in page
    first, again = (client.post(f"{address}/act", data=theme, follow_redirects=True).text for _time in range(2))
    assert "6 sessions owed." in first
    assert "Each of them is already owed a session." in again
    assert "Assigned to 6 agents." in client.post(f"{address}/act", data=taught, follow_redirects=True).text
    assert "All of them already have it." in client.post(f"{address}/act", data=taught, follow_redirects=True).text
    assert "Nothing was chosen." in client.post(f"{address}/act", follow_redirects=True).text
    owed = session.scalars(select(Obligation)).all()
    assert {(one.kind, one.gap_id is None, one.team_id) for one in owed} == {
        (ObligationKind.GAP, False, people.refunds.id)
    }
    assert len(owed) == session.scalar(select(func.count(Assignment.id))) == 6


def test_a_teams_gap_has_its_history_and_a_replay_decides_the_same(
    session: Any, people: Cast, form: Form, audit: Callable[..., Any]
) -> None:
    """All of a team miss for four weeks, have a session together, and then do well: day by day as replayed."""
    ids = [make_user(session, f"Vera{n} Uno", team=people.refunds, employee_no=f"V{n}").id for n in range(4)]
    for number in range(16):
        for who in ids:
            for day in range(2):
                person = session.get(User, who)
                at = MONDAY + timedelta(weeks=number, days=day)
                audit(person, at, missed=["C1", "C2"] if number < 4 else [])
    weeks = [MONDAY + timedelta(weeks=number) for number in range(16)]
    services.findings_changed(session, touched=[(who, when) for who in ids for when in weeks], on=NOW)
    day = weeks[4] + timedelta(days=1)
    done = [(who, form.tone.id, day, f"session:1:{who}") for who in ids]
    services.remedies_completed(session, completions=done, on=NOW)
    for when in weeks:
        services.decide_week(session, when, on=NOW)
    by_day = history(session)
    assert [state for _week, state, _agents, _likely in by_day][:2] == [GapState.OPEN, GapState.IN_REMEDIATION]
    assert by_day[-1][1] is GapState.CLOSED
    assert by_day[1][0] == weeks[4]
    last = weeks[-1] + timedelta(days=6)
    services.replay(session(), weeks[3], last, again=True, on=NOW)
    assert history(session) == by_day
    services.rewind(session(), weeks[0])
    assert history(session) == []
    assert session.scalars(select(TeamGap)).all() == []
    services.replay(session(), weeks[0], last, again=False, on=NOW)
    assert history(session) == by_day
    assert services.rebuild(session, check=True) == 0


def history(session: Any) -> list[tuple[date, GapState, int, int]]:
    rows = session.scalars(select(TeamTransition).order_by(TeamTransition.week))
    return [(one.week, one.to_state, one.agents, one.likely) for one in rows]


NONE, OPEN, MENDING, CLOSING, CLOSED, BACK = (
    GapState.NONE, GapState.OPEN, GapState.IN_REMEDIATION, GapState.CLOSING, GapState.CLOSED, GapState.RELAPSED,
)  # fmt: skip


@pytest.mark.once
@pytest.mark.parametrize(
    ("before", "probability", "agents", "likely", "completed", "weeks", "after"),
    [
        (NONE, 0.95, 8, 4, 0, 0, OPEN),
        (NONE, 0.95, 8, 3, 0, 0, NONE),  # too few share it
        (NONE, 0.95, 1, 1, 0, 0, NONE),  # one agent is no team
        (NONE, 0.89, 8, 8, 0, 0, NONE),
        (OPEN, 0.60, 8, 3, 0, 5, OPEN),  # stays between the bars
        (OPEN, 0.49, 8, 3, 0, 5, CLOSING),
        (OPEN, 0.95, 8, 1, 0, 5, CLOSED),  # a gap of some agents, no more the team's
        (OPEN, 0.25, 8, 4, 0, 5, CLOSED),
        (OPEN, 0.95, 8, 6, 3, 5, MENDING),
        (OPEN, 0.95, 8, 6, 2, 5, OPEN),  # a remedy of some is none of the team
        (MENDING, 0.95, 8, 6, 0, 7, MENDING),
        (MENDING, 0.95, 8, 6, 0, 8, OPEN),  # it did not take
        (CLOSING, 0.85, 8, 4, 0, 1, OPEN),
        (CLOSING, 0.60, 8, 4, 0, 1, CLOSING),
        (CLOSED, 0.95, 8, 6, 0, 26, BACK),
        (CLOSED, 0.95, 8, 6, 0, 27, OPEN),
        (OPEN, 0.95, 0, 0, 0, 5, CLOSED),  # nobody has a check any more
    ],
)
def test_states_of_teams(
    before: GapState, probability: float, agents: int, likely: int, completed: int, weeks: int, after: GapState
) -> None:
    told = [np.array([one]) for one in (probability, agents, likely, completed, weeks, weeks)]
    assert team_states.decide(np.array([before.code], np.int8), team_states.Signals(*told)).tolist() == [after.code]


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
