"""How obligations end without a session: waived, void, missed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.accounts import services as accounts
from app.accounts.models import Activity
from app.coaching import services
from app.coaching.models import CoachingSession, Obligation
from app.coaching.rules import ObligationKind, ObligationState, SessionKind, SessionState
from app.core.errors import Refused
from app.core.follow import Event, announce
from tests.coaching.conftest import NOON
from tests.conftest import Cast

LATER = NOON + timedelta(hours=20)


def test_a_waiver_keeps_who_and_why(session: Any, people: Cast, owe: Any) -> None:
    owed = owe(people.ana)
    services.waive(session, owed, reason=" On leave. ", by=people.mariana, on=LATER)
    assert (owed.state, owed.reason, owed.waived_by_id, owed.closed_at) == (
        ObligationState.WAIVED,
        "On leave.",
        people.mariana.id,
        LATER,
    )
    line = session.scalars(select(Activity).where(Activity.verb == "obligation.waived")).one()
    assert (line.actor_id, line.person_id) == (people.mariana.id, people.ana.id)
    with pytest.raises(Refused):
        services.waive(session, owed, reason="Again.", by=people.mariana, on=LATER)


def test_a_waiver_needs_a_reason(session: Any, people: Cast, owe: Any) -> None:
    with pytest.raises(Refused):
        services.waive(session, owe(people.ana), reason="  ", by=people.mariana, on=LATER)


def test_audits_no_longer_fatal_void_what_is_still_owed_for_them(
    session: Any, people: Cast, owe: Any, audit: Any
) -> None:
    one, two, three = (audit(people.ana, ref) for ref in ("4821", "4822", "4823"))
    owed = [owe(people.ana, ObligationKind.FATAL, f"audit:{a.id}", audit_id=a.id) for a in (one, two, three)]
    services.log_session(
        session, by=people.paola, kind=SessionKind.FATAL, held_at=LATER, records=[(people.ana.id, "", "", [])],
        meets=[owed[1].id], on=LATER,
    )  # fmt: skip
    announce(session, Event.AUDITS_TAKEN_BACK, audit_ids=[one.id, two.id], on=LATER)
    session.expire_all()
    assert [o.state for o in owed] == [ObligationState.VOID, ObligationState.MET, ObligationState.OPEN]
    assert owed[0].reason == "no_longer_fatal"


def test_leaving_voids_what_is_owed_and_calls_off_what_was_planned_alone(session: Any, people: Cast, owe: Any) -> None:
    mine, theirs = owe(people.ana), owe(people.luis)
    both, alone = (
        services.schedule(
            session, by=people.paola, kind=SessionKind.GROUP, person_ids=ids, scheduled_for=LATER, on=NOON
        )
        for ids in ([people.ana.id, people.luis.id], [people.ana.id])
    )
    accounts.leave(session, people.ana, date(2026, 10, 7), by=people.ada, on=NOON)
    session.expire_all()
    assert (mine.state, mine.reason, theirs.state) == (ObligationState.VOID, "left", ObligationState.OPEN)
    assert (both.state, alone.state) == (SessionState.SCHEDULED, SessionState.CANCELLED)


def test_what_is_open_when_its_month_closes_is_missed(session: Any, people: Cast, owe: Any) -> None:
    october, november = owe(people.ana), owe(people.ana, key="transition:2", at=NOON + timedelta(days=25))
    assert (october.due_month.month, november.due_month.month) == (10, 11)
    assert services.close_months(session, date(2026, 10, 31), on=LATER) == 0
    assert services.close_months(session, date(2026, 11, 1), on=LATER) == 1
    assert services.close_months(session, date(2026, 11, 1), on=LATER) == 0
    session.expire_all()
    assert (october.state, november.state) == (ObligationState.MISSED, ObligationState.OPEN)
    with pytest.raises(Refused):
        services.waive(session, october, reason="Too late.", by=people.mariana, on=LATER)


def test_each_obligation_is_in_one_state_and_met_ones_name_a_session_with_that_agent(
    session: Any, people: Cast, owe: Any
) -> None:
    owed = [owe(people.ana, key=f"transition:{n}") for n in range(4)]
    services.log_session(
        session, by=people.paola, kind=SessionKind.ONE_TO_ONE, held_at=LATER, records=[(people.ana.id, "", "", [])],
        meets=[owed[0].id], on=LATER,
    )  # fmt: skip
    services.waive(session, owed[1], reason="Ill.", by=people.mariana, on=LATER)
    services.close_months(session, date(2026, 11, 1), on=LATER)
    session.expire_all()
    for one in session.scalars(select(Obligation)):
        met = one.state in (ObligationState.MET, ObligationState.MET_LATE)
        assert met == (one.session_id is not None)
        if met:
            held = session.get_one(CoachingSession, one.session_id)
            assert one.person_id in {r.person_id for r in held.records}
