"""The ledger of obligations; its filters are those that compliance figures link to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext, pgettext
from sqlalchemy import ColumnElement, Select, and_, false, select
from sqlalchemy.orm import joinedload

from app.accounts.filters import by_name, name_of
from app.accounts.models import User
from app.coaching import labels
from app.coaching.compliance import within
from app.coaching.lists.shared import (
    asked_month,
    in_market,
    lead_options,
    market_options,
    month_of,
    of_tenure,
    options_of,
    tenure_options,
    unit_options,
)
from app.coaching.models import CoachingMonth, Obligation
from app.coaching.rules import NOT_COUNTED, ObligationKind, ObligationState
from app.core.database import db
from app.core.tables import Cell, Column, Filter, Table, at_moment, moment_column, state, text
from app.core.web import row_number


def obligations(viewer: User) -> Select[Obligation]:
    """What was owed within the viewer's scope."""
    return Obligation.visible_to(viewer).options(
        joinedload(Obligation.person),
        joinedload(Obligation.lead),
        joinedload(Obligation.team),
        joinedload(Obligation.session),
    )


def obligation_table(viewer: User, at: datetime) -> Table:
    """The ledger as it stands at a moment; its filters are those that compliance figures link to."""
    return Table(
        id="obligations",
        columns=[
            Column("person", lazy_gettext("Agent"), _agent, sort=lambda: name_of(Obligation.person_id)),
            Column("kind", lazy_gettext("Owed for"), lambda o: text(labels.cause(o)), sort=Obligation.kind),
            Column("state", lazy_gettext("State"), lambda o: obligation_state(o, at), sort=Obligation.state),
            moment_column("due_at", lazy_gettext("Due"), Obligation.due_at),
            Column("held_at", lazy_gettext("Session held"), _met_by, sort=Obligation.closed_at, kind="moment"),
            Column("team", lazy_gettext("Team"), _team),
            Column("lead", lazy_gettext("Team lead"), lambda o: text(o.lead.name if o.lead else None)),
            moment_column("opened_at", lazy_gettext("Opened"), Obligation.opened_at),
        ],
        filters=ledger_filters(viewer, at),
        sort="due_at",
        caption=lazy_gettext("Obligations"),
        tie_break=Obligation.id,
        empty_text=lazy_gettext("No obligation matches. Remove a filter to see more."),
    )


def ledger_filters(viewer: User, at: datetime) -> list[Filter]:
    """What narrows the ledger, and what is counted from it."""
    return [
        by_name(Obligation.person_id, lazy_gettext("Search agents")),
        Filter(
            "person",
            lazy_gettext("Agent"),
            lambda v: Obligation.person_id == row_number(v),
            lambda: owed_person(obligations(viewer)),
        ),
        Filter("month", lazy_gettext("Due in month"), due_in, asked_month, kind="month"),
        Filter("due", lazy_gettext("Due"), lambda v: _due(v, at), due_options),
        Filter("state", lazy_gettext("State"), lambda v: _stands(v, at), state_options),
        Filter("at_close", lazy_gettext("At the close of its month"), _stood, close_options),
        Filter("kind", lazy_gettext("Owed for"), _owed_for, lambda: options_of(labels.OBLIGATION_KINDS)),
        Filter("unit", lazy_gettext("Unit"), lambda v: in_unit(viewer, v), lambda: unit_options(viewer)),
        Filter("lead", lazy_gettext("Team lead"), _led_by, lambda: lead_options(viewer)),
        Filter("market", lazy_gettext("Market"), lambda v: in_market(Obligation.team_id, v), market_options),
        Filter("tenure", lazy_gettext("Tenure"), lambda v: of_tenure(Obligation.tenure, v), tenure_options),
    ]


def owed_person(owed: Select[Obligation]) -> list[tuple[str, str]]:
    """The agent asked for, by name, if the viewer may see anything owed to that agent."""
    asked = request.args.get("person", type=row_number)
    if asked is None:
        return []
    named = owed.options(joinedload(Obligation.person)).where(Obligation.person_id == asked).limit(1)
    return [(str(asked), one.person.name) for one in db.session.scalars(named)]


def obligation_state(obligation: Obligation, at: datetime) -> Cell:
    """Where an obligation stands; an open one past due is overdue."""
    if obligation.state is ObligationState.OPEN and obligation.due_at <= at:
        return state(pgettext("obligation", "Overdue"), "late", raw="overdue")
    looks = labels.OBLIGATION_LOOKS[obligation.state]
    return state(labels.OBLIGATION_STATES[obligation.state], looks, raw=obligation.state.value)


