"""Reads of programmes and cohorts. Each returns a `Select`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, exists, func, or_, select

from app.accounts.models import Grant, Unit, UnitKind, User
from app.accounts.permissions import Permission, roles_with
from app.accounts.queries import valid_on
from app.accounts.reach import unit_scope
from app.cohorts.programmes.models import (
    Attendance,
    Cohort,
    CohortSession,
    Enrolment,
    TrainerProgramme,
)
from app.cohorts.programmes.rules import Stage
from app.curriculum.models import Assignment, AssignmentState


def may_facilitate(day: date) -> Select[User]:
    """The people who may teach a cohort: those who may run one, by name."""
    roles = roles_with(Permission.RUN_COHORTS)
    holders = select(Grant.user_id).where(Grant.role.in_(roles), valid_on(Grant, day))
    return select(User).where(User.id.in_(holders), or_(User.left_on.is_(None), User.left_on > day)).order_by(User.name)


def partners(viewer: User, to: Permission) -> Select[Unit]:
    """The partners in the viewer's scope, by name."""
    return select(Unit).where(Unit.kind == UnitKind.PARTNER, Unit.id.in_(unit_scope(viewer, to))).order_by(Unit.name)


def may_be_nominated(viewer: User, cohort_id: int, day: date) -> Select[User]:
    """The people the viewer may nominate who are not in the cohort yet, by name."""
    there = exists().where(
        Enrolment.cohort_id == cohort_id,
        Enrolment.person_id == User.id,
        Enrolment.stage.in_((Stage.NOMINATED, Stage.WAITING, Stage.SEATED)),
    )
    return (
        User.visible_to(viewer, Permission.NOMINATE)
        .where(or_(User.left_on.is_(None), User.left_on > day), ~there)
        .order_by(User.name, User.id)
    )


def taken(viewer: User, cohort_ids: Any) -> Select[int, int | None, Stage, int]:
    """(cohort, partner, stage, how many) of the nominations the viewer may see."""
    seen = Enrolment.visible_to(viewer).with_only_columns(Enrolment.id)
    return (
        select(Enrolment.cohort_id, Enrolment.partner_id, Enrolment.stage, func.count())
        .where(Enrolment.id.in_(seen), Enrolment.cohort_id.in_(cohort_ids))
        .group_by(Enrolment.cohort_id, Enrolment.partner_id, Enrolment.stage)
    )


def sessions_begun(at: datetime) -> Select[int, int]:
    """(cohort, how many of its sessions have begun and were not called off)."""
    return (
        select(CohortSession.cohort_id, func.count())
        .where(CohortSession.cancelled_at.is_(None), CohortSession.starts_at <= at)
        .group_by(CohortSession.cohort_id)
    )


def sessions_attended(at: datetime) -> Select[int, int, int]:
    """(cohort, person, how many of its sessions that have begun the person was at)."""
    return (
        select(CohortSession.cohort_id, Attendance.person_id, func.count())
        .join(Attendance, Attendance.session_id == CohortSession.id)
        .where(CohortSession.cancelled_at.is_(None), CohortSession.starts_at <= at, Attendance.present)
        .group_by(CohortSession.cohort_id, Attendance.person_id)
    )


def checks_passed() -> Select[int, int]:
    """(programme, person) of those who completed the module of its knowledge check."""
    return (
        select(TrainerProgramme.id, Assignment.person_id)
        .join(Assignment, Assignment.module_id == TrainerProgramme.module_id)
        .where(Assignment.state == AssignmentState.COMPLETED)
        .distinct()
    )


def of_cohort(viewer: User, cohort: Cohort, to: Permission = Permission.SEE_COHORTS) -> Select[Enrolment]:
    """The nominations of a cohort the viewer may see."""
    return Enrolment.visible_to(viewer, to).where(Enrolment.cohort_id == cohort.id)
