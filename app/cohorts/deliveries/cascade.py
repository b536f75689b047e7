"""The cascade: from a cohort to its trainers to teams to agents; reached of the target, and who is left.

The target of a cohort are the people in teams of the partners that have seats in it, in its market where it has one. Counted
for the units in the viewer's scope alone, in a fixed number of queries.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, and_, distinct, func, select
from sqlalchemy.orm import Session

from app.accounts.models import Membership, UnitKind, User
from app.accounts.permissions import Permission
from app.accounts.queries import Place, members_on, places
from app.accounts.reach import unit_scope
from app.cohorts.deliveries.models import Delivery, DeliverySeat
from app.cohorts.programmes.models import Cohort


@dataclass(frozen=True, slots=True)
class Line:
    """A part of the target: how many people, and how many of them were at a delivery."""

    name: str
    reached: int
    target: int
    unit_id: int | None = None
    depth: int = 0


@dataclass(frozen=True, slots=True)
class TrainerLine:
    """What one trainer reached: people who were there, of those invited."""

    trainer_id: int
    name: str
    deliveries: int
    reached: int
    invited: int


@dataclass(frozen=True, slots=True)
class Cascade:
    """How far a cohort has reached."""

    whole: Line
    markets: Sequence[Line]
    units: Sequence[Line]
    """Sites with their teams below them."""
    trainers: Sequence[TrainerLine]


def target_teams(session: Session, viewer: User, cohort: Cohort) -> dict[int, Place]:
    """The teams a cohort is to reach, within the viewer's scope."""
    scope = set(session.scalars(unit_scope(viewer, Permission.SEE_COHORTS)))
    partners = {one.unit_id for one in cohort.budgets}
    return {
        number: place
        for number, place in places(session).items()
        if place.kind is UnitKind.TEAM
        and number in scope
        and place.partner_id in partners
        and cohort.market in (None, place.market)
    }


def reached_people(cohort_id: int) -> Select[int]:
    """The people who were at a delivery by a trainer of the cohort."""
    return (
        select(DeliverySeat.person_id)
        .distinct()
        .join(Delivery, Delivery.id == DeliverySeat.delivery_id)
        .where(Delivery.cohort_id == cohort_id, Delivery.held_on.is_not(None), DeliverySeat.present.is_(True))
    )


def cascade(session: Session, viewer: User, cohort: Cohort, day: date) -> Cascade:
    """How far it has reached on that day."""
    teams = target_teams(session, viewer, cohort)
    members = members_on(day).where(Membership.team_id.in_(teams)).subquery()
    reached = reached_people(cohort.id).subquery("reached")
    rows = session.execute(
        select(members.c.team_id, func.count(), func.count(reached.c[0]))
        .select_from(members.outerjoin(reached, reached.c[0] == members.c.user_id))
        .group_by(members.c.team_id)
    )
    counts = {team: (there, target) for team, target, there in rows}
    named = places(session)
    return Cascade(
        whole=_line("", counts.values()),
        markets=_by_market(teams, counts),
        units=_by_site(teams, counts, named),
        trainers=_by_trainer(session, cohort.id, teams),
    )


def left(session: Session, viewer: User, cohort: Cohort, day: date, unit_id: int | None = None) -> Select[User]:
    """The people of the target whom nobody has reached, by name; of one site or team where asked."""
    teams = target_teams(session, viewer, cohort)
    asked = [number for number, place in teams.items() if unit_id is None or unit_id in place.ancestors]
    members = members_on(day).where(Membership.team_id.in_(asked)).with_only_columns(Membership.user_id)
    return (
        select(User).where(User.id.in_(members), User.id.not_in(reached_people(cohort.id))).order_by(User.name, User.id)
    )


def _line(name: str, counts: Iterable[tuple[int, int]], unit_id: int | None = None, depth: int = 0) -> Line:
    found = list(counts)
    return Line(name, sum(one[0] for one in found), sum(one[1] for one in found), unit_id, depth)


def _by_market(teams: dict[int, Place], counts: dict[int, tuple[int, int]]) -> list[Line]:
    markets = sorted({place.market or "" for place in teams.values()})
    return [
        _line(market, (counts.get(number, (0, 0)) for number, place in teams.items() if (place.market or "") == market))
        for market in markets
    ]


def _by_site(teams: dict[int, Place], counts: dict[int, tuple[int, int]], named: dict[int, Place]) -> list[Line]:
    found = []
    for site in sorted({place.site_id for place in teams.values()}, key=lambda number: named[number].path):
        below = sorted((place for place in teams.values() if place.site_id == site), key=lambda place: place.name)
        found.append(_line(named[site].path.replace("/", " · "), (counts.get(one.id, (0, 0)) for one in below), site))
        found += [_line(one.name, [counts.get(one.id, (0, 0))], one.id, 1) for one in below]
    return found


def _by_trainer(session: Session, cohort_id: int, teams: dict[int, Place]) -> list[TrainerLine]:
    """What each trainer reached of the people who are in these teams now."""
    now_in = select(Membership.user_id).where(Membership.team_id.in_(teams), Membership.valid_to.is_(None))
    there = and_(DeliverySeat.present.is_(True), Delivery.held_on.is_not(None))
    rows = session.execute(
        select(
            User.id,
            User.name,
            func.count(distinct(Delivery.id)).filter(Delivery.held_on.is_not(None)),
            func.count(distinct(DeliverySeat.person_id)).filter(there),
            func.count(distinct(DeliverySeat.person_id)),
        )
        .join(Delivery, Delivery.trainer_id == User.id)
        .join(DeliverySeat, DeliverySeat.delivery_id == Delivery.id)
        .where(Delivery.cohort_id == cohort_id, Delivery.cancelled_at.is_(None), DeliverySeat.person_id.in_(now_in))
        .group_by(User.id, User.name)
        .order_by(User.name)
    )
    return [TrainerLine(*row) for row in rows]
