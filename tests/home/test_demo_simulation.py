"""What the demo programme is drawn from: people, what they can do, what the audits see, how they behave."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from app.accounts.permissions import Role
from app.audits.rules import FAIL, NA
from app.coaching.rules import ObligationKind
from app.core.clock import day_of
from app.home.demo import content, manners
from app.home.demo.cast import ANA, PINS, Story
from app.home.demo.roster import Roster, draw_roster
from app.home.demo.simulate import CAUSES, Audits, Staged, draw_crew, draw_week, presence
from app.home.demo.truth import Truth, coached, criterion_links
from app.home.demo.world import Diary, at_work, working_day

FIRST, LAST = date(2026, 5, 18), date(2026, 11, 21)
MONDAY = date(2026, 8, 3)
NOBODY = np.zeros(0, dtype=np.int64)


def roster(agents: int = 150, seed: int = 1) -> Roster:
    return draw_roster(np.random.default_rng(seed), agents=agents, first=FIRST, last=LAST)


def week(people: Roster, truth: Truth, *, seed: int = 3, staged: tuple[Staged, ...] = ()) -> Audits:
    rng, here = np.random.default_rng(seed), presence(people, MONDAY)
    crew = draw_crew(rng, people, len(people.with_role(Role.AUDITOR)))
    return draw_week(rng, MONDAY, here, truth.misses(here.weeks_since_hired), crew, NOBODY, staged)


# --- People ---


@pytest.mark.parametrize("agents", [12, 24, 150, 1_000])
def test_everybody_has_a_number_and_an_address_of_their_own(agents: int) -> None:
    people = roster(agents)
    everybody = [*people.agents, *people.staff]
    assert len({one.employee_no for one in everybody}) == len(everybody)
    assert len({one.email for one in everybody}) == len(everybody)
    assert all(one.email.isascii() and one.email.islower() for one in everybody)
    assert len({one.name for one in everybody}) == len(everybody)


def test_the_same_seed_draws_the_same_people() -> None:
    assert roster(60) == roster(60)
    assert roster(60) != roster(60, seed=2)


def test_teams_are_of_one_size_and_named_people_are_where_they_belong() -> None:
    people = roster(150)
    there = [one for one in people.agents if one.hired_on < FIRST]
    sizes = Counter(one.team for one in there)
    assert max(sizes.values()) - min(sizes.values()) <= 1
    ana = people.agents[people.agent(ANA)]
    assert people.teams[ana.team].name == "Reembolsos · Bogotá B"
    assert people.teams[ana.team].lead == "L09"
    assert all(people.agent(pin.name) is not None for pin in PINS)


def test_more_agents_need_more_teams_leads_and_auditors() -> None:
    people = roster(1_000)
    assert len(people.teams) == 80
    assert len({team.name for team in people.teams}) == 80
    assert len(people.with_role(Role.TEAM_LEAD)) == 80
    assert len(people.with_role(Role.AUDITOR)) == 40


def test_who_leaves_is_replaced_and_who_is_named_stays() -> None:
    people = roster(150)
    left = [one for one in people.agents if one.left_on]
    hired = [one for one in people.agents if one.hired_on >= FIRST]
    moved = [one for one in people.agents if one.moves_on]
    assert left
    assert hired
    assert moved
    assert not any(one.named for one in (*left, *moved))
    assert all(FIRST < one.left_on < LAST for one in left)
    assert all(people.teams[one.team].site == people.teams[one.moves_to].site for one in moved)
    for one in people.agents:
        assert all(FIRST <= away.first <= away.last for away in one.away)


# --- What they can do ---


def test_learning_removes_a_share_of_a_gap_and_nothing_else() -> None:
    truth = Truth.draw(np.random.default_rng(1), 5)
    truth.gap[:] = 0
    truth.pin(0, 2, 2.0)
    truth.pin(1, 2, 2.0)
    before = truth.gap.copy()
    truth.learn(np.array([0]), np.array([2]), np.array([0.5]))
    assert truth.gap[0, 2] == pytest.approx(before[0, 2] / 2)
    assert truth.gap[1, 2] == before[1, 2]
    truth.learn(np.array([0]), np.array([2]), np.array([0.0]))
    assert truth.gap[0, 2] == pytest.approx(before[0, 2] / 2)
    truth.learn(np.array([0, 0]), np.array([2, 2]), np.array([0.6, 0.6]))
    assert truth.gap[0, 2] == 0


def test_gaps_begin_heal_and_some_come_back() -> None:
    truth = Truth.draw(np.random.default_rng(1), 3_000)
    share = (truth.gap > 0).mean()
    assert 0.01 < share < 0.06
    agents, competencies = np.nonzero(truth.gap)
    truth.learn(agents, competencies, np.ones(len(agents)))
    assert not truth.gap.any()
    assert truth.lost.any()
    truth.onset[:] = 0
    for _week in range(8):
        truth.week()
    assert 0 < (truth.gap > 0).sum() < len(agents)


def test_a_gap_shows_in_the_criteria_of_its_competency_alone() -> None:
    truth = Truth.draw(np.random.default_rng(1), 1)
    truth.gap[:] = truth.skill[:] = truth.usual[:] = 0
    truth.pin(0, 0, 2.0)
    shown = truth.misses(np.array([500.0]))[0]
    assert (shown > 1).tolist() == (criterion_links()[0] > 0).tolist()


# --- What the audits see ---


def test_a_week_of_audits_is_of_contacts_in_opening_hours_audited_afterwards() -> None:
    people = roster(150)
    found = week(people, Truth.draw(np.random.default_rng(2), len(people.agents)))
    assert 200 < len(found) < 350
    assert (found.audited_at > found.contact_at).all()
    assert (np.diff(found.audited_at) >= 0).all()
    for agent, contact in zip(found.agent.tolist(), found.contact_at.tolist(), strict=True):
        zone = people.teams[people.agents[agent].team].site.time_zone
        at = datetime.fromtimestamp(contact, UTC)
        assert MONDAY <= day_of(at, zone) < MONDAY + timedelta(weeks=1)


def test_nobody_is_audited_before_induction_after_leaving_or_while_away() -> None:
    people = roster(150)
    truth = Truth.draw(np.random.default_rng(2), len(people.agents))
    for agent, contact in zip(*(c.tolist() for c in _places(week(people, truth))), strict=True):
        one = people.agents[agent]
        day = day_of(datetime.fromtimestamp(contact, UTC), people.teams[one.team].site.time_zone)
        assert one.hired_on + timedelta(days=7) <= day
        assert one.left_on is None or day < one.left_on
        assert not one.is_away(day)


def _places(found: Audits) -> tuple[np.ndarray, np.ndarray]:
    return found.agent, found.contact_at


def test_what_failed_has_a_cause_that_is_known_for_the_criterion() -> None:
    people = roster(150)
    found = week(people, Truth.draw(np.random.default_rng(2), len(people.agents)))
    failed = found.results == FAIL
    assert ((found.causes >= 0) == failed).all()
    assert 0.05 < failed.sum() / (found.results != NA).sum() < 0.15
    for place, criterion in enumerate(content.scorecard().criteria):
        causes = {CAUSES[number].value for number in found.causes[failed[:, place], place].tolist()}
        assert causes <= {name for name, share in content.misses()[criterion.code].causes.items() if share}


def test_an_audit_of_the_story_is_there_as_it_is_told() -> None:
    people = roster(150)
    told = Staged(people.agent(ANA), MONDAY + timedelta(days=2), "C103")
    found = week(people, Truth.draw(np.random.default_rng(2), len(people.agents)), staged=(told,))
    codes = [criterion.code for criterion in content.scorecard().criteria]
    mine = found.take(found.agent == told.agent)
    fatal = mine.results[:, codes.index("C103")] == FAIL
    assert fatal.any()
    assert ((mine.results[fatal] == FAIL).sum(axis=1) == 1).any()


# --- How they behave ---


@pytest.mark.parametrize("kind", list(ObligationKind))
@pytest.mark.parametrize("zone", ["America/Tijuana", "America/Bogota", "Europe/Madrid"])
def test_who_coaches_in_time_is_in_time(kind: ObligationKind, zone: str) -> None:
    rng, lead = np.random.default_rng(1), manners.Lead(in_time=1.0, helps=0.1)
    length = {ObligationKind.CADENCE: 30 * 24, ObligationKind.FATAL: 48, ObligationKind.GAP: 168}.get(kind, 14 * 24)
    for hour in range(0, 24 * 14, 5):
        opened = datetime(2026, 9, 1, tzinfo=UTC) + timedelta(hours=hour)
        due = opened + timedelta(hours=length)
        day = manners.session_day(rng, lead, kind, opened, due, zone)
        assert day is not None
        assert opened < at_work(day, 0.999, zone)
        assert max(at_work(day, 0.999, zone), opened) <= due


def test_who_never_coaches_in_time_is_late_or_does_not_at_all() -> None:
    rng, lead = np.random.default_rng(1), manners.Lead(in_time=0.0, helps=0.1)
    opened = datetime(2026, 9, 1, 15, tzinfo=UTC)
    due = opened + timedelta(days=7)
    days = [manners.session_day(rng, lead, ObligationKind.GAP, opened, due, "UTC") for _time in range(200)]
    assert None in days
    assert all(day >= due.date() for day in days if day is not None)


def test_a_weekend_is_moved_to_the_friday_before_or_else_the_monday_after() -> None:
    saturday = date(2026, 9, 5)
    assert working_day(saturday, saturday - timedelta(days=3)) == date(2026, 9, 4)
    assert working_day(saturday, saturday) == date(2026, 9, 7)
    assert working_day(date(2026, 9, 3), saturday) == date(2026, 9, 3)


def test_a_diary_gives_the_things_of_a_day_in_order_and_once() -> None:
    diary: Diary[str] = Diary("America/Bogota")
    evening = datetime(2026, 9, 2, 1, tzinfo=UTC)  # still the first, in Bogotá
    diary.plan(evening, "later")
    diary.plan(evening - timedelta(hours=3), "sooner")
    assert [thing for _at, thing in diary.take(date(2026, 9, 1))] == ["sooner", "later"]
    assert diary.take(date(2026, 9, 1)) == []


def test_the_story_pins_gaps_in_their_weeks() -> None:
    people = roster(150)
    story, truth = Story(people, LAST), Truth.draw(np.random.default_rng(2), len(people.agents))
    truth.gap[:] = 0
    codes = [one.code for one in coached()]
    story.pin(truth, LAST - timedelta(weeks=2))
    assert truth.gap[story.ana, codes.index("K11")] > 0
    story.pin(truth, LAST - timedelta(weeks=15))
    assert truth.gap[people.agent("Valentina Gómez"), codes.index("K21")] == 0
