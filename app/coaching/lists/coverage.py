"""Agents who were owed a session, each in each team, with how many were owed and held: what coverage counts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import request, url_for
from flask_babel import lazy_gettext
from sqlalchemy import Select, func

from app.accounts.models import Unit, User
from app.coaching.lists.obligations import ledger_filters
from app.coaching.lists.shared import name_of
from app.coaching.models import Obligation
from app.coaching.rules import NOT_COUNTED, ObligationState
from app.core.tables import Cell, Column, Table, figure, text

SHARED = ("month", "due", "kind", "lead", "market", "tenure")
"""The filters an agent's figures hand on to the ledger."""


def coverage(viewer: User) -> Select[*tuple[Any, ...]]:
    """(person id, name, number, team id, team, path, counted, held, in time) of what the viewer may see."""
    state = _state()
    held = func.count().filter(state.in_((ObligationState.MET, ObligationState.MET_LATE)))
    seen = Obligation.visible_to(viewer).with_only_columns(
        Obligation.person_id.label("person_id"),
        func.max(User.name).label("name"),
        func.max(User.employee_no).label("employee_no"),
        Obligation.team_id.label("team_id"),
        func.max(Unit.name).label("team"),
        func.max(Unit.path).label("path"),
        func.count().filter(state.not_in(NOT_COUNTED)).label("counted"),
        held.label("held"),
        func.count().filter(state == ObligationState.MET).label("in_time"),
    )
    return (
        seen.join(User, User.id == Obligation.person_id)
        .join(Unit, Unit.id == Obligation.team_id)
        .group_by(Obligation.person_id, Obligation.team_id)
    )


def coverage_table(viewer: User, at: datetime) -> Table:
    """The list; whom nobody has seen first."""
    return Table(
        id="coverage",
        columns=[
            Column("agent", lazy_gettext("Agent"), _agent, sort=lambda: name_of(Obligation.person_id)),
            Column("team", lazy_gettext("Team"), _team),
            Column(
                "owed",
                lazy_gettext("Sessions owed"),
                lambda r: _count(r, r.counted, "counted"),
                kind="number",
                align="end",
            ),
            Column(
                "held",
                lazy_gettext("Held, in time or late"),
                lambda r: _count(r, r.held, "held"),
                sort=lambda: func.count().filter(_state().in_((ObligationState.MET, ObligationState.MET_LATE))),
                kind="number",
                align="end",
            ),
            Column(
                "in_time",
                lazy_gettext("Of them in time"),
                lambda r: _count(r, r.in_time, "in_time"),
                kind="number",
                align="end",
            ),
        ],
        filters=ledger_filters(viewer, at),
        sort="held",
        caption=lazy_gettext("Agents owed a session"),
        tie_break=Obligation.person_id,
        empty_text=lazy_gettext("No agent matches. Taking away a filter shows more."),
    )


def _closed() -> bool:
    """Whether what is asked for is counted as at the close of its month."""
    return bool(request.args.get("at_close"))


def _state() -> Any:
    return Obligation.frozen if _closed() else Obligation.state


def _agent(row: Any) -> Cell:
    return text(row.name, note=row.employee_no)


def _team(row: Any) -> Cell:
    return text(row.team, note=" · ".join(row.path.split("/")[:-1]), raw=row.path)


def _count(row: Any, value: int, state: str) -> Cell:
    """A number of an agent, leading to the rows of the ledger it counts."""
    if not value:
        return figure(0)
    asks: dict[str, Any] = {name: request.args[name] for name in SHARED if request.args.get(name)}
    asks |= {"person": row.person_id, "unit": row.team_id, "at_close" if _closed() else "state": state}
    return figure(value, url=url_for("coaching.obligations", **asks))
