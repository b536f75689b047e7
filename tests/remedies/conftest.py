"""A scorecard, audits and gaps for the tests of this room."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from app.gaps.models import Gap, Transition
from app.gaps.rules import GapState
from tests.evidence import put_cell
from tests.scored import make_scored

WEEK = date(2026, 10, 26)
SUNDAY = date(2026, 11, 1)


@pytest.fixture
def world(session: Any, people: Any) -> SimpleNamespace:
    return make_scored(session, people)


def opened(
    session: Any, person: Any, competency: Any, week: date = WEEK, state: GapState = GapState.OPEN, **facts: Any
) -> Gap:
    """A gap that the decision of that week opened, with four missed checks in that week."""
    sunday = week + timedelta(days=6)
    gap = Gap(
        person_id=person.id,
        competency_id=competency.id,
        state=state,
        state_week=week,
        opened_on=sunday,
        decided_week=week,
        n=6.0,
        f=4.0,
        mean=0.1,
        probability=0.96,
        since=6,
        checks13=6,
        fails13=4,
        expected13=0.9,
        last_week=week,
    )
    session.add(gap)
    put_cell(session, person_id=person.id, competency_id=competency.id, week=week, n_raw=6, fails=4, standard=6.0)
    session.flush()
    move(session, gap, week, GapState.NONE, state, **facts)
    session.commit()
    return gap


def move(session: Any, gap: Gap, week: date, before: GapState, after: GapState, **facts: Any) -> Transition:
    """A decision about the gap."""
    transition = Transition(
        gap_id=gap.id,
        week=week,
        from_state=before,
        to_state=after,
        probability=0.96,
        n=6.0,
        f=4.0,
        checks13=6,
        fails13=4,
        since=6,
        **facts,
    )
    session.add(transition)
    session.flush()
    return transition
