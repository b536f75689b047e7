"""Every pair as it stood at the end of a day: the last decided state, and the probability as known then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from flask import current_app
from numpy.typing import NDArray
from sqlalchemy import Integer, String, and_, select, true, type_coerce
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.audits.models import Audit
from app.core.clock import end_of, monday_of, week_number
from app.curriculum.models import Competency
from app.gaps import cells, evidence, fitting, posterior, standing
from app.gaps.models import Cell, Gap, Transition
from app.gaps.redefining import deriving
from app.gaps.rules import ACTIVE, GapState

Ints = NDArray[np.int64]
REMEMBERED_WEEKS = 26
"""Pairs without a check for longer are left out."""


@dataclass(frozen=True, slots=True)
class Line:
    """One pair: what `flask gaps export` writes. `audited` and `failed` are raw checks of 13 weeks."""

    as_of: date
    employee_no: str
    competency: str
    state: GapState
    opened_on: date | None
    probability: float
    audited: int
    failed: int
    target: float


def take(session: Session, as_of: date, *, all_pairs: bool = False) -> Iterator[Line]:
    """The gaps, or all pairs with evidence in 26 weeks, as they stood at the end of `as_of`, by person and competency."""
    where = standing.belonging(session, as_of)
    found = fold(session, as_of, where)
    target = standing.targets(session, as_of)
    goal = np.array([target[c] for c in found.competency.tolist()], dtype=float)
    groups = standing.groups(where, found.person, found.competency)
    n, f = found.evidence.n, found.evidence.f
    probability = posterior.believe(n, f, posterior.expected_rates(groups, n, f)).probability(goal)
    states = _states(session, as_of)
    numbers = dict(session.execute(select(User.id, User.employee_no)).all())
    codes = dict(session.execute(select(Competency.id, Competency.code)).all())
    recent = week_number(as_of) - REMEMBERED_WEEKS
    order = sorted(
        np.flatnonzero(found.last_week > recent).tolist(),
        key=lambda i: (numbers[int(found.person[i])], codes[int(found.competency[i])]),
    )
    for i in order:
        person, competency = int(found.person[i]), int(found.competency[i])
        state, opened = states.get((person, competency), (GapState.NONE, None))
        if all_pairs or state in ACTIVE:
            yield Line(
                as_of, numbers[person], codes[competency], state, opened if state in ACTIVE else None, float(probability[i]),
                int(found.window.checks[i]), int(found.window.fails[i]), float(goal[i]),
            )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unknown:
    """What cells hold that was not known at the end of a day."""

    keys: Ints
    """(person << 20) + week number of these cells."""
    weeks: list[date]
    known: cells.Cells | None
    """What was known of these people and weeks; none when there are none."""


def fold(
    session: Session, as_of: date, where: standing.Belonging, people: Sequence[int] | None = None
) -> standing.Standings:
    """Evidence of everybody, or of some, at the end of a day, from all cells but for what was not yet known then."""
    number = week_number(as_of)
    among = true() if people is None else Cell.person_id.in_(people)
    kept = cells.read(session, among & (cells.week_number <= number))
    found = unknown(session, as_of, people)
    columns = pick(kept, found.keys, without=True)
    if found.known is not None:
        columns = [np.concatenate([old, new]) for old, new in zip(columns, found.known, strict=True)]
    columns = _held_then(session, as_of, columns, people)
    return standing.gather(session, *columns, as_of=number, where=where, people=people)


def _held_then(
    session: Session, as_of: date, columns: list[np.ndarray], people: Sequence[int] | None
) -> list[np.ndarray]:
    """These cells, with those of competencies that had another target then counted against it."""
    other = standing.other_targets(session, as_of)
    if not other:
        return columns
    fresh = deriving.count(session, other, evidence.Reading(frozenset(other), other), as_of)
    mine = np.ones(len(fresh.person), bool) if people is None else np.isin(fresh.person, list(people))
    stay = np.isin(columns[1], list(other), invert=True)
    return [np.concatenate([old[stay], new[mine]]) for old, new in zip(columns, fresh, strict=True)]


def pick(among: Sequence[np.ndarray], keys: Ints, *, without: bool = False) -> list[np.ndarray]:
    """Of cells as `cells.read` gives them those of these people and weeks, or all others."""
    mine = np.isin((among[0] << 20) + among[2], keys, invert=without)
    return [column[mine] for column in among]


def unknown(session: Session, as_of: date, people: Sequence[int] | None = None) -> Unknown:
    """The people and weeks whose cells hold contacts of later days of this week, or audits released later."""
    until = end_of(as_of, current_app.config["PROGRAMME_TIME_ZONE"])
    later = and_(Audit.week <= as_of, Audit.released_at >= until)
    rest = and_(Audit.week == monday_of(as_of), Audit.contact_at >= until)
    statement = select(Audit.person_id, Audit.week).where(later | rest).distinct()
    if people is not None:
        statement = statement.where(Audit.person_id.in_(people))
    touched = [(person, week) for person, week in session.execute(statement)]
    keys = np.array([(person << 20) + week_number(week) for person, week in touched], dtype=np.int64)
    known = (
        evidence.count(session, touched, fitting.load(session), until, Audit.contact_at < until) if touched else None
    )
    return Unknown(keys, sorted({week for _person, week in touched}), known)


def _states(session: Session, as_of: date) -> dict[tuple[int, int], tuple[GapState, date | None]]:
    """State and day of opening of each pair that ever moved, by the decisions up to `as_of`."""
    last = week_number(as_of + timedelta(days=1)) - 1
    columns = (
        Gap.person_id, Gap.competency_id, Transition.week, type_coerce(Transition.from_state, String),
        type_coerce(Transition.to_state, String),
    )  # fmt: skip
    statement = (
        select(*columns)
        .join(Gap, Gap.id == Transition.gap_id)
        .where(type_coerce(Transition.week, Integer) <= last)
        .order_by(Transition.week)
    )
    found: dict[tuple[int, int], tuple[GapState, date | None]] = {}
    for person, competency, week, before, after in session.execute(statement):
        opened = found.get((person, competency), (GapState.NONE, None))[1]
        if after in (GapState.OPEN, GapState.RELAPSED) and GapState(before) not in ACTIVE:
            opened = standing.sunday(week)
        found[person, competency] = GapState(after), opened
    return found
