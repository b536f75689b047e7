"""What each day does to open obligations: people move, are away; and what other terms would have done."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.accounts import services as accounts
from app.accounts.models import Absence, AbsenceKind, Notice
from app.coaching import services
from app.coaching.models import CoachingPolicy, Obligation, ObligationChange
from app.coaching.rules import Away, ChangeKind, Clock, ObligationKind, ObligationState, SessionKind, Terms
from app.coaching.services.preview import periods
from tests.coaching.conftest import NOON
from tests.conftest import Cast

MONDAY = date(2026, 10, 5)
ONE = timedelta(days=1)


def policy(session: Any, people: Cast, **terms: Any) -> None:
    services.default_policy(session)
    found = session.scalars(select(CoachingPolicy)).one()
    for name, value in terms.items():
        setattr(found, name, value)
    session.commit()


def away(session: Any, person: Any, first: date, last: date) -> None:
    session.add(Absence(user_id=person.id, kind=AbsenceKind.VACATION, from_day=first, to_day=last))
    session.commit()


def test_open_obligations_follow_the_agent_and_compliance_stays_with_the_lead_of_then(
    session: Any, people: Cast, owe: Any
) -> None:
    mine, theirs = owe(people.ana, at=NOON - 30 * ONE, key="old"), owe(people.luis)
    services.waive(session, mine, reason="x", by=people.mariana, on=NOON)
    mine = owe(people.ana)
    accounts.move(session, people.ana, people.orders, MONDAY + ONE, by=people.ada, on=NOON)
    assert services.reassign(session, MONDAY, on=NOON) == 0
    assert services.reassign(session, MONDAY + ONE, on=NOON) == 1
    assert services.reassign(session, MONDAY + ONE, on=NOON) == 0
    session.expire_all()
    assert (mine.owner_id, mine.now_team_id) == (people.raul.id, people.orders.id)
    assert (mine.lead_id, mine.team_id) == (people.paola.id, people.refunds.id)
    assert theirs.owner_id == people.paola.id
    (change,) = mine.changes
    assert (change.kind, change.owner_id) == (ChangeKind.REASSIGNED, people.raul.id)
    told = session.scalars(select(Notice).where(Notice.kind == "obligations.reassigned")).one()
    assert (told.person_id, told.detail) == (people.raul.id, {"count": 1})


def test_each_day_away_puts_the_due_time_off_by_a_day(session: Any, people: Cast, owe: Any) -> None:
    owed = owe(people.ana, ObligationKind.FATAL, "audit:1")
    due = owed.due_at
    away(session, people.ana, MONDAY + ONE, MONDAY + 3 * ONE)
    for number in range(7):
        services.put_off_absent(session, MONDAY + number * ONE, on=NOON + number * ONE)
    assert (owed.due_at, owed.put_off_days) == (due + 3 * ONE, 3)
    assert len(session.scalars(select(ObligationChange)).all()) == 3
    late = owe(people.luis, ObligationKind.FATAL, "audit:2")
    away(session, people.luis, MONDAY + 4 * ONE, MONDAY + 5 * ONE)
    for number in range(7):
        services.put_off_absent(session, MONDAY + number * ONE, on=NOON + number * ONE)
    assert late.put_off_days == 0  # overdue before the absence


def test_a_due_time_put_off_into_the_next_month_counts_there(session: Any, people: Cast, owe: Any) -> None:
    owed = owe(people.ana, ObligationKind.FATAL, "audit:1", at=datetime(2026, 10, 29, 17, tzinfo=UTC))
    away(session, people.ana, date(2026, 10, 31), date(2026, 10, 31))
    services.put_off_absent(session, date(2026, 10, 31), on=NOON)
    assert owed.due_month == date(2026, 11, 1)


@pytest.mark.parametrize(
    ("rule", "state"), [(Away.WAIVES, ObligationState.WAIVED), (Away.RUNS_ON, ObligationState.OPEN)]
)
def test_a_policy_may_waive_what_falls_due_while_away_or_let_it_be(
    session: Any, people: Cast, owe: Any, rule: Away, state: ObligationState
) -> None:
    policy(session, people, away=rule)
    owed = owe(people.ana, ObligationKind.FATAL, "audit:1")  # due on Wednesday
    due = owed.due_at
    away(session, people.ana, MONDAY, MONDAY + 6 * ONE)
    for number in range(7):
        services.put_off_absent(session, MONDAY + number * ONE, on=NOON + number * ONE)
    assert (owed.state, owed.due_at) == (state, due)
    assert owed.reason == ("away" if state is ObligationState.WAIVED else None)


def test_a_working_clock_is_that_of_the_site(session: Any, people: Cast, owe: Any) -> None:
    policy(session, people, clock=Clock.WORKING, fatal_hours=10)
    services.set_hours(session, people.norte, dict.fromkeys(range(5), (8 * 60, 12 * 60)), by=people.mariana, on=NOON)
    friday = datetime(2026, 10, 9, 16, tzinfo=UTC)  # 11:00 in Bogotá; Monday is a holiday there
    owed = owe(people.ana, ObligationKind.FATAL, "audit:1", at=friday)
    assert owed.due_at == datetime(2026, 10, 15, 14, tzinfo=UTC)  # 1 h on Friday, 4 on Tuesday, 4 on Wednesday, 1
    other = owe(people.sol, ObligationKind.FATAL, "audit:2", at=friday)
    assert other.due_at == datetime(2026, 10, 12, 17, tzinfo=UTC)  # Lima, the usual hours, no holiday


# --- What other terms would have done ---


def test_a_preview_says_what_shorter_clocks_would_have_done(session: Any, people: Cast, owe: Any) -> None:
    first = owe(people.ana, ObligationKind.FATAL, "audit:1")
    owe(people.luis, ObligationKind.FATAL, "audit:2")
    chosen = owe(people.ana, ObligationKind.FATAL, "audit:3", hours=100)
    owe(people.sol, ObligationKind.FATAL, "audit:4")
    services.log_session(
        session, by=people.paola, kind=SessionKind.FATAL, held_at=NOON + timedelta(hours=30),
        records=[(people.ana.id, "", "", [])], meets=[first.id, chosen.id], on=NOON + timedelta(hours=31),
    )  # fmt: skip
    session.commit()
    before = [(o.id, o.due_at) for o in session.scalars(select(Obligation))]
    terms = Terms(fatal_hours=24, days_new=7, days_settling=7, days_settled=7)
    month, effects = services.preview(session, people.norte, terms, today=date(2026, 11, 10))
    found = {one.kind: (one.was, one.would) for one in effects}
    assert month == date(2026, 10, 1)
    assert found[ObligationKind.FATAL] == ((2, 3), (1, 3))  # the one of a rule keeps its own hours
    was, would = found[ObligationKind.CADENCE]
    assert would[1] == 8
    assert was[1] < 8
    assert [(o.id, o.due_at) for o in session.scalars(select(Obligation))] == before


def test_a_preview_leaves_out_units_with_terms_of_their_own(session: Any, people: Cast, owe: Any) -> None:
    owe(people.ana, ObligationKind.FATAL, "audit:1")
    services.set_policy(session, people.norte, Terms(), valid_from=date(2026, 10, 7), by=people.mariana, on=NOON)
    _month, effects = services.preview(session, people.programme, Terms(fatal_hours=1), today=date(2026, 11, 10))
    assert ObligationKind.FATAL not in {one.kind for one in effects}


@pytest.mark.parametrize(
    ("days", "held", "expected"),
    [(7, [], (0, 4)), (7, [date(2026, 10, 1), date(2026, 10, 15)], (2, 4)), (30, [date(2026, 10, 30)], (1, 1))],
)
def test_periods_follow_one_another_through_the_month(days: int, held: list[date], expected: tuple[int, int]) -> None:
    assert periods(None, date(2026, 10, 1), Terms(days_settled=days), held, active_gap=False) == expected
