"""The pages of gaps: the list, and the heat map. The page of one gap is in `remedies`, with its thread."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext

from app.accounts.access import may, requires, viewer
from app.accounts.filters import by_unit
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.core.clock import day_of, now
from app.core.database import db
from app.core.i18n import time_zone
from app.core.tables import Column, Table, search, text
from app.core.web import address
from app.gaps import lists, live
from app.gaps.decisions import last_decided
from app.gaps.standing import sunday

bp = Blueprint("gaps", __name__, url_prefix="/gaps", template_folder="templates")

AGENTS_A_PAGE = 25


@bp.get("")
@requires(Permission.USE)
def index() -> ResponseReturnValue:
    """The gaps within reach; an agent's own. Without a state in the address, the active ones."""
    me = viewer()
    statement = lists.gaps(me)
    if "state" not in request.args:
        statement = statement.where(lists.narrow_to_state(lists.WITH_ACTIVE))
    else:
        statement = statement.where(lists.Gap.state.in_(lists.SHOWN))
    return lists.gap_table(me).answer(
        statement,
        "gaps/index.html",
        decided=_last_sunday(),
        next_decision=live.next_decision(_today()),
        sees_others=may(me, Permission.SEE_GAPS),
    )


@bp.get("/map")
@requires(Permission.SEE_GAPS)
def heat_map() -> ResponseReturnValue:
    """Agents × competencies of the viewer's scope, worst first; as a file, one row per agent and competency."""
    me = viewer()
    agents = Table(
        id="heat-map",
        columns=[Column("agent", lazy_gettext("Agent"), lambda u: text(u.name))],
        filters=[search(User.name, label=lazy_gettext("Agent")), by_unit(User.id, me, Permission.SEE_GAPS)],
        per_page=AGENTS_A_PAGE,
    )
    if request.args.get("format") in ("csv", "xlsx"):
        people = lists.agents(me).with_only_columns(User.id).order_by(None)
        return lists.gap_table(me).answer(lists.gaps(me).where(lists.Gap.person_id.in_(people)), "gaps/index.html")
    page = agents.page(lists.agents(me))
    found = lists.heat_map([row.item for row in page.rows], _today())
    exports = {f: address(format=f, page=None) for f in ("csv", "xlsx")}
    return render_template("gaps/map.html", table=page, map=found, export_urls=exports, decided=_last_sunday())


def _today() -> date:
    return day_of(now(), time_zone())


def _last_sunday() -> date | None:
    week = last_decided(db.session())
    return None if week is None else sunday(week)


from app.gaps import cli  # noqa: E402, F401 -- the room's commands
