"""Reads of following. Each returns a `Select`."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select

from app.accounts.models import Membership, Unit, User
from app.accounts.permissions import Permission
from app.accounts.reach import last_membership
from app.curriculum.models import Assignment, AssignmentState
from app.curriculum.queries import counted, is_open, is_overdue

WEEKS = timedelta(weeks=4)


def given(viewer: User, to: Permission = Permission.SEE_LEARNING) -> Select[Assignment]:
    """What people within the viewer's reach were asked to learn since Hilo is there."""
    return Assignment.visible_to(viewer, to).where(Assignment.from_history.is_(False))


def by_team(within: Select[Assignment], today: date) -> Select[*tuple[Any, ...]]:
    """A row for each team that has any of these assignments, by the present team of the people.

    (team_id, path, open, overdue, people overdue, oldest due day of these, due in the last four weeks, in time of these)
    """
    recent = counted(today - WEEKS, today - timedelta(days=1))
    rows = (
        within.join(Membership, Membership.user_id == Assignment.person_id)
        .join(Unit, Unit.id == Membership.team_id)
        .where(Membership.valid_from == last_membership())
        .with_only_columns(
            Unit.id.label("team_id"),
            Unit.path.label("path"),
            func.count(case((is_open(), 1))).label("open"),
            func.count(case((is_overdue(today), 1))).label("overdue"),
            func.count(case((is_overdue(today), Assignment.person_id)).distinct()).label("late"),
            func.min(case((is_overdue(today), Assignment.due_on))).label("oldest"),
            func.count(case((recent, 1))).label("due"),
            func.count(case((recent & in_time(), 1))).label("in_time"),
        )
        .group_by(Unit.id, Unit.path)
        .subquery("teams")
    )
    return select(*rows.c)


def in_time() -> ColumnElement[bool]:
    """Whether it was completed by its due date."""
    return Assignment.completed_on <= Assignment.due_on


def transcript(viewer: User, person_id: int) -> Select[Assignment]:
    """All somebody was ever given or took, history of before too, without what was cancelled."""
    return Assignment.visible_to(viewer, Permission.SEE_LEARNING).where(
        Assignment.person_id == person_id, Assignment.state != AssignmentState.CANCELLED
    )
