"""A year of hires, moves, absences, changed policies, fatal errors, overturned disputes, audits below the mark, repeat findings,
dissatisfied customers, sessions, holidays, and the clock changes of autumn and spring: lived day by day, or made up in one go, it
leaves the same ledger; and what was closed never moves."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select

from app.accounts import settings
from app.accounts.models import Absence, AbsenceKind, Activity, Grant, Membership, Notice
from app.accounts.permissions import Role
from app.audits.dsat.models import DsatCase
from app.audits.models import Audit, Cause, Finding, Purpose, Result
from app.coaching import services
from app.coaching.compliance import compliance
from app.coaching.models import (
    CoachingMonth,
    CoachingPolicy,
    CoachingSession,
    Obligation,
    ObligationChange,
    SessionRecord,
)
from app.coaching.rules import Away, Clock, ObligationKind, SessionKind, SessionState, Terms
from app.core.clock import end_of, monday_of, start_of
from tests.coaching.conftest import NOON, Form
from tests.conftest import Cast, make_unit, make_user

FIRST, DAYS = date(2025, 10, 13), 366
EVERY = 61
"""Days between two looks at what is closed."""
Deed = Callable[[Any], Any]


def on(day: date) -> datetime:
    return end_of(day, "America/Bogota") - timedelta(seconds=1)


class Year:
    """What happens on which day: the same for the same seed, however it is lived."""

    def __init__(self, session: Any, people: Cast, form: Form, seed: int) -> None:
        self.form, self.number = form, 1000
        self.session, self.people, draw = session, people, random.Random(seed)
        norte, sur = people.norte, people.sur
        madrid = make_unit(session, "site", "Madrid", norte, time_zone="Europe/Madrid", market="ES")
        west = make_unit(session, "site", "West", sur, time_zone="America/Los_Angeles", market="US")
        self.teams = [
            people.refunds,
            people.orders,
            make_unit(session, "team", "T3", madrid),
            make_unit(session, "team", "T4", west),
        ]
        self.agents = [make_user(session, f"a{n}", hired_on=FIRST + timedelta(days=n * 50 - 90)) for n in range(4)]
        session.flush()
        self.days: dict[int, list[Deed]] = {}
        for agent in self.agents:
            self._live(agent.id, max((agent.hired_on - FIRST).days, 0), draw)
        for day in sorted(draw.sample(range(10, DAYS), 5)):
            self._at(day - 1, self._policy(day, draw))  # from tomorrow on, as always
        session.commit()

    def _at(self, day: int, deed: Deed) -> None:
        self.days.setdefault(day, []).append(deed)

    def _live(self, person: int, hired: int, draw: random.Random) -> None:
        starts = [hired, *sorted(draw.sample(range(hired + 20, DAYS), 2))]
        for start, end in zip(starts, [*starts[1:], None], strict=True):
            self._at(start, self._member(person, start, end, draw.choice(self.teams).id))
        for day in draw.sample(range(hired, DAYS - 20), 3):
            self._at(day, self._absent(person, day, draw.randrange(1, 12)))
        for number, day in enumerate(draw.sample(range(hired, DAYS - 30), 5)):
            fatal = self._next()
            self._at(day, self._audit(person, fatal, day, draw.randrange(24 * 60), 0.0, fatal=True))
            self._at(day, self._fatal(person, fatal, day))
            if number % 2:
                self._at(day + draw.randrange(0, 12), self._overturned(fatal))
        for day in draw.sample(range(hired, DAYS), 9):
            score = draw.choice([0.4, 0.7, 0.9])
            self._at(day, self._audit(person, self._next(), day, draw.randrange(24 * 60), score))
        for day in draw.sample(range(hired, DAYS), 3):
            self._at(day, self._case(person, self._next(), day, draw.choice([Cause.SKILL, Cause.TOOL])))
        for day in draw.sample(range(hired, DAYS), 15):
            self._at(
                day,
                self._session(
                    person, day, draw.choice([SessionKind.ONE_TO_ONE, SessionKind.FATAL]), draw.randrange(24)
                ),
            )

    def _member(self, person: int, start: int, end: int | None, team: int) -> Deed:
        first, last = (None if one is None else FIRST + timedelta(days=one) for one in (start, end))
        return lambda own: own.add(Membership(user_id=person, team_id=team, valid_from=first, valid_to=last))

    def _absent(self, person: int, day: int, length: int) -> Deed:
        first = FIRST + timedelta(days=day)
        return lambda own: own.add(
            Absence(user_id=person, kind=AbsenceKind.SICK, from_day=first, to_day=first + timedelta(days=length))
        )

    def _next(self) -> int:
        """A number of its own, the same in both lives."""
        self.number += 1
        return self.number

    def _moment(self, day: int, minutes: int) -> datetime:
        return start_of(FIRST + timedelta(days=day), "America/Bogota") + timedelta(minutes=minutes)

    def _audit(self, person: int, number: int, day: int, minutes: int, score: float, *, fatal: bool = False) -> Deed:
        at, minor = self._moment(day, minutes), self.form.minor.id
        facts = {
            "source": "qa", "reference": str(number), "version_id": self.form.version.id, "purpose": Purpose.RANDOM,
            "contact_at": at, "audited_at": at, "released_at": at, "week": monday_of(at.date()), "score": score, "fatal": fatal,
        }  # fmt: skip

        def release(own: Any) -> None:
            own.add(Audit(id=number, person_id=person, **facts))
            own.flush()
            own.add(Finding(audit_id=number, criterion_id=minor, result=Result.FAIL))

        return release

    def _case(self, person: int, number: int, day: int, cause: Cause) -> Deed:
        at = self._moment(day, 600)
        facts = {"source": "csat", "reference": str(number), "received_at": at, "week": monday_of(at.date())}
        return lambda own: own.add(DsatCase(id=number, person_id=person, cause=cause, decided_at=at, **facts))

    def _fatal(self, person: int, number: int, day: int) -> Deed:
        at = self._moment(day, 700)
        cause = services.Cause(person, ObligationKind.FATAL, f"audit:{number}", at, audit_id=number)
        return lambda own: services.owe_many(own, [cause])

    def _overturned(self, number: int) -> Deed:
        def overturn(own: Any) -> None:
            own.get_one(Audit, number).fatal = False
            services.void_for_audits(own, audit_ids=[number], on=NOON)

        return overturn

    def _session(self, person: int, day: int, kind: SessionKind, hour: int) -> Deed:
        at = start_of(FIRST + timedelta(days=day), "America/Bogota") + timedelta(hours=hour)
        facts = {"kind": kind, "state": SessionState.HELD, "coach_id": self.people.paola.id, "from_history": True}

        def hold(own: Any) -> None:
            held = CoachingSession(**facts, held_at=at, held_on=FIRST + timedelta(days=day), logged_at=at)
            held.records = [SessionRecord(person_id=person)]
            own.add(held)

        return hold

    def _policy(self, day: int, draw: random.Random) -> Deed:
        terms = Terms(
            days_new=draw.choice([5, 7, 10]), days_settled=draw.choice([21, 30]), fatal_hours=draw.choice([24, 48, 72]),
            clock=draw.choice(list(Clock)), away=draw.choice(list(Away)), failed_hours=draw.choice([0, 72]), dsat_hours=72,
            repeat_hours=96, repeat_times=2, repeat_days=60,
        )  # fmt: skip
        unit, valid_from = draw.choice([self.people.programme, self.people.norte]), FIRST + timedelta(days=day)
        return lambda own: services.set_policy(
            own, unit, terms, valid_from=valid_from, by=self.people.mariana, on=on(FIRST - timedelta(days=2))
        )

    def known(self, day: int) -> list[Deed]:
        return self.days.get(day, [])


def live(session: Any, day: date) -> None:
    """What the nightly run does for coaching."""
    services.live_day(session, day, on=on(day))
    session.flush()


def comes_with_its_day(deed: Deed) -> bool:
    """What the day itself is told: all else may be known beforehand."""
    return "_fatal" in deed.__qualname__ or "_overturned" in deed.__qualname__


def ledger(session: Any) -> list[tuple[Any, ...]]:
    rows = session.scalars(select(Obligation).execution_options(populate_existing=True))
    return sorted(
        (
            o.person_id, o.trigger_key, o.kind.value, o.team_id, o.lead_id or 0, o.owner_id or 0, o.opened_at, o.due_at,
            o.due_month, o.state.value, str(o.frozen), str(o.tenure), str(o.closed_at), o.put_off_days, o.reason or "",
        )
        for o in rows
    )  # fmt: skip


def forget(session: Any, people: list[int]) -> None:
    """Take back everything that was lived through."""
    session.rollback()
    for model in (
        ObligationChange,
        Obligation,
        CoachingMonth,
        SessionRecord,
        CoachingSession,
        CoachingPolicy,
        Notice,
        Activity,
        Finding,
        Audit,
        DsatCase,
    ):
        session.execute(delete(model))
    for model in (Absence, Membership):
        session.execute(delete(model).where(model.user_id.in_(people)))
    session.commit()
    session.expire_all()


@pytest.mark.once
@pytest.mark.parametrize("seed", [3])
def test_a_year_day_by_day_and_in_one_go_give_the_same_ledger(
    session: Any, people: Cast, form: Form, seed: int
) -> None:
    settings.put(session, "live_from", FIRST.isoformat(), by=None, on=on(FIRST))
    year = Year(session, people, form, seed)
    ids = [agent.id for agent in year.agents]
    for grant in session.scalars(select(Grant).where(Grant.role == Role.TEAM_LEAD)):
        grant.valid_from = FIRST
    session.commit()
    figures: dict[date, Any] = {}
    for number in range(DAYS):
        day = FIRST + timedelta(days=number)
        for deed in year.known(number):
            deed(session)
        live(session, day)
        if number % EVERY == 0 or number == DAYS - 1:
            for month, _tally in (before := compliance(session, None, day.replace(day=1), at=on(day))).trend:
                if month in before.closed_months:
                    shown = dict(before.trend)[month]
                    assert figures.setdefault(month, shown) == shown, (day, month)
    by_day = ledger(session)
    assert len(figures) >= 11
    assert len({row[9] for row in by_day}) >= 4
    assert {row[2] for row in by_day} >= {"cadence", "fatal", "failed", "dsat", "repeat"}
    assert "no_longer_fatal" in {row[-1] for row in by_day}
    forget(session, ids)
    for number in range(DAYS):  # all that will happen is known beforehand, but for audits, which come with their day
        for deed in year.known(number):
            if not comes_with_its_day(deed):
                deed(session)
    session.commit()
    for number in range(DAYS):
        for deed in year.known(number):
            if comes_with_its_day(deed):
                deed(session)
        live(session, FIRST + timedelta(days=number))
    assert ledger(session) == by_day
