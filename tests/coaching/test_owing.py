"""How sessions come to be owed: once per cause, by the policy, team and lead of that day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app.accounts import settings
from app.accounts.models import Absence, AbsenceKind, Grant, Membership, UnitKind
from app.accounts.permissions import Role
from app.coaching import services
from app.coaching.models import CoachingPolicy, Obligation
from app.coaching.rules import ObligationKind, ObligationState, Terms
from app.coaching.services import Cause
from app.core.clock import day_of
from app.core.errors import Refused
from app.curriculum.models import Competency
from app.gaps.models import Gap
from app.gaps.rules import GapState
from tests.conftest import Cast, make_unit, make_user

MONDAY = date(2026, 10, 5)
NOON = datetime(2026, 10, 5, 17, tzinfo=UTC)  # of that Monday in Bogotá and Lima


def owe_fatal(
    session: Any, person_id: int, key: str = "audit:1", at: datetime = NOON, **rest: Any
) -> Obligation | None:
    return services.owe(session, person_id=person_id, kind=ObligationKind.FATAL, key=key, opened_at=at, **rest)


def test_an_obligation_keeps_team_lead_policy_and_due_time_of_its_day(session: Any, people: Cast) -> None:
    owed = owe_fatal(session, people.ana.id)
    assert owed is not None
    assert (owed.team_id, owed.lead_id) == (people.refunds.id, people.paola.id)
    assert owed.due_at == NOON + timedelta(hours=48)
    assert owed.due_month == date(2026, 10, 1)
    assert owed.state is ObligationState.OPEN
    assert session.get(CoachingPolicy, owed.policy_id).unit_id == people.programme.id


def test_the_same_cause_owes_once(session: Any, people: Cast) -> None:
    assert owe_fatal(session, people.ana.id) is not None
    assert owe_fatal(session, people.ana.id) is None
    assert owe_fatal(session, people.luis.id) is not None  # another person's is another cause
    assert session.scalar(select(func.count(Obligation.id))) == 2


def test_many_are_owed_at_once_and_only_the_new_ones_are_named(session: Any, people: Cast) -> None:
    causes = [Cause(p.id, ObligationKind.GAP, "transition:1", NOON) for p in (people.ana, people.luis, people.sol)]
    first = services.owe_many(session, causes[:1])
    rest = services.owe_many(session, causes)
    assert set(first) == {(people.ana.id, "transition:1")}
    assert set(rest) == {(people.luis.id, "transition:1"), (people.sol.id, "transition:1")}


def test_somebody_without_a_team_that_day_is_owed_nothing(session: Any, people: Cast) -> None:
    assert owe_fatal(session, people.tomas.id) is None
    assert owe_fatal(session, people.ana.id, at=datetime(2024, 6, 1, tzinfo=UTC)) is None


def test_nothing_is_owed_before_going_live(session: Any, people: Cast) -> None:
    settings.put(session, "live_from", "2026-10-06", by=None, on=NOON)
    assert owe_fatal(session, people.ana.id) is None
    assert owe_fatal(session, people.ana.id, at=NOON + timedelta(days=1)) is not None


def test_a_team_without_a_lead_is_owed_all_the_same(session: Any, people: Cast) -> None:
    session.query(Grant).filter_by(user_id=people.paola.id).update({"valid_to": MONDAY})
    owed = owe_fatal(session, people.ana.id)
    assert owed is not None
    assert owed.lead_id is None


def test_hours_of_a_rule_go_before_the_policy(session: Any, people: Cast) -> None:
    owed = owe_fatal(session, people.ana.id, hours=12)
    assert owed is not None
    assert owed.due_at == NOON + timedelta(hours=12)


def test_the_nearest_policy_of_that_day_holds(session: Any, people: Cast) -> None:
    services.set_policy(session, people.norte, Terms(fatal_hours=24), valid_from=date(2026, 10, 7), by=None, on=NOON)
    services.set_policy(session, people.bogota, Terms(fatal_hours=12), valid_from=date(2026, 10, 9), by=None, on=NOON)

    def hours(person_id: int, day: int) -> float:
        at = NOON + timedelta(days=day - 5)
        owed = owe_fatal(session, person_id, key=f"audit:{day}", at=at)
        assert owed is not None
        return (owed.due_at - at) / timedelta(hours=1)

    assert [hours(people.ana.id, day) for day in (6, 7, 9)] == [48, 24, 12]
    assert [hours(people.sol.id, day) for day in (6, 7, 9)] == [48, 48, 48]


def test_a_policy_never_rewrites_the_past(session: Any, people: Cast) -> None:
    with pytest.raises(Refused):
        services.set_policy(session, people.norte, Terms(), valid_from=MONDAY, by=people.ada, on=NOON)
    tomorrow = MONDAY + timedelta(days=1)
    services.set_policy(session, people.programme, Terms(days_new=5), valid_from=tomorrow, by=people.ada, on=NOON)
    services.set_policy(session, people.programme, Terms(days_new=6), valid_from=tomorrow, by=people.ada, on=NOON)
    later = tomorrow + timedelta(days=30)
    services.set_policy(session, people.programme, Terms(days_new=4), valid_from=later, by=people.ada, on=NOON)
    between = tomorrow + timedelta(days=10)
    services.set_policy(session, people.programme, Terms(days_new=3), valid_from=between, by=people.ada, on=NOON)
    rows = session.scalars(select(CoachingPolicy).order_by(CoachingPolicy.valid_from)).all()
    assert [(r.days_new, r.valid_from, r.valid_to) for r in rows] == [
        (7, services.EVER, tomorrow),
        (6, tomorrow, between),
        (3, between, later),
        (4, later, None),
    ]


# --- Cadence ---


def owed_cadence(session: Any) -> dict[str, Obligation]:
    found = session.scalars(select(Obligation).where(Obligation.kind == ObligationKind.CADENCE))
    return {f"{o.person.name} {o.trigger_key}": o for o in found}


def test_the_cadence_owes_everybody_with_a_team_once_per_period(session: Any, people: Cast) -> None:
    assert services.owe_cadence(session, MONDAY, on=NOON) == 3
    assert services.owe_cadence(session, MONDAY, on=NOON) == 0
    found = owed_cadence(session)
    assert set(found) == {f"{n} cadence:2026-10-05" for n in ("Ana Ruiz", "Luis Mora", "Sol Paz")}
    ana = found["Ana Ruiz cadence:2026-10-05"]
    assert ana.opened_at == datetime(2026, 10, 5, 5, tzinfo=UTC)
    assert ana.due_at == datetime(2026, 11, 4, 4, 59, 59, tzinfo=UTC)  # thirty days, settled since 2025
    assert (ana.team_id, ana.lead_id, ana.due_month) == (people.refunds.id, people.paola.id, date(2026, 11, 1))


def test_a_period_begins_when_the_last_one_has_ended(session: Any, people: Cast) -> None:
    people.ana.hired_on = date(2026, 9, 20)
    for offset in range(22):
        services.owe_cadence(session, MONDAY + timedelta(days=offset), on=NOON)
    mine = session.scalars(
        select(Obligation).where(Obligation.person_id == people.ana.id).order_by(Obligation.opened_at)
    ).all()
    days = [day_of(o.opened_at, "America/Bogota") for o in mine]
    assert days == [MONDAY + timedelta(days=7 * n) for n in range(4)]
    assert [day_of(o.due_at, "America/Bogota") for o in mine[:2]] == [MONDAY + timedelta(days=n) for n in (6, 13)]


def test_an_active_gap_makes_the_next_period_sooner(session: Any, people: Cast) -> None:
    topic = Competency(code="K1", name_en="Empathy", name_es="Empatía", target=0.85)
    session.add(topic)
    session.flush()
    session.add(Gap(person_id=people.ana.id, competency_id=topic.id, state=GapState.OPEN))
    session.add(Gap(person_id=people.luis.id, competency_id=topic.id, state=GapState.CLOSED))
    services.owe_cadence(session, MONDAY, on=NOON)
    spans = {o.person.name: (o.due_at - o.opened_at).days + 1 for o in owed_cadence(session).values()}
    assert spans == {"Ana Ruiz": 14, "Luis Mora": 30, "Sol Paz": 30}


def test_who_is_absent_begins_on_return(session: Any, people: Cast) -> None:
    away = Absence(user_id=people.ana.id, kind=AbsenceKind.VACATION, from_day=MONDAY, to_day=MONDAY + timedelta(days=2))
    session.add(away)
    for offset in range(5):
        services.owe_cadence(session, MONDAY + timedelta(days=offset), on=NOON)
    assert "Ana Ruiz cadence:2026-10-08" in owed_cadence(session)
    assert sum(key.startswith("Ana") for key in owed_cadence(session)) == 1


def test_the_cadence_waits_for_going_live_and_leaves_out_who_has_left(session: Any, people: Cast) -> None:
    settings.put(session, "live_from", "2026-10-06", by=None, on=NOON)
    people.luis.left_on = date(2026, 10, 6)
    assert services.owe_cadence(session, MONDAY, on=NOON) == 0
    assert services.owe_cadence(session, MONDAY + timedelta(days=1), on=NOON) == 2


def test_a_change_of_team_waits_for_the_next_period(session: Any, people: Cast) -> None:
    people.ana.hired_on = date(2026, 9, 20)
    services.owe_cadence(session, MONDAY, on=NOON)
    moved = MONDAY + timedelta(days=3)
    session.query(Membership).filter_by(user_id=people.ana.id).update({"valid_to": moved})
    session.add(Membership(user_id=people.ana.id, team_id=people.orders.id, valid_from=moved))
    for offset in range(1, 8):
        services.owe_cadence(session, MONDAY + timedelta(days=offset), on=NOON)
    mine = session.scalars(
        select(Obligation).where(Obligation.person_id == people.ana.id).order_by(Obligation.opened_at)
    ).all()
    assert [(o.team_id, o.lead_id) for o in mine] == [
        (people.refunds.id, people.paola.id),
        (people.orders.id, people.raul.id),
    ]


def test_the_cadence_asks_as_much_of_the_database_for_many_as_for_few(
    session: Any, people: Cast, count_queries: Callable[..., int]
) -> None:
    few = count_queries(lambda: services.owe_cadence(session, MONDAY, on=NOON))
    team = make_unit(session, UnitKind.TEAM, "Claims", people.lima)
    for number in range(40):
        make_user(session, f"Agent{number} Uno", team=team)
    make_user(session, "Lena Lead", role=Role.TEAM_LEAD, over=team)
    session.commit()
    assert count_queries(lambda: services.owe_cadence(session, MONDAY + timedelta(days=1), on=NOON)) <= few + 1
