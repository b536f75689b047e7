"""A large programme's rows, made in bulk for benchmarks: agents, a scorecard, audits, findings, cells, what is owed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from flask import Flask

import config
from app import create_app
from app.accounts.models import Grant, Membership, Unit, UnitKind, UnitTree, User
from app.accounts.permissions import Role
from app.audits.models import (
    Audit,
    AuditState,
    Criterion,
    CriterionCompetency,
    CriterionIdentity,
    Finding,
    Purpose,
    Scorecard,
    ScorecardVersion,
    Section,
    Severity,
)
from app.coaching.models import Obligation
from app.coaching.rules import ObligationKind, ObligationState, Tenure
from app.core import bulk
from app.core.clock import week_number
from app.core.database import db
from app.core.garbage import spare_what_stays
from app.curriculum.models import Competency
from app.gaps import cells as evidence_cells

CRITERIA = 15
COMPETENCIES = 12
AUDITORS = 200
TEAMS = 1_600
MONDAY = date(2025, 6, 2)
FAIL_RATE, NA_RATE = 0.06, 0.09


@contextmanager
def application(folder: Path, name: str) -> Iterator[Flask]:
    """An application on an empty SQLite file, in its context; garbage is looked for as rarely as where it is served."""
    url = f"sqlite:///{folder / name}.sqlite"
    app = create_app(config.load({"HILO_DATA_DIR": str(folder), "HILO_DATABASE_URL": url, "HILO_SECRET_KEY": "b" * 40}))
    with app.app_context():
        db.create_all()
        spare_what_stays()
        yield app
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()


def people(session: Any, agents: int) -> None:
    """Units, agents (ids 1 …) in teams, auditors after them."""
    session.add(Unit(id=1, kind=UnitKind.PROGRAMME, name="Programme", path=""))
    session.add_all(Unit(id=2 + n, parent_id=1, kind=UnitKind.SITE, name=f"S{n}", path=f"S{n}") for n in range(10))
    session.flush()
    session.add_all(
        Unit(
            id=20 + n,
            parent_id=2 + n % 10,
            kind=UnitKind.TEAM,
            name=f"T{n}",
            path=f"S{n % 10}/T{n}",
            line_of_business="B",
        )
        for n in range(TEAMS)
    )
    session.flush()
    tree = [(1, 1, 0), *((1, 2 + n, 1) for n in range(10)), *((2 + n, 2 + n, 0) for n in range(10))]
    for n in range(TEAMS):
        tree += [(1, 20 + n, 2), (2 + n % 10, 20 + n, 1), (20 + n, 20 + n, 0)]
    bulk.insert(session, UnitTree, ["ancestor_id", "unit_id", "depth"], tree)
    names = ["id", "employee_no", "name", "language", "session_key", "failed_sign_ins", "is_demo"]
    rows = ((n, f"E{n}", f"Person {n}", "en", "0", 0, False) for n in range(1, agents + AUDITORS + 1))
    bulk.insert(session, User, names, rows)
    since = date(2020, 1, 1)
    members = ((n, 20 + n % TEAMS, since) for n in range(1, agents + 1))
    bulk.insert(session, Membership, ["user_id", "team_id", "valid_from"], members)


def manager_and_lead(session: Any, agents: int) -> tuple[User, User]:
    """A program manager, and the lead of the first team, after all other people."""
    first = agents + AUDITORS + 1
    people = [
        User(id=first + n, employee_no=f"M{n}", name=f"Manager {n}", language="en", password_hash="none")
        for n in range(2)
    ]
    session.add_all(people)
    session.flush()
    places = ((Role.PROGRAM_MANAGER, 1), (Role.TEAM_LEAD, 20))
    since = date(2020, 1, 1)
    session.add_all(
        Grant(user_id=who.id, role=role, unit_id=unit, valid_from=since)
        for who, (role, unit) in zip(people, places, strict=True)
    )
    session.flush()
    return people[0], people[1]


def ledger(session: Any, agents: int, months: Sequence[date], lead_id: int) -> int:
    """Two sessions owed to each agent in each month (its first day), most of them held in time; how many rows."""
    names = [
        "person_id", "kind", "trigger_key", "team_id", "lead_id", "now_team_id", "owner_id", "opened_at", "due_at",
        "put_off_days", "due_month", "state", "tenure", "closed_at",
    ]  # fmt: skip
    states = (
        ObligationState.MET,
        ObligationState.MET,
        ObligationState.MET,
        ObligationState.MET_LATE,
        ObligationState.OPEN,
    )
    tenures = tuple(Tenure)

    def rows() -> Iterator[tuple[Any, ...]]:
        for month in months:
            for day in (9, 23):
                due = datetime(month.year, month.month, day, 12, tzinfo=UTC)
                for n in range(1, agents + 1):
                    state, team = states[(n + day) % len(states)], 20 + n % TEAMS
                    closed = None if state is ObligationState.OPEN else due
                    owner = lead_id if team == 20 else None
                    yield (
                        n, ObligationKind.CADENCE, f"cadence:{due:%Y-%m-%d}", team, owner, team, owner,
                        due - timedelta(days=14), due, 0, month, state, tenures[n % len(tenures)], closed,
                    )  # fmt: skip

    return bulk.insert(session, Obligation, names, rows())


def scorecard(session: Any) -> None:
    """One version of fifteen criteria on twelve competencies."""
    for n in range(1, COMPETENCIES + 1):
        session.add(Competency(id=n, code=f"K{n:02d}", name_en=f"K{n}", name_es=f"K{n}", target=0.9))
    session.add(Scorecard(id=1, code="S", name_en="S", name_es="S"))
    session.flush()
    session.add(ScorecardVersion(id=1, scorecard_id=1, label="1", imported_at=datetime(2025, 1, 1, tzinfo=UTC)))
    session.flush()
    session.add(Section(id=1, version_id=1, position=1, name_en="All", name_es="Todo"))
    session.add_all(CriterionIdentity(id=n, scorecard_id=1, code=f"C{n}") for n in range(1, CRITERIA + 1))
    session.flush()
    session.add_all(
        Criterion(
            id=n, version_id=1, identity_id=n, section_id=1, code=f"C{n}", position=n, text_en=f"C{n}", text_es=f"C{n}",
            weight=1.0, severity=Severity.MINOR,
        )
        for n in range(1, CRITERIA + 1)
    )  # fmt: skip
    session.flush()
    session.add_all(
        CriterionCompetency(criterion_id=n, competency_id=1 + (n - 1) % COMPETENCIES) for n in range(1, CRITERIA + 1)
    )
    session.flush()


def week_of_audits(
    session: Any, monday: date, agents: int, audits: int, first_id: int, rng: np.random.Generator, *, cells: bool
) -> int:
    """Audits of one week spread over the agents, with their findings and, when wanted, their cells; the next free id."""
    person = rng.integers(1, agents + 1, audits)
    auditor = rng.integers(agents + 1, agents + AUDITORS + 1, audits)
    at = datetime.combine(monday + timedelta(days=2), time(12), UTC)
    names = [
        "id", "source", "reference", "person_id", "auditor_id", "team_id", "version_id", "purpose", "contact_at", "audited_at",
        "released_at", "week", "state", "fatal", "checks", "fails",
    ]  # fmt: skip
    kept = at.replace(tzinfo=None).isoformat(sep=" ") + ".000000"
    week = week_number(monday)
    rows = (
        (
            first_id + i, "bench", str(first_id + i), p, a, 20 + p % TEAMS, 1, Purpose.RANDOM.value, kept, kept, kept, week,
            AuditState.RELEASED.value, False, CRITERIA, 0,
        )
        for i, (p, a) in enumerate(zip(person.tolist(), auditor.tolist(), strict=True))
    )  # fmt: skip
    bulk.insert(session, Audit, names, rows, raw=True)
    drawn = rng.random((audits, CRITERIA))
    failed, absent = drawn < FAIL_RATE, drawn > 1 - NA_RATE
    row, column = np.nonzero(failed | absent)
    results = np.where(failed[row, column], "fail", "na")
    found = zip((first_id + row).tolist(), (1 + column).tolist(), results.tolist(), strict=True)
    bulk.insert(session, Finding, ["audit_id", "criterion_id", "result"], found, raw=True)
    if cells:
        _cells(session, week, person, failed, absent)
    return first_id + audits


def _cells(session: Any, week: int, person: np.ndarray, failed: np.ndarray, absent: np.ndarray) -> None:
    row, column = np.nonzero(~absent)
    key = person[row] * 64 + 1 + column % COMPETENCIES
    keys, index = np.unique(key, return_inverse=True)
    n = np.bincount(index)
    fails = np.bincount(index, failed[row, column]).astype(int)
    kept = evidence_cells.Cells(keys // 64, keys % 64, np.full(len(keys), week), n, fails, n.astype(float))
    evidence_cells.write(session, kept)
