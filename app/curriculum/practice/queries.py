"""Reads of practice. Each returns a `Select`."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from app.accounts.models import Grant, Membership, UnitTree, User
from app.accounts.permissions import Permission, Role
from app.accounts.reach import current
from app.curriculum.models import Assignment, Module, ModuleKind
from app.curriculum.practice.models import PracticeObservation
from app.curriculum.queries import is_open


def observations_of(assignment_id: int) -> Select[PracticeObservation]:
    """The attempts of an assignment, the newest first."""
    wanted = select(PracticeObservation).where(PracticeObservation.assignment_id == assignment_id)
    return wanted.order_by(PracticeObservation.number.desc()).options(joinedload(PracticeObservation.observer))


def observers(person_id: int, role: Role, day: date) -> Select[int]:
    """Ids of who has this role over the team somebody is in."""
    team = select(Membership.team_id).where(Membership.user_id == person_id, current(Membership, day))
    above = select(UnitTree.ancestor_id).where(UnitTree.unit_id.in_(team))
    return select(Grant.user_id).where(Grant.role == role, Grant.unit_id.in_(above), current(Grant, day)).distinct()


def to_observe(viewer: User, module_id: int | None = None) -> Select[Assignment]:
    """The practices that people within reach have open, of one module or of all; one's own are for others."""
    wanted = (
        Assignment.visible_to(viewer, Permission.ASSIGN_MODULES)
        .join(Module, Module.id == Assignment.module_id)
        .where(Module.kind == ModuleKind.PRACTICE, is_open(), Assignment.person_id != viewer.id)
        .options(joinedload(Assignment.person), joinedload(Assignment.module))
    )
    return wanted if module_id is None else wanted.where(Assignment.module_id == module_id)
