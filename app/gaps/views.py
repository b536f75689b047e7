"""The pages of gaps: the list, and the heat map. The page of one gap is in `remedies`, with its thread."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext

from app.accounts.access import may, requires, viewer
from app.accounts.filters import belonging_to, by_unit, unit_options
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.queries import subtree
from app.audits.labels import CAUSES
from app.audits.models import Audit
from app.core import exports
from app.core.clock import day_of, now
from app.core.database import db
from app.core.i18n import percent, time_zone
from app.core.tables import Column, Table, search, text
from app.core.web import row_number
from app.gaps import heat, labels, lists, live, pattern_sheets, patterns
from app.gaps.blueprint import bp
from app.gaps.decisions import last_decided
from app.gaps.models import Gap
from app.gaps.rules import in_full_points
from app.gaps.standing import sunday
from app.gaps.teams import reading

AGENTS_A_PAGE = 25


@bp.get("")
@requires(Permission.USE)
def index() -> ResponseReturnValue:
    """The gaps within reach; an agent's own. Without a state in the address, the active ones."""
    me, shown = viewer(), lists.asked_state()
    of_others = may(me, Permission.SEE_GAPS)
    return lists.gap_table(me, of_others=of_others).answer(
        lists.gaps(me, shown),
        "gaps/index.html",
        tabs=lists.tabs(shown),
        shown=shown,
        decided=_last_sunday(),
        next_decision=live.next_decision(_today()),
        of_others=of_others,
    )


@bp.get("/map")
@requires(Permission.SEE_GAPS)
def heat_map() -> ResponseReturnValue:
    """Agents × competencies of the viewer's scope, most need first; as a file, one row per agent and competency."""
    me, today = viewer(), _today()
    agents = Table(
        id="heat-map",
        columns=[Column("agent", lazy_gettext("Agent"), lambda u: text(u.name))],
        filters=[
            search(User.name, User.employee_no, label=lazy_gettext("Agent")),
            by_unit(User.id, me, Permission.SEE_GAPS),
        ],
        per_page=AGENTS_A_PAGE,
    )
    statement = heat.agents(me, today)
    file_format = request.args.get("format")
    if file_format in ("csv", "xlsx"):
        sheet = heat.heat_sheet(agents.narrowed(statement), today)
        return exports.download([replace(sheet, rows=list(sheet.rows))], file_format, sheet.name)
    page = agents.page(statement)
    return render_template(
        "gaps/map.html",
        table=page,
        map=heat.heat_map([row.item for row in page.rows], today),
        summary=heat.summary(agents.narrowed(statement)),
        decided=_last_sunday(),
    )


@bp.get("/patterns")
@requires(Permission.SEE_GAPS)
def where_it_hurts() -> ResponseReturnValue:
    """Gaps of teams, criteria that fail for other reasons, and what is new, chronic or back; `?format=xlsx` as a file."""
    me, day, session = viewer(), _today(), db.session()
    units = unit_options(me, Permission.SEE_GAPS)
    unit = request.args.get("unit", "")
    unit = unit if unit in dict(units) else ""
    people = belonging_to(row_number(unit)) if unit else None
    teams = reading.lines(session, me, day, subtree(row_number(unit)) if unit else None)
    systemic = patterns.systemic(session, me, day, None if people is None else Audit.person_id.in_(people))
    ages = patterns.ages(session, me, day, None if people is None else Gap.person_id.in_(people))
    if request.args.get("format") == "xlsx":
        return exports.download(pattern_sheets.sheets(teams, systemic, ages), "xlsx", "patterns")
    return render_template(
        "gaps/patterns.html",
        may_start=may(me, Permission.SET_POLICIES),
        teams=teams,
        systemic=systemic,
        ages=ages,
        units=units,
        unit=unit,
        causes=CAUSES,
        labels=labels,
        sunday=sunday,
        said=lambda probability: percent(in_full_points(probability), 0),
    )


def _today() -> date:
    return day_of(now(), time_zone())


def _last_sunday() -> date | None:
    week = last_decided(db.session())
    return None if week is None else sunday(week)
