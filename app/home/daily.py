"""The daily run: every day since the last one along the whole road, each in one transaction of its own.

A day decides the gaps of the week that ends with it, lets the rules act, owes the sessions that begin to be due and
tells people what is late. It is stamped with its own last second, whenever it is made up, so that ten days made up at
once leave what ten nightly runs would have left. Killed in the middle, it has done whole days; the next run goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from flask import current_app
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.accounts import settings
from app.audits.auditing import releasing
from app.audits.reaudits import services as reaudits
from app.audits.sampling import services as sampling
from app.audits.sampling import watched
from app.coaching import services as coaching
from app.coaching.models import Obligation
from app.coaching.quality import services as quality
from app.core.clock import day_of, end_of, monday_of
from app.core.database import db
from app.gaps import queries
from app.gaps import services as gaps
from app.gaps.models import Cell, Decision
from app.gaps.rules import GapState
from app.governance.initiatives import measuring as initiatives
from app.home import reminders
from app.remedies import measuring
from app.remedies import services as remedies
from app.reports.performance.figures import Told, performance

LAST = "last_daily"
WEEK = timedelta(days=7)
SUNDAY = 6
STILL_NEWS = timedelta(days=2)
"""A day made up longer after its end is not mailed about."""


@dataclass(slots=True)
class DailyReport:
    """What a run did, over all the days it made up."""

    first: date | None = None
    last: date | None = None
    days: int = 0
    weeks: list[date] = field(default_factory=list)
    """Mondays of the weeks decided."""
    opened: int = 0
    closed: int = 0
    relapsed: int = 0
    assigned: int = 0
    owed: dict[str, int] = field(default_factory=dict)
    """Sessions newly owed, by kind."""
    missed: int = 0
    notices: int = 0


def run(as_of: date, *, on: datetime, tick: Callable[[], None] = lambda: None) -> DailyReport:
    """Make up every day since the last run, up to and with `as_of`, and commit each; `on` is the present moment.

    The first run ever begins with the day Hilo goes live, or goes live with `as_of` when none is set. A day that has
    been run changes nothing any more.
    """
    session, report = db.session(), DailyReport()
    while (day := _next_day(session, as_of)) is not None:
        mails = day <= today(on) <= day + STILL_NEWS
        live_through(session, day, report, mails=mails)
        session.commit()
        tick()
    gaps.settle(session, on=on)
    if report.weeks or (report.days and measuring.never(session)):
        measuring.measure(session)  # reads a year of weeks: once a week, not each day
        measure_initiatives(session, report.last or as_of)
    session.commit()
    return report


def measure_initiatives(session: Session, today: date) -> None:
    """Measure what initiatives did; figures of all units are those of performance against target."""

    def figures(month: date) -> Told:
        return performance(session, None, month, at=moment_of(today), today=today, unit_id=None).told

    initiatives.measure(session, figures, today=today)


def waiting(session: Session, as_of: date) -> int:
    """How many days a run up to `as_of` has to make up."""
    first = _first_day(session, as_of)
    return max((as_of - first).days + 1, 0)


def today(on: datetime) -> date:
    """The day it is in the programme's zone."""
    return day_of(on, _zone())


def moment_of(day: date) -> datetime:
    """What everything done by the run of a day is stamped with: its last second in the programme's zone."""
    return end_of(day, _zone()) - timedelta(seconds=1)


