"""What audits say of a launch's criteria after go-live: against before, and against teams it has not reached.

Random audits alone, by the team of the contact's day. Set-based: one query a period.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from flask import current_app
from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from app.accounts.models import UnitKind, User
from app.accounts.permissions import Permission
from app.accounts.queries import places
from app.accounts.reach import unit_scope
from app.audits.models import Audit, Criterion, Finding, Purpose, Result, Severity
from app.cohorts.launches.models import Launch, LaunchUnit
from app.cohorts.launches.readiness import target_teams
from app.cohorts.launches.rules import BEFORE, LOOKS, Change, Rate, beyond, change, is_due
from app.core.clock import start_of

Pair = tuple[Rate, Rate]
"""Fails of checks, and audits with a fatal one."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One rate of a launch: before, after, elsewhere, and what the launch added."""

    name: str  # "fails" or "fatal"
    before: Rate
    after: Rate
    others_before: Rate
    others_after: Rate

    @property
    def change(self) -> Change | None:
        return change(self.before, self.after)

    @property
    def beyond(self) -> Change | None:
        """Beyond what changed elsewhere."""
        return beyond(self.before, self.after, self.others_before, self.others_after)


@dataclass(frozen=True, slots=True)
class Look:
    """A look back so many weeks after go-live; `due_on` while it is still to come."""

    weeks: int
    due_on: date | None
    figures: Sequence[Figure]


def looks(session: Session, viewer: User, launch: Launch, day: date) -> list[Look]:
    """Both looks back, as far as their weeks have passed; nothing without criteria."""
    if not launch.criteria:
        return []
    inside = set(target_teams(session, viewer, launch))
    return [
        Look(weeks, None, _figures(session, viewer, launch, inside, weeks))
        if is_due(launch.go_live_on, weeks, day)
        else Look(weeks, launch.go_live_on + LOOKS[weeks], ())
        for weeks in LOOKS
    ]


def _figures(session: Session, viewer: User, launch: Launch, inside: set[int], weeks: int) -> list[Figure]:
    start, end = launch.go_live_on, launch.go_live_on + LOOKS[weeks]
    outside = _not_launched(session, viewer, launch, inside, end)
    periods = ((start - BEFORE, start), (start, end))
    found = [[_counted(session, launch, teams, *period) for period in periods] for teams in (inside, outside)]
    (before, after), (others_before, others_after) = found
    return [
        Figure(name, before[n], after[n], others_before[n], others_after[n])
        for n, name in enumerate(("fails", "fatal"))
    ]


def _not_launched(session: Session, viewer: User, launch: Launch, inside: Collection[int], end: date) -> set[int]:
    """Teams in the viewer's scope where neither this launch nor another on its criteria has gone live by then."""
    scope = set(session.scalars(unit_scope(viewer, Permission.SEE_COHORTS)))
    live = session.scalars(
        select(LaunchUnit.unit_id)
        .join(Launch, Launch.id == LaunchUnit.launch_id)
        .where(or_(Launch.id == launch.id, Launch.go_live_on < end))
    )
    reached = set(live)
    return {
        number
        for number, place in places(session).items()
        if place.kind is UnitKind.TEAM
        and number in scope
        and number not in inside
        and not reached & set(place.ancestors)
    }


def _counted(session: Session, launch: Launch, teams: Collection[int], first: date, end: date) -> Pair:
    """(fails of checks, audits with a fatal fail) on its criteria in these teams from a day until, not with, another."""
    zone = str(current_app.config["PROGRAMME_TIME_ZONE"])
    applied = or_(Finding.result.is_(None), Finding.result != Result.NA)
    failed = Finding.result == Result.FAIL
    fatal = Criterion.severity == Severity.FATAL
    each = (
        select(
            func.count(case((applied, 1))).label("checks"),
            func.count(case((failed, 1))).label("fails"),
            func.count(case((and_(applied, fatal), 1))).label("fatal_checks"),
            func.count(case((and_(failed, fatal), 1))).label("fatal_fails"),
        )
        .select_from(Audit)
        .join(Criterion, Criterion.version_id == Audit.version_id)
        .outerjoin(Finding, and_(Finding.audit_id == Audit.id, Finding.criterion_id == Criterion.id))
        .where(
            Audit.team_id.in_(teams),
            Audit.purpose == Purpose.RANDOM,
            Audit.released_at.is_not(None),
            Audit.contact_at >= start_of(first, zone),
            Audit.contact_at < start_of(end, zone),
            Criterion.identity_id.in_([one.id for one in launch.criteria]),
        )
        .group_by(Audit.id)
        .subquery()
    )
    checks, fails, fatal_audits, fatal_fails = session.execute(
        select(
            func.coalesce(func.sum(each.c.checks), 0),
            func.coalesce(func.sum(each.c.fails), 0),
            func.count(case((each.c.fatal_checks > 0, 1))),
            func.count(case((each.c.fatal_fails > 0, 1))),
        )
    ).one()
    return Rate(int(fails), int(checks)), Rate(fatal_fails, fatal_audits)
