"""The weekly decision on teams, after that on their agents; and taking decisions back."""

from __future__ import annotations

from datetime import date

import numpy as np
from sqlalchemy import delete, func, select, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.types import Integer

from app.core.clock import week_number
from app.gaps import rules, standing
from app.gaps.board import Board
from app.gaps.rules import Bools, GapState
from app.gaps.states import NEVER
from app.gaps.teams import states
from app.gaps.teams.models import TeamGap, TeamTransition
from app.gaps.teams.pooling import Pooled, pool


def decide(
    session: Session,
    week: date,
    found: Board,
    done: Bools,
    where: standing.Belonging,
    *,
    replayed: bool,
    rewritten: bool,
) -> None:
    """Decide the gaps of teams on where their agents of that Sunday stand; writes what moved."""
    kept = {(one.team_id << 20) + one.competency_id: one for one in session.scalars(select(TeamGap))}
    known = np.array(sorted(kept), dtype=np.int64)
    pooled = _with(pool(session, found, where, done=done, kept=known), kept)
    number, closed = week_number(week), _closed(session) if kept else {}
    before = np.full(len(pooled.key), GapState.NONE.code, np.int8)
    entered, shut = np.full(len(pooled.key), number), np.full(len(pooled.key), -NEVER)
    for i, key in zip(np.searchsorted(pooled.key, known).tolist(), known.tolist(), strict=True):
        gap = kept[key]
        before[i] = gap.state.code
        entered[i] = week_number(gap.state_week) if gap.state_week else number
        shut[i] = closed.get(gap.id, -NEVER)
    signals = states.Signals(
        pooled.probability, pooled.agents, pooled.likely, pooled.completed, number - entered, number - shut
    )
    after = states.decide(before, signals)
    for i in np.flatnonzero(after != before).tolist():
        key, state = int(pooled.key[i]), rules.STATES[after[i]]
        gap = kept.get(key)
        if gap is None:
            gap = TeamGap(team_id=key >> 20, competency_id=key & 0xFFFFF, state=GapState.NONE)
            session.add(gap)
        gap.transitions.append(
            TeamTransition(
                week=week, from_state=gap.state, to_state=state, probability=float(pooled.probability[i]),
                agents=int(pooled.agents[i]), likely=int(pooled.likely[i]), replayed=replayed, rewritten=rewritten,
            )
        )  # fmt: skip
        gap.state, gap.state_week = state, week
    session.flush()


def rewind(session: Session, week: date) -> None:
    """Take back the decisions from a week on."""
    session.execute(delete(TeamTransition).where(TeamTransition.week >= week))
    session.expire_all()
    left: dict[int, TeamTransition] = {}
    for one in session.scalars(select(TeamTransition).order_by(TeamTransition.week)):
        left[one.gap_id] = one
    for gap in session.scalars(select(TeamGap)):
        last = left.get(gap.id)
        if last is None:
            session.delete(gap)
        else:
            gap.state, gap.state_week = last.to_state, last.week
    session.flush()


def _with(pooled: Pooled, kept: dict[int, TeamGap]) -> Pooled:
    """With the teams that have a gap and no evidence any more."""
    missing = np.array(sorted(set(kept) - set(pooled.key.tolist())), dtype=np.int64)
    order = np.argsort(np.concatenate([pooled.key, missing]))
    none = np.zeros(len(missing), dtype=np.int64)
    return Pooled(
        np.concatenate([pooled.key, missing])[order],
        np.concatenate([pooled.probability, none.astype(float)])[order],
        *(np.concatenate([column, none])[order] for column in (pooled.agents, pooled.likely, pooled.completed)),
        np.concatenate([pooled.mean, none.astype(float)])[order],
    )


def _closed(session: Session) -> dict[int, int]:
    """The number of the week each was closed in last."""
    statement = (
        select(TeamTransition.gap_id, func.max(type_coerce(TeamTransition.week, Integer)))
        .where(TeamTransition.to_state == GapState.CLOSED)
        .group_by(TeamTransition.gap_id)
    )
    return dict(session.execute(statement).all())
