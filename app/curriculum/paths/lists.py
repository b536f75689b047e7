"""The lists of paths: which there are, and how far people are on them."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import aliased, joinedload

from app.accounts.filters import by_name, by_unit, teams_of
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.core.database import db
from app.core.tables import Cell, Column, Filter, Table, figure, rate, search, state, text
from app.core.web import row_number
from app.curriculum import labels, lists
from app.curriculum.models import AssignmentState, Module, ModuleState
from app.curriculum.paths.models import Path, PathAssignment, PathStep, PathVersion
from app.curriculum.paths.queries import is_open, is_overdue


def paths(viewer: User) -> Select[Path, int, int, int]:
    """(path, its steps, minutes of the required ones, people under way within the viewer's reach)."""
    shown = (
        select(func.max(PathVersion.id)).where(PathVersion.path_id == Path.id, PathVersion.is_current).correlate(Path)
    )
    written = select(func.max(PathVersion.id)).where(PathVersion.path_id == Path.id).correlate(Path)
    version = func.coalesce(shown.scalar_subquery(), written.scalar_subquery())
    step = aliased(PathStep)
    steps = select(func.count()).select_from(step).where(step.version_id == version).correlate(Path)
    minutes = (
        select(func.coalesce(func.sum(Module.minutes), 0))
        .join(step, step.module_id == Module.id)
        .where(step.version_id == version, step.optional.is_(False), step.branch_on.is_(None))
        .correlate(Path)
    )
    within = PathAssignment.visible_to(viewer, Permission.SEE_LEARNING).with_only_columns(PathAssignment.id)
    people = (
        select(func.count())
        .select_from(PathAssignment)
        .where(PathAssignment.path_id == Path.id, is_open(), PathAssignment.id.in_(within))
        .correlate(Path)
    )
    return Path.visible_to(viewer).add_columns(
        steps.scalar_subquery(), minutes.scalar_subquery(), people.scalar_subquery()
    )


def path_table(*, writes: bool, follows: bool) -> Table:
    """The list of paths; who writes them sees their state too, who follows people how many are under way."""
    columns = [
        Column(
            "path",
            lazy_gettext("Path"),
            lambda row: text(row[0].title, url=url_for("curriculum.path", path_id=row[0].id)),
            sort=lambda: Path.title.sql(),
        ),
        Column("code", lazy_gettext("Code"), lambda row: text(row[0].code), sort=Path.code),
        Column("steps", lazy_gettext("Steps"), lambda row: figure(row[1]), align="end", kind="number"),
        Column("minutes", lazy_gettext("Minutes"), lambda row: figure(row[2]), align="end", kind="number"),
    ]
    filters = [search(Path.title_en, Path.title_es, Path.code)]
    if follows:
        columns.append(Column("people", lazy_gettext("Under way"), _under_way, align="end", kind="number"))
    if writes:
        columns.append(
            Column(
                "state",
                lazy_gettext("State"),
                lambda row: state(labels.MODULE_STATES[row[0].state], labels.MODULE_TONES[row[0].state]),
                sort=Path.state,
            )
        )
        filters.append(
            Filter(
                "state",
                lazy_gettext("State"),
                lambda v: Path.state == ModuleState(v),
                lambda: [(one.value, name) for one, name in labels.MODULE_STATES.items()],
            )
        )
    return Table(
        id="paths",
        columns=columns,
        filters=filters,
        sort="path",
        caption=lazy_gettext("Paths"),
        tie_break=Path.id,
        empty_text=lazy_gettext("No path matches. A path leads through several modules, in order."),
        bare_text=lazy_gettext("There is no path yet. A path leads through several modules, in order."),
    )


def _under_way(row: Any) -> Cell:
    return figure(row[3], url=url_for("curriculum.path_people", path=row[0].id, state="open") if row[3] else None)


# --- People ---


def people(viewer: User) -> Select[PathAssignment]:
    """The paths people within the viewer's scope were given."""
    return PathAssignment.visible_to(viewer, Permission.SEE_LEARNING).options(
        joinedload(PathAssignment.person), joinedload(PathAssignment.path), joinedload(PathAssignment.version)
    )


def people_table(viewer: User, today: date) -> Table:
    """How far they are, as of that day."""
    teams: dict[int, str] = {}
    return Table(
        id="path-progress",
        columns=[
            lists.person_column(PathAssignment, teams, lambda a: url_for("curriculum.path_assignment", given_id=a.id)),
            Column(
                "path",
                lazy_gettext("Path"),
                lambda a: text(a.version.title, note=_("version %(number)s", number=a.version.number)),
                sort=lambda: _of_path(),
            ),
            Column("state", lazy_gettext("State"), lambda a: state_cell(a, today), sort=PathAssignment.state),
            Column(
                "done",
                lazy_gettext("Required steps done"),
                lambda a: rate(a.done, a.total),
                sort=lambda: PathAssignment.done * 1.0 / func.nullif(PathAssignment.total, 0),
                kind="rate",
            ),
            *lists.day_columns(PathAssignment),
            Column(
                "reason", lazy_gettext("Reason"), lambda a: text(labels.REASONS[a.reason]), sort=PathAssignment.reason
            ),
        ],
        filters=[
            by_name(PathAssignment.person_id),
            Filter("path", lazy_gettext("Path"), lambda v: PathAssignment.path_id == row_number(v), _given_paths),
            Filter("state", lazy_gettext("State"), lambda v: _stands(v, today), lists.state_options),
            by_unit(PathAssignment.person_id, viewer, Permission.SEE_LEARNING),
        ],
        sort="-assigned_on",
        caption=lazy_gettext("People on paths"),
        tie_break=PathAssignment.id,
        after=lambda rows: teams.update(teams_of(db.session(), {a.person_id for a in rows})),
        empty_text=lazy_gettext("Nobody is on a path here. Remove a filter to see more."),
        bare_text=lazy_gettext("Nobody is on a path yet. A path is assigned from its own page."),
    )


def state_cell(one: PathAssignment, today: date) -> Cell:
    cell = state(*lists.standing(one, today))
    cell.note = one.waived_reason
    return cell


def _of_path() -> Any:
    return select(Path.title.sql()).where(Path.id == PathAssignment.path_id).correlate(PathAssignment).scalar_subquery()


def _given_paths() -> list[tuple[str, str]]:
    given = select(PathAssignment.path_id)
    rows = db.session.scalars(select(Path).where(Path.id.in_(given)).order_by(Path.title.sql()))
    return [(str(one.id), one.title.text) for one in rows]


def _stands(value: str, today: date) -> ColumnElement[bool]:
    if value == "open":
        return is_open()
    if value == "overdue":
        return is_overdue(today)
    return PathAssignment.state == AssignmentState(value)
