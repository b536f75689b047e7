"""What stands in the way of a time for a session: another session, an absence, a closed site; and which times are free."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Absence, Membership, User
from app.accounts.queries import members_on
from app.coaching import queries
from app.coaching.services.owing import Standing
from app.coaching.working import WorkTime, public_holidays
from app.core.clock import day_of
from app.core.i18n import clock_time, language

STEP = timedelta(minutes=15)
LOOKS_AHEAD = timedelta(days=14)
"""So far a free time is looked for."""

Busy = tuple[datetime, datetime, frozenset[int]]
"""From when to when, and who."""


@dataclass(slots=True)
class Diary:
    """Who is taken when, over some days: read once, then asked about any number of times."""

    people: dict[int, User]
    work: dict[int, WorkTime]
    """By agent; who is in no team has none."""
    away: list[tuple[int, date, date]]
    busy: list[Busy]

    @classmethod
    def of(
        cls,
        session: Session,
        coach: User,
        agents: Sequence[User],
        begins: datetime,
        ends: datetime,
        *,
        but: int | None = None,
    ) -> Diary:
        """The diary of a coach and these agents; `but` is a session that does not count, since it is to be moved."""
        people = {one.id: one for one in (coach, *agents)}
        day = day_of(begins, "UTC")
        standing = Standing.on(session, day)
        teams = dict(session.execute(members_on(day).where(Membership.user_id.in_(sorted(people)))).all())
        spell = select(Absence.user_id, Absence.from_day, Absence.to_day).where(
            Absence.user_id.in_(sorted(people)),
            Absence.from_day <= day_of(ends, "UTC") + timedelta(days=1),
            Absence.to_day >= day - timedelta(days=1),
        )
        busy = []
        for one in session.scalars(queries.overlapping(sorted(people), begins, ends, but)):
            if one.scheduled_for is not None:
                theirs = {one.coach_id, *(record.person_id for record in one.records)} & set(people)
                busy.append((one.scheduled_for, one.scheduled_for + timedelta(minutes=one.minutes), frozenset(theirs)))
        work = {person: standing.work(team) for person, team in teams.items()}
        return cls(people, work, [tuple(row) for row in session.execute(spell)], busy)

    def says(self, agents: Sequence[User], coach: User, begins: datetime, minutes: int) -> list[str]:
        """Sentences, each naming one thing in the way; whoever else is in another session is not named."""
        ends, found = begins + timedelta(minutes=minutes), []
        wanted = {coach.id, *(agent.id for agent in agents)}
        for start, end, who in self.busy:
            if start < ends and end > begins:
                for person in sorted(who & wanted):
                    facts = {"name": self.people[person].name, "at": clock_time(start)}
                    found.append(_("%(name)s has another session at %(at)s.", **facts))
        for agent in agents:
            found += self._day_of(agent, begins, ends)
        return found

    def _day_of(self, agent: User, begins: datetime, ends: datetime) -> Iterator[str]:
        """Whether somebody is away that day, and whether the site is open."""
        work = self.work.get(agent.id)
        if work is None:
            return
        day = day_of(begins, work.time_zone)
        if self._is_away(agent.id, day):
            yield _("%(name)s is away that day.", name=agent.name)
        if (holiday := public_holidays(work.market or "", day.year, language()).get(day)) is not None:
            yield _("It is a public holiday where %(name)s works: %(holiday)s.", name=agent.name, holiday=holiday)
        elif not work.is_open(day) and not work.covers(begins, ends):
            yield _("The site of %(name)s is closed that day.", name=agent.name)
        elif not work.covers(begins, ends):
            yield _("It is outside the working hours of the site of %(name)s.", name=agent.name)

    def _is_away(self, person: int, day: date) -> bool:
        return any(who == person and first <= day <= last for who, first, last in self.away)

    def is_free(self, agent: User, coach: User, begins: datetime, minutes: int) -> bool:
        """Whether nothing at all stands in the way."""
        ends, work = begins + timedelta(minutes=minutes), self.work.get(agent.id)
        if any(start < ends and end > begins and who & {agent.id, coach.id} for start, end, who in self.busy):
            return False
        if work is None:
            return True
        return work.covers(begins, ends) and not self._is_away(agent.id, day_of(begins, work.time_zone))

    def first_free(self, agent: User, coach: User, after: datetime, minutes: int) -> datetime | None:
        """The first time from `after` on, in steps, at which both are free and the site is open."""
        begins, last = after, after + LOOKS_AHEAD
        while begins <= last:
            if self.is_free(agent, coach, begins, minutes):
                return begins
            begins += STEP
        return None

    def take(self, agent: User, coach: User, begins: datetime, minutes: int) -> None:
        """Count a time as taken from here on."""
        self.busy.append((begins, begins + timedelta(minutes=minutes), frozenset({agent.id, coach.id})))


def conflicts(
    session: Session, coach: User, agents: Sequence[User], begins: datetime, minutes: int, *, but: int | None = None
) -> list[str]:
    """What stands in the way of one time, as sentences."""
    diary = Diary.of(session, coach, agents, begins, begins + timedelta(minutes=minutes), but=but)
    return diary.says(agents, coach, begins, minutes)
