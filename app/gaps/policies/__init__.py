"""Policies: what the weekly decision asks for, by competency and market, from a week on; tried on the past before they hold.

Which holds: here. Deeds: `services.py`. The trial: `trial.py`. Pages: `views.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.accounts.queries import places
from app.core.clock import monday_of
from app.gaps import standing
from app.gaps.models import Gap, GapPolicy
from app.gaps.rules import DEFAULT_POLICY, POLICY_TERMS, Bools, Ints, Policy


def in_force(session: Session, week: date) -> list[GapPolicy]:
    """The policies that decide a week, the widest first."""
    ended = or_(GapPolicy.valid_to.is_(None), GapPolicy.valid_to > week)
    return widest_first(session.scalars(select(GapPolicy).where(GapPolicy.valid_from <= week, ended)))


def widest_first(rows: Iterable[GapPolicy]) -> list[GapPolicy]:
    """One for any competency and market, then those of a market, of a competency, and of both."""
    return sorted(rows, key=lambda one: (one.competency_id is not None, one.market is not None, one.valid_from))


def terms_of(row: GapPolicy | None) -> Policy:
    """What a policy asks for; without one the defaults."""
    return DEFAULT_POLICY if row is None else Policy(**{name: getattr(row, name) for name in POLICY_TERMS})


def of_pairs(
    session: Session, rows: Sequence[GapPolicy], where: standing.Belonging, person: Ints, competency: Ints
) -> tuple[Policy, Ints]:
    """What these rows, the widest first, ask of each pair: arrays in the shape of a policy; and the id of its row, 0 of none."""
    ids = np.zeros(len(person), np.int64)
    if not rows:
        return DEFAULT_POLICY, ids
    terms: dict[str, Any] = {name: np.full(len(person), getattr(DEFAULT_POLICY, name)) for name in POLICY_TERMS}
    for row, mine in zip(rows, matches(session, rows, where, person, competency), strict=True):
        ids[mine] = row.id or 0
        for name in POLICY_TERMS:
            terms[name][mine] = getattr(row, name)
    return Policy(**terms), ids


def matches(
    session: Session, rows: Sequence[GapPolicy], where: standing.Belonging, person: Ints, competency: Ints
) -> list[Bools]:
    """Which pairs are within each of these rows."""
    markets = _markets(session, where, person) if any(row.market for row in rows) else None
    found = []
    for row in rows:
        mine = np.ones(len(person), bool) if row.competency_id is None else competency == row.competency_id
        found.append(mine if row.market is None or markets is None else mine & (markets == row.market))
    return found


def _markets(session: Session, where: standing.Belonging, person: Ints) -> np.ndarray:
    """The market of each person's site."""
    known = places(session)
    sites, index = np.unique(where.site, return_inverse=True)
    names = np.array([known[site].market or "" if site in known else "" for site in sites.tolist()], dtype=object)
    at, found = standing.place(where.person, person)
    return np.where(found, names[index][at], "") if len(where.person) else np.full(len(person), "", dtype=object)


def of_gaps(session: Session, gaps: Sequence[Gap], day: date) -> dict[int, Policy]:
    """What is asked of each of these gaps by the next decision, by gap id: a handful of queries, however many gaps."""
    rows = in_force(session, monday_of(day))
    if not rows or not gaps:
        return dict.fromkeys((gap.id for gap in gaps), DEFAULT_POLICY)
    person = np.array([gap.person_id for gap in gaps], np.int64)
    competency = np.array([gap.competency_id for gap in gaps], np.int64)
    where = standing.belonging(session, day, sorted(set(person.tolist())))
    found: dict[int, Policy] = dict.fromkeys((gap.id for gap in gaps), DEFAULT_POLICY)
    for row, mine in zip(rows, matches(session, rows, where, person, competency), strict=True):
        found |= {gaps[i].id: terms_of(row) for i in np.flatnonzero(mine).tolist()}
    return found
