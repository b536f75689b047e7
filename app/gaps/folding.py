"""Where pairs stand at a decided week, worked out again from their cells: after what changed in weeks already decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import bulk
from app.core.clock import week_number
from app.gaps import board, decisions, standing
from app.gaps.models import Gap
from app.gaps.posterior import believe


def refold(session: Session, people: set[int]) -> None:
    """Work out again, from their cells, where the pairs of these people stand at the last decided week."""
    last = decisions.last_decided(session)
    if last is None or not people:
        return
    number = week_number(last)
    where = standing.belonging(session, standing.sunday(last))
    for block in bulk.chunks(sorted(people)):
        _put(session, block, number, where)


def _put(session: Session, people: Sequence[int], week: int, where: standing.Belonging) -> None:
    """Fold the cells of these people up to `week`, and keep where that leaves their pairs."""
    fresh = standing.fold(session, week, where, people=people)
    keys = standing.keys(fresh.person, fresh.competency)
    found = board.admit(session, board.load(session, people), keys, week, where)
    at, known = standing.place(keys, found.key)
    goal = board.goals(session, found.competency)

    def of(values: np.ndarray) -> np.ndarray:
        return np.where(known, values[at], 0) if len(values) else np.zeros(len(found), dtype=values.dtype)

    found.n, found.f, found.since = of(fresh.evidence.n), of(fresh.evidence.f), of(fresh.evidence.since)
    found.checks13, found.fails13 = of(fresh.window.checks), of(fresh.window.fails)
    found.expected13 = of(fresh.window.standard) * (1 - goal)
    found.last_week = np.where(known, of(fresh.last_week), -1)
    found.decided = np.full(len(found), week)
    before = found.probability
    found.probability = believe(found.n, found.f, found.mean).probability(goal) if len(goal) else goal
    state, _closed = board.states(session, found)
    board.show(session, found, board.worth_showing(state, before, found.probability))
    board.store(session, found)
    session.expire_all()


def refold_all(session: Session, week: date) -> None:
    """Where everybody's pairs stand at the end of a week."""
    people = list(session.scalars(select(Gap.person_id).distinct()))
    number = week_number(week)
    where = standing.belonging(session, standing.sunday(week))
    for block in bulk.chunks(people):
        _put(session, block, number, where)


__all__ = ["refold", "refold_all"]
