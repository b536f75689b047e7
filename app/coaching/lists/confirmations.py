"""Records of sessions their agents are asked to confirm, by when and when they did: what acknowledgement counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext, pgettext
from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from app.accounts.filters import by_name, name_of
from app.accounts.models import Unit, User
from app.accounts.permissions import Permission
from app.accounts.reach import unit_scope
from app.coaching import labels
from app.coaching.compliance.beyond import confirmed_in_time, confirmed_within, met_in_record
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
from app.coaching.models import CoachingSession, Obligation, SessionRecord
from app.coaching.rules import ObligationKind
from app.core.database import db
from app.core.tables import Cell, Column, Filter, Table, at_moment, moment_column, state, text
from app.core.web import row_number


def confirmations(viewer: User) -> Select[SessionRecord]:
    """Records to be confirmed of sessions held in teams in scope, wherever their agents are now, and of agents within reach.

    That and when is shown of each, and nothing of what was said.
    """
    seen = SessionRecord.visible_to(viewer).with_only_columns(SessionRecord.id)
    there = SessionRecord.team_id.in_(unit_scope(viewer, Permission.SEE_COACHING))
    return (
        select(SessionRecord)
        .join(SessionRecord.session)
        .where(or_(there, SessionRecord.id.in_(seen)), SessionRecord.acknowledge_by.is_not(None))
        .where(SessionRecord.absent.is_(False))
        .options(
            contains_eager(SessionRecord.session).joinedload(CoachingSession.coach), joinedload(SessionRecord.person)
        )
    )


def confirmation_table(viewer: User, at: datetime) -> Table:
    """The list; its filters are those that compliance figures link to."""
    readable: set[int] = set()
    teams: dict[int, Unit] = {}

    def load(rows: Sequence[SessionRecord]) -> None:
        readable.clear()
        wanted = [record.id for record in rows]
        seen = SessionRecord.visible_to(viewer).where(SessionRecord.id.in_(wanted))
        readable.update(db.session.scalars(seen.with_only_columns(SessionRecord.id)))
        units = select(Unit).where(Unit.id.in_({record.team_id for record in rows if record.team_id}))
        teams.update({unit.id: unit for unit in db.session.scalars(units)})

    def team(record: SessionRecord) -> Cell:
        unit = teams.get(record.team_id or 0)
        return (
            text(None) if unit is None else text(unit.name, note=" · ".join(unit.path.split("/")[:-1]), raw=unit.path)
        )

    return Table(
        id="confirmations",
        columns=[
            Column("agent", lazy_gettext("Agent"), _agent, sort=lambda: name_of(SessionRecord.person_id)),
            Column("state", lazy_gettext("State"), lambda r: _stands(r, at)),
            moment_column("by", lazy_gettext("To be confirmed by"), SessionRecord.acknowledge_by),
            moment_column("confirmed", lazy_gettext("Confirmed"), SessionRecord.acknowledged_at),
            Column(
                "held_at", lazy_gettext("Session held"), lambda r: _held(r, readable),
                sort=CoachingSession.held_at, kind="moment",
            ),
            Column("coach", lazy_gettext("Coach"), lambda r: text(r.session.coach.name)),
            Column("team", lazy_gettext("Team"), team),
        ],
        filters=_filters(viewer, at),
        sort="by",
        caption=lazy_gettext("Sessions to be confirmed"),
        tie_break=SessionRecord.id,
        empty_text=lazy_gettext("No session matches. Remove a filter to see more."),
        after=load,
    )  # fmt: skip


def _filters(viewer: User, at: datetime) -> list[Filter]:
    return [
        by_name(SessionRecord.person_id, lazy_gettext("Search agents")),
        Filter(
            "month",
            lazy_gettext("To be confirmed in month"),
            lambda v: SessionRecord.confirm_month == month_of(v),
            asked_month,
            kind="month",
        ),
        Filter("due", lazy_gettext("Time to confirm"), lambda v: _due(v, at), _due_options),
        Filter("state", lazy_gettext("State"), lambda v: _found(v, at), _state_options),
        Filter(
            "unit",
            lazy_gettext("Unit"),
            lambda v: and_(*confirmed_within(viewer, row_number(v))),
            lambda: unit_options(viewer),
        ),
        Filter("lead", lazy_gettext("Team lead"), _led_by, lambda: lead_options(viewer)),
        Filter("kind", lazy_gettext("Owed for"), _met, lambda: options_of(labels.OBLIGATION_KINDS)),
        Filter("market", lazy_gettext("Market"), lambda v: in_market(SessionRecord.team_id, v), market_options),
        Filter("tenure", lazy_gettext("Tenure"), lambda v: of_tenure(SessionRecord.tenure, v), tenure_options),
    ]


def _agent(record: SessionRecord) -> Cell:
    return text(record.person.name, note=record.person.employee_no)


def _held(record: SessionRecord, readable: set[int]) -> Cell:
    url = url_for("coaching.session", session_id=record.session_id) if record.id in readable else None
    return at_moment(record.session.held_at, url=url)


def _stands(record: SessionRecord, at: datetime) -> Cell:
    by = record.acknowledge_by
    if record.acknowledged_at is None:
        late = by is not None and by <= at
        return (
            state(pgettext("confirmation", "Overdue"), "late") if late else state(_("Waiting to be confirmed"), "open")
        )
    in_time = by is not None and record.acknowledged_at <= by
    cell = (
        state(pgettext("confirmation", "On time"), "met")
        if in_time
        else state(pgettext("confirmation", "Late"), "warn")
    )
    if record.disagrees:
        cell.note = _("The agent disagrees.")
    return cell


def _state_options() -> list[tuple[str, Any]]:
    return [
        ("in_time", pgettext("confirmation", "On time")),
        ("late", pgettext("confirmation", "Late")),
        ("overdue", pgettext("confirmation", "Overdue")),
        ("waiting", _("Waiting to be confirmed")),
        ("disagrees", _("The agent disagrees.")),
    ]


def _found(value: str, at: datetime) -> ColumnElement[bool]:
    waiting = SessionRecord.acknowledged_at.is_(None)
    found: dict[str, ColumnElement[bool]] = {
        "in_time": confirmed_in_time(),
        "late": SessionRecord.acknowledged_at > SessionRecord.acknowledge_by,
        "overdue": waiting & (SessionRecord.acknowledge_by <= at),
        "waiting": waiting & (SessionRecord.acknowledge_by > at),
        "disagrees": SessionRecord.disagrees.is_(True),
    }
    return found[value]


def _due_options() -> list[tuple[str, Any]]:
    return [("by_now", _("time is up")), ("to_come", _("still running"))]


def _due(value: str, at: datetime) -> ColumnElement[bool]:
    return SessionRecord.acknowledge_by <= at if value == "by_now" else SessionRecord.acknowledge_by > at


def _led_by(value: str) -> ColumnElement[bool]:
    return SessionRecord.lead_id.is_(None) if value == "none" else SessionRecord.lead_id == row_number(value)


def _met(value: str) -> ColumnElement[bool]:
    """The session met something that was owed to the agent for this reason."""
    return select(Obligation.id).where(met_in_record(), Obligation.kind == ObligationKind(value)).exists()
