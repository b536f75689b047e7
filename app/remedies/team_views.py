"""The page of a team's gap: who shares it, its course, how it was decided, and what can be done for all of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.accounts.access import may, requires, viewer
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.reach import reach
from app.core import charts
from app.core.clock import monday_of, now
from app.core.database import db, one_or_404
from app.core.i18n import day as day_said
from app.core.web import row_number
from app.curriculum.models import Module
from app.curriculum.queries import modules_for
from app.curriculum.services import programme_day
from app.gaps import board, labels
from app.gaps.live import Live, WeekPoint
from app.gaps.models import Gap, Remedy
from app.gaps.outcomes import NOTHING
from app.gaps.rules import MEMBER_PROBABILITY
from app.gaps.standing import belonging, sunday
from app.gaps.teams import reading
from app.gaps.teams.models import TeamGap, TeamTransition
from app.gaps.teams.pooling import Pooled, pool
from app.remedies import drawing, effect_words, effects, services
from app.remedies.blueprint import thread as bp
from app.remedies.labels import sure
from app.remedies.page import DUE_DAYS
from app.remedies.proposals import MOST_MODULES

LOOK_BACK = timedelta(weeks=26)
SEVERAL = 2
"""Agents who completed something in one week that the chart marks."""


@dataclass(frozen=True, slots=True)
class _Team:
    """What the evidence says of a team's gap today."""

    gap: TeamGap
    day: date
    pooled: Pooled
    """Of this gap alone; empty where nobody has a check on it."""
    members: Sequence[tuple[User, Live]]

    @property
    def people(self) -> list[int]:
        return [person.id for person, _pair in self.members]

    @property
    def sharing(self) -> list[Live]:
        """Of those who are more likely than not below target themselves."""
        return [pair for _person, pair in self.members if pair.probability >= MEMBER_PROBABILITY]


@bp.get("/teams/<int:gap_id>")
@requires(Permission.SEE_GAPS)
def team(gap_id: int) -> ResponseReturnValue:
    """One gap of a team and its history, with those who share it and what may be done for all of them."""
    found = _team(gap_id)
    session, points = db.session(), _points(found)
    modules = [one for _competency, one in session.execute(modules_for([found.gap.competency_id]))][:MOST_MODULES]
    measured = effects.of_modules(session, only=[one.id for one in modules])
    may_assign = may(viewer(), Permission.ASSIGN_MODULES)
    return render_template(
        "remedies/team.html",
        gap=found.gap,
        name=reading.names_of(session)[found.gap.team_id],
        probability=points[-1].probability if points else None,
        agents=len(found.members),
        sharing=found.sharing,
        coached=_coached([pair.person_id for pair in found.sharing]),
        members=found.members,
        told=_told(found.gap, _remedies(found)),
        points=points,
        chart_title=drawing.title(points),
        chart_text=drawing.description(points),
        talks=effect_words.verdict(effects.of_sessions(session, found.gap.competency_id)),
        modules=[(one, effect_words.verdict(measured.get(one.id, NOTHING))) for one in modules],
        theirs=len(_gaps(found)) if may_assign else 0,
        labels=labels,
        sure=sure,
        sunday=sunday,
    )


@bp.get("/teams/<int:gap_id>/chart.svg")
@requires(Permission.SEE_GAPS)
def team_chart(gap_id: int) -> Response:
    """The probability of a team's gap by week, drawn; `?theme=dark` for the dark theme."""
    found = _team(gap_id)
    marks = [(sunday(week), _many(week, count)) for week, count in _remedies(found) if count >= SEVERAL]
    return charts.answer(drawing.curve(_points(found), marks, charts.asked_theme()))


