"""The cascade: from a cohort to its trainers to teams to agents; reached of the target, and who is left.

The target of a cohort are the people in teams of the partners that have seats in it, in its market where it has one. Counted
for the units in the viewer's scope alone, in a fixed number of queries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, and_, distinct, func, select
from sqlalchemy.orm import Session, aliased

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
    """What one trainer reached: people who were there, of those invited; whole, and by the team they are in."""

    name: str
    deliveries: int
    teams: Sequence[Line]

    @property
    def reached(self) -> int:
        return sum(one.reached for one in self.teams)

    @property
    def invited(self) -> int:
        return sum(one.target for one in self.teams)


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
        trainers=_by_trainer(session, cohort.id, teams, day),
    )


def left(session: Session, viewer: User, cohort: Cohort, day: date, unit_id: int | None = None) -> Select[User]:
    """The people of the target whom nobody has reached, by name; of one site or team where asked."""
    members = _members(session, viewer, cohort, day, unit_id)
    return (
        select(User).where(User.id.in_(members), User.id.not_in(reached_people(cohort.id))).order_by(User.name, User.id)
    )


def there(session: Session, viewer: User, cohort: Cohort, day: date, unit_id: int) -> Select[str, str, date | None]:
    """(name, trainer, day) of the people of a site or team who were at a delivery, by name."""
    members = _members(session, viewer, cohort, day, unit_id)
    person, trainer = aliased(User), aliased(User)
    return (
        select(person.name, trainer.name, Delivery.held_on)
        .select_from(DeliverySeat)
        .join(Delivery, Delivery.id == DeliverySeat.delivery_id)
        .join(person, person.id == DeliverySeat.person_id)
        .join(trainer, trainer.id == Delivery.trainer_id)
        .where(Delivery.cohort_id == cohort.id, Delivery.held_on.is_not(None), DeliverySeat.present.is_(True))
        .where(DeliverySeat.person_id.in_(members))
        .order_by(person.name, person.id, Delivery.held_on)
    )


def _members(session: Session, viewer: User, cohort: Cohort, day: date, unit_id: int | None) -> Select[int]:
    """The people of the target on that day; of one site or team where asked."""
    teams = target_teams(session, viewer, cohort)
    asked = [number for number, place in teams.items() if unit_id is None or unit_id in place.ancestors]
    return members_on(day).where(Membership.team_id.in_(asked)).with_only_columns(Membership.user_id)


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


def _by_trainer(session: Session, cohort_id: int, teams: dict[int, Place], day: date) -> list[TrainerLine]:
    """What each trainer reached of the people who are in these teams on that day."""
    members = members_on(day).where(Membership.team_id.in_(teams)).subquery("members")
    of_cohort = (Delivery.cohort_id == cohort_id, Delivery.cancelled_at.is_(None))
    there = and_(DeliverySeat.present.is_(True), Delivery.held_on.is_not(None))
    seats = (
        select(User.id, User.name)
        .select_from(DeliverySeat)
        .join(Delivery, Delivery.id == DeliverySeat.delivery_id)
        .join(User, User.id == Delivery.trainer_id)
        .join(members, members.c.user_id == DeliverySeat.person_id)
        .where(*of_cohort)
        .group_by(User.id, User.name)
        .order_by(User.name, User.id)
    )
    people = distinct(DeliverySeat.person_id)
    lines: dict[int, list[Line]] = defaultdict(list)
    by_team = seats.add_columns(members.c.team_id, func.count(people).filter(there), func.count(people))
    for trainer, _name, team, reached, invited in session.execute(by_team.group_by(members.c.team_id)):
        lines[trainer].append(Line(_called(teams[team]), reached, invited, team, 1))
    held = seats.add_columns(func.count(distinct(Delivery.id)).filter(Delivery.held_on.is_not(None)))
    return [
        TrainerLine(name, deliveries, sorted(lines[trainer], key=lambda one: one.name))
        for trainer, name, deliveries in session.execute(held)
    ]


def _called(team: Place) -> str:
    return " · ".join(team.path.split("/")[-2:])
