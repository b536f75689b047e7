"""Two months of obligations over both partners, and evidence of June on two competencies."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from app.accounts import settings
from app.coaching.models import CoachingSession, Obligation
from app.coaching.rules import ObligationKind, ObligationState, SessionKind, SessionState
from app.core.clock import monday_of
from tests.conftest import Cast
from tests.evidence import Pair, put_cell
from tests.gaps.conftest import Form

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
def run(app: Flask, session: Any) -> Callable[..., Result]:
    """`run("compliance", "--month", "2026-10")` is `flask reports compliance --month 2026-10`."""

    def invoke(*arguments: str) -> Result:
        session.commit()
        result = app.test_cli_runner().invoke(args=["reports", *arguments])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        session.expire_all()
        return result

    return invoke
