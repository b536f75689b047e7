"""Evidence of a day from where gaps stand: the same as folded from all cells, whichever day is asked for."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from app.accounts.models import Membership, User
from app.core.clock import week_number
from app.gaps import decisions, recall, services, snapshot, standing
from tests.conftest import Cast
from tests.gaps.conftest import NOW, AuditMaker, Form, week

WEEKS = 12


@pytest.fixture
def world(session: Any, people: Cast, form: Form, audit: AuditMaker) -> list[User]:
    """Three agents audited for 12 weeks, some audits released weeks later, with remedies, the first 9 weeks decided."""
    draw = random.Random(11)
    agents = [people.ana, people.luis, people.sol]
    completions = []
    for number in range(WEEKS):
        for agent in agents:
            for _n in range(draw.randrange(3)):
                day = week(number) + timedelta(days=draw.randrange(7))
                missed = [code for code in ("C1", "C2", "C3") if draw.random() < 0.3]
                late = day + timedelta(days=draw.choice([0, 0, 1, 9, 20]))
                audit(agent, day, missed, released=late)
            if draw.random() < 0.2:
                competency = draw.choice([form.tone.id, form.identity.id])
                completions.append(
                    (agent.id, competency, week(number) + timedelta(days=3), f"assignment:{len(completions)}")
                )
    touched = [(agent.id, week(number)) for agent in agents for number in range(WEEKS)]
    services.findings_changed(session, touched=touched, on=NOW)
    services.remedies_completed(session, completions=completions, on=NOW)
    services.replay(session, week(0), week(9) - timedelta(days=1), again=False, on=NOW)
    session.commit()
    return agents


def assert_same(session: Any, day: date) -> None:
    """What is recalled of a day is what all cells say of it."""
    where = standing.belonging(session, day)
    plain = snapshot.fold(session, day, where)
    wanted = {
        key: (n, f, checks)
        for key, n, f, checks in zip(
            standing.keys(plain.person, plain.competency).tolist(), plain.evidence.n.tolist(), plain.evidence.f.tolist(),
            plain.window.checks.tolist(), strict=True,
        )
    }  # fmt: skip
    found = recall.recall(session, day, where)
    got = zip(
        standing.keys(found.person, found.competency).tolist(), found.n.tolist(), found.f.tolist(),
        found.checks13.tolist(), strict=True,
    )  # fmt: skip
    told = {key: (n, f, checks) for key, n, f, checks in got}
    assert wanted.keys() <= told.keys()
    for key, (n, f, checks) in told.items():
        assert (n, f, checks) == pytest.approx(wanted.get(key, (0, 0, 0)), abs=1e-9)


def test_it_equals_all_cells_folded_whatever_the_day(session: Any, world: list[User]) -> None:
    for number in range(2, WEEKS + 2):
        for weekday in (2, 6):
            assert_same(session, week(number) + timedelta(days=weekday))


def test_it_follows_whoever_changes_line_of_business(session: Any, people: Cast, world: list[User]) -> None:
    first = session.query(Membership).filter_by(user_id=people.ana.id).one()
    moved_on = week(7)
    first.valid_to = moved_on
    session.add(
        Membership(user_id=people.ana.id, team_id=people.orders.id, line_of_business="Sellers", valid_from=moved_on)
    )
    session.commit()
    for number in (5, 7, 8, 10):
        assert_same(session, week(number) + timedelta(days=6))


def test_corrections_after_a_decision_are_recalled(
    session: Any, people: Cast, world: list[User], audit: AuditMaker
) -> None:
    audit(people.luis, week(7), ["C1", "C3"], released=week(10))
    services.findings_changed(session, touched=[(people.luis.id, week(7))], on=NOW)
    session.commit()
    for number in (6, 7, 8, 10):
        assert_same(session, week(number) + timedelta(days=6))


def test_before_any_decision_all_cells_are_read(session: Any, people: Cast, form: Form, audit: AuditMaker) -> None:
    audit(people.ana, week(1), ["C1"])
    services.findings_changed(session, touched=[(people.ana.id, week(1))], on=NOW)
    assert decisions.last_decided(session) is None
    assert_same(session, week(2))


def test_far_from_the_last_decision_all_cells_are_read(
    session: Any, world: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recall, "FAR_WEEKS", 0)
    asked: list[date] = []
    fold: Callable[..., Any] = snapshot.fold
    monkeypatch.setattr(snapshot, "fold", lambda *a, **k: asked.append(a[1]) or fold(*a, **k))
    day = week(6)
    recall.recall(session, day, standing.belonging(session, day))
    assert asked == [day]


def test_it_asks_for_no_more_than_the_weeks_between(
    session: Any, world: list[User], count_queries: Callable[..., int]
) -> None:
    day = week(8) + timedelta(days=6)
    assert week_number(day) == week_number(decisions.last_decided(session) or day)
    where = standing.belonging(session, day)
    assert count_queries(lambda: recall.recall(session, day, where)) <= 12