def _next_day(session: Session, as_of: date) -> date | None:
    """The next day to make up, read under a lock that another run waits for; None when all is done."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(hashtext('hilo:daily'))"))
    day = _first_day(session, as_of)
    return day if day <= as_of else None


def _first_day(session: Session, as_of: date) -> date:
    last = settings.get(session, LAST)
    if last is not None:
        return date.fromisoformat(last) + timedelta(days=1)
    return settings.live_from(session) or as_of


# --- One day ---


def live_through(session: Session, day: date, report: DailyReport, *, mails: bool = False) -> None:
    """Do everything of one day, in this transaction, and add to the report what was done."""
    on = moment_of(day)
    live = settings.live_from(session)
    if live is None:
        settings.put(session, "live_from", day.isoformat(), by=None, on=on)
        live = day
    newest = _newest_obligation(session)
    releasing.release_due(session, on)
    decided = _decide(session, day, live, report, on=on)
    _act(session, day, decided, report, on=on)
    report.missed += coaching.live_day(session, day, on=on)
    quality.draw_months(session, day, on=on)
    if day >= live:
        _ask_for_more(session, day)
        sampling.draw_all(session, day)
        reaudits.draw_all(session, day)
    for kind, count in _owed_since(session, newest).items():
        report.owed[kind] = report.owed.get(kind, 0) + count
    if day >= live:
        report.notices += reminders.remind(session, day, on=on)
        if mails:
            reminders.mail(session, day)
    settings.put(session, LAST, day.isoformat(), by=None, on=on)
    report.first, report.last, report.days = report.first or day, day, report.days + 1


def _decide(session: Session, day: date, live: date, report: DailyReport, *, on: datetime) -> list[date]:
    """Decide the weeks that have ended by this day and are not decided, in order; those before going live as replayed.

    Returns the weeks whose openings are to be acted on: decided now, or ending today and decided by a replay.
    """
    ended = monday_of(day) if day.weekday() == SUNDAY else monday_of(day) - WEEK
    week = _first_undecided(session)
    acted = [ended] if day.weekday() == SUNDAY else []
    while week is not None and week <= ended:
        sunday = week + timedelta(days=SUNDAY)
        done = gaps.decide_week(session, week, on=on, replayed=sunday < live)
        report.weeks.append(week)
        report.opened += done.opened
        report.closed += done.closed
        report.relapsed += done.relapsed
        acted += [week] if sunday >= live and week not in acted else []
        week += WEEK
    return acted


def _ask_for_more(session: Session, day: date) -> None:
    """On Sundays: more audits of whoever came under watch by the decision of the week."""
    if day.weekday() == SUNDAY:
        watched.ask(session, set(session.scalars(queries.entered(GapState.WATCH, monday_of(day)))), day)


def _first_undecided(session: Session) -> date | None:
    """The Monday after the last decided week; when none was ever decided, that of the earliest evidence."""
    last = session.scalar(select(func.max(Decision.week)))
    return last + WEEK if last is not None else session.scalar(select(func.min(Cell.week)))


def _act(session: Session, day: date, weeks: list[date], report: DailyReport, *, on: datetime) -> None:
    """Let the rules act on what opened in these weeks, and on the fatal errors of the day."""
    for week in sorted(weeks) or [None]:
        report.assigned += remedies.fire(session, week=week, day=day, on=on).assigned


def _newest_obligation(session: Session) -> int:
    return session.scalar(select(func.coalesce(func.max(Obligation.id), 0))) or 0


def _owed_since(session: Session, newest: int) -> dict[str, int]:
    """How many sessions came to be owed after this obligation, by kind."""
    rows = session.execute(
        select(Obligation.kind, func.count()).where(Obligation.id > newest).group_by(Obligation.kind)
    )
    return {kind.value: count for kind, count in rows}


def _zone() -> str:
    return str(current_app.config["PROGRAMME_TIME_ZONE"])


# --- What is said of it ---


def lines(report: DailyReport, as_of: date) -> list[str]:
    """The report for people on the command line."""
    if not report.days:
        return [f"Nothing to do: the days up to {as_of} have been run."]
    owed = sum(report.owed.values())
    kinds = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in sorted(report.owed.items()))
    return [
        f"{report.days} days made up, {report.first} to {report.last}; {len(report.weeks)} weeks decided: "
        f"{report.opened} gaps opened, {report.closed} closed, {report.relapsed} relapsed.",
        f"{report.assigned} modules assigned, {owed} sessions owed{f' ({kinds})' if kinds else ''}, "
        f"{report.missed} missed at the end of a month, {report.notices} notices.",
    ]
