"""Reads of paths that are shared. Each returns a `Select` or a condition."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.curriculum.certificates.models import Certificate
from app.curriculum.models import OPEN_STATES, AssignmentState
from app.curriculum.paths.models import Path, PathAssignment, PathStep, PathVersion


def is_open() -> ColumnElement[bool]:
    """Whether a path somebody was given still asks for something."""
    return PathAssignment.state.in_(OPEN_STATES)


def is_overdue(day: date) -> ColumnElement[bool]:
    """Whether it is open past its due date on that day."""
    return and_(is_open(), PathAssignment.due_on < day)


def of_person(person_id: int) -> Select[PathAssignment]:
    """The paths somebody has open, the earliest due first."""
    return (
        select(PathAssignment)
        .where(PathAssignment.person_id == person_id, is_open())
        .options(joinedload(PathAssignment.version), joinedload(PathAssignment.path))
        .order_by(PathAssignment.due_on.is_(None), PathAssignment.due_on, PathAssignment.id)
    )


def current_version(path_id: int) -> Select[PathVersion]:
    """What is assigned of a path; nothing of one that was never published."""
    return select(PathVersion).where(PathVersion.path_id == path_id, PathVersion.is_current)


def draft_of(path_id: int) -> Select[PathVersion]:
    """What is being written of a path, if anything is."""
    return select(PathVersion).where(PathVersion.path_id == path_id, PathVersion.number.is_(None))


def taken(path: Path, person_ids: Iterable[int]) -> Select[int, int, date | None]:
    """(person id, how many are open, last completed on) of those who were ever given this path, or its shorter one."""
    return (
        select(
            PathAssignment.person_id,
            func.count().filter(is_open()),
            func.max(PathAssignment.completed_on),
        )
        .where(PathAssignment.path_id.in_((path.id, path.shorter_id)), PathAssignment.person_id.in_(person_ids))
        .group_by(PathAssignment.person_id)
    )


def renewers(path: Path, person_ids: Iterable[int], day: date) -> Select[int]:
    """Those of these people who recertify by the shorter path on that day: they walked the whole one, whichever version,
    are not on it again, and of its certificates none has lapsed. Who let one lapse walks the whole path once more.
    """
    on_it = PathAssignment.path_id == path.id
    again = select(PathAssignment.person_id).where(on_it, is_open())
    taught = (
        select(PathStep.module_id)
        .join(PathVersion, PathVersion.id == PathStep.version_id)
        .where(PathVersion.is_current, PathVersion.path_id.in_((path.id, path.shorter_id)))
    )
    lapsed = select(Certificate.person_id).where(
        Certificate.is_latest, Certificate.module_id.in_(taught), Certificate.expires_on < day
    )
    return select(PathAssignment.person_id).where(
        on_it,
        PathAssignment.person_id.in_(person_ids),
        PathAssignment.state == AssignmentState.COMPLETED,
        PathAssignment.person_id.not_in(again),
        PathAssignment.person_id.not_in(lapsed),
    )


def open_to(viewer: User) -> Select[Path]:
    """The published paths, by title."""
    return Path.visible_to(viewer).where(Path.state == "published").order_by(Path.title.sql(), Path.id)
