"""The weekly decision of everybody, at size."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from app.core.database import db
from app.gaps import decay, posterior, rules, services, states
from bench import world
from bench.frame import Benchmark, Sample, timed

AGENTS = 20_000
PAIRS = AGENTS * world.COMPETENCIES
AUDITS_A_WEEK = AGENTS * 10 * 12 // 52
DECIDED_WEEKS = 14
NOW = datetime(2026, 11, 1, tzinfo=UTC)


def benchmarks(folder: Path) -> Iterator[Benchmark]:
    """The decision of 20,000 agents × 12 competencies."""
    with world.application(folder, "decision"):
        session = db.session()
        monday = _decided(session)
        weeks = iter(range(100))

        def decide() -> Sample:
            week = monday + timedelta(weeks=next(weeks))
            sample = timed(lambda: services.decide_week(session, week, on=NOW))
            session.commit()
            return sample

        yield Benchmark(
            name="weekly decision, 20,000 agents × 12",
            measure=decide,
            reference=lambda: timed(_bare()),
            budget=4.0,
            aim=2.0,
            against="the same formulae on arrays in memory",
        )


def _decided(session: Any) -> Any:
    """Fill a database with weeks of cells, decide the first ones, and leave some to decide; the first undecided Monday."""
    rng = np.random.default_rng(1)
    world.people(session, AGENTS)
    world.scorecard(session)
    next_id = 1
    for number in range(DECIDED_WEEKS + 4):
        monday = world.MONDAY + timedelta(weeks=number)
        next_id = world.week_of_audits(session, monday, AGENTS, AUDITS_A_WEEK, next_id, rng, cells=True)
    session.commit()
    for number in range(DECIDED_WEEKS):
        services.decide_week(session, world.MONDAY + timedelta(weeks=number), on=NOW)
    session.commit()
    return world.MONDAY + timedelta(weeks=DECIDED_WEEKS)


def _bare() -> Any:
    """The formulae of one week on arrays of as many pairs."""
    rng = np.random.default_rng(2)
    n, f = rng.gamma(8, 2, PAIRS), rng.gamma(1, 1, PAIRS)
    since, checks = rng.integers(0, 40, PAIRS), rng.integers(0, 4, PAIRS)
    person, competency = (
        np.repeat(np.arange(AGENTS), world.COMPETENCIES),
        np.tile(np.arange(world.COMPETENCIES), AGENTS),
    )
    groups = posterior.Groups(line=competency, site=competency * 10 + person % 10, agent=person)
    target = np.full(PAIRS, 0.9)
    state, nothing = np.zeros(PAIRS, dtype=np.int8), np.zeros(PAIRS, dtype=bool)

    def week() -> None:
        after = decay.step(
            decay.Evidence(n, f, since), checks, checks // 3, checks.astype(float), completed=np.zeros(PAIRS, bool)
        )
        belief = posterior.believe(after.n, after.f, posterior.expected_rates(groups, after.n, after.f))
        signals = states.Signals(
            probability=belief.probability(target), fails13=checks, checks13=checks * 4, since=after.since,
            completed=nothing, weeks_since_closed=np.full(PAIRS, states.NEVER), closed_by_hand=nothing,
        )  # fmt: skip
        states.decide(state, signals, rules.DEFAULT_POLICY)

    return week
