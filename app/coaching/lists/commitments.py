"""The list of what was promised."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext, pgettext
from sqlalchemy import ColumnElement, Select, true
from sqlalchemy.orm import joinedload

from app.accounts.filters import called, name_of
from app.accounts.models import User
from app.coaching import labels
from app.coaching.lists.shared import options_of
from app.coaching.models import Commitment, SessionRecord
from app.coaching.rules import CommitmentState
from app.core.tables import Cell, Column, Filter, Table, day_column, state, text


def commitments(viewer: User) -> Select[Commitment]:
    """What was promised by or to the people the viewer may see."""
    return Commitment.visible_to(viewer).options(
        joinedload(Commitment.owner),
        joinedload(Commitment.record).joinedload(SessionRecord.person),
        joinedload(Commitment.record).joinedload(SessionRecord.session),
    )


def commitment_table(viewer: User, today: date) -> Table:
    """The list of commitments as of a day; one past its date is overdue."""
    return Table(
        id="commitments",
        columns=[
            Column("text", lazy_gettext("Commitment"), lambda c: text(c.text)),
            Column("person", lazy_gettext("Agent"), lambda c: text(c.record.person.name)),
            Column(
                "owner", lazy_gettext("Owner"), lambda c: text(c.owner.name), sort=lambda: name_of(Commitment.owner_id)
            ),
            day_column("due_on", lazy_gettext("Due"), Commitment.due_on),
            Column("state", lazy_gettext("State"), lambda c: commitment_state(c, today), sort=Commitment.state),
        ],
        filters=[
            Filter("state", lazy_gettext("State"), lambda v: _commitment_stands(v, today), commitment_state_options),
            Filter(
                "owner", lazy_gettext("Owner"), lambda _v: Commitment.owner_id == viewer.id, lambda: [("me", _("Me"))]
            ),
            Filter("q", lazy_gettext("Search"), _promised, kind="text"),
        ],
        sort="due_on",
        caption=lazy_gettext("Commitments"),
        tie_break=Commitment.id,
        empty_text=lazy_gettext("No commitment matches. Remove a filter to see more."),
    )


def commitment_state(commitment: Commitment, today: date) -> Cell:
    """Where a commitment stands on a day."""
    if commitment.state is CommitmentState.OPEN and commitment.due_on is not None and commitment.due_on < today:
        return state(pgettext("commitment", "Overdue"), "late", raw="overdue")
    looks = labels.COMMITMENT_LOOKS[commitment.state]
    return state(labels.COMMITMENT_STATES[commitment.state], looks, raw=commitment.state.value)


def commitment_state_options() -> list[tuple[str, Any]]:
    """The states, and open ones past their date."""
    return [
        *options_of(labels.COMMITMENT_STATES),
        ("overdue", pgettext("commitment", "Overdue")),
        ("all", pgettext("commitments", "All")),
    ]


def _commitment_stands(value: str, today: date) -> ColumnElement[bool]:
    if value == "all":
        return true()
    if value == "overdue":
        return (Commitment.state == CommitmentState.OPEN) & (Commitment.due_on < today)
    return Commitment.state == CommitmentState(value)


def _promised(value: str) -> ColumnElement[bool]:
    return Commitment.text.icontains(value, autoescape=True) | called(Commitment.person_id, value)
