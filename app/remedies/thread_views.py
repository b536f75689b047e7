"""Pages of whole threads: of an agent, all competencies on one time line; and of a competency, all agents within reach."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from app.accounts.access import requires, viewer
from app.accounts.filters import belonging_to, teams_of, unit_options
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.reach import reach
from app.audits.labels import CAUSES
from app.coaching import labels as coaching_labels
from app.core import charts
from app.core.clock import now
from app.core.database import db, one_or_404
from app.core.web import row_number
from app.curriculum import services as curriculum
from app.curriculum.models import Competency
from app.gaps import labels as gap_labels
from app.gaps import live
from app.gaps.models import Gap
from app.gaps.rules import ACTIVE, GapState
from app.remedies import agent_thread, competency_thread, labels
from app.remedies.blueprint import thread as bp

ENTRIES_SHOWN = 24
LINES = 5
"""So many competencies are drawn, the surest first."""
DRAWN = (*ACTIVE, GapState.CLOSING, GapState.WATCH)


@bp.get("/agents/<int:person_id>")
@requires(Permission.USE)
def agent(person_id: int) -> ResponseReturnValue:
    """All threads of an agent within reach, or of oneself, on one time line; `?all=1` for half a year of it."""
    person, today, session = _person(person_id), curriculum.programme_day(now()), db.session()
    gaps = agent_thread.gaps_of(session, person, viewer())
    told = agent_thread.read(session, person, gaps, viewer(), day=today)
    shown = told if request.args.get("all") else told[:ENTRIES_SHOWN]
    drawn = _drawn(gaps)
    points = live.histories(session, drawn, today)
    return render_template(
        "remedies/agent.html",
        person=person,
        team=teams_of(session, [person.id]).get(person.id),
        gaps=[gap for gap in gaps if gap.state in DRAWN],
        drawn=[gap for gap in drawn if points[gap.id]],
        points=points,
        told=shown,
        earlier=len(told) - len(shown),
        states=gap_labels.STATES,
        tones=gap_labels.TONES,
        labels=labels,
        cause_names=CAUSES,
        session_kinds=coaching_labels.SESSION_KINDS,
        obligation_kinds=coaching_labels.OBLIGATION_KINDS,
        obligation_states=coaching_labels.OBLIGATION_STATES,
        own=person.id == viewer().id,
    )


@bp.get("/agents/<int:person_id>/chart.svg")
@requires(Permission.USE)
def agent_chart(person_id: int) -> Response:
    """How likely each of the surest gaps was, by week."""
    person, today, session = _person(person_id), curriculum.programme_day(now()), db.session()
    drawn = _drawn(agent_thread.gaps_of(session, person, viewer()))
    histories = live.histories(session, drawn, today)
    points = [
        {"day": (one.week + timedelta(days=6)).isoformat(), "value": one.probability, "name": gap.competency.name.text}
        for gap in drawn
        for one in histories[gap.id]
    ]
    return charts.answer(charts.many(points, theme=charts.asked_theme()))


@bp.get("/competencies/<int:competency_id>")
@requires(Permission.SEE_GAPS)
def competency(competency_id: int) -> ResponseReturnValue:
    """What happened on a competency among the agents within reach, week by week; `?unit=` for those of one unit."""
    about, today = _competency(competency_id), curriculum.programme_day(now())
    units = unit_options(viewer(), Permission.SEE_GAPS)
    unit = _unit(units)
    among = Gap.person_id.in_(belonging_to(row_number(unit))) if unit else None
    weeks = competency_thread.read(db.session(), about, viewer(), day=today, among=among)
    active = competency_thread.active_by_week(db.session(), about, viewer(), day=today, among=among)
    return render_template(
        "remedies/competency.html",
        about=about,
        weeks=weeks,
        active=active,
        chart_title=_title(active),
        units=units,
        unit=unit,
        address=url_for("gaps.index", competency=about.id, unit=unit or None),
        labels=labels,
    )


@bp.get("/competencies/<int:competency_id>/chart.svg")
@requires(Permission.SEE_GAPS)
def competency_chart(competency_id: int) -> Response:
    """How many gaps were active at the end of each week."""
    about, today = _competency(competency_id), curriculum.programme_day(now())
    unit = _unit(unit_options(viewer(), Permission.SEE_GAPS))
    among = Gap.person_id.in_(belonging_to(row_number(unit))) if unit else None
    active = competency_thread.active_by_week(db.session(), about, viewer(), day=today, among=among)
    name = _("active gaps")
    points = [{"day": (week + timedelta(days=6)).isoformat(), "value": count, "name": name} for week, count in active]
    return charts.answer(charts.many(points, theme=charts.asked_theme(), shares=False))


def _title(active: list[tuple[date, int]]) -> str:
    if not active:
        return _("No gap was active yet")
    first, last = active[0][1], active[-1][1]
    if first == last:
        return _("%(now)s active, as half a year ago", now=last)
    return _("%(now)s active, %(then)s at first", now=last, then=first)


def _drawn(gaps: list[Gap]) -> list[Gap]:
    return [gap for gap in gaps if gap.state in DRAWN][:LINES] or gaps[:LINES]


def _person(person_id: int) -> User:
    return one_or_404(select(User).where(User.id == person_id, User.id.in_(reach(viewer(), Permission.SEE_GAPS))))


def _competency(competency_id: int) -> Competency:
    return one_or_404(Competency.visible_to(viewer()).where(Competency.id == competency_id))


def _unit(units: list[tuple[str, str]]) -> str:
    asked = request.args.get("unit", "")
    return asked if asked in dict(units) else ""
