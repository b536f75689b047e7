"""Whose records may I see: every role inside and outside its scope, over time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.accounts.access import roles_of
from app.accounts.models import Activity, Grant, Membership, Setting, Unit, User
from app.accounts.permissions import GRANTS, Permission, Role
from app.accounts.queries import leads_on, members_on, places
from app.accounts.reach import agents_in, everywhere, reach, unit_scope
from app.accounts.record import log
from app.core.clock import now
from tests.conftest import LONG_AGO, Cast, make_user

NORTE = {"ana", "luis", "paola", "ivan", "carmen"}
SUR = {"sol", "raul", "pedro"}
EVERYBODY = NORTE | SUR | {"tomas", "mariana", "ada"}
TODAY = now().date()
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


def names(session: Any, statement: Any) -> set[str]:
    """Handles of the people whose ids a select gives."""
    return {handle(user) for user in session.scalars(select(User).where(User.id.in_(statement)))}


def handle(user: User) -> str:
    return user.employee_no.lower().translate(str.maketrans("áéíóú", "aeiou"))


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("ana", {"ana"}),
        ("paola", {"ana", "luis", "paola"}),
        ("raul", {"sol", "raul"}),
        ("ivan", {"ana", "luis", "paola", "ivan"}),
        ("carmen", NORTE),
        ("pedro", SUR),
        ("tomas", EVERYBODY),
        ("mariana", EVERYBODY),
        ("ada", EVERYBODY),
    ],
)
def test_each_role_reaches_its_part_of_the_organisation(
    session: Any, people: Cast, who: str, expected: set[str]
) -> None:
    assert names(session, reach(getattr(people, who))) == expected
    listed = {handle(u) for u in session.scalars(User.visible_to(getattr(people, who)))}
    assert listed == expected


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("ana", set()),
        ("paola", {"ana", "luis"}),
        ("carmen", {"ana", "luis"}),
        ("pedro", {"sol"}),
        ("mariana", {"ana", "luis", "sol"}),
    ],
)
def test_agents_in_scope_are_those_with_a_team_there(session: Any, people: Cast, who: str, expected: set[str]) -> None:
    assert names(session, agents_in(getattr(people, who))) == expected


@pytest.mark.parametrize("who", sorted(EVERYBODY))
def test_a_permission_reaches_others_only_through_a_role_that_carries_it(session: Any, people: Cast, who: str) -> None:
    viewer = getattr(people, who)
    for permission in set(Permission) - {Permission.USE}:
        carries = any(permission in GRANTS[role] for role in roles_of(viewer) - {Role.AGENT})
        reached = names(session, reach(viewer, permission))
        assert carries == bool(session.scalars(unit_scope(viewer, permission)).all()), permission
        assert who in reached
        assert carries or reached == {who}, permission


def test_units_in_scope(session: Any, people: Cast) -> None:
    def scope(viewer: User) -> set[str]:
        return {u.name for u in session.scalars(Unit.visible_to(viewer))}

    assert scope(people.carmen) == {"Norte", "Bogotá", "Refunds"}
    assert scope(people.paola) == {"Refunds"}
    assert scope(people.ana) == {"Refunds"}
    assert len(scope(people.mariana)) == 7


def move(session: Any, person: User, team: Unit, day: date) -> None:
    last = person.memberships[-1]
    last.valid_to = day
    session.add(Membership(user_id=person.id, team_id=team.id, valid_from=day))
    session.commit()


def test_records_go_along_when_a_person_moves_to_another_partner(session: Any, people: Cast) -> None:
    move(session, people.ana, people.orders, TODAY)
    assert "ana" not in names(session, reach(people.carmen))
    assert "ana" not in names(session, agents_in(people.carmen))
    assert "ana" in names(session, reach(people.pedro))
    assert "ana" in names(session, agents_in(people.raul))


def test_a_move_to_come_shows_nothing_to_the_team_to_come(session: Any, people: Cast) -> None:
    move(session, people.ana, people.orders, TOMORROW)
    assert "ana" in names(session, reach(people.carmen))
    assert "ana" not in names(session, reach(people.pedro))
    assert "ana" not in names(session, agents_in(people.pedro))


def test_who_left_stays_within_reach_of_the_last_team(session: Any, people: Cast) -> None:
    people.ana.left_on = people.ana.memberships[0].valid_to = YESTERDAY
    people.paola.left_on = people.paola.grants[0].valid_to = YESTERDAY
    session.commit()
    assert names(session, reach(people.carmen)) == NORTE
    assert {"ana", "paola"} & names(session, reach(people.pedro)) == set()
    assert "ana" in names(session, agents_in(people.carmen))


def test_who_is_to_come_is_within_reach_of_the_first_team(session: Any, people: Cast) -> None:
    newcomer = make_user(session, "Nora Vega")
    session.add(Membership(user_id=newcomer.id, team_id=people.refunds.id, valid_from=TOMORROW))
    session.commit()
    assert "nora" in names(session, reach(people.paola))
    assert "nora" in names(session, agents_in(people.paola))
    assert "nora" not in names(session, reach(people.pedro))


def test_an_expired_or_future_role_reaches_nobody(session: Any, people: Cast) -> None:
    people.carmen.grants[0].valid_to = TODAY
    people.pedro.grants[0].valid_from = TOMORROW
    session.commit()
    assert names(session, reach(people.carmen)) == {"carmen"}
    assert names(session, reach(people.pedro)) == {"pedro"}
    assert roles_of(people.carmen) == roles_of(people.pedro) == set()


def test_a_lead_who_changed_partner_is_no_longer_seen_by_the_old_one(session: Any, people: Cast) -> None:
    people.paola.grants[0].valid_to = YESTERDAY
    session.add(Grant(user_id=people.paola.id, role=Role.TEAM_LEAD, unit_id=people.orders.id, valid_from=YESTERDAY))
    session.commit()
    assert "paola" not in names(session, reach(people.carmen))
    assert "paola" in names(session, reach(people.pedro))
    assert names(session, reach(people.paola)) == {"paola", "raul", "sol"}


def test_an_agent_who_became_a_lead_elsewhere_belongs_there(session: Any, people: Cast) -> None:
    people.ana.memberships[0].valid_to = YESTERDAY
    session.add(Grant(user_id=people.ana.id, role=Role.TEAM_LEAD, unit_id=people.orders.id, valid_from=YESTERDAY))
    session.commit()
    assert "ana" not in names(session, reach(people.paola))
    assert "ana" in names(session, reach(people.pedro))
    assert "ana" in names(session, agents_in(people.paola)), "the agent of old stays with the last team"


def test_roles_over_parts_add_up(session: Any, people: Cast) -> None:
    session.add(Grant(user_id=people.paola.id, role=Role.AUDITOR, unit_id=people.sur.id, valid_from=LONG_AGO))
    session.commit()
    assert "sol" in names(session, reach(people.paola))
    assert "sol" in names(session, reach(people.paola, Permission.SEE_AUDITS))
    assert "sol" not in names(session, reach(people.paola, Permission.LOG_SESSIONS))


def test_somebody_without_any_place_is_seen_by_the_whole_programme_only(session: Any, people: Cast) -> None:
    make_user(session, "Nadie Solo")
    session.commit()
    assert "nadie" in names(session, reach(people.mariana))
    assert "nadie" not in names(session, reach(people.carmen))


def test_everywhere_means_over_the_programme(session: Any, people: Cast) -> None:
    assert everywhere(people.mariana, Permission.SEE_PEOPLE)
    assert not everywhere(people.mariana, Permission.ADMINISTER)
    assert not everywhere(people.carmen, Permission.SEE_PEOPLE)


def test_activity_is_seen_by_who_administers_and_by_the_doer(session: Any, people: Cast) -> None:
    session.add(Grant(user_id=people.ivan.id, role=Role.ADMINISTRATOR, unit_id=people.norte.id, valid_from=LONG_AGO))
    log(session, "person.left", people.ana, by=people.mariana, on=now(), person_id=people.ana.id)
    log(session, "person.left", people.sol, by=people.mariana, on=now(), person_id=people.sol.id)
    log(session, "setting.changed", people.programme, by=people.ada, on=now())
    session.commit()

    def seen(viewer: User) -> int:
        return len(session.scalars(Activity.visible_to(viewer)).all())

    assert seen(people.ada) == 3
    assert seen(people.ivan) == 1
    assert seen(people.mariana) == 2, "her own deeds"
    assert seen(people.ana) == 1, "what was done about her"
    assert seen(people.pedro) == 0


def test_settings_are_for_administrators(session: Any, people: Cast) -> None:
    session.add(Setting(key="live_from", value="2026-10-01"))
    session.commit()
    assert len(session.scalars(Setting.visible_to(people.ada)).all()) == 1
    assert session.scalars(Setting.visible_to(people.mariana)).all() == []


def test_members_leads_and_places_of_a_day(session: Any, people: Cast) -> None:
    move(session, people.ana, people.orders, TOMORROW)
    people.luis.left_on = TOMORROW
    session.commit()
    assert set(session.execute(members_on(TODAY))) == {
        (people.ana.id, people.refunds.id),
        (people.luis.id, people.refunds.id),
        (people.sol.id, people.orders.id),
    }
    assert set(session.execute(members_on(TOMORROW))) == {
        (people.ana.id, people.orders.id),
        (people.sol.id, people.orders.id),
    }
    assert list(session.execute(leads_on(TODAY))) == [
        (people.refunds.id, people.paola.id),
        (people.orders.id, people.raul.id),
    ]
    place = places(session)[people.refunds.id]
    assert (place.market, place.time_zone, place.line_of_business, place.language) == (
        "CO",
        "America/Bogota",
        "Buyers",
        "es",
    )
    assert place.site_id == people.bogota.id


def test_what_the_viewer_holds_is_asked_once_a_request(
    session: Any, app: Any, people: Cast, count_queries: Callable[[Callable[[], Any]], int]
) -> None:
    viewer = people.carmen
    number = viewer.id
    with app.test_request_context():
        assert viewer.id == number

        def ask() -> None:
            reach(viewer)
            unit_scope(viewer, Permission.SEE_AUDITS)
            roles_of(viewer)

        assert count_queries(ask) == 2
        assert count_queries(ask) == 0
