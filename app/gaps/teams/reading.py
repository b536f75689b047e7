"""Gaps of teams for pages: the states decided, with what the evidence says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.queries import members_on, places
from app.gaps import board, live, posterior, standing
from app.gaps.rules import ACTIVE, GapState
from app.gaps.teams.models import TeamGap
from app.gaps.teams.pooling import Pooled, pool

SHOWN = (*ACTIVE, GapState.CLOSING)


@dataclass(frozen=True, slots=True)
class Line:
    """A gap that most of a team shares: one session, or a mended process, instead of many single ones."""

    gap: TeamGap
    team: str
    probability: float
    agents: int
    """With evidence on it."""
    likely: int
    """Of them, those more likely than not below target themselves."""


def lines(session: Session, viewer: User, day: date, teams: Select[int] | None = None) -> list[Line]:
    """The gaps of teams in the viewer's scope that are active or closing, the surest first."""
    statement = TeamGap.visible_to(viewer, Permission.SEE_GAPS).where(TeamGap.state.in_(SHOWN))
    if teams is not None:
        statement = statement.where(TeamGap.team_id.in_(teams))
    gaps = session.scalars(statement.options(joinedload(TeamGap.competency))).all()
    if not gaps:
        return []
    kept = np.array([(one.team_id << 20) + one.competency_id for one in gaps], dtype=np.int64)
    pooled, names = pool(session, board.load(session), standing.belonging(session, day), kept=kept), names_of(session)
    found = [_line(gap, names, pooled) for gap in gaps]
    return sorted(found, key=lambda one: (one.gap.state is GapState.CLOSING, -one.probability, one.gap.id))


def names_of(session: Session) -> dict[int, str]:
    """Teams with their sites, as one reads them."""
    return {place.id: " · ".join(place.path.split("/")[-2:]) for place in places(session).values()}


def _line(gap: TeamGap, names: dict[int, str], pooled: Pooled) -> Line:
    at = np.flatnonzero(pooled.key == (gap.team_id << 20) + gap.competency_id)
    i = int(at[0]) if len(at) else None
    return Line(
        gap,
        names[gap.team_id],
        0.0 if i is None else float(pooled.probability[i]),
        0 if i is None else int(pooled.agents[i]),
        0 if i is None else int(pooled.likely[i]),
    )


def history(session: Session, gap: TeamGap, people: Sequence[int], mean: float, day: date) -> list[live.WeekPoint]:
    """The probability of the team's gap at the end of each of the last weeks, by the checks of these, its agents of today.

    The expected rate is today's, as in the course of an agent's gap.
    """
    goal = np.array([gap.competency.target])
    found = []
    for one in live.course(session, [(person, gap.competency_id) for person in sorted(people)], day):
        if one.known.any():
            belief = posterior.believe(np.array([one.n.sum()]), np.array([one.f.sum()]), np.array([mean]))
            sure = float(belief.probability(goal)[0])
            found.append(live.WeekPoint(one.week, sure, int(one.checks.sum()), int(one.missed.sum())))
    return found


def members(session: Session, gap: TeamGap, day: date) -> Sequence[tuple[User, live.Live]]:
    """The agents of the team with evidence on the competency, the surest first."""
    ids = [person for person, team in session.execute(members_on(day)) if team == gap.team_id]
    people = {one.id: one for one in session.scalars(select(User).where(User.id.in_(ids)))}
    found = live.pairs(session, ids, day)
    mine = [(people[who], pair) for (who, about), pair in found.items() if about == gap.competency_id and pair.checks]
    return sorted(mine, key=lambda one: (-one[1].probability, one[0].name))
