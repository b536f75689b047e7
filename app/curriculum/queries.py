"""Reads that other rooms share: what is open, what was completed, what teaches what. Each returns a `Select`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, true

from app.accounts.models import Membership, User
from app.accounts.permissions import Permission
from app.accounts.reach import last_membership
from app.curriculum.models import (
    OPEN_STATES,
    WRITTEN,
    Assignment,
    AssignmentState,
    Competency,
    Module,
    ModuleCompetency,
    ModuleKind,
    ModuleState,
)
from app.metrics.queries import place_of


def is_open() -> ColumnElement[bool]:
    """Whether an assignment still asks for something; what history left undone does not."""
    return and_(Assignment.state.in_(OPEN_STATES), Assignment.from_history.is_(False))


def is_overdue(day: date) -> ColumnElement[bool]:
    """Whether an assignment is open past its due date on that day."""
    return and_(is_open(), Assignment.due_on < day)


def still_counts() -> ColumnElement[bool]:
    """Whether a completion counts for the version that is published now; `Module` has to be joined."""
    return or_(Module.counts_from.is_(None), Assignment.completed_at >= Module.counts_from)


def open_assignments(person_ids: Iterable[int] | Select[int]) -> Select[Assignment]:
    """What these people still have to learn, the earliest due first."""
    return (
        select(Assignment)
        .where(is_open(), Assignment.person_id.in_(person_ids))
        .order_by(Assignment.due_on.is_(None), Assignment.due_on, Assignment.id)
    )


def modules_for(competency_ids: Iterable[int] | Select[int]) -> Select[int, Module]:
    """(competency id, published module that teaches it); of each competency, first what teaches fewest others."""
    breadth = (
        select(ModuleCompetency.module_id, func.count().label("n")).group_by(ModuleCompetency.module_id).subquery()
    )
    return (
        select(ModuleCompetency.competency_id, Module)
        .join(Module, Module.id == ModuleCompetency.module_id)
        .join(breadth, breadth.c.module_id == Module.id)
        .where(Module.state == ModuleState.PUBLISHED, ModuleCompetency.competency_id.in_(competency_ids))
        .order_by(ModuleCompetency.competency_id, breadth.c.n, Module.code)
    )


def counted(first: date, last: date) -> ColumnElement[bool]:
    """Whether it counts in learning done in time: due from `first` to `last`, neither waived nor cancelled."""
    return and_(
        Assignment.due_on.between(first, last),
        Assignment.from_history.is_(False),
        Assignment.state.not_in((AssignmentState.WAIVED, AssignmentState.CANCELLED)),
    )


def learning_in_time(viewer: User, first: date, last: date) -> Select[int, int]:
    """(assignments due, of these completed in time) from `first` to `last`, both included, within the viewer's scope.

    For a month that is not over, `last` is the day before today: what is not due yet does not count.
    """
    in_time = case((Assignment.completed_on <= Assignment.due_on, 1))
    within = Assignment.visible_to(viewer, Permission.SEE_LEARNING).with_only_columns(Assignment.id)
    return select(func.count(), func.count(in_time)).where(Assignment.id.in_(within), counted(first, last))


def in_time_by_team(teams: Select[int] | None, months: Sequence[date], last: date) -> Select[int, int, int, int]:
    """(team id, place of the month due, assignments due by `last`, of these completed in time), by the last team.

    `months` are first days, oldest first, and at the end the one after.
    """
    place = place_of(Assignment.due_on, months).label("place")
    in_time = func.count(case((Assignment.completed_on <= Assignment.due_on, 1)))
    return (
        select(Membership.team_id, place, func.count(), in_time)
        .join(Assignment, Assignment.person_id == Membership.user_id)
        .where(counted(months[0], min(last, months[-1] - timedelta(days=1))))
        .where(Membership.valid_from == last_membership())
        .where(true() if teams is None else Membership.team_id.in_(teams))
        .group_by(Membership.team_id, place)
    )


def learning_cut(by: Any, teams: Select[int] | None, first: date, last: date, today: date) -> Select[*tuple[Any, ...]]:
    """(`by`, due, in time, late, overdue on a day) of assignments due from `first` to `last`, by the last team.

    `by` is a column of `Assignment`, or the team (`Membership.team_id`).
    """
    in_time = func.count(case((Assignment.completed_on <= Assignment.due_on, 1)))
    late = func.count(case((Assignment.completed_on > Assignment.due_on, 1)))
    overdue = func.count(case((is_overdue(today), 1)))
    return _of_teams(select(by, func.count(), in_time, late, overdue), teams).where(counted(first, last)).group_by(by)


def assigned_cut(by: Any, teams: Select[int] | None, first: date, last: date) -> Select[*tuple[Any, ...]]:
    """(`by`, assignments given, people) from `first` to `last`, by the last team; what history brought does not count."""
    people = func.count(Assignment.person_id.distinct())
    return (
        _of_teams(select(by, func.count(), people), teams)
        .where(Assignment.assigned_on.between(first, last), Assignment.from_history.is_(False))
        .group_by(by)
    )


def _of_teams(found: Select[Any], teams: Select[int] | None) -> Select[Any]:
    return (
        found.select_from(Assignment)
        .join(Membership, Membership.user_id == Assignment.person_id)
        .where(Membership.valid_from == last_membership())
        .where(true() if teams is None else Membership.team_id.in_(teams))
    )


def competency_tree() -> Select[Competency]:
    """All competencies, those of the first level before those below them, by code."""
    return select(Competency).order_by(Competency.parent_id.is_not(None), Competency.code)


def teaching() -> Select[int, Module]:
    """(competency id, published module), by competency and code."""
    return (
        select(ModuleCompetency.competency_id, Module)
        .join(Module, Module.id == ModuleCompetency.module_id)
        .where(Module.state == ModuleState.PUBLISHED)
        .order_by(ModuleCompetency.competency_id, Module.code)
    )


def written_in(language: str) -> ColumnElement[bool]:
    """Whether a module can be taken in that language (`app.curriculum.writing.missing_languages`, in SQL)."""
    title = getattr(Module, f"title_{language}")
    body = getattr(Module, f"body_{language}")
    elsewhere = or_(Module.kind.not_in(WRITTEN), and_(Module.body_en == "", Module.body_es == ""))
    packed = or_(Module.kind != ModuleKind.PACKAGE, getattr(Module, f"package_{language}_id").is_not(None))
    return and_(title != "", or_(elsewhere, body != ""), packed)


def candidates(viewer: User, day: date) -> Select[User]:
    """The people the viewer may assign modules to and who have not left, by name."""
    return (
        User.visible_to(viewer, Permission.ASSIGN_MODULES)
        .where(or_(User.left_on.is_(None), User.left_on > day))
        .order_by(User.name, User.id)
    )


def taken(module_id: int, person_ids: Iterable[int]) -> Select[int, int, date | None]:
    """(person id, how many are open, last completed on) of those who were ever given this module."""
    return (
        select(
            Assignment.person_id,
            func.count(case((is_open(), 1))),
            func.max(Assignment.completed_on).filter(still_counts()),
        )
        .join(Module, Module.id == Assignment.module_id)
        .where(Assignment.module_id == module_id, Assignment.person_id.in_(person_ids))
        .group_by(Assignment.person_id)
    )
