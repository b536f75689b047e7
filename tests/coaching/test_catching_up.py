"""Sessions taken in from a file meet what was owed when they were held, and nothing else."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.coaching.models import CoachingSession, Obligation, SessionRecord
from app.coaching.rules import ObligationKind, ObligationState, SessionKind, SessionState
from app.coaching.services import meet_with_history
from tests.conftest import Cast

DAY = date(2026, 10, 12)
NOON = datetime(2026, 10, 12, 17, tzinfo=UTC)


def owed(
    session: Any, people: Cast, kind: ObligationKind, *, opened: datetime, due: datetime, who: Any = None
) -> Obligation:
    one = Obligation(
        person_id=(who or people.ana).id, kind=kind, trigger_key=f"{kind.value}:{opened.isoformat()}", team_id=people.refunds.id,
        lead_id=people.paola.id, opened_at=opened, due_at=due, due_month=date(2026, 10, 1),
    )  # fmt: skip
    session.add(one)
    session.flush()
    return one


def held(
    session: Any, people: Cast, kind: SessionKind = SessionKind.ONE_TO_ONE, *, history: bool = True
) -> CoachingSession:
    one = CoachingSession(
        kind=kind,
        state=SessionState.HELD,
        coach_id=people.paola.id,
        held_at=NOON,
        held_on=DAY,
        logged_at=NOON,
        from_history=history,
    )
    session.add(one)
    session.flush()
    session.add(SessionRecord(session_id=one.id, person_id=people.ana.id))
    session.flush()
    return one


@pytest.mark.parametrize(
    ("due_in", "state"), [(timedelta(0), ObligationState.MET), (timedelta(seconds=-1), ObligationState.MET_LATE)]
)
def test_a_talk_keeps_the_cadence(session: Any, people: Cast, due_in: timedelta, state: ObligationState) -> None:
    one = owed(session, people, ObligationKind.CADENCE, opened=NOON - timedelta(days=3), due=NOON + due_in)
    by = held(session, people)
    assert meet_with_history(session, DAY) == 1
    session.refresh(one)
    assert (one.state, one.session_id, one.closed_at) == (state, by.id, NOON)
    assert meet_with_history(session, DAY) == 0, "twice is once"


def test_only_a_session_held_for_it_answers_a_fatal_error(session: Any, people: Cast) -> None:
    owed(session, people, ObligationKind.FATAL, opened=NOON - timedelta(days=1), due=NOON + timedelta(days=1))
    held(session, people)
    assert meet_with_history(session, DAY) == 0
    held(session, people, SessionKind.FATAL)
    assert meet_with_history(session, DAY) == 1


@pytest.mark.parametrize("case", ["another agent", "owed later", "another day", "not from a file"])
def test_what_it_could_not_stand_for_stays_owed(session: Any, people: Cast, case: str) -> None:
    opened = NOON + timedelta(hours=1) if case == "owed later" else NOON - timedelta(days=3)
    who = people.luis if case == "another agent" else people.ana
    one = owed(session, people, ObligationKind.CADENCE, opened=opened, due=NOON + timedelta(days=3), who=who)
    held(session, people, history=case != "not from a file")
    day = DAY + timedelta(days=1) if case == "another day" else DAY
    assert meet_with_history(session, day) == 0
    session.refresh(one)
    assert one.state is ObligationState.OPEN
