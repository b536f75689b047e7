"""The list of gaps, and the heat map of agents by competencies."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import request, url_for
from flask_babel import LazyString, lazy_gettext, lazy_pgettext, ngettext, pgettext
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import contains_eager

from app.accounts.filters import by_unit, teams_of
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.reach import agents_in
from app.audits.labels import CAUSES
from app.core import bulk
from app.core.clock import now
from app.core.database import db
from app.core.exports import Sheet
from app.core.i18n import Bilingual, percent
from app.core.tables import Cell, Column, Filter, Table, figure, on_day, rate, search, state, text
from app.core.web import address, row_number
from app.curriculum.models import Competency
from app.gaps import labels, live
from app.gaps.models import Gap
from app.gaps.narrowing import moves
from app.gaps.patterns import Ages, Systemic
from app.gaps.rules import ACTIVE, LEAST_SAID, GapState, in_full_points, sayable
from app.gaps.teams.reading import Line
from app.gaps.waiting import without_remedy

SHOWN = tuple(s for s in GapState if s not in (GapState.NONE, GapState.ARCHIVED))
"""The states of what is listed; of the others there is nothing to say."""
ACTIVE_KEY, ALL_KEY = "active", "all"
TABS: dict[str, LazyString] = {
    ACTIVE_KEY: lazy_pgettext("gaps", "Active"),
    GapState.WATCH.value: labels.STATES[GapState.WATCH],
    GapState.CLOSING.value: labels.STATES[GapState.CLOSING],
    GapState.CLOSED.value: lazy_pgettext("gaps", "Closed"),
    ALL_KEY: lazy_pgettext("gaps", "All"),
}
URGENT = (GapState.RELAPSED, GapState.OPEN, GapState.IN_REMEDIATION, GapState.CLOSING, GapState.WATCH)
"""States in the order a list by state has them; all others come after."""


def gaps(viewer: User, shown: str = ALL_KEY) -> Select[Gap]:
    """Gaps within the viewer's scope, with person and competency: `all`, the `active` ones, or those in one state."""
    wanted = {ALL_KEY: SHOWN, ACTIVE_KEY: tuple(ACTIVE)}.get(shown) or (GapState(shown),)
    return (
        Gap.visible_to(viewer, Permission.SEE_GAPS)
        .join(Gap.person)
        .join(Gap.competency)
        .options(contains_eager(Gap.person), contains_eager(Gap.competency))
        .where(Gap.state.in_(wanted))
    )


def asked_state() -> str:
    """Which gaps the address asks for; the active ones when it does not say, or says what there is not."""
    asked = request.args.get("state", "")
    return asked if asked in TABS or asked in {s.value for s in SHOWN} else ACTIVE_KEY


def tabs(shown: str) -> list[tuple[str, LazyString, bool]]:
    """The tabs of the list; one that only a link asks for stands behind them."""
    names = TABS if shown in TABS else {**TABS, shown: labels.STATES[GapState(shown)]}
    return [
        (address(state=None if key == ACTIVE_KEY else key, page=None), name, key == shown)
        for key, name in names.items()
    ]


def gap_table(viewer: User, *, of_others: bool = True) -> Table:
    """The list of gaps, the surest first; without agents and teams when there are only one's own."""
    teams: dict[int, str] = {}

    def load_teams(rows: Sequence[Gap]) -> None:
        teams.update(teams_of(db.session(), (g.person_id for g in rows)))

    whose = [
        Column("agent", lazy_gettext("Agent"), _agent, sort=User.name),
        Column("team", lazy_gettext("Team"), lambda g: text(teams.get(g.person_id, ""))),
    ]
    among = [
        search(User.name, User.employee_no, label=lazy_gettext("Agent")),
        Filter(
            "competency", lazy_gettext("Competency"), lambda v: Gap.competency_id == row_number(v), competency_options
        ),
        by_unit(Gap.person_id, viewer, Permission.SEE_GAPS),
        Filter("age", lazy_gettext("Open for"), _opened_before, _ages),
        Filter("remedy", lazy_gettext("Remedy"), lambda _v: without_remedy(), lambda: [("none", _("none yet"))]),
        *moves(),
    ]
    return Table(
        id="gaps",
        caption=lazy_gettext("Gaps"),
        columns=[*(whose if of_others else []), *_columns(linked=not of_others)],
        filters=among if of_others else [],
        sort="-sure",
        tie_break=Gap.id,
        after=load_teams if of_others else None,
        empty_text=lazy_gettext("No gap here. A gap opens at the end of a week when the evidence says so."),
    )