@bp.post("/teams/<int:gap_id>/act")
@requires(Permission.ASSIGN_MODULES)
def act_for_team(gap_id: int) -> ResponseReturnValue:
    """Assign a module to all who share the gap, or owe each of them a session about it: a theme of the team's coaching."""
    gaps, session, said = _gaps(_team(gap_id)), db.session(), []
    if "module_id" in request.form:
        module_id = request.form.get("module_id", type=row_number)
        module = one_or_404(Module.visible_to(viewer()).where(Module.id == module_id))
        due_on = programme_day(now()) + timedelta(days=DUE_DAYS)
        given = sum(services.give_for_gap(session, one, module, due_on=due_on, by=viewer(), on=now()) for one in gaps)
        said.append(
            ngettext("Assigned to %(num)s agent.", "Assigned to %(num)s agents.", given)
            if given
            else _("All of them already have it.")
        )
    if request.form.get("owe"):
        owed = sum(services.owe_for_gap(session, one, by=viewer(), on=now()) for one in gaps)
        said.append(
            ngettext("%(num)s session owed.", "%(num)s sessions owed.", owed)
            if owed
            else _("Each of them is already owed a session.")
        )
    session.commit()
    flash(" ".join(said) or _("Nothing was chosen."))
    return redirect(url_for("thread.team", gap_id=gap_id))


def _team(gap_id: int) -> _Team:
    wanted = TeamGap.visible_to(viewer(), Permission.SEE_GAPS).where(TeamGap.id == gap_id)
    gap = one_or_404(wanted.options(joinedload(TeamGap.competency), joinedload(TeamGap.team)))
    session, day = db.session(), programme_day(now())
    key = np.array([(gap.team_id << 20) + gap.competency_id])
    pooled = pool(session, board.load(session), belonging(session, day), kept=key)
    return _Team(
        gap,
        day,
        pooled.at(key),
        reading.members(session, gap, day),
    )


def _points(found: _Team) -> list[WeekPoint]:
    """The course of the gap; none where nobody of the team has a check on it."""
    if not len(found.pooled.key):
        return []
    return reading.history(db.session(), found.gap, found.people, float(found.pooled.mean[0]), found.day)


def _gaps(found: _Team) -> list[Gap]:
    """The gaps of those who share it whom the viewer may give something."""
    mine = Gap.visible_to(viewer(), Permission.ASSIGN_MODULES).where(
        Gap.id.in_([pair.gap_id for pair in found.sharing if pair.gap_id is not None])
    )
    return list(db.session.scalars(mine.order_by(Gap.id)))


def _many(week: date, count: int) -> str:
    return ngettext("%(num)s agent, %(day)s", "%(num)s agents, %(day)s", count, day=day_said(sunday(week), "short"))


def _coached(people: list[int]) -> list[int]:
    """Those of these people whom the viewer may plan a session with."""
    mine = reach(viewer(), Permission.LOG_SESSIONS)
    return list(db.session.scalars(select(User.id).where(User.id.in_(people), User.id.in_(mine)).order_by(User.name)))


def _told(gap: TeamGap, remedies: list[tuple[date, int]]) -> list[tuple[date, TeamTransition | None, int]]:
    """What was decided, and what its agents completed, by week, the last one first."""
    lines: list[tuple[date, TeamTransition | None, int]] = [(one.week, one, 0) for one in gap.transitions]
    lines += [(week, None, count) for week, count in remedies]
    return sorted(lines, key=lambda one: (one[0], one[1] is not None), reverse=True)


def _remedies(found: _Team) -> list[tuple[date, int]]:
    """(week, agents who completed something on it) of half a year, by agents of today's team, the last week first."""
    statement = (
        select(Remedy.week, func.count(Remedy.person_id.distinct()))
        .where(
            Remedy.competency_id == found.gap.competency_id,
            Remedy.person_id.in_(found.people),
            Remedy.week >= monday_of(found.day - LOOK_BACK),
        )
        .group_by(Remedy.week)
        .order_by(Remedy.week.desc())
    )
    return [(week, count) for week, count in db.session.execute(statement)]
