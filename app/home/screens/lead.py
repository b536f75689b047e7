"""The first screen of a team lead: the queue of coaching, the month, and the team as a heat map."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.reach import agents_in
from app.coaching.owed import context
from app.core.clock import day_of
from app.gaps import heat

AGENTS_SHOWN = 25
SURE = 4
"""The darkest shade of a heat map: 90 % and more."""


@dataclass(frozen=True, slots=True)
class Team:
    """The heat map of a team, and what it says."""

    map: heat.HeatMap
    sure: int
    """Agents at 90 % or more on some competency."""
    commonest: str | None
    """The competency most of them share."""
    more: bool
    """Whether there are more agents than shown."""


def screen(session: Session, viewer: User, *, at: datetime, time_zone: str) -> dict[str, Any]:
    """What the template of the queue asks for, and the team."""
    return {**context(viewer, at, time_zone), "team": team(session, viewer, at=at, time_zone=time_zone)}


def team(session: Session, viewer: User, *, at: datetime, time_zone: str) -> Team:
    """The agents somebody coaches by competencies, those in most need first."""
    mine = heat.agents(viewer).where(User.id.in_(agents_in(viewer, Permission.LOG_SESSIONS)), User.id != viewer.id)
    people = session.scalars(mine.limit(AGENTS_SHOWN + 1)).all()
    found = heat.heat_map(people[:AGENTS_SHOWN], day_of(at, time_zone))
    shared: Counter[str] = Counter()
    sure = 0
    for row in found.rows:
        most = [name for name, cell in zip(found.columns, row.cells, strict=True) if cell.step == SURE]
        shared.update(most)
        sure += bool(most)
    commonest = shared.most_common(1)
    return Team(found, sure, commonest[0][0] if commonest else None, more=len(people) > AGENTS_SHOWN)