def _agent(obligation: Obligation) -> Cell:
    url = url_for("coaching.obligation", obligation_id=obligation.id)
    return text(obligation.person.name, url=url, note=obligation.person.employee_no)


def _team(obligation: Obligation) -> Cell:
    above = obligation.team.path.split("/")[:-1]
    return text(obligation.team.name, note=" · ".join(above), raw=obligation.team.path)


def _met_by(obligation: Obligation) -> Cell:
    if obligation.session is None:
        return at_moment(None)
    return at_moment(obligation.session.held_at, url=url_for("coaching.session", session_id=obligation.session_id))


def state_options() -> list[tuple[str, Any]]:
    """What may be asked for: the states as compliance counts them, and what takes several together."""
    return [
        ("in_time", labels.OBLIGATION_STATES[ObligationState.MET]),
        ("late", labels.OBLIGATION_STATES[ObligationState.MET_LATE]),
        ("missed", labels.OBLIGATION_STATES[ObligationState.MISSED]),
        ("open", labels.OBLIGATION_STATES[ObligationState.OPEN]),
        ("overdue", pgettext("obligation", "Overdue")),
        ("waived", labels.OBLIGATION_STATES[ObligationState.WAIVED]),
        ("void", labels.OBLIGATION_STATES[ObligationState.VOID]),
        ("not_held", _("Not held by its time, nor since")),
        ("held", _("Held at all, on time or late")),
        ("counted", _("All that count, neither waived nor void")),
    ]


def _stands(value: str, at: datetime) -> ColumnElement[bool]:
    if value == "overdue":
        return (Obligation.state == ObligationState.OPEN) & (Obligation.due_at <= at)
    if value == "not_held":
        return not_held(at)
    if value == "counted":
        return Obligation.state.not_in(NOT_COUNTED)
    if value == "held":
        return Obligation.state.in_((ObligationState.MET, ObligationState.MET_LATE))
    return Obligation.state == STATES.get(value, value)


def not_held(at: datetime) -> ColumnElement[bool]:
    """Missed when its month closed, or overdue."""
    past = (Obligation.state == ObligationState.OPEN) & (Obligation.due_at <= at)
    return (Obligation.state == ObligationState.MISSED) | past


def close_options() -> list[tuple[str, Any]]:
    """What an obligation was when its month closed, and whether anything became of it since."""
    kept = ("open", "overdue", "not_held")
    return [
        *(option for option in state_options() if option[0] not in kept),
        ("changed", _("Changed since, or owed later")),
    ]


def _stood(value: str) -> ColumnElement[bool]:
    if value == "changed":
        closed = select(CoachingMonth.month)
        return Obligation.due_month.in_(closed) & Obligation.frozen.is_distinct_from(Obligation.state)
    if value == "counted":
        return Obligation.frozen.not_in(NOT_COUNTED)
    if value == "held":
        return Obligation.frozen.in_((ObligationState.MET, ObligationState.MET_LATE))
    return Obligation.frozen == STATES[value] if value in STATES else false()


STATES = {
    "in_time": ObligationState.MET,
    "late": ObligationState.MET_LATE,
    "missed": ObligationState.MISSED,
    "open": ObligationState.OPEN,
    "overdue": ObligationState.OPEN,
    "waived": ObligationState.WAIVED,
    "void": ObligationState.VOID,
}


def due_options() -> list[tuple[str, Any]]:
    """Due already, or still to come."""
    return [("by_now", _("by now")), ("to_come", _("still to come"))]


def _due(value: str, at: datetime) -> ColumnElement[bool]:
    return Obligation.due_at <= at if value == "by_now" else Obligation.due_at > at


def due_in(value: str) -> ColumnElement[bool]:
    """Due in a month written as `2026-10`."""
    return Obligation.due_month == month_of(value)


def _owed_for(value: str) -> ColumnElement[bool]:
    return Obligation.kind == ObligationKind(value)


def in_unit(viewer: User, value: str) -> ColumnElement[bool]:
    """Owed in a unit, as compliance counts it."""
    return and_(*within(viewer, row_number(value)))


def _led_by(value: str) -> ColumnElement[bool]:
    return Obligation.lead_id.is_(None) if value == "none" else Obligation.lead_id == row_number(value)
