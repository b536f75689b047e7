"""Coaching compliance agent by agent: what was due to each, what was held in time, and what is overdue now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import request, url_for
from flask_babel import lazy_gettext
from sqlalchemy import ColumnElement, Select, case, func

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.coaching.lists.obligations import due_in, in_unit, not_held
from app.coaching.lists.shared import asked_month, called, unit_options
from app.coaching.models import Obligation
from app.coaching.rules import NOT_COUNTED, TARGET, ObligationState
from app.core.tables import Cell, Column, Filter, Table, figure, rate, text

LATE, OWED = "late", "owed"


def _number(condition: ColumnElement[bool]) -> Any:
    return func.count(case((condition, 1)))


def _open() -> ColumnElement[bool]:
    return Obligation.state == ObligationState.OPEN


def agents(viewer: User, at: datetime) -> Select[*tuple[Any, ...]]:
    """(id, name, number, due by now, in time, held late, not held, owed now) of each agent in scope: one aggregation."""
    due = Obligation.state.not_in(NOT_COUNTED) & (Obligation.due_at <= at)
    return (
        Obligation.visible_to(viewer, Permission.SEE_COACHING)
        .join(User, User.id == Obligation.person_id)
        .with_only_columns(
            User.id,
            User.name,
            User.employee_no,
            _number(due),
            _number(due & (Obligation.state == ObligationState.MET)),
            _number(Obligation.state == ObligationState.MET_LATE),
            _number(not_held(at)),
            _number(_open()),
        )
        .group_by(User.id, User.name, User.employee_no)
    )


def agent_table(viewer: User, at: datetime) -> Table:
    """The agents, those with most not held first; each number opens its obligations."""
    due = Obligation.state.not_in(NOT_COUNTED) & (Obligation.due_at <= at)
    held_late = Obligation.state == ObligationState.MET_LATE
    return Table(
        id="coaching-by-agent",
        columns=[
            Column("name", lazy_gettext("Agent"), _name, sort=User.name),
            Column("in_time", lazy_gettext("In time"), lambda row: _rate(row), kind="rate"),
            _counted("due", lazy_gettext("Due by now"), 3, _number(due), due="by_now", state="counted"),
            _counted("late", lazy_gettext("Held late"), 5, _number(held_late), state="late"),
            _counted("missed", lazy_gettext("Not held"), 6, _number(not_held(at)), state="not_held"),
            _counted("owed", lazy_gettext("Owed now"), 7, _number(_open()), state="open"),
        ],
        filters=[
            Filter("q", lazy_gettext("Search agents"), lambda v: called(Obligation.person_id, v), kind="text"),
            Filter("month", lazy_gettext("Due in month"), due_in, asked_month, kind="month"),
            Filter("unit", lazy_gettext("Unit"), lambda v: in_unit(viewer, v), lambda: unit_options(viewer)),
            Filter(
                "only",
                lazy_gettext("Only"),
                lambda v: not_held(at) if v == LATE else _open(),
                lambda: [(LATE, lazy_gettext("what was not held in time")), (OWED, lazy_gettext("what is owed now"))],
            ),
        ],
        sort="-missed",
        caption=lazy_gettext("Coaching by agent"),
        tie_break=User.id,
        empty_text=lazy_gettext("No agent was owed a session here in this month."),
    )


def _name(row: Any) -> Cell:
    return text(row[1], url=url_for("home.person", person_id=row[0]), note=row[2])


def _rate(row: Any) -> Cell:
    return rate(row[4], row[3], TARGET)


def _counted(key: str, label: Any, place: int, sort: Any, **asked: str) -> Column:
    """A column of numbers that open their rows, of the same month."""

    def cell(row: Any) -> Cell:
        found = {**asked, "month": request.args.get("month", "")}
        url = url_for("coaching.obligations", q=row[2], **found)  # ty: ignore[invalid-argument-type]
        return figure(row[place], url if row[place] else None)

    return Column(key, label, cell, sort=sort, align="end", kind="number")
