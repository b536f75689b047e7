"""The list of gaps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from flask import request, url_for
from flask_babel import LazyString, lazy_gettext, lazy_pgettext, ngettext
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, case, select
from sqlalchemy.orm import contains_eager

from app.accounts.filters import by_unit, teams_of
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.core.clock import now
from app.core.database import db
from app.core.i18n import percent
from app.core.tables import Cell, Column, Filter, Table, day_column, figure, rate, search, state, text
from app.core.web import address, row_number
from app.curriculum.models import Competency
from app.gaps import labels
from app.gaps.models import Gap
from app.gaps.narrowing import moves
from app.gaps.rules import ACTIVE, GapState, sayable
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
        search(
            User.name,
            User.employee_no,
            Competency.name_en,
            Competency.name_es,
            Competency.code,
            label=lazy_gettext("Agent or competency"),
        ),
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
        empty_text=lazy_gettext("No gaps here. A gap opens at the end of a week when the evidence says so."),
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
        day_column("opened", lazy_gettext("Opened"), Gap.opened_on),
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
