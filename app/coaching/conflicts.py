"""What stands in the way of a time for a session: another session, an absence, a closed site."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Absence, Membership, User
from app.accounts.queries import members_on
from app.coaching import queries
from app.coaching.services.owing import Standing
from app.coaching.working import public_holidays
from app.core.clock import day_of
from app.core.i18n import clock_time, language


def conflicts(
    session: Session, coach: User, agents: Sequence[User], begins: datetime, minutes: int, *, but: int | None = None
) -> list[str]:
    """Sentences, each naming one thing in the way; whoever else is in another session is not named."""
    people = {one.id: one for one in (coach, *agents)}
    ends = begins + timedelta(minutes=minutes)
    found = []
    for other in session.scalars(queries.overlapping(sorted(people), begins, ends, but)):
        if other.scheduled_for is None or other.scheduled_for + timedelta(minutes=other.minutes) <= begins:
            continue
        busy = {other.coach_id, *(record.person_id for record in other.records)} & set(people)
        for person in sorted(busy):
            facts = {"name": people[person].name, "at": clock_time(other.scheduled_for)}
            found.append(_("%(name)s has another session at %(at)s.", **facts))
    return found + _days(session, agents, begins)


def _days(session: Session, agents: Sequence[User], begins: datetime) -> list[str]:
    """Who is away that day, and whose site is closed."""
    standing, found = Standing.on(session, day_of(begins, "UTC")), []
    member = members_on(day_of(begins, "UTC")).where(Membership.user_id.in_([agent.id for agent in agents]))
    teams = dict(session.execute(member).all())
    for agent in agents:
        if agent.id not in teams:
            continue
        work = standing.work(teams[agent.id])
        day = day_of(begins, work.time_zone)
        away = select(Absence.id).where(Absence.user_id == agent.id, Absence.from_day <= day, Absence.to_day >= day)
        if session.scalar(away.limit(1)) is not None:
            found.append(_("%(name)s is away that day.", name=agent.name))
        if (holiday := public_holidays(work.market or "", day.year, language()).get(day)) is not None:
            found.append(
                _("It is a public holiday where %(name)s works: %(holiday)s.", name=agent.name, holiday=holiday)
            )
        elif not work.is_open(day):
            found.append(_("The site of %(name)s is closed that day.", name=agent.name))
    return found
