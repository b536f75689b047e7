"""The figures of performance, gathered from the rooms that own their rows and added up along the tree of units."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from flask import current_app
from sqlalchemy import Select
from sqlalchemy.orm import Session

from app.accounts.access import may
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.queries import Place, places
from app.accounts.reach import everywhere, unit_scope
from app.audits import quality
from app.audits.models import ErrorClass
from app.audits.reaudits import figures as reaudits
from app.coaching.compliance import in_time_by_team
from app.coaching.rules import TARGET as COACHING_TARGET
from app.core.clock import months_up_to, start_of
from app.curriculum.queries import in_time_by_team as learning_by_team
from app.metrics import performance as metrics
from app.metrics import queries
from app.metrics.performance import Metric, Point, Series, rolled_up, together
from app.metrics.rules import Aims, target_for

TREND_MONTHS = 12
DEFAULTS = {metrics.COACHING_IN_TIME: COACHING_TARGET, metrics.LEARNING_IN_TIME: 0.9, metrics.DSAT_AUDITED: 1.0}
"""Targets of what Hilo counts itself, where none is set: all DSAT cases are audited."""
ACCURACY = {
    ErrorClass.CUSTOMER: metrics.CUSTOMER_ACCURACY,
    ErrorClass.BUSINESS: metrics.BUSINESS_ACCURACY,
    ErrorClass.COMPLIANCE: metrics.COMPLIANCE_ACCURACY,
}
Told = dict[Metric, dict[int, list[Point]]]
"""By metric and unit, what was counted or told of each month."""


@dataclass(frozen=True)
class Performance:
    """What is known of the units within reach in twelve months; `top` is the unit asked for, or none for all within reach."""

    months: Sequence[date]
    told: Told
    known: Mapping[int, Place]
    scope: frozenset[int]
    top: int | None
    aims: Aims

    @property
    def month(self) -> date:
        return self.months[-1]

    @cached_property
    def below(self) -> dict[int, list[int]]:
        """The units within reach directly below each."""
        found: dict[int, list[int]] = defaultdict(list)
        for unit in self._in_order():
            if unit.parent_id is not None:
                found[unit.parent_id].append(unit.id)
        return found

    @cached_property
    def roots(self) -> list[int]:
        """The units asked for: the top, or of all within reach those with none above them."""
        if self.top is not None and self.top in self.scope:
            return [self.top]
        return [unit.id for unit in self._in_order() if unit.parent_id not in self.scope]

    @property
    def programme(self) -> Sequence[int]:
        """What asks something of several units together."""
        return [unit.id for unit in self.known.values() if unit.parent_id is None]

    def _in_order(self) -> Iterator[Place]:
        return (unit for unit in sorted(self.known.values(), key=lambda one: one.path) if unit.id in self.scope)

    @property
    def metrics(self) -> list[Metric]:
        """Those of which anything is known, what Hilo counts itself first."""
        imported = sorted((one for one in self.told if not one.computed), key=lambda one: one.code)
        return [one for one in (*metrics.COMPUTED, *imported) if any(whole for _p, whole in self.whole(one).trend)]

    def whole(self, metric: Metric) -> Series:
        """A figure of all that was asked for."""
        runs = [rolled_up(self.told.get(metric, {}), self.below, unit, len(self.months)) for unit in self.roots]
        alone = self.known[self.roots[0]].ancestors if len(self.roots) == 1 else ()
        return Series(metric, together(runs, len(self.months)), self._target(metric, alone or self.programme))

    def of(self, metric: Metric, unit: int) -> Series:
        """A figure of a unit within reach."""
        run = rolled_up(self.told.get(metric, {}), self.below, unit, len(self.months))
        return Series(metric, run, self._target(metric, self.known[unit].ancestors))

    def units(self, metric: Metric) -> list[tuple[Place, Series]]:
        """A figure of each unit asked for and below of which anything is known, parents before what is below them."""
        lines = ((unit, self.of(metric, unit.id)) for unit in self._in_order())
        return [(unit, series) for unit, series in lines if any(whole for _part, whole in series.trend)]

    def _target(self, metric: Metric, ancestors: Sequence[int]) -> float | None:
        found = target_for(self.aims, metric.code, ancestors, self.month)
        return DEFAULTS.get(metric) if found is None else found


def performance(
    session: Session,
    viewer: User | None,
    month: date,
    *,
    at: datetime,
    today: date,
    unit_id: int | None,
    auditors: bool = False,
) -> Performance:
    """Twelve months up to this one (its first day), of the units where the viewer sees reports; of all without a viewer.

    With `auditors` what is said of auditors as well, where the viewer leads quality. What partners are to read (business
    reviews, effects of initiatives) is drawn without.
    """
    known = places(session)
    seen = set(known) if viewer is None else set(session.scalars(unit_scope(viewer, Permission.SEE_REPORTS)))
    scope = frozenset(unit for unit in seen if unit_id is None or unit_id in known[unit].ancestors)
    teams = None if viewer is None else unit_scope(viewer, Permission.SEE_REPORTS)
    months = months_up_to(month, TREND_MONTHS)
    told: Told = defaultdict(dict)
    for metric, unit, place, point in _counted(session, teams, months, at=at, today=today):
        told[metric].setdefault(unit, [metrics.NOTHING] * TREND_MONTHS)[place] = point
    for unit, place, point in _aligned(session, viewer, months) if auditors else ():
        told[metrics.AUDITOR_ALIGNMENT].setdefault(unit, [metrics.NOTHING] * TREND_MONTHS)[place] = point
    for code, unit, place, numerator, denominator in session.execute(queries.values_by_month(viewer, months)):
        told[metrics.imported(code)].setdefault(unit, [metrics.NOTHING] * TREND_MONTHS)[place] = (
            numerator,
            denominator,
        )
    return Performance(months[:-1], dict(told), known, scope, unit_id, queries.aims(session.execute(queries.targets())))


def _counted(
    session: Session, teams: Select[int] | None, months: Sequence[date], *, at: datetime, today: date
) -> Iterable[tuple[Metric, int, int, Point]]:
    """(metric, team, place of the month, point) of what Hilo counts itself."""
    zone = current_app.config["PROGRAMME_TIME_ZONE"]
    starts = [start_of(day, zone) for day in months]
    yield from _quality(session, teams, starts)
    for team, place, cases, done in session.execute(quality.dsat_audited(teams, starts)):
        yield metrics.DSAT_AUDITED, team, place, (done, cases)
    held = in_time_by_team(session, teams, months[:-1], at=at)
    for (team, day), tally in held.items():
        yield metrics.COACHING_IN_TIME, team, months.index(day), (tally.in_time, tally.due)
    yesterday = today - timedelta(days=1)  # what is due today may still be done
    for team, place, due, in_time in session.execute(learning_by_team(teams, months, yesterday)):
        yield metrics.LEARNING_IN_TIME, team, place, (in_time, due)


def _aligned(session: Session, viewer: User | None, months: Sequence[date]) -> Iterable[tuple[int, int, Point]]:
    """(team, place of the month audited again in, points at one of those that applied) of reaudits."""
    if viewer is not None and not may(viewer, Permission.LEAD_QUALITY):
        return
    all_of_it = viewer is None or everywhere(viewer, Permission.LEAD_QUALITY)
    teams = None if all_of_it or viewer is None else unit_scope(viewer, Permission.LEAD_QUALITY)
    zone = current_app.config["PROGRAMME_TIME_ZONE"]
    for team, place, aligned, applied in reaudits.by_team(session, teams, [start_of(day, zone) for day in months]):
        yield team, place, (aligned, applied)


def _quality(
    session: Session, teams: Select[int] | None, starts: Sequence[datetime]
) -> Iterable[tuple[Metric, int, int, Point]]:
    defects = {
        (team, place, one): count for team, place, one, count in session.execute(quality.defective(teams, starts))
    }
    classes = {one for _team, _place, one in defects}
    for team, place, audits, fatal, scored, scores in session.execute(quality.random_audits(teams, starts)):
        yield metrics.QUALITY, team, place, (scores or 0.0, scored)
        yield metrics.FATAL_ERRORS, team, place, (fatal, audits)
        for one in classes:
            yield ACCURACY[one], team, place, (audits - defects.get((team, place, one), 0), audits)
