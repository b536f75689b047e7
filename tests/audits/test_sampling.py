"""Sampling plans: drawn at random, spread evenly, topped up for who is away; seen by who leads quality and the auditor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from app.accounts import settings as accounts
from app.accounts.models import Absence, AbsenceKind
from app.accounts.permissions import Role
from app.audits.auditing import services as auditing
from app.audits.models import Purpose, Scorecard, ScorecardVersion
from app.audits.sampling import services, watched
from app.audits.sampling.models import Sample, SamplingPlan
from app.audits.sampling.rules import (
    Agent,
    Drawn,
    Per,
    Period,
    SampleState,
    bounds,
    draw,
    lightest,
    spread,
)
from app.core.errors import Refused
from app.curriculum.models import Competency
from app.gaps.models import Gap, Transition
from app.gaps.rules import GapState
from app.home import daily
from tests.conftest import Cast, make_user

Sign = Callable[..., FlaskClient]
MONDAY = date(2026, 10, 5)
DAYS = [MONDAY + timedelta(days=number) for number in range(28)]
ON = datetime(2026, 10, 5, 12, tzinfo=UTC)


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


# --- Rules ---


@settings(max_examples=40)
@given(count=st.integers(1, 12), taken=st.integers(0, 6), seed=st.integers(0, 99))
def test_days_are_spread_evenly_over_the_period(count: int, taken: int, seed: int) -> None:
    first = spread(rng(seed), DAYS, taken)
    found = spread(rng(seed + 1), DAYS, count, first)
    assert len(found) == count
    assert set(found) <= set(DAYS)
    whole = sorted(first + found)
    if not taken:
        size = len(DAYS) / count
        assert all(abs((day - MONDAY).days - place * size) <= size + 1 for place, day in enumerate(whole))


def test_a_draw_is_random_yet_the_same_for_the_same_numbers() -> None:
    assert spread(rng(5), DAYS, 4) == spread(rng(5), DAYS, 4)
    assert len({tuple(spread(rng(seed), DAYS, 4)) for seed in range(10)}) > 5
    assert spread(rng(), [], 4) == []


def test_each_plan_gets_what_it_counts_and_the_work_is_shared() -> None:
    agents = [Agent(number, 1 if number < 5 else 2, DAYS) for number in range(1, 9)]
    auditors = {1: [91, 92], 2: [92]}
    by_agent = draw(rng(), Per.AGENT, 3, agents, auditors, [])
    assert Counter(one.person for one in by_agent) == dict.fromkeys(range(1, 9), 3)
    assert all(one.auditor in auditors[one.team] for one in by_agent)
    by_team = draw(rng(), Per.TEAM, 6, agents, auditors, [])
    assert Counter(one.team for one in by_team) == {1: 6, 2: 6}
    assert max(Counter(one.person for one in by_team).values()) == 2
    by_auditor = draw(rng(), Per.AUDITOR, 5, agents, auditors, [])
    assert Counter(one.auditor for one in by_auditor) == {91: 5, 92: 5}
    assert draw(rng(), Per.AGENT, 3, agents, auditors, by_agent) == []
    more = draw(rng(), Per.AGENT, 3, agents, auditors, by_agent[2:])
    assert [one.person for one in more] == [1, 1]


def test_nobody_audits_oneself_and_where_nobody_can_nothing_is_drawn() -> None:
    assert lightest(rng(), [7], {}, 7) is None
    assert draw(rng(), Per.AGENT, 2, [Agent(1, 3, DAYS), Agent(2, 1, [])], {1: [9]}, []) == []
    assert draw(rng(), Per.TEAM, 2, [Agent(1, 1, [])], {1: [9]}, [Drawn(1, 1, MONDAY, 9)]) == []


def test_periods() -> None:
    assert bounds(Period.WEEK, date(2026, 10, 8)) == (MONDAY, date(2026, 10, 11))
    assert bounds(Period.MONTH, date(2026, 12, 8)) == (date(2026, 12, 1), date(2026, 12, 31))


# --- Deeds ---


@pytest.fixture
def plan(session: Any, scorecard: None, people: Cast) -> SamplingPlan:
    """Three audits of each agent of Norte a month, drawn on the fifth of October."""
    made = make(session, people)
    services.top_up(session(), made, MONDAY)
    session.commit()
    return made


def make(session: Any, people: Cast, by: Any = None, **terms: Any) -> SamplingPlan:
    card = session.query(Scorecard).one()
    asked = {"name": "Monthly", "unit_id": people.norte.id, "scorecard_id": card.id, "per": Per.AGENT, "count": 3,
             "period": Period.MONTH, "valid_from": date(2026, 10, 1), **terms}  # fmt: skip
    return services.make_plan(session(), services.Terms(**asked), by=by or people.mariana, on=ON)


def drawn(session: Any, state: SampleState = SampleState.OPEN) -> list[Sample]:
    session.expire_all()
    return session.query(Sample).filter_by(state=state).order_by(Sample.id).all()


def test_a_plan_draws_for_its_unit_and_a_second_time_nothing(session: Any, plan: SamplingPlan, people: Cast) -> None:
    assert Counter(one.person_id for one in drawn(session)) == {people.ana.id: 3, people.luis.id: 3}
    assert {one.auditor_id for one in drawn(session)} == {people.ivan.id}
    assert services.draw_all(session(), MONDAY) == 0
    assert services.draw_all(session(), MONDAY + timedelta(days=3)) == 0
    assert services.draw_all(session(), date(2026, 11, 2)) == 6


def test_who_is_away_is_drawn_on_other_days_and_an_absent_auditor_hands_on(
    session: Any, plan: SamplingPlan, people: Cast
) -> None:
    ana = [one for one in drawn(session) if one.person_id == people.ana.id]
    gone = ana[0].contact_on
    session.add(Absence(user_id=people.ana.id, kind=AbsenceKind.SICK, from_day=gone, to_day=gone))
    olga = make_user(session, "Olga Ochoa", role=Role.AUDITOR, over=people.norte)
    session.add(Absence(user_id=people.ivan.id, kind=AbsenceKind.SICK, from_day=MONDAY, to_day=MONDAY))
    assert services.draw_all(session(), MONDAY) == 1
    after = drawn(session)
    assert len(after) == 6
    assert gone not in {one.contact_on for one in after if one.person_id == people.ana.id}
    assert {one.auditor_id for one in after} == {olga.id}
    assert len(drawn(session, SampleState.VOID)) == 1


def test_what_is_begun_audited_or_given_up_is_known(session: Any, plan: SamplingPlan, people: Cast) -> None:
    version = session.query(ScorecardVersion).one()
    sample = drawn(session)[0]
    contact = auditing.Contact(sample.person_id, version.id, Purpose.RANDOM, ON, sample_id=sample.id)
    draft = auditing.start(session(), contact, by=people.ivan, on=ON)
    assert len(drawn(session)) == 5
    with pytest.raises(Refused):
        auditing.start(session(), contact, by=people.ivan, on=ON)
    auditing.discard(session(), draft, by=people.ivan, on=ON)
    assert len(drawn(session)) == 6
    draft = auditing.start(session(), contact, by=people.ivan, on=ON)
    auditing.release_sample(session(), draft, SampleState.DONE)
    assert len(drawn(session, SampleState.DONE)) == 1
    assert services.draw_all(session(), MONDAY) == 0


def test_another_day_is_drawn_while_there_is_one(session: Any, plan: SamplingPlan, people: Cast) -> None:
    sample = drawn(session)[0]
    before = sample.contact_on
    services.another_day(session(), sample, by=people.ivan, on=datetime(2026, 10, 31, tzinfo=UTC))
    assert sample.contact_on != before
    with pytest.raises(Refused):
        services.another_day(session(), sample, by=people.ivan, on=datetime(2026, 9, 30, tzinfo=UTC))


def test_an_ended_plan_draws_no_more(session: Any, plan: SamplingPlan, people: Cast) -> None:
    services.end_plan(session(), plan, MONDAY, by=people.mariana, on=ON)
    assert drawn(session) == []
    assert services.draw_all(session(), MONDAY) == 0
    with pytest.raises(Refused):
        services.end_plan(session(), plan, MONDAY, by=people.mariana, on=ON)


def test_a_plan_is_made_where_quality_is_led(session: Any, scorecard: None, people: Cast) -> None:
    partial = make_user(session, "Nora Part", role=Role.PROGRAM_MANAGER, over=people.sur)
    with pytest.raises(Refused):
        make(session, people, by=partial)


def test_who_comes_under_watch_gets_more_beside_the_plan(session: Any, plan: SamplingPlan, people: Cast) -> None:
    sunday = date(2026, 10, 11)
    assert watched.ask(session(), [], sunday) == 0
    assert watched.ask(session(), [people.ana.id, people.sol.id], sunday) == 4  # Sol is in no plan's unit
    more = [one for one in drawn(session) if one.watched]
    assert {one.person_id for one in more} == {people.ana.id}
    assert all(sunday < one.contact_on <= sunday + timedelta(days=14) for one in more)
    assert len({one.contact_on for one in more}) == 4
    assert watched.ask(session(), [people.ana.id], sunday) == 0  # they still wait
    assert services.draw_all(session(), date(2026, 10, 12)) == 0  # nor do they count for the plan
    assert services.draw_all(session(), date(2026, 11, 2)) == 6
    gone = more[0].contact_on
    session.add(Absence(user_id=people.ana.id, kind=AbsenceKind.SICK, from_day=gone, to_day=gone))
    services.draw_all(session(), sunday + timedelta(days=1))
    after = [one for one in drawn(session) if one.watched]
    assert len(after) == 4
    assert gone not in {one.contact_on for one in after}
    away = {
        "user_id": people.ana.id,
        "kind": AbsenceKind.SICK,
        "from_day": sunday,
        "to_day": sunday + timedelta(days=20),
    }
    session.add(Absence(**away))
    services.draw_all(session(), sunday + timedelta(days=1))
    assert [one for one in drawn(session) if one.watched] == []


def test_the_nearest_plan_gives_and_a_plan_may_give_none(session: Any, scorecard: None, people: Cast) -> None:
    whole = make(session, people, name="All", unit_id=people.programme.id, watch_count=2)
    near = make(session, people, name="Near", watch_count=3)
    make_user(session, "Olga Ochoa", role=Role.AUDITOR, over=people.sur)
    assert watched.ask(session(), [people.ana.id, people.sol.id], MONDAY) == 5
    assert Counter(one.plan_id for one in drawn(session)) == {near.id: 3, whole.id: 2}
    services.end_plan(session(), near, MONDAY, by=people.mariana, on=ON)
    services.end_plan(session(), whole, MONDAY, by=people.mariana, on=ON)
    make(session, people, watch_count=0)
    assert watched.ask(session(), [people.luis.id], MONDAY) == 0


# --- Pages ---


def test_a_plan_on_screen_and_the_queue_of_its_auditor(
    session: Any, scorecard: None, people: Cast, as_user: Sign
) -> None:
    client = as_user(people.mariana, "es")
    facts = {"name": "Semanal", "unit": people.norte.id, "scorecard": session.query(Scorecard).one().id, "count": "2",
             "per": "agent", "period": "week", "valid_from": "2026-01-01", "watch_count": "4"}  # fmt: skip
    assert client.post("/audits/plans/new", data={**facts, "count": "0"}).status_code == 422
    assert client.post("/audits/plans/new", data=facts).status_code == 302
    shown = client.get("/audits/plans").get_data(as_text=True)
    assert "2 por agente y semana" in shown
    assert "4 más por agente que entra en observación" in shown
    plan = session.query(SamplingPlan).one()
    assert client.post(f"/audits/plans/{plan.id}/draw").status_code == 302
    sample = drawn(session)[0]
    auditor = as_user(people.ivan)
    assert "4 contacts" in auditor.get("/audits/desk").get_data(as_text=True)
    page = auditor.get(f"/audits/start?person={sample.person_id}&sample={sample.id}")
    assert sample.contact_on.isoformat() in page.get_data(as_text=True)
    assert as_user(people.mariana).get(f"/audits/start?person={sample.person_id}&sample={sample.id}").status_code == 404
    assert as_user(people.mariana).post(f"/audits/samples/{sample.id}/another-day").status_code == 404
    assert client.post(f"/audits/plans/{plan.id}/end").status_code == 302
    assert client.post(f"/audits/plans/{plan.id}/end").status_code == 404


def test_agents_leads_and_auditors_do_not_see_plans(
    plan: SamplingPlan, session: Any, people: Cast, as_user: Sign
) -> None:
    for name in ("ana", "paola", "tomas", "ivan", "carmen", "pedro"):
        person = getattr(people, name)
        client = as_user(person)
        for address in ("/audits/plans", "/audits/plans/new"):
            assert client.get(address).status_code == 403
        assert client.post(f"/audits/plans/{plan.id}/draw").status_code == 403
        assert session.scalars(SamplingPlan.visible_to(person)).all() == []
        assert len(session.scalars(Sample.visible_to(person)).all()) == (6 if name == "ivan" else 0)


def test_who_leads_quality_elsewhere_does_not_see_a_plan(
    plan: SamplingPlan, session: Any, people: Cast, as_user: Sign
) -> None:
    partial = make_user(session, "Nora Part", role=Role.PROGRAM_MANAGER, over=people.sur)
    session.commit()
    assert "Monthly" not in as_user(partial).get("/audits/plans").get_data(as_text=True)
    assert as_user(partial).post(f"/audits/plans/{plan.id}/draw").status_code == 404


def test_the_run_of_a_sunday_asks_for_more_of_whoever_came_under_watch(
    session: Any, scorecard: None, people: Cast
) -> None:
    make(session, people, valid_from=date(2026, 12, 1))
    tone = session.query(Competency).first()
    for person, week in ((people.ana, MONDAY), (people.luis, MONDAY - timedelta(weeks=1))):
        gap = Gap(person_id=person.id, competency_id=tone.id, state=GapState.WATCH)
        moved = {"from_state": GapState.NONE, "to_state": GapState.WATCH, "probability": 0.75}
        figures = {"n": 9.0, "f": 3.0, "checks13": 9, "fails13": 3, "since": 9}
        gap.transitions.append(Transition(week=week, **moved, **figures))
        session.add(gap)
    session.flush()
    report = daily.DailyReport()
    accounts.put(session(), "live_from", "2026-10-01", by=None, on=ON)
    daily.live_through(session(), MONDAY + timedelta(days=6), report)
    assert drawn(session) == []  # no plan is in force
    make(session, people, name="Now")
    for _again in range(2):
        daily.live_through(session(), MONDAY + timedelta(days=6), report)
    assert Counter(one.person_id for one in drawn(session) if one.watched) == {people.ana.id: 4}
