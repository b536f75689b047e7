"""The list of sessions held, planned and called off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext
from sqlalchemy import ColumnElement, Select, and_, func
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.filters import called, name_of
from app.accounts.models import User
from app.coaching import labels
from app.coaching.compliance.beyond import confirmed_within
from app.coaching.lists.shared import asked_month, asked_person, month_of, options_of, unit_options
from app.coaching.models import CoachingSession, SessionRecord
from app.coaching.rules import SessionKind, SessionState
from app.core.clock import next_month
from app.core.database import db
from app.core.tables import Cell, Column, Filter, Table, at_moment, state, text
from app.core.web import row_number

Having = Callable[[ColumnElement[bool]], ColumnElement[bool]]
"""From a condition on records to one on the sessions that have such a record the viewer may see."""


def sessions(viewer: User) -> Select[CoachingSession]:
    """Sessions held, planned and called off that the viewer may see."""
    return CoachingSession.visible_to(viewer).options(
        joinedload(CoachingSession.coach), selectinload(CoachingSession.topics)
    )


def session_table(viewer: User, *, sees_others: bool) -> Table:
    """The list of sessions; of a group, only the agents the viewer may see are named, found and counted."""
    records: dict[int, list[SessionRecord]] = {}

    def load(rows: Sequence[CoachingSession]) -> None:
        records.clear()
        seen = SessionRecord.visible_to(viewer).where(SessionRecord.session_id.in_([s.id for s in rows]))
        for record in db.session.scalars(seen.options(joinedload(SessionRecord.person)).order_by(SessionRecord.id)):
            records.setdefault(record.session_id, []).append(record)

    def having(condition: ColumnElement[bool]) -> ColumnElement[bool]:
        seen = SessionRecord.visible_to(viewer).where(condition)
        return CoachingSession.id.in_(seen.with_only_columns(SessionRecord.session_id))

    return Table(
        id="sessions",
        columns=[
            Column("held_at", lazy_gettext("When"), _session_when, sort=_session_time, kind="moment"),
            *([Column("agents", lazy_gettext("Agents"), lambda s: text(_names(records.get(s.id, []))))] * sees_others),
            Column(
                "kind", lazy_gettext("Kind"), lambda s: text(labels.SESSION_KINDS[s.kind]), sort=CoachingSession.kind
            ),
            Column("topics", lazy_gettext("Competencies"), lambda s: text(", ".join(t.name.text for t in s.topics))),
            Column("coach", lazy_gettext("Coach"), lambda s: text(s.coach.name), sort=_coach_name),
            Column("state", lazy_gettext("State"), lambda s: _session_state(s, records.get(s.id, []))),
        ],
        filters=[
            *(_by_agent(viewer, having) if sees_others else ()),
            Filter("state", lazy_gettext("State"), lambda v: _session_stands(v, having), session_state_options),
            Filter("kind", lazy_gettext("Kind"), _of_kind, lambda: options_of(labels.SESSION_KINDS)),
            Filter("month", lazy_gettext("Held in month"), _held_in, asked_month, kind="month"),
            *(_by_place(viewer, having) if sees_others else ()),
            Filter(
                "coach",
                lazy_gettext("Coach"),
                lambda _v: CoachingSession.coach_id == viewer.id,
                lambda: [("me", _("Me"))],
            ),
        ],
        sort="-held_at",
        caption=lazy_gettext("Sessions"),
        tie_break=CoachingSession.id.desc(),
        empty_text=lazy_gettext("No session matches. Remove a filter to see more."),
        after=load,
    )


def _by_agent(viewer: User, having: Having) -> list[Filter]:
    """Filters for who sees more than the own sessions."""
    return [
        Filter("q", lazy_gettext("Search agents"), lambda v: having(called(SessionRecord.person_id, v)), kind="text"),
        Filter(
            "person",
            lazy_gettext("Agent"),
            lambda v: having(SessionRecord.person_id == row_number(v)),
            lambda: asked_person(viewer),
        ),
    ]


def _by_place(viewer: User, having: Having) -> list[Filter]:
    """Filters that compliance figures link to: where it was held, and when it was to be confirmed."""

    def in_unit(value: str) -> ColumnElement[bool]:
        return having(and_(*confirmed_within(viewer, row_number(value))))

    return [
        Filter("unit", lazy_gettext("Unit"), in_unit, lambda: unit_options(viewer)),
        Filter(
            "confirm",
            lazy_gettext("To be confirmed in month"),
            lambda v: having(SessionRecord.confirm_month == month_of(v)),
            lambda: asked_month("confirm"),
            kind="month",
        ),
    ]


def _session_time() -> Any:
    return func.coalesce(CoachingSession.held_at, CoachingSession.scheduled_for)


def _session_when(session: CoachingSession) -> Cell:
    url = url_for("coaching.session", session_id=session.id)
    return at_moment(session.held_at or session.scheduled_for, url=url)


def _names(records: Sequence[SessionRecord]) -> str:
    return ", ".join(record.person.name for record in records)


def _session_state(session: CoachingSession, records: Sequence[SessionRecord]) -> Cell:
    cell = state(labels.SESSION_STATES[session.state], labels.SESSION_LOOKS[session.state])
    if session.state is SessionState.HELD and not session.from_history:
        waiting = sum(record.acknowledged_at is None and not record.absent for record in records)
        cell.note = ngettext("%(num)s to confirm", "%(num)s to confirm", waiting) if waiting else _("confirmed")
    return cell


def session_state_options() -> list[tuple[str, Any]]:
    """The states, and held sessions that wait to be confirmed."""
    return [*options_of(labels.SESSION_STATES), ("unconfirmed", _("Waiting to be confirmed"))]


def _session_stands(value: str, having: Having) -> ColumnElement[bool]:
    if value == "unconfirmed":
        held = (CoachingSession.state == SessionState.HELD) & CoachingSession.from_history.is_(False)
        return held & having(SessionRecord.acknowledged_at.is_(None) & SessionRecord.absent.is_(False))
    return CoachingSession.state == SessionState(value)


def _of_kind(value: str) -> ColumnElement[bool]:
    return CoachingSession.kind == SessionKind(value)


def _held_in(value: str) -> ColumnElement[bool]:
    first = month_of(value)
    return (CoachingSession.held_on >= first) & (CoachingSession.held_on < next_month(first))


def _coach_name() -> Any:
    return name_of(CoachingSession.coach_id)
