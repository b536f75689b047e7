"""What came of what each trainer taught: thought of it, learnt, done in contacts, and in the figures (Kirkpatrick 1 to 4).

Of the people within the viewer's reach alone; no figure without the number it rests on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, case, distinct, func, or_, select, type_coerce
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.audits.models import Audit, Criterion, Finding, Purpose, Result
from app.cohorts.deliveries.figures import Figure, figures
from app.cohorts.deliveries.models import Delivery, DeliverySeat
from app.cohorts.launches.models import Launch, LaunchCriterion
from app.cohorts.launches.rules import Change, Rate, change
from app.cohorts.programmes.models import Cohort

BEFORE, AFTER = (-4, -1), (1, 4)
"""The weeks from that of a delivery in which contacts are looked at: four whole ones before, four after."""
NOTHING = Rate(0, 0)


@dataclass(frozen=True, slots=True)
class TrainerResult:
    """One trainer of a cohort: people there, what they thought, what they knew, and how they did on audited contacts."""

    trainer_id: int
    name: str
    people: int
    rated: int
    useful: float | None
    pairs: int
    before: float | None
    after: float | None
    fails_before: Rate
    fails_after: Rate
    figures: Sequence[Figure]

    @property
    def behaviour(self) -> Change | None:
        """The change of the fail rate in the four weeks after against the four before."""
        return change(self.fails_before, self.fails_after)


def results(session: Session, viewer: User, cohort: Cohort) -> Sequence[TrainerResult]:
    """The trainers of a cohort by name; five queries, however many deliveries."""
    seats = DeliverySeat.visible_to(viewer).with_only_columns(DeliverySeat.id)
    both = and_(DeliverySeat.before.is_not(None), DeliverySeat.after.is_not(None))
    rows = session.execute(
        select(
            User.id,
            User.name,
            func.count(distinct(DeliverySeat.person_id)),
            func.count(DeliverySeat.useful),
            func.avg(DeliverySeat.useful * 1.0),
            func.count(case((both, 1))),
            func.avg(case((both, DeliverySeat.before))),
            func.avg(case((both, DeliverySeat.after))),
        )
        .join(Delivery, Delivery.trainer_id == User.id)
        .join(DeliverySeat, DeliverySeat.delivery_id == Delivery.id)
        .where(*_present(cohort, seats))
        .group_by(User.id, User.name)
        .order_by(User.name, User.id)
    ).all()
    before, after = (_behaviour(session, cohort, seats, weeks) for weeks in (BEFORE, AFTER))
    told = figures(session, viewer, cohort, _present(cohort, seats))
    return [
        TrainerResult(
            trainer_id=row[0],
            name=row[1],
            people=row[2],
            rated=row[3],
            useful=_number(row[4]),
            pairs=row[5],
            before=_number(row[6]),
            after=_number(row[7]),
            fails_before=before.get(row[0], NOTHING),
            fails_after=after.get(row[0], NOTHING),
            figures=told.get(row[0], ()),
        )
        for row in rows
    ]


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _present(cohort: Cohort, seats: Select[int]) -> list[ColumnElement[bool]]:
    return [
        Delivery.cohort_id == cohort.id,
        Delivery.held_on.is_not(None),
        DeliverySeat.present.is_(True),
        DeliverySeat.id.in_(seats),
    ]


def _behaviour(session: Session, cohort: Cohort, seats: Select[int], weeks: tuple[int, int]) -> dict[int, Rate]:
    """Failed checks on the criteria of the cohort's launches, so many weeks from a delivery, by trainer."""
    asked = (
        select(LaunchCriterion.identity_id)
        .join(Launch, Launch.id == LaunchCriterion.launch_id)
        .where(Launch.cohort_id == cohort.id)
    )
    week, held = type_coerce(Audit.week, Integer), type_coerce(Delivery.held_week, Integer)
    applied = or_(Finding.result.is_(None), Finding.result != Result.NA)
    rows = session.execute(
        select(
            Delivery.trainer_id,
            func.count(case((Finding.result == Result.FAIL, 1))),
            func.count(case((applied, 1))),
        )
        .select_from(DeliverySeat)
        .join(Delivery, Delivery.id == DeliverySeat.delivery_id)
        .join(Audit, Audit.person_id == DeliverySeat.person_id)
        .join(Criterion, Criterion.version_id == Audit.version_id)
        .outerjoin(Finding, and_(Finding.audit_id == Audit.id, Finding.criterion_id == Criterion.id))
        .where(
            *_present(cohort, seats),
            week.between(held + weeks[0], held + weeks[1]),
            Audit.purpose == Purpose.RANDOM,
            Audit.released_at.is_not(None),
            Criterion.identity_id.in_(asked),
        )
        .group_by(Delivery.trainer_id)
    )
    return {trainer: Rate(fails, checks) for trainer, fails, checks in rows}
