"""What helped: measured eight weeks after, beside those who stood alike, and shown within the reader's reach."""

from __future__ import annotations

import csv
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from app.core.clock import week_number
from app.curriculum.models import Assignment, AssignmentReason, AssignmentState
from app.gaps import cells
from app.gaps import services as gaps
from app.gaps.outcomes import Verdict
from app.remedies import effects, measuring
from app.remedies.effects import Cut
from app.remedies.models import Outcome
from tests.conftest import make_user
from tests.remedies.conftest import WEEK
from tests.scored import ON

AGENTS, LEARNT, WEEKS, LEARNT_IN = 60, 24, 20, 9


@pytest.fixture
def measured(session: Any, people: Any, world: Any) -> list[int]:
    """Sixty agents who miss three checks of eight; a module removes most of that for the first 24, 20 of them in Bogotá."""
    teams = [people.refunds] * 20 + [people.orders] * 4 + [people.refunds] * 20 + [people.orders] * 16
    ids = [make_user(session, f"Agent{n} Uno", team=team, employee_no=f"E{n}").id for n, team in enumerate(teams)]
    first = week_number(WEEK) - WEEKS + 1
    who, week = (part.ravel() for part in np.meshgrid(np.arange(AGENTS), np.arange(WEEKS), indexing="ij"))
    helped = (who < LEARNT) & (week > LEARNT_IN)
    fails = np.where(helped, (who + week) % 7 == 0, 3 + (who + week) % 2)
    full = np.full(len(who), 8)
    about = np.full(len(who), world.refund.id)
    cells.write(
        session, cells.Cells(np.array(ids)[who], about, first + week, full, fails.astype(int), full.astype(float))
    )
    done_on = WEEK - timedelta(weeks=WEEKS - 1 - LEARNT_IN) + timedelta(days=2)
    given = [
        Assignment(
            person_id=one, module_id=world.module.id, reason=AssignmentReason.GAP, assigned_on=done_on - timedelta(days=10),
            state=AssignmentState.COMPLETED, completed_on=done_on,
        )
        for one in ids[:LEARNT]
    ]  # fmt: skip
    session.add_all(given)
    session.flush()
    done = [(one.person_id, world.refund.id, done_on, f"assignment:{one.id}:{world.refund.id}") for one in given]
    gaps.remedies_completed(session, completions=done, on=ON)
    gaps.decide_week(session, WEEK, on=ON)
    assert measuring.measure(session) == LEARNT
    session.commit()
    return ids


def test_what_worked_is_told_with_its_sample(session: Any, world: Any, measured: list[int]) -> None:
    found = effects.of_modules(session)[world.module.id]
    assert (found.agents, found.controlled, found.verdict) == (LEARNT, True, Verdict.WORKS)
    assert 0.2 < (found.low or 0) < (found.points or 0) < (found.high or 0)
    assert session.scalars(select(Outcome.controls)).all() == [36] * LEARNT, "those who did not learn it"
    assert effects.shares(session, WEEK + timedelta(days=6)) == {world.module.id: (found.share, LEARNT)}
    assert effects.shares(session, WEEK - timedelta(weeks=4)) == {}, "not watched to its end by then"


def test_measuring_twice_is_once(session: Any, measured: list[int]) -> None:
    def kept() -> list[Any]:
        return session.execute(
            select(Outcome.remedy_id, Outcome.gain, Outcome.control_gain).order_by(Outcome.remedy_id)
        ).all()

    before = kept()
    measuring.measure(session)
    assert kept() == before


def test_each_reader_counts_whom_they_reach(session: Any, people: Any, measured: list[int]) -> None:
    def agents(viewer: Any) -> list[int]:
        return [one.effect.agents for one in effects.by(session, Cut.MODULE, effects.seen_by(viewer))]

    assert agents(people.mariana) == [LEARNT]
    assert agents(people.pedro) != [LEARNT]
    assert agents(people.paola) == [20]


def test_the_page_says_what_helped_with_its_interval(people: Any, measured: list[int], as_user: Any) -> None:
    page = as_user(people.mariana).get("/gaps/effects").get_data(as_text=True)
    for words in ("Refunds, step by step helped most", "24 agents", "points (", "helped"):
        assert words in page
    assert as_user(people.mariana).get("/gaps/effects.svg?theme=dark").status_code == 200
    rows = as_user(people.mariana).get("/gaps/effects?format=csv").get_data(as_text=True).splitlines()
    assert next(csv.reader(rows[1:]))[1:4] == ["helped", "24", "24"]
    spanish = as_user(people.mariana, "es").get("/gaps/effects").get_data(as_text=True)
    assert "Qué ayudó" in spanish
    assert "agents" not in spanish.split("<main")[1].split("</main")[0].replace("/agents", "")


def test_other_cuts_and_units_are_asked_in_the_address(people: Any, measured: list[int], as_user: Any) -> None:
    reader = as_user(people.mariana)
    for cut in ("kind", "coach", "competency", "nonsense"):
        assert reader.get(f"/gaps/effects?by={cut}").status_code == 200
    narrowed = reader.get(f"/gaps/effects?unit={people.orders.id}").get_data(as_text=True)
    assert "too early to say" in narrowed
    assert "It is too early to say what helped" in narrowed


def test_who_sees_no_reports_sees_no_effects(people: Any, app: Any, as_user: Any) -> None:
    assert as_user(people.ana).get("/gaps/effects").status_code == 403
    assert app.test_client().get("/gaps/effects").status_code == 302
