"""The page of a team's gap: who shares it, how it was decided, and what can be done for all of them at once."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.accounts.access import may, requires, viewer
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.reach import reach
from app.core.clock import monday_of, now
from app.core.database import db, one_or_404
from app.curriculum.queries import modules_for
from app.curriculum.services import programme_day
from app.gaps import board, labels
from app.gaps.blueprint import bp
from app.gaps.models import Remedy
from app.gaps.rules import MEMBER_PROBABILITY
from app.gaps.standing import sunday
from app.gaps.teams import reading
from app.gaps.teams.models import TeamGap, TeamTransition
from app.gaps.teams.pooling import pool

LOOK_BACK = timedelta(weeks=26)


@bp.get("/teams/<int:gap_id>")
@requires(Permission.SEE_GAPS)
def team_gap(gap_id: int) -> ResponseReturnValue:
    """One gap of a team and its history, with those who share it and one session for all of them."""
    wanted = TeamGap.visible_to(viewer(), Permission.SEE_GAPS).where(TeamGap.id == gap_id)
    found = one_or_404(wanted.options(joinedload(TeamGap.competency), joinedload(TeamGap.team)))
    session, day = db.session(), programme_day(now())
    key = (found.team_id << 20) + found.competency_id
    pooled = pool(session, board.load(session), day, kept=np.array([key]))
    at = np.flatnonzero(pooled.key == key)
    members = reading.members(session, found, day)
    sharing = [person.id for person, pair in members if pair.probability >= MEMBER_PROBABILITY]
    modules = [one for _competency, one in session.execute(modules_for([found.competency_id]))]
    return render_template(
        "gaps/team.html",
        gap=found,
        name=reading.names_of(session)[found.team_id],
        probability=float(pooled.probability[at[0]]) if len(at) else None,
        agents=len(members),
        sharing=sharing,
        coached=_coached(sharing),
        members=members,
        told=_told(found, _remedies(found, [person.id for person, _pair in members])),
        modules=modules,
        may_assign=may(viewer(), Permission.ASSIGN_MODULES),
        labels=labels,
        sunday=sunday,
    )


def _coached(people: list[int]) -> list[int]:
    """Those of these people whom the viewer may plan a session with."""
    mine = reach(viewer(), Permission.LOG_SESSIONS)
    return list(db.session.scalars(select(User.id).where(User.id.in_(people), User.id.in_(mine)).order_by(User.name)))


def _told(gap: TeamGap, remedies: list[tuple[date, int]]) -> list[tuple[date, TeamTransition | None, int]]:
    """What was decided, and what its agents completed, by week, the last one first."""
    lines: list[tuple[date, TeamTransition | None, int]] = [(one.week, one, 0) for one in gap.transitions]
    lines += [(week, None, count) for week, count in remedies]
    return sorted(lines, key=lambda one: (one[0], one[1] is not None), reverse=True)


def _remedies(gap: TeamGap, people: list[int]) -> list[tuple[date, int]]:
    """(week, agents who completed something on it) of half a year, by agents of today's team, the last week first."""
    statement = (
        select(Remedy.week, func.count(Remedy.person_id.distinct()))
        .where(
            Remedy.competency_id == gap.competency_id,
            Remedy.person_id.in_(people),
            Remedy.week >= monday_of(programme_day(now()) - LOOK_BACK),
        )
        .group_by(Remedy.week)
        .order_by(Remedy.week.desc())
    )
    return [(week, count) for week, count in db.session.execute(statement)]
