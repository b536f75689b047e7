"""Coaching agent by agent: what was due to each in each team, what was held in time, and what is owed now.

Coverage counts the rows of this list; its figures lead here with the filters of the ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import request, url_for
from flask_babel import lazy_gettext
from sqlalchemy import ColumnElement, Select, func

from app.accounts.models import Unit, User
from app.accounts.permissions import Permission
from app.coaching.lists.obligations import ledger_filters, not_held
from app.coaching.models import Obligation
from app.coaching.rules import NOT_COUNTED, TARGET, ObligationState
from app.core.database import db
from app.core.tables import Cell, Column, Table, figure, rate, text

SHARED = ("month", "kind", "lead", "market", "tenure")
"""The filters an agent's figures hand on to the ledger."""


def agents(viewer: User, at: datetime) -> Select[*tuple[Any, ...]]:
    """(person id, name, number, team id, team, path, due, in time, late, missed, owed) within scope: one aggregation."""
    return (
        Obligation.visible_to(viewer, Permission.SEE_COACHING)
        .with_only_columns(
            Obligation.person_id.label("person_id"),
            func.max(User.name).label("name"),
            func.max(User.employee_no).label("employee_no"),
            Obligation.team_id.label("team_id"),
            func.max(Unit.name).label("team"),
            func.max(Unit.path).label("path"),
            *(_number(condition).label(name) for name, condition in _counted(at).items()),
        )
        .join(User, User.id == Obligation.person_id)
        .join(Unit, Unit.id == Obligation.team_id)
        .group_by(Obligation.person_id, Obligation.team_id)
    )


def agent_table(viewer: User, at: datetime) -> Table:
    """The agents, those with most not held first; each number opens its obligations."""
    seen: set[int] = set()

    def load(rows: Sequence[Any]) -> None:
        found = User.visible_to(viewer).where(User.id.in_({row.person_id for row in rows}))
        seen.clear()
        seen.update(db.session.scalars(found.with_only_columns(User.id)))

    counted = _counted(at)

    def column(key: str, label: Any, state: str, at_close: str = "", **asked: str) -> Column:
        def cell(row: Any) -> Cell:
            return figure(
                row._mapping[key], _rows(row, state, at_close or state, **asked) if row._mapping[key] else None
            )

        return Column(key, label, cell, sort=lambda: _number(counted[key]), align="end", kind="number")

    return Table(
        id="coaching-by-agent",
        columns=[
            Column("name", lazy_gettext("Agent"), lambda row: _agent(row, seen), sort=lambda: func.max(User.name)),
            Column("team", lazy_gettext("Team"), _team, sort=lambda: func.max(Unit.path)),
            Column("in_time", lazy_gettext("On time"), lambda row: rate(row.in_time, row.due, TARGET), kind="rate"),
            column("due", lazy_gettext("Due so far"), "counted", due="by_now"),
            column("late", lazy_gettext("Held late"), "late"),
            column("missed", lazy_gettext("Not held"), "not_held", "missed"),
            column("owed", lazy_gettext("Owed now"), "open"),
        ],
        filters=ledger_filters(viewer, at),
        sort="-missed",
        caption=lazy_gettext("Coaching by agent"),
        tie_break=Obligation.person_id,
        empty_text=lazy_gettext("No agent matches. Remove a filter to see more."),
        after=load,
    )


def _counted(at: datetime) -> dict[str, ColumnElement[bool]]:
    """What each figure counts: as things stand, or as they stood at the close of the month."""
    state = Obligation.frozen if _closed() else Obligation.state
    by_now = Obligation.due_at <= at
    return {
        "due": state.not_in(NOT_COUNTED) & by_now,
        "in_time": (state == ObligationState.MET) & by_now,
        "late": state == ObligationState.MET_LATE,
        "missed": state == ObligationState.MISSED if _closed() else not_held(at),
        "owed": state == ObligationState.OPEN,
    }


def _number(condition: ColumnElement[bool]) -> Any:
    return func.count().filter(condition)


def _closed() -> bool:
    """Whether what is asked for is counted as at the close of its month."""
    return bool(request.args.get("at_close"))


def _agent(row: Any, seen: set[int]) -> Cell:
    """By name; to the agent's page where it is within reach, which it is not after a move elsewhere."""
    url = url_for("home.person", person_id=row.person_id) if row.person_id in seen else None
    return text(row.name, url=url, note=row.employee_no)


def _team(row: Any) -> Cell:
    return text(row.team, note=" · ".join(row.path.split("/")[:-1]), raw=row.path)


def _rows(row: Any, state: str, at_close: str, **asked: str) -> str:
    """The rows of the ledger a number counts."""
    asks: dict[str, Any] = {name: request.args[name] for name in SHARED if request.args.get(name)}
    asks |= {"at_close": at_close} if _closed() else {**asked, "state": state}
    asks |= {"person": row.person_id, "unit": row.team_id}
    return url_for("coaching.obligations", **asks)
