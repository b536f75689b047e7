"""The first screen of program and partner managers: four results against target, what is off beyond chance, what waits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.access import may
from app.accounts.models import Unit, UnitKind, User
from app.accounts.permissions import Permission
from app.accounts.queries import Place, places
from app.accounts.reach import unit_scope
from app.audits.models import Import, ImportState
from app.coaching.agenda import month_shown
from app.coaching.compliance import Compliance, compliance
from app.coaching.models import Obligation
from app.coaching.rules import ObligationState
from app.core.clock import day_of, monday_of, months_up_to, start_of
from app.core.i18n import time_zone as readers_zone
from app.gaps.models import Gap
from app.gaps.rules import ACTIVE, GapState
from app.gaps.waiting import without_remedy
from app.governance.queries import to_sign
from app.governance.reviews.queries import waiting as reviews_waiting
from app.home import queries, rules
from app.home.rules import Measure, Result
from app.home.screens import governed
from app.home.screens.results import LEARNING_TARGET, Count, Moves, Off, ProgrammeHome, Waiting
from app.metrics.performance import COACHING_IN_TIME, FATAL_ERRORS, LEARNING_IN_TIME, Series

TREND_MONTHS = 12
FAILED_LATELY = timedelta(days=30)
REVIEWS_SHOWN = 4


@dataclass(frozen=True, slots=True)
class _Asked:
    """The month shown and those before it."""

    viewer: User
    at: datetime
    today: date
    months: Sequence[date]
    """Twelve first days, and that of the month after."""
    time_zone: str
    """The programme's: what audits are counted in."""

    @property
    def month(self) -> date:
        return self.months[-2]

    @property
    def last_learning_day(self) -> date:
        """The last day whose assignments are due already."""
        return min(self.months[-1] - timedelta(days=1), self.today - timedelta(days=1))


def screen(session: Session, viewer: User, *, at: datetime, time_zone: str, month: date | None = None) -> ProgrammeHome:
    """What a manager finds of a month (its first day); without one, of this month, in its first days of the one before."""
    today = day_of(at, time_zone)
    shown = month or month_shown(today)
    asked = _Asked(viewer, at, today, months_up_to(shown, TREND_MONTHS), str(current_app.config["PROGRAMME_TIME_ZONE"]))
    found = compliance(session, viewer, shown, at=at)
    figures = {
        Measure.COACHING: Series(
            COACHING_IN_TIME, [(t.in_time, t.due) if t else (0, 0) for _m, t in found.trend], found.target
        ),
        Measure.FATAL: Series(FATAL_ERRORS, _fatal(session, asked)),
        Measure.LEARNING: Series(LEARNING_IN_TIME, _learning(session, asked), LEARNING_TARGET),
    }
    known = places(session)
    results = _results(session, asked, found, figures, known)
    return ProgrammeHome(
        month=shown,
        compliance=found,
        figures=figures,
        moves=_moves(session, asked),
        off=[_off(one, known) for one in rules.beyond_chance(results)],
        looked_at=len(results),
        waiting=_waiting(session, viewer, at),
        agents=session.scalar(queries.present_agents(viewer, Permission.SEE_REPORTS, today)) or 0,
        units=_units(session, viewer),
        overdue=governed.overdue(session, viewer, today),
        happened=governed.happened(session, viewer, shown),
        gates=governed.gates(session, viewer, today),
        next_launch=governed.next_launch(session, viewer, today),
    )


# --- Figures ---


def _fatal(session: Session, asked: _Asked) -> list[Count]:
    """Random audits with a fatal error, of random audits, by month."""
    rows = session.execute(queries.random_audits(asked.viewer, asked.months, asked.time_zone)).all()
    return _by_month({number: (fatal, count) for number, count, fatal in rows})


def _learning(session: Session, asked: _Asked) -> list[Count]:
    """Assignments completed in time, of those due, by month."""
    rows = session.execute(queries.learning(asked.viewer, asked.months, asked.last_learning_day)).all()
    return _by_month({number: (in_time, due) for number, due, in_time in rows})


def _by_month(found: Mapping[int, Count]) -> list[Count]:
    return [found.get(number, (0, 0)) for number in range(TREND_MONTHS)]