AGES = (7, 14, 28, 56, 91)
"""Days by which the list is narrowed to gaps that have been open longer."""


def _ages() -> list[tuple[str, str]]:
    return [(str(days), ngettext("more than %(num)s week", "more than %(num)s weeks", days // 7)) for days in AGES]


def _opened_before(value: str) -> ColumnElement[bool]:
    """Whether a gap was opened so many days ago, or longer."""
    return Gap.opened_on < now().date() - timedelta(days=AGES[AGES.index(int(value))])


def _columns(*, linked: bool) -> list[Column]:
    """What a list says of each gap; `linked` when its competency leads to its page."""
    severity = case({state: place for place, state in enumerate(URGENT)}, value=Gap.state, else_=len(URGENT))
    return [
        Column(
            "competency",
            lazy_gettext("Competency"),
            lambda g: text(g.competency.name, url=_page(g) if linked else None),
            sort=Competency.name.sql,
        ),
        Column("state", lazy_gettext("State"), _state, sort=severity),
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
    ]


def competency_options() -> list[tuple[str, str]]:
    """Competencies that have gaps' evidence, by code."""
    found = db.session.scalars(
        select(Competency).where(Competency.id.in_(select(Gap.competency_id))).order_by(Competency.code)
    )
    return [(str(c.id), c.name.text) for c in found]


def _page(gap: Gap) -> str:
    return url_for("thread.gap", gap_id=gap.id)


def _agent(gap: Gap) -> Cell:
    return text(gap.person.name, url=_page(gap), note=gap.person.employee_no)


def _state(gap: Gap) -> Cell:
    return state(labels.STATES[gap.state], labels.TONES[gap.state], raw=gap.state.value)


def _sure(gap: Gap) -> Cell:
    said = sayable(gap.probability)
    return Cell("text", _("no evidence") if said is None else percent(said, 0), raw=round(gap.probability, 4))


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


def agents(viewer: User, day: date | None = None) -> Select[User]:
    """The agents in the viewer's scope who have not left by `day` (at all when there is none), most need first."""
    need = func.coalesce(
        select(func.sum(Gap.probability))
        .where(Gap.person_id == User.id, Gap.probability >= LEAST_SAID)
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
    here = User.left_on.is_(None) if day is None else or_(User.left_on.is_(None), User.left_on > day)
    return (
        select(User)
        .where(User.id.in_(agents_in(viewer, Permission.SEE_GAPS)), here)
        .order_by(active.desc(), need.desc(), User.name, User.id)
    )


def heat_map(people: Sequence[User], day: date) -> HeatMap:
    """The map of these agents: columns are the competencies any of them has evidence on."""
    found = live.pairs(db.session(), [p.id for p in people], day)
    shown = _competencies({competency for _person, competency in found})
    rows = [
        HeatRow(
            person.name,
            url_for("home.person", person_id=person.id),
            [_heat_cell(found.get((person.id, c.id))) for c in shown],
        )
        for person in people
    ]
    return HeatMap([c.name.text for c in shown], rows)


def _competencies(ids: Collection[int]) -> Sequence[Competency]:
    return db.session.scalars(select(Competency).where(Competency.id.in_(ids)).order_by(Competency.code)).all()


def _heat_cell(pair: live.Live | None) -> HeatCell:
    if pair is None:
        return HeatCell(None, 0, 0, None)
    url = url_for("thread.gap", gap_id=pair.gap_id) if pair.gap_id else None
    return HeatCell(in_full_points(pair.probability) if pair.enough else None, pair.checks, pair.step, url)


@dataclass(frozen=True, slots=True)
class Summary:
    """What a heat map says in a sentence: agents with an active gap, of all; what most of them share, and how many."""

    agents: int
    all: int
    commonest: Bilingual | None
    shared: int


def summary(among: Select[User]) -> Summary:
    """Of these agents."""
    ids = among.with_only_columns(User.id).order_by(None)
    active = (Gap.state.in_(ACTIVE), Gap.person_id.in_(ids))
    count = select(func.count()).select_from(ids.subquery())
    most = (
        select(Competency, func.count())
        .join(Gap, Gap.competency_id == Competency.id)
        .where(*active)
        .group_by(Competency.id)
        .order_by(func.count().desc(), Competency.code)
        .limit(1)
    )
    competency, shared = db.session.execute(most).one_or_none() or (None, 0)
    return Summary(
        agents=db.session.scalar(select(func.count(Gap.person_id.distinct())).where(*active)) or 0,
        all=db.session.scalar(count) or 0,
        commonest=competency.name if competency else None,
        shared=shared,
    )


def heat_sheet(people: Select[User], day: date) -> Sheet:
    """The heat map as a file: a row for each of these agents and competency with evidence."""
    headers = [
        _("Employee number"), _("Agent"), _("Team"), _("Code"), _("Competency"), _("Probability"), _("Checks"),
        pgettext("checks", "Missed"),
        _("State"),
    ]  # fmt: skip
    kinds = ["text", "text", "text", "text", "text", "rate", "number", "number", "text"]
    return Sheet("heat-map", headers, _heat_rows(db.session.scalars(people).all(), day), kinds)


def _heat_rows(people: Sequence[User], day: date) -> Iterator[list[Any]]:
    """Block by block, so that memory stays flat however many agents there are."""
    session = db.session()
    known = {c.id: c for c in session.scalars(select(Competency))}
    for block in bulk.chunks(people):
        found = live.pairs(session, [person.id for person in block], day)
        teams = teams_of(session, [person.id for person in block])
        of_person: dict[int, list[live.Live]] = {}
        for pair in found.values():
            of_person.setdefault(pair.person_id, []).append(pair)
        for person in block:
            for pair in sorted(of_person.get(person.id, ()), key=lambda one: known[one.competency_id].code):
                competency = known[pair.competency_id]
                yield [
                    person.employee_no, person.name, teams.get(person.id, ""), competency.code, competency.name,
                    round(pair.probability, 4), pair.checks, pair.missed, pair.state.value,
                ]  # fmt: skip


# --- Patterns ---


def pattern_sheets(teams: Sequence[Line], systemic: Sequence[Systemic], ages: Sequence[Ages]) -> list[Sheet]:
    """Where it hurts, as the sheets of a workbook."""
    team_rows = [
        (
            o.team,
            o.gap.competency.name,
            str(labels.STATES[o.gap.state]),
            in_full_points(o.probability),
            o.likely,
            o.agents,
        )
        for o in teams
    ]
    other_rows = [
        (o.criterion.code, o.criterion.text, str(CAUSES[o.cause]), o.fails, o.checks, o.agents) for o in systemic
    ]
    age_rows = [(o.competency.name, o.active, o.new, o.chronic, o.relapsed) for o in ages]
    return [
        Sheet(
            _("Gaps of teams"),
            [_("Team"), _("Competency"), _("State"), _("Sure"), _("Agents who share it"), _("Agents")],
            team_rows,
            ["text", "text", "text", "rate", "number", "number"],
        ),
        Sheet(
            _("Other reasons"),
            [_("Code"), _("Criterion"), _("Most frequent cause"), _("Missed checks"), _("Agents")],
            other_rows,
            ["text", "text", "text", "number", "number"],
        ),
        Sheet(
            _("New, chronic, back"),
            [_("Competency"), _("Active"), _("New"), _("Chronic"), _("Relapsed")],
            age_rows,
            ["text", "number", "number", "number", "number"],
        ),
    ]
