"""The list of gaps, and the heat map of agents by competencies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import contains_eager

from app.accounts.filters import by_unit, teams_of
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.reach import agents_in
from app.core.database import db
from app.core.tables import Cell, Column, Filter, Table, figure, on_day, rate, search, state, text
from app.curriculum.models import Competency
from app.gaps import labels, live
from app.gaps.models import Gap
from app.gaps.rules import ACTIVE, GapState, sayable
from app.gaps.waiting import without_remedy

WITH_ACTIVE = "active"
SHOWN = (*(s for s in GapState if s not in (GapState.NONE, GapState.ARCHIVED)),)


def gaps(viewer: User) -> Select[Gap]:
    """Gaps within the viewer's scope, with person and competency."""
    return (
        Gap.visible_to(viewer, Permission.SEE_GAPS)
        .join(Gap.person)
        .join(Gap.competency)
        .options(contains_eager(Gap.person), contains_eager(Gap.competency))
    )


def narrow_to_state(value: str) -> ColumnElement[bool]:
    """Active gaps, or those in one state; `ValueError` for a state there is not."""
    return Gap.state.in_(ACTIVE) if value == WITH_ACTIVE else Gap.state == GapState(value)


def gap_table(viewer: User) -> Table:
    """The list of gaps, the surest first."""
    teams: dict[int, str] = {}

    def load_teams(rows: Sequence[Gap]) -> None:
        teams.update(teams_of(db.session(), (g.person_id for g in rows)))

    return Table(
        id="gaps",
        caption=lazy_gettext("Gaps"),
        columns=[
            Column("agent", lazy_gettext("Agent"), _agent, sort=User.name),
            Column("team", lazy_gettext("Team"), lambda g: text(teams.get(g.person_id, ""))),
            Column(
                "competency", lazy_gettext("Competency"), lambda g: text(g.competency.name), sort=Competency.name.sql
            ),
            Column("state", lazy_gettext("State"), _state, sort=Gap.state),
            Column("sure", lazy_gettext("Sure"), _sure, sort=Gap.probability, align="end", kind="rate"),
            Column("missed", lazy_gettext("Missed in 13 weeks"), _missed, sort=Gap.fails13, kind="rate"),
            Column(
                "checks",
                lazy_gettext("Checks"),
                lambda g: figure(g.checks13),
                sort=Gap.checks13,
                align="end",
                kind="number",
            ),
            Column("opened", lazy_gettext("Opened"), lambda g: on_day(g.opened_on), sort=Gap.opened_on, kind="date"),
        ],
        filters=[
            search(User.name, label=lazy_gettext("Agent")),
            Filter("state", lazy_gettext("State"), narrow_to_state, state_options),
            Filter("competency", lazy_gettext("Competency"), lambda v: Gap.competency_id == int(v), competency_options),
            by_unit(Gap.person_id, viewer, Permission.SEE_GAPS),
            Filter("remedy", lazy_gettext("Remedy"), lambda _v: without_remedy(), lambda: [("none", _("none yet"))]),
        ],
        sort="-sure",
        tie_break=Gap.id,
        after=load_teams,
        empty_text=lazy_gettext("No gap here. A gap opens at the end of a week when the evidence says so."),
    )


def state_options() -> list[tuple[str, str]]:
    """The states a list of gaps may be narrowed to."""
    return [(WITH_ACTIVE, _("active")), *((s.value, str(labels.STATES[s])) for s in SHOWN)]


def competency_options() -> list[tuple[str, str]]:
    """Competencies that have gaps' evidence, by name."""
    found = db.session.scalars(
        select(Competency).where(Competency.id.in_(select(Gap.competency_id))).order_by(Competency.code)
    )
    return [(str(c.id), c.name.text) for c in found]


def _agent(gap: Gap) -> Cell:
    return text(gap.person.name, url=url_for("thread.gap", gap_id=gap.id))


def _state(gap: Gap) -> Cell:
    return state(labels.STATES[gap.state], labels.TONES[gap.state], raw=gap.state.value)


def _sure(gap: Gap) -> Cell:
    return Cell("text", labels.sureness(gap.probability), raw=sayable(gap.probability), tone="end")


def _missed(gap: Gap) -> Cell:
    return rate(gap.fails13, gap.checks13)


# --- Heat map ---


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One cell: `step` is the shade, 0 without enough evidence."""

    probability: float | None
    checks: int
    step: int
    url: str | None


@dataclass(frozen=True, slots=True)
class HeatRow:
    """One agent."""

    name: str
    url: str
    cells: list[HeatCell]


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Agents × competencies, worst first."""

    columns: list[str]
    rows: list[HeatRow]


def agents(viewer: User) -> Select[User]:
    """The agents in the viewer's scope who have evidence, those in most need first."""
    need = func.coalesce(
        select(func.sum(Gap.probability))
        .where(Gap.person_id == User.id, Gap.probability >= 0.5)
        .correlate(User)
        .scalar_subquery(),
        0,
    )
    active = (
        select(func.count())
        .select_from(Gap)
        .where(Gap.person_id == User.id, Gap.state.in_(ACTIVE))
        .correlate(User)
        .scalar_subquery()
    )
    return (
        select(User)
        .where(User.id.in_(agents_in(viewer, Permission.SEE_GAPS)), User.left_on.is_(None))
        .order_by(active.desc(), need.desc(), User.name)
    )


def heat_map(people: Sequence[User], day: date) -> HeatMap:
    """The map of these agents: columns are the competencies any of them has evidence on."""
    found = live.pairs(db.session(), [p.id for p in people], day)
    wanted = {competency for _person, competency in found}
    shown = db.session.scalars(select(Competency).where(Competency.id.in_(wanted)).order_by(Competency.code)).all()
    rows = [
        HeatRow(
            person.name,
            url_for("home.person", person_id=person.id),
            [_heat_cell(found.get((person.id, c.id))) for c in shown],
        )
        for person in people
    ]
    return HeatMap([c.name.text for c in shown], rows)


def _heat_cell(pair: live.Live | None) -> HeatCell:
    if pair is None:
        return HeatCell(None, 0, 0, None)
    url = url_for("thread.gap", gap_id=pair.gap_id) if pair.gap_id else None
    shown = min(pair.probability, 0.99) if pair.enough else None
    return HeatCell(shown, pair.checks, pair.step, url)
