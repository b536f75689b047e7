"""What must not grow with the years: evidence after a day's findings, a lead's queue and an agent's page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.core.database import db
from app.gaps import services
from bench import world
from bench.frame import Benchmark, Sample, timed
from bench.visits import one_request, signed_in

AGENTS = 20_000
AUDITS_A_WEEK = AGENTS * 10 * 12 // 52
NEW_AUDITS = 1_000
NOW = datetime(2026, 11, 1, tzinfo=UTC)
OF_THE_LEAD = world.TEAMS
"""The first agent of the lead's team."""
PAGES = {"queue of a lead": "/coaching", "page of an agent": f"/people/{OF_THE_LEAD}"}


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured in a programme: the refresh after a day's findings, and each of the pages."""

    refresh: Sample
    pages: dict[str, Sample]


def benchmarks(folder: Path) -> Iterator[Benchmark]:
    """Programmes of one size of people after a year, a month and half a week: 36, 3 and 0.3 million findings."""
    few = _measured(folder, "few", weeks=1, audits=AUDITS_A_WEEK // 2)
    some = _measured(folder, "some", weeks=4, audits=AUDITS_A_WEEK)
    many = _measured(folder, "many", weeks=52, audits=AUDITS_A_WEEK)
    yield Benchmark(
        name="refresh after 15,000 findings at 36 M",
        measure=lambda: many.refresh,
        reference=lambda: some.refresh,
        budget=1.3,
        aim=1.0,
        against="the same at 3 M",
        rounds=1,
    )
    for name in PAGES:
        yield Benchmark(
            name=f"{name} at 36 M",
            measure=lambda name=name: many.pages[name],
            reference=lambda name=name: few.pages[name],
            budget=1.3,
            aim=1.0,
            against="the same at 0.3 M",
            rounds=1,
        )


def _measured(folder: Path, name: str, *, weeks: int, audits: int) -> Measured:
    """Fill a programme, decide all weeks but the last, and measure; the same is owed in all, so that pages are of a length."""
    with world.application(folder, name) as app:
        session, rng = db.session(), np.random.default_rng(3)
        world.people(session, AGENTS)
        world.scorecard(session)
        _manager, lead = world.manager_and_lead(session, AGENTS)
        world.ledger(session, AGENTS, [world.MONDAY.replace(day=1)], lead.id)
        next_id = 1
        mondays = [world.MONDAY + timedelta(weeks=number) for number in range(weeks)]
        for monday in mondays:
            next_id = world.week_of_audits(session, monday, AGENTS, audits, next_id, rng, cells=True)
            session.commit()
        for monday in mondays[:-1]:
            services.decide_week(session, monday, on=NOW)
            session.commit()
        refresh = _refresh(session, mondays[-1], next_id, rng)
        client = signed_in(app, lead)
        session.rollback()
        pages = {label: _best(client, path) for label, path in PAGES.items()}
    (folder / f"{name}.sqlite").unlink()
    return Measured(refresh, pages)


def _refresh(session: Session, monday: date, next_id: int, rng: np.random.Generator) -> Sample:
    """Evidence follows a day's new audits in a week that is not decided yet."""
    world.week_of_audits(session, monday, AGENTS, NEW_AUDITS, next_id, rng, cells=False)
    people = np.random.default_rng(4).choice(np.arange(1, AGENTS + 1), NEW_AUDITS, replace=False).tolist()
    touched = [(person, monday) for person in people]
    sample = timed(lambda: services.findings_changed(session, touched=touched, on=NOW))
    session.commit()
    return sample


def _best(client: FlaskClient, path: str) -> Sample:
    return min((one_request(client, path) for _ in range(3)), key=lambda sample: sample.seconds)
