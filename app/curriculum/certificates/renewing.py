"""Assigning modules anew to those whose certificates expire."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from app.accounts.models import User
from app.curriculum import services as curriculum
from app.curriculum.certificates.models import Certificate
from app.curriculum.models import AssignmentReason, AssignmentState, ModuleState
from app.curriculum.paths import services as paths
from app.curriculum.paths.models import Path, PathAssignment, PathStep, PathVersion

LEAST_DAYS = 14


def renew(session: Session, certificates: Sequence[Certificate], *, today: date, by: User, on: datetime) -> int:
    """Assign anew what each certificate is for, due with its last valid day but in two weeks at the earliest.

    Who walked a path whose shorter variant has the module gets that variant; others get the module. Who has it open already
    is left out. Returns how many were new.
    """
    wanted = [one for one in certificates if one.is_latest and one.module.state is ModuleState.PUBLISHED]
    along = _along(session, wanted)
    alone = [{**_row(one, today), "module_id": one.module_id} for one in wanted if one.id not in along]
    given = curriculum.assign_many(session, alone, by=by, on=on)
    for path in sorted(set(along.values()), key=lambda one: one.id):
        rows = {one.person_id: _row(one, today) for one in wanted if along.get(one.id) is path}
        given += len(paths.give(session, path, rows.values(), by=by, on=on))
    return given


def _row(one: Certificate, today: date) -> dict[str, Any]:
    return {
        "person_id": one.person_id,
        "reason": AssignmentReason.RECERTIFICATION,
        "assigned_on": today,
        "due_on": max(one.expires_on or today, today + timedelta(days=LEAST_DAYS)),
    }


def _along(session: Session, certificates: Sequence[Certificate]) -> dict[int, Path]:
    """The path whose shorter variant renews each certificate, by the certificate's id: its holder walked that path."""
    shorter = aliased(Path)
    found = session.execute(
        select(PathStep.module_id, PathAssignment.person_id, Path)
        .join(PathVersion, PathVersion.id == PathStep.version_id)
        .join(shorter, shorter.id == PathVersion.path_id)
        .join(Path, Path.shorter_id == shorter.id)
        .join(PathAssignment, PathAssignment.path_id == Path.id)
        .where(PathVersion.is_current, shorter.state == ModuleState.PUBLISHED, Path.state == ModuleState.PUBLISHED)
        .where(PathAssignment.state == AssignmentState.COMPLETED)
        .where(PathAssignment.person_id.in_({one.person_id for one in certificates}))
        .order_by(Path.id.desc())
    )
    by_both = {(module, person): path for module, person, path in found}
    known = ((one.id, by_both.get((one.module_id, one.person_id))) for one in certificates)
    return {number: path for number, path in known if path is not None}
