"""Two months of obligations over both partners, and evidence of June on two competencies."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from click.testing import Result as Ended
from flask import Flask
from sqlalchemy import select

from app.accounts import settings
from app.audits.dsat.models import DsatCase
from app.audits.models import Audit, Criterion, ErrorClass, Finding, Purpose, Result
from app.coaching.models import CoachingSession, Obligation
from app.coaching.rules import ObligationKind, ObligationState, SessionKind, SessionState
from app.core.clock import monday_of
from app.curriculum.models import Assignment, AssignmentReason, AssignmentState, Module, ModuleKind
from app.metrics.models import MetricValue, Target
from tests.conftest import Cast
from tests.evidence import Pair, put_cell
from tests.gaps.conftest import Form
from tests.reports.two_months import make_two_months

FIRST = datetime(2026, 9, 10, 12, tzinfo=UTC)
SEPTEMBER, OCTOBER, JULY = date(2026, 9, 1), date(2026, 10, 1), date(2026, 7, 1)
LAST_OF_JUNE = date(2026, 6, 30)


@pytest.fixture
def form(session: Any) -> Form:
    """A scorecard on the competencies Tone and Identity, the second with a fatal criterion."""
    return Form(session)


@pytest.fixture
def ledger(session: Any, people: Cast) -> list[Obligation]:
    """Two hundred obligations of September and October 2026, in every state, kind and with every lead."""
    settings.put(session, "live_from", f"{FIRST:%Y-%m-%d}", by=None, on=FIRST)
    held = CoachingSession(
        kind=SessionKind.ONE_TO_ONE, state=SessionState.HELD, coach_id=people.paola.id, held_at=FIRST, logged_at=FIRST
    )
    session.add(held)
    session.flush()
    draw = random.Random(7)
    made = [_obligation(people, draw, number, held.id) for number in range(200)]
    session.add_all(made)
    session.commit()
    return made


def _obligation(people: Cast, draw: random.Random, number: int, session_id: int) -> Obligation:
    team = draw.choice([people.refunds, people.orders])
    state = draw.choice(list(ObligationState))
    due = FIRST + timedelta(hours=draw.randrange(24 * 51))
    met = state in (ObligationState.MET, ObligationState.MET_LATE)
    return Obligation(
        person_id=draw.choice([people.ana, people.luis] if team is people.refunds else [people.sol]).id,
        kind=draw.choice(list(ObligationKind)),
        trigger_key=f"test:{number}",
        team_id=team.id,
        lead_id=draw.choice([people.paola.id, people.raul.id, None]),
        opened_at=due - timedelta(hours=48),
        due_at=due,
        due_month=due.date().replace(day=1),
        state=state,
        closed_at=due - timedelta(hours=48 - draw.randrange(1, 90)) if met else None,
        session_id=session_id if met else None,
    )


@pytest.fixture
def evidence(session: Any, people: Cast, form: Form) -> list[Pair]:
    """The last week of June: Ana and Sol miss much of Tone, Sol of Identity too; Luis nothing."""
    people.ana.weekly_contacts, people.sol.weekly_contacts = 100, 80
    week = monday_of(LAST_OF_JUNE)
    told = [
        (people.ana, form.tone, 20, 9),
        (people.luis, form.tone, 20, 0),
        (people.sol, form.tone, 16, 6),
        (people.sol, form.identity, 10, 5),
    ]
    made = [
        put_cell(
            session,
            person_id=person.id,
            competency_id=about.id,
            week=week,
            n_raw=checks,
            fails=fails,
            standard=float(checks),
        )
        for person, about, checks, fails in told
    ]
    session.commit()
    return made


@pytest.fixture
def run(app: Flask, session: Any) -> Callable[..., Ended]:
    """`run("compliance", "--month", "2026-10")` is `flask reports compliance --month 2026-10`."""

    def invoke(*arguments: str) -> Ended:
        session.commit()
        result = app.test_cli_runner().invoke(args=["reports", *arguments])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        session.expire_all()
        return result

    return invoke


FIGURED = date(2026, 10, 1)


@pytest.fixture
def two_months(session: Any, people: Cast, form: Form) -> Iterator[None]:
    """Two months of everything at both partners, on the third of November 2026."""
    with time_machine.travel(datetime(2026, 11, 3, 14, tzinfo=UTC), tick=False):
        make_two_months(session, people, form)
        yield


@pytest.fixture
def world(session: Any, people: Cast, form: Form) -> None:
    """Audits, learning and DSAT cases of August to October at both partners, and values from files."""
    for month in (8, 9, 10):
        for number in range(12):
            for person, team in ((people.ana, people.refunds), (people.sol, people.orders)):
                _audit(session, form, person.id, team.id, month, number, missed=number % 4 == 0, fatal=number % 6 == 0)
    _audit(session, form, people.ana.id, people.refunds.id, 10, 99, missed=True, fatal=True, purpose=Purpose.TARGETED)
    _learning(session, people)
    for number, person in enumerate((people.ana, people.ana, people.sol)):
        team = people.refunds if person is people.ana else people.orders
        at = datetime(2026, 10, 5 + number, tzinfo=UTC)
        case = DsatCase(
            source="s", reference=f"D{number}", contact_ref=f"C{number}", person_id=person.id, team_id=team.id
        )
        case.received_at, case.week = at, monday_of(at.date())
        session.add(case)
    dsat = _audit(
        session, form, people.ana.id, people.refunds.id, 10, 98, missed=False, fatal=False, purpose=Purpose.DSAT
    )
    dsat.contact_ref = "C0"
    _reaudits(session, form, people)
    units = {people.refunds.id: (90.0, 100.0), people.orders.id: (40.0, 100.0), people.programme.id: (0.0, 0.0)}
    for unit, (part, whole) in units.items():
        if whole:
            session.add(MetricValue(metric="csat", unit_id=unit, period=FIGURED, numerator=part, denominator=whole))
    for month, seconds in (
        (date(2026, 7, 1), 600.0),
        (date(2026, 8, 1), 610.0),
        (date(2026, 9, 1), 590.0),
        (FIGURED, 900.0),
    ):
        row = MetricValue(metric="aht", unit_id=people.programme.id, period=month, numerator=seconds, denominator=1.0)
        session.add(row)
    for person, part in ((people.ana, 3.0), (people.luis, 1.0)):
        values = {"unit_id": people.refunds.id, "person_id": person.id, "period": FIGURED}
        session.add(MetricValue(metric="fcr", numerator=part, denominator=4.0, **values))
    for metric, aim in (("csat", 0.85), ("aht", 620.0)):
        session.add(Target(metric=metric, unit_id=people.programme.id, target=aim, valid_from=date(2026, 8, 1)))
    session.add(Target(metric="csat", unit_id=people.sur.id, target=0.3, valid_from=date(2026, 8, 1)))
    session.commit()


def _audit(
    session: Any, form: Form, person: int, team: int, month: int, number: int, *, missed: bool, fatal: bool,
    purpose: Purpose = Purpose.RANDOM,
) -> Audit:  # fmt: skip
    at = datetime(2026, month, 2 + number % 20, 17, tzinfo=UTC)
    one = Audit(
        source="t", reference=f"{person}-{month}-{number}", person_id=person, team_id=team, version_id=form.version.id,
        purpose=purpose, contact_at=at, audited_at=at, released_at=at, week=monday_of(at.date()), checks=2,
        fails=int(missed), score=0.0 if fatal else 0.75 if missed else 1.0, fatal=fatal,
    )  # fmt: skip
    session.add(one)
    session.flush()
    if missed:
        criterion = session.scalars(select(Criterion).order_by(Criterion.id)).first()
        criterion.error_class = ErrorClass.CUSTOMER
        session.add(Finding(audit_id=one.id, criterion_id=criterion.id, result=Result.FAIL))
    return one


def _reaudits(session: Any, form: Form, people: Cast) -> None:
    """Of October's audits four are scored again, two at each partner; on one the benchmark finds what the auditor did not."""
    random = select(Audit).where(Audit.purpose == Purpose.RANDOM).order_by(Audit.id)
    october = [one for one in session.scalars(random) if one.contact_at.month == 10]
    wrong = session.scalars(select(Criterion).order_by(Criterion.id)).first()
    for first in october[2:6]:
        again = _audit(session, form, first.person_id, first.team_id, 10, 200 + first.id, missed=False, fatal=False)
        again.purpose, again.reaudit_of_id, first.auditor_id = Purpose.REAUDIT, first.id, people.ivan.id
        if first is october[2]:
            session.add(Finding(audit_id=again.id, criterion_id=wrong.id, result=Result.FAIL))


def _learning(session: Any, people: Cast) -> None:
    module = Module(code="M1", title_en="A", title_es="B", kind=ModuleKind.ARTICLE, minutes=5, body_en="x", body_es="y")
    session.add(module)
    for person, done in ((people.ana, 9), (people.luis, 12), (people.sol, None)):
        state = AssignmentState.COMPLETED if done else AssignmentState.ASSIGNED
        session.add(
            Assignment(
                person_id=person.id, module=module, reason=AssignmentReason.MANUAL, assigned_on=FIGURED, state=state,
                due_on=date(2026, 10, 10), completed_on=done and date(2026, 10, done),
            )
        )  # fmt: skip