def _moves(session: Session, asked: _Asked) -> Moves:
    opened = closed = relapsed = 0
    changes = [0] * TREND_MONTHS
    last = TREND_MONTHS - 1
    after_month = 0
    weeks = [monday_of(month) for month in asked.months]
    for number, before, after, count in session.execute(queries.moves(asked.viewer, weeks)):
        change = count * ((after in ACTIVE) - (before in ACTIVE))
        if number is None:
            after_month += change
            continue
        changes[number] += change
        if number == last:
            opened += count if after is GapState.OPEN and before not in ACTIVE else 0
            closed += count if after is GapState.CLOSED else 0
            relapsed += count if after is GapState.RELAPSED else 0
    active = Gap.visible_to(asked.viewer, Permission.SEE_GAPS).where(Gap.state.in_(ACTIVE))
    now = session.scalar(active.with_only_columns(func.count(Gap.id))) or 0
    return Moves(opened, closed, relapsed, rules.balances(now - after_month, changes))


# --- Off target beyond chance ---


def _results(
    session: Session,
    asked: _Asked,
    found: Compliance,
    figures: Mapping[Measure, Series],
    known: Mapping[int, Place],
) -> list[Result]:
    """The results of each site: coaching and learning against target, fatal errors against those of all."""
    results = [
        Result(Measure.COACHING, line.unit.id, line.tally.in_time, line.tally.due, line.target)
        for line in found.units
        if line.unit is not None and line.unit.kind is UnitKind.SITE and line.tally.due
    ]
    first, last = asked.month, asked.last_learning_day
    in_time = session.execute(queries.learning_by_team(asked.viewer, first, last)).all()
    for site, (part, whole) in _by_site(((team, done, due) for team, due, done in in_time), known).items():
        results.append(Result(Measure.LEARNING, site, part, whole, LEARNING_TARGET))
    usual = figures[Measure.FATAL].rate
    if usual is not None:
        start, end = (start_of(day, asked.time_zone) for day in asked.months[-2:])
        audits = session.execute(queries.random_audits_by_team(asked.viewer, start, end)).all()
        for site, (part, whole) in _by_site(((team, fatal, count) for team, count, fatal in audits), known).items():
            results.append(Result(Measure.FATAL, site, part, whole, usual))
    return results


def _by_site(rows: Iterable[tuple[int | None, int, int]], known: Mapping[int, Place]) -> dict[int, Count]:
    """(part, whole) of the sites of these teams."""
    found: dict[int, Count] = {}
    for team, part, whole in rows:
        if team is not None and team in known:
            site = known[team].site_id
            before = found.get(site, (0, 0))
            found[site] = (before[0] + part, before[1] + whole)
    return found


def _off(result: Result, known: Mapping[int, Place]) -> Off:
    place = known[result.unit_id]
    above = known.get(place.parent_id or 0)
    return Off(result, place, above.name if above is not None and above.kind is not UnitKind.PROGRAMME else None)


# --- What waits, and how large it all is ---


def _waiting(session: Session, viewer: User, at: datetime) -> Waiting:
    unled = Obligation.visible_to(viewer).where(
        Obligation.state == ObligationState.OPEN, Obligation.due_at <= at, Obligation.owner_id.is_(None)
    )
    unremedied = Gap.visible_to(viewer, Permission.SEE_GAPS).where(without_remedy())
    failed = Import.visible_to(viewer).where(
        Import.state == ImportState.FAILED, Import.created_at >= at - FAILED_LATELY
    )
    imports = may(viewer, Permission.IMPORT_AUDITS)
    return Waiting(
        unled=session.scalar(unled.with_only_columns(func.count(Obligation.id))) or 0,
        unremedied=session.scalar(unremedied.with_only_columns(func.count(Gap.id))) or 0,
        failed_imports=(session.scalar(failed.with_only_columns(func.count(Import.id))) or 0) if imports else 0,
        to_sign=session.scalars(to_sign(viewer)).all(),
        reviews=session.scalars(reviews_waiting(viewer, day_of(at, readers_zone())).limit(REVIEWS_SHOWN)).all(),
    )


def _units(session: Session, viewer: User) -> dict[UnitKind, int]:
    scope = unit_scope(viewer, Permission.SEE_REPORTS)
    rows = session.execute(select(Unit.kind, func.count()).where(Unit.id.in_(scope)).group_by(Unit.kind))
    return dict(rows.all())
