"""An agent who moves to another team, of another partner: the thread goes along, and the past stays where it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import numpy as np
from sqlalchemy import select

from app.accounts.services import places
from app.gaps import board, services, snapshot, standing
from app.gaps.models import Gap, Transition
from app.gaps.rules import GapState
from app.gaps.teams import reading
from app.gaps.teams.models import TeamGap
from app.gaps.teams.pooling import pool
from tests.conftest import Cast, make_user
from tests.gaps.conftest import NOW, AuditMaker, Form, week
from tests.gaps.test_decisions import failing, states, tell_all

MOVED = 4


def test_the_thread_goes_along_and_the_team_keeps_its_own(
    session: Any, people: Cast, form: Form, audit: AuditMaker, as_user: Callable[..., Any], time_machine: Any
) -> None:
    others = [make_user(session, f"Vera{n} Uno", team=people.refunds, employee_no=f"V{n}") for n in range(2)]
    for person in (people.ana, *others):
        failing(audit, person, 0, MOVED + 1)
    tell_all(session, people.ana, *others)
    for number in range(MOVED):
        services.decide_week(session, week(number), on=NOW)
    gap = session.scalar(select(Gap).where(Gap.person_id == people.ana.id, Gap.competency_id == form.tone.id))
    assert gap.state is GapState.OPEN
    before, evidence, about = states(session, people.ana, form.tone.id), gap.n, gap.id
    shared = session.scalar(select(TeamGap).where(TeamGap.team_id == people.refunds.id))
    assert {one.name for one, _pair in reading.members(session, shared, standing.sunday(week(MOVED - 1)))} == {
        people.ana.name, *(one.name for one in others),
    }  # fmt: skip

    assert places.move(session, people.ana, people.orders, week(MOVED), by=people.ada, on=NOW)
    services.decide_week(session, week(MOVED), on=NOW)
    session.commit()
    session.refresh(gap)
    assert gap.id == about
    assert gap.n > evidence, "what was known is not forgotten, and what came since is added"
    assert states(session, people.ana, form.tone.id) == before
    assert session.scalar(select(Transition.week).where(Transition.gap_id == about).limit(1)) == before[0][0]
    day = standing.sunday(week(MOVED))
    assert people.ana.name not in {one.name for one, _pair in reading.members(session, shared, day)}
    for team, then, agents in (
        (people.refunds, day - timedelta(weeks=1), 3),
        (people.refunds, day, 2),
        (people.orders, day, 1),
    ):
        pooled = pool(
            session,
            board.load(session),
            standing.belonging(session, then),
            kept=np.array([(team.id << 20) + form.tone.id]),
        )
        assert pooled.at(np.array([(team.id << 20) + form.tone.id])).agents.tolist() == [agents]
    assert services.rebuild(session, check=True) == 0

    time_machine.move_to(datetime.combine(week(MOVED + 1), time(15), UTC))
    was, now = as_user(people.paola), as_user(people.raul)
    for path in (f"/gaps/{about}", f"/gaps/agents/{people.ana.id}"):
        assert (was.get(path).status_code, now.get(path).status_code) == (404, 200), path
        assert as_user(people.ana).get(path).status_code == 200
    thread = now.get(f"/gaps/{about}?all=1").get_data(as_text=True)
    assert thread.count("Check C1") == 2 * (MOVED + 1), "with the findings of before"
    for client, shown in ((was, False), (now, True)):
        for path in ("/gaps", "/gaps/map"):
            assert (people.ana.name in client.get(path).get_data(as_text=True)) is shown, path


def test_the_past_is_told_as_it_was(session: Any, people: Cast, form: Form, audit: AuditMaker) -> None:
    """What is said of a day before the move does not change by it."""
    failing(audit, people.ana, 0, 3)
    tell_all(session, people.ana)
    for number in range(3):
        services.decide_week(session, week(number), on=NOW)
    day = standing.sunday(week(2))
    then = list(snapshot.take(session(), day, all_pairs=True))
    places.move(session, people.ana, people.orders, week(3), by=people.ada, on=NOW)
    assert list(snapshot.take(session(), day, all_pairs=True)) == then
