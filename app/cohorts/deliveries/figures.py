"""The figures of a cohort's launches in the month before what each trainer taught and in the month after (Kirkpatrick 4).

Files tell of people, of teams or of sites. What is told of the people who were there comes first; where nothing is, what is
told of the teams they were in on the day, then of the sites above: compared like with like, each with how many it is of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, distinct, func, literal, select, union
from sqlalchemy.orm import Session

from app.accounts.models import Membership, Unit, UnitKind, UnitTree, User
from app.accounts.permissions import Permission
from app.accounts.queries import valid_on
from app.accounts.reach import unit_scope
from app.cohorts.deliveries.models import Delivery, DeliverySeat
from app.cohorts.launches.models import Launch
from app.cohorts.programmes.models import Cohort
from app.core.clock import last_month, next_month
from app.metrics.models import MetricValue
from app.metrics.queries import place_of


class Of(StrEnum):
    """What a file tells of, the closest to the people taught first."""

    PEOPLE = "people"
    TEAMS = "teams"
    SITES = "sites"


@dataclass(frozen=True, slots=True)
class Told:
    """A sum of one month, and how many people, teams or sites it is of."""

    count: int
    part: float
    whole: float

    @property
    def rate(self) -> float | None:
        return self.part / self.whole if self.whole else None


NOTHING = Told(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric of a trainer's people: the month before each delivery, and the month after it."""

    metric: str
    of: Of
    before: Told
    after: Told


Sides = tuple[Told, Told]
Statement = Select[*tuple[Any, ...]]


def figures(
    session: Session, viewer: User, cohort: Cohort, present: Sequence[ColumnElement[bool]]
) -> dict[int, list[Figure]]:
    """The figures by trainer, by the name of the metric; two queries. `present` says whose seats count."""
    months = _months(session, present)
    if not months:
        return {}
    found: dict[int, dict[str, dict[Of, Sides]]] = {}
    for trainer, metric, of, side, people, units, part, whole in session.execute(
        _sums(viewer, cohort, present, months)
    ):
        told = Told(people if of == Of.PEOPLE else units, part, whole)
        known = found.setdefault(trainer, {}).setdefault(metric, {})
        before, after = known.get(Of(of), (NOTHING, NOTHING))
        known[Of(of)] = (told, after) if side < 0 else (before, told)
    return {
        trainer: [Figure(metric, *closest(sides)) for metric, sides in sorted(metrics.items())]
        for trainer, metrics in found.items()
    }


def closest(sides: dict[Of, Sides]) -> tuple[Of, Told, Told]:
    """What is closest to the people taught of what was told both before and after; else closest of all."""
    known = [(of, *sides[of]) for of in Of if of in sides]
    both = [one for one in known if one[1].count and one[2].count]
    return (both or known)[0]


def _months(session: Session, present: Sequence[ColumnElement[bool]]) -> list[date]:
    """Where months begin, from the one before the first delivery to the end of the one after the last."""
    first, last = session.execute(
        select(func.min(Delivery.held_on), func.max(Delivery.held_on)).join(Delivery.seats).where(*present)
    ).one()
    if first is None or last is None:
        return []
    months = [last_month(first)]
    while months[-1] <= last:
        months.append(next_month(months[-1]))
    return [*months, next_month(months[-1])]


def _sums(viewer: User, cohort: Cohort, present: Sequence[ColumnElement[bool]], months: Sequence[date]) -> Statement:
    """(trainer, metric, of what, -1 or 1, people, units, numerator, denominator); each value once a trainer and month."""
    named = select(Launch.metric).where(Launch.cohort_id == cohort.id, Launch.metric.is_not(None))
    held = place_of(Delivery.held_on, months)
    side = place_of(MetricValue.period, months) - held
    taught = (
        select(
            Delivery.trainer_id.label("trainer"), MetricValue.id.label("value"), held.label("held"), side.label("side")
        )
        .select_from(DeliverySeat)
        .join(Delivery, Delivery.id == DeliverySeat.delivery_id)
    )
    asked = [
        *present,
        MetricValue.metric.in_(named),
        MetricValue.period >= months[0],
        MetricValue.period < months[-1],
        side.in_((-1, 1)),
    ]
    each = union(_of_people(taught).where(*asked), _of_units(taught, viewer).where(*asked)).subquery()
    return (
        select(
            each.c.trainer,
            MetricValue.metric,
            each.c.of,
            each.c.side,
            func.count(distinct(MetricValue.person_id)),
            func.count(distinct(MetricValue.unit_id)),
            func.sum(MetricValue.numerator),
            func.sum(MetricValue.denominator),
        )
        .join(MetricValue, MetricValue.id == each.c.value)
        .group_by(each.c.trainer, MetricValue.metric, each.c.of, each.c.side)
    )


def _of_people(taught: Statement) -> Statement:
    return taught.add_columns(literal(Of.PEOPLE.value).label("of")).join(
        MetricValue, MetricValue.person_id == DeliverySeat.person_id
    )


def _of_units(taught: Statement, viewer: User) -> Statement:
    """Of the team somebody was in on the day, and of its site; of units in the viewer's scope alone."""
    of = case((Unit.kind == UnitKind.TEAM, Of.TEAMS.value), else_=Of.SITES.value)
    return (
        taught.add_columns(of.label("of"))
        .join(Membership, and_(Membership.user_id == DeliverySeat.person_id, valid_on(Membership, Delivery.held_on)))
        .join(UnitTree, UnitTree.unit_id == Membership.team_id)
        .join(Unit, and_(Unit.id == UnitTree.ancestor_id, Unit.kind.in_((UnitKind.TEAM, UnitKind.SITE))))
        .join(MetricValue, and_(MetricValue.unit_id == Unit.id, MetricValue.person_id.is_(None)))
        .where(Unit.id.in_(unit_scope(viewer, Permission.SEE_COHORTS)))
    )
