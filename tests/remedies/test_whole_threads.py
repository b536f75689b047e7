"""All threads of an agent on one time line, and the thread of a competency: what is told, in order, to whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.curriculum.models import AssignmentState
from app.gaps import live
from app.gaps.models import Gap
from app.gaps.rules import GapState
from app.remedies import agent_thread, competency_thread, services
from tests.conftest import Cast
from tests.evidence import put_cell
from tests.languages import left_in_english
from tests.remedies.conftest import SUNDAY, WEEK, move, opened
from tests.remedies.test_thread import assign, talk
from tests.scored import ON

Sign = Callable[..., FlaskClient]


@pytest.fixture
def told(session: Any, people: Cast, world: SimpleNamespace) -> SimpleNamespace:
    """Ana: refunds open, tone closed before; a module done, a session held, an observation, checks. Sol: refunds open."""
    refund = opened(session, people.ana, world.refund)
    tone = Gap(person_id=people.ana.id, competency_id=world.tone.id, state=GapState.CLOSED, probability=0.2)
    session.add(tone)
    session.flush()
    move(session, tone, WEEK - timedelta(weeks=6), GapState.NONE, GapState.OPEN)
    move(session, tone, WEEK - timedelta(weeks=2), GapState.OPEN, GapState.CLOSED)
    sol = opened(session, people.sol, world.refund)
    put_cell(session, person_id=people.ana.id, competency_id=world.tone.id, week=WEEK, n_raw=6, fails=0, standard=6.0)
    given = assign(session, world, people.ana, people.paola, date(2026, 10, 5))
    given.completed_on, given.state = date(2026, 10, 12), AssignmentState.COMPLETED
    talk(session, world, people.ana, people.paola, date(2026, 10, 20))
    services.observe(session, refund, "Reads the policy aloud", by=people.paola, on=ON - timedelta(days=3))
    session.commit()
    return SimpleNamespace(refund=refund, tone=tone, sol=sol)


def test_all_that_happened_to_an_agent_stands_in_order(
    session: Any, people: Cast, world: SimpleNamespace, told: SimpleNamespace
) -> None:
    gaps = agent_thread.gaps_of(session, people.ana, people.paola)
    assert {gap.id for gap in gaps} == {told.refund.id, told.tone.id}
    found = agent_thread.read(session, people.ana, gaps, people.paola, day=SUNDAY)
    days = [one.entry.day for one in found]
    assert days == sorted(days, reverse=True)
    kinds = [one.entry.kind for one in found]
    assert {"week", "state", "learning", "talk", "seen"} <= set(kinds)
    week = next(one.entry for one in found if one.entry.kind == "week")
    assert (week.checks, week.missed) == (12, 4)
    assert [(part.gap_id, part.checks, part.missed) for part in week.parts] == [(told.refund.id, 6, 4)]
    closed = next(one for one in found if one.entry.kind == "state" and one.entry.to_state is GapState.CLOSED)
    assert (closed.gap_id, [name.text for name in closed.about]) == (told.tone.id, ["Tone"])
    own = agent_thread.read(session, people.ana, gaps, people.ana, day=SUNDAY)
    assert "talk" in {one.entry.kind for one in own}


def test_a_competency_is_told_week_by_week_within_reach(
    session: Any, people: Cast, world: SimpleNamespace, told: SimpleNamespace
) -> None:
    weeks = competency_thread.read(session, world.refund, people.mariana, day=SUNDAY)
    by_day = {one.first: one for one in weeks}
    assert by_day[WEEK].counts == {"opened": 2}
    assert [one.gap_id for one in by_day[WEEK].opened] == [told.refund.id, told.sol.id]
    assert by_day[date(2026, 10, 12)].modules[0][1:] == (world.module.id, 1)
    assert by_day[date(2026, 10, 19)].sessions == 1
    active = dict(competency_thread.active_by_week(session, world.refund, people.mariana, day=SUNDAY))
    assert active[WEEK] == 2
    norte = competency_thread.read(session, world.refund, people.paola, day=SUNDAY)
    assert next(one for one in norte if one.first == WEEK).counts == {"opened": 1}
    assert dict(competency_thread.active_by_week(session, world.refund, people.pedro, day=SUNDAY))[WEEK] == 1
    tone = dict(competency_thread.active_by_week(session, world.tone, people.mariana, day=SUNDAY))
    assert (tone[WEEK - timedelta(weeks=3)], tone[WEEK - timedelta(weeks=2)]) == (1, 0)


@pytest.mark.once
def test_the_pages_are_for_whoever_sees_the_gaps(
    session: Any, people: Cast, world: SimpleNamespace, told: SimpleNamespace, as_user: Sign
) -> None:
    address = f"/gaps/agents/{people.ana.id}"
    for name, status in (
        ("paola", 200),
        ("mariana", 200),
        ("carmen", 200),
        ("ana", 200),
        ("luis", 404),
        ("pedro", 404),
        ("raul", 404),
    ):
        client = as_user(getattr(people, name))
        assert client.get(address).status_code == status, name
        assert client.get(f"{address}/chart.svg").status_code == status, name
    about = f"/gaps/competencies/{world.refund.id}"
    for name, shown in (("paola", "Ana"), ("pedro", "Sol")):
        client = as_user(getattr(people, name))
        page = client.get(about).get_data(as_text=True)
        assert (people.ana.name in page, people.sol.name in page) == (shown == "Ana", shown == "Sol")
        assert client.get(f"{about}/chart.svg?theme=dark").status_code == 200
    assert as_user(people.ana).get(about).status_code == 403
    assert as_user(people.mariana).get("/gaps/competencies/999").status_code == 404
    assert as_user(None).get(address).status_code == 302
    data = {person.name for person in (people.ana, people.sol, people.paola, people.mariana)}
    for where in (address, f"{about}?unit={people.norte.id}"):
        pages = [as_user(people.mariana, lang).get(where).get_data(as_text=True) for lang in ("en", "es")]
        assert not left_in_english(
            *pages, {*data, "Programme", "Reads the policy aloud", "Norte", "Sur", "Bogotá", "Lima"}
        )
    assert f'href="{address}"' in as_user(people.paola).get(f"/gaps/{told.refund.id}").get_data(as_text=True)
    assert f'href="{address}"' in as_user(people.paola).get(f"/people/{people.ana.id}").get_data(as_text=True)


def test_several_histories_are_those_of_each_alone(
    session: Any, people: Cast, world: SimpleNamespace, told: SimpleNamespace
) -> None:
    gaps = agent_thread.gaps_of(session, people.ana, people.paola)
    all_of_them = live.histories(session, gaps, SUNDAY)
    assert {gap.id: live.history(session, gap, SUNDAY) for gap in gaps} == all_of_them
    assert [point.missed for point in all_of_them[told.refund.id]][-1] == 4
