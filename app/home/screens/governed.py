"""What waits on the desk of a manager, what changed there in the month, and the launch that comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.reach import everywhere
from app.cohorts.launches.models import GateSignature, Launch
from app.cohorts.launches.readiness import Ready, readiness, whole
from app.core.clock import next_month
from app.governance.decisions.models import Resolution
from app.governance.initiatives.models import Initiative, Milestone
from app.governance.initiatives.rules import State
from app.governance.risks.models import Risk

GATE_SOON = timedelta(days=28)
"""So long before go-live a gate that is not decided waits for whoever may sign it."""
GATES_SHOWN = 5
SIGNS = (Permission.SET_POLICIES, Permission.WRITE_MODULES)
"""What it takes, over the whole programme, to sign a gate for some part."""


@dataclass(frozen=True, slots=True)
class Overdue:
    """How much is overdue on the desk, within reach."""

    milestones: int
    post_mortems: int
    risks: int
    decisions: int

    def __bool__(self) -> bool:
        return any((self.milestones, self.post_mortems, self.risks, self.decisions))


@dataclass(frozen=True, slots=True)
class Happened:
    """How much began, ended and was decided in the month, within reach."""

    began: int
    ended: int
    decided: int
    raised: int

    def __bool__(self) -> bool:
        return any((self.began, self.ended, self.decided, self.raised))


def overdue(session: Session, viewer: User, today: date) -> Overdue:
    """One query."""
    alive = Initiative.visible_to(viewer)
    return Overdue(
        *_counts(
            session,
            Milestone.visible_to(viewer).where(Milestone.overdue(today)),
            alive.where(Initiative.post_mortem_late(today)),
            Risk.visible_to(viewer).where(Risk.late(today)),
            Resolution.visible_to(viewer).where(Resolution.late(today)),
        )
    )


def happened(session: Session, viewer: User, month: date) -> Happened:
    """One query."""

    def within(column: Any) -> ColumnElement[bool]:
        return (column >= month) & (column < next_month(month))

    seen = Initiative.visible_to(viewer)
    return Happened(
        *_counts(
            session,
            seen.where(within(Initiative.started_on)),
            seen.where(Initiative.state == State.DONE, within(Initiative.ended_on)),
            Resolution.visible_to(viewer).where(within(Resolution.decided_on)),
            Risk.visible_to(viewer).where(within(Risk.raised_on)),
        )
    )


def _counts(session: Session, *statements: Select[Any]) -> Sequence[int]:
    """How many rows each of these has, asked at once."""
    wanted = (one.order_by(None).with_only_columns(func.count()).scalar_subquery() for one in statements)
    return session.execute(select(*wanted)).one()


def gates(session: Session, viewer: User, today: date) -> Sequence[Launch]:
    """Launches soon to go live, or gone, whose gate waits for a signature the viewer may give."""
    if not any(everywhere(viewer, one) for one in SIGNS):
        return []
    mine = select(GateSignature.launch_id).where(GateSignature.user_id == viewer.id)
    wanted = Launch.visible_to(viewer).where(
        Launch.verdict.is_(None), Launch.go_live_on <= today + GATE_SOON, Launch.id.not_in(mine)
    )
    return session.scalars(wanted.order_by(Launch.go_live_on, Launch.id).limit(GATES_SHOWN)).all()


def next_launch(session: Session, viewer: User, today: date) -> tuple[Launch, Ready] | None:
    """What goes live next within reach, with how many people of the viewer's units are ready."""
    coming = Launch.visible_to(viewer).where(Launch.go_live_on >= today)
    one = session.scalar(coming.order_by(Launch.go_live_on, Launch.id).limit(1))
    return None if one is None else (one, whole(readiness(session, viewer, one, today), ""))
