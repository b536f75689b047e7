"""The lists of this room: modules and assignments, as tables and as files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext, pgettext
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import joinedload, selectinload

from app.accounts.filters import by_name, by_unit, name_of, teams_of
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.core.clock import next_month
from app.core.database import db
from app.core.exports import Sheet
from app.core.tables import Cell, Column, Filter, Table, day_column, figure, search, state, text
from app.core.web import row_number
from app.curriculum import labels
from app.curriculum.models import (
    OPEN_STATES,
    Assignment,
    AssignmentReason,
    AssignmentState,
    Competency,
    Module,
    ModuleCompetency,
    ModuleKind,
    ModuleState,
)
from app.curriculum.paths.models import PathAssignment
from app.curriculum.queries import counted, is_open, is_overdue, written_in

Options = Callable[[], Sequence[tuple[str, Any]]]


# --- Modules ---


def modules(viewer: User) -> Select[Module, bool, bool]:
    """(module, whether it can be taken in English, in Spanish), of those the viewer may see."""
    return (
        Module.visible_to(viewer)
        .add_columns(written_in("en"), written_in("es"))
        .options(selectinload(Module.competencies))
    )


def module_table(*, writes: bool) -> Table:
    """The list of modules; who writes them sees their state too."""
    columns = [
        Column(
            "module",
            lazy_gettext("Module"),
            lambda row: text(row[0].title, url=url_for("curriculum.module", module_id=row[0].id)),
            sort=lambda: Module.title.sql(),
        ),
        Column("code", lazy_gettext("Code"), lambda row: text(row[0].code), sort=Module.code),
        Column("competencies", lazy_gettext("Competencies"), lambda row: text(_names(row[0].competencies))),
        Column("kind", lazy_gettext("Kind"), lambda row: text(labels.MODULE_KINDS[row[0].kind]), sort=Module.kind),
        Column(
            "minutes",
            lazy_gettext("Minutes"),
            lambda row: figure(row[0].minutes),
            sort=Module.minutes,
            align="end",
            kind="number",
        ),
        Column("languages", lazy_gettext("Languages"), lambda row: _languages(row[1], row[2])),
    ]
    filters = [
        search(Module.title_en, Module.title_es, Module.code),
        Filter("competency", lazy_gettext("Competency"), _teaches, options=competency_options),
        Filter(
            "kind", lazy_gettext("Kind"), lambda v: Module.kind == ModuleKind(v), lambda: _options(labels.MODULE_KINDS)
        ),
        Filter(
            "missing",
            lazy_gettext("Missing language"),
            lambda v: ~written_in("es" if v == "es" else "en"),
            lambda: [("en", _("English")), ("es", _("Spanish"))],
        ),
    ]
    if writes:
        columns.append(
            Column(
                "state",
                lazy_gettext("State"),
                lambda row: state(labels.MODULE_STATES[row[0].state], labels.MODULE_TONES[row[0].state]),
                sort=Module.state,
            )
        )
        filters.append(
            Filter(
                "state",
                lazy_gettext("State"),
                lambda v: Module.state == ModuleState(v),
                lambda: _options(labels.MODULE_STATES),
            )
        )
    return Table(
        id="modules",
        columns=columns,
        filters=filters,
        sort="module",
        caption=lazy_gettext("Modules"),
        tie_break=Module.id,
        empty_text=lazy_gettext("No module matches. Remove a filter to see more."),
        bare_text=lazy_gettext("There are no modules yet."),
    )


def competency_sheet(rows: Sequence[tuple[int, Competency]], teaching: Mapping[int, Sequence[Module]]) -> Sheet:
    """The tree of competencies as a file; `rows` are (level, competency), each below the one it is part of."""
    codes = {one.id: one.code for _level, one in rows}
    headers = [
        _("Code"), _("Competency"), _("Part of"), _("Description"), _("Target"), _("Modules"), _("Published modules")
    ]  # fmt: skip
    lines = []
    for _level, one in rows:
        modules = [f"{module.code} {module.title.text}" for module in teaching.get(one.id, ())]
        within = codes.get(one.parent_id or 0, "")
        lines.append([one.code, one.name, within, one.description, one.target, "; ".join(modules), len(modules)])
    kinds = ["text", "text", "text", "words", "rate", "words", "number"]
    return Sheet("competencies", headers, lines, kinds)


def _names(competencies: Sequence[Competency]) -> str:
    return ", ".join(one.name.text for one in competencies)


def _languages(en: bool, es: bool) -> Cell:
    have = [code for code, there in (("EN", en), ("ES", es)) if there]
    if len(have) == 2:
        return text("EN · ES")
    missing = "ES" if en else "EN"
    return state(_("%(missing)s is missing", missing=missing) if have else _("EN and ES are missing"), "warn")


def _teaches(value: str) -> ColumnElement[bool]:
    return Module.id.in_(select(ModuleCompetency.module_id).where(ModuleCompetency.competency_id == row_number(value)))


def competency_options() -> list[tuple[str, str]]:
    """All competencies by name."""
    rows = db.session.scalars(select(Competency).order_by(Competency.name.sql()))
    return [(str(one.id), one.name.text) for one in rows]


def _options(names: dict[Any, Any]) -> list[tuple[str, Any]]:
    return [(one.value, name) for one, name in names.items()]


# --- Assignments ---


def assignments(viewer: User) -> Select[Assignment]:
    """What people within the viewer's scope were asked to learn."""
    return Assignment.visible_to(viewer, Permission.SEE_LEARNING).options(
        joinedload(Assignment.person), joinedload(Assignment.module)
    )


def person_column(model: Any, teams: Mapping[int, str], url: Callable[[Any], str]) -> Column:
    """Who a row of this model is about, with their team below the name."""
    return Column(
        "person",
        lazy_gettext("Person"),
        lambda one: text(one.person.name, url=url(one), note=teams.get(one.person_id)),
        sort=lambda: name_of(model.person_id),
    )


def day_columns(model: type[Assignment | PathAssignment]) -> list[Column]:
    """The days of what somebody was given."""
    return [
        day_column("due_on", lazy_gettext("Due on"), model.due_on),
        day_column("completed_on", lazy_gettext("Completed on"), model.completed_on),
        day_column("assigned_on", lazy_gettext("Assigned on"), model.assigned_on),
    ]


def assignment_table(viewer: User, today: date) -> Table:
    """The list of assignments, as they stand on that day."""
    teams: dict[int, str] = {}
    return Table(
        id="assignments",
        columns=[
            person_column(Assignment, teams, lambda a: url_for("curriculum.assignment", assignment_id=a.id)),
            Column("module", lazy_gettext("Module"), lambda a: text(a.module.title), sort=lambda: of_module()),
            Column("state", lazy_gettext("State"), lambda a: state_cell(a, today), sort=Assignment.state),
            *day_columns(Assignment),
            Column(
                "reason",
                lazy_gettext("Reason"),
                lambda a: text(labels.BEFORE_HILO if a.from_history else labels.REASONS[a.reason]),
                sort=Assignment.reason,
            ),
        ],
        filters=[
            by_name(Assignment.person_id),
            Filter("state", lazy_gettext("State"), lambda v: _stands(v, today), _state_options),
            Filter("module", lazy_gettext("Module"), lambda v: Assignment.module_id == row_number(v), module_options),
            by_unit(Assignment.person_id, viewer, Permission.SEE_LEARNING),
            Filter(
                "reason",
                lazy_gettext("Reason"),
                lambda v: Assignment.reason == AssignmentReason(v),
                lambda: _options(labels.REASONS),
            ),
            Filter(
                "due_month",
                lazy_gettext("Due in month"),
                lambda v: _due_in(v),
                kind="month",
            ),
        ],
        sort="-assigned_on",
        caption=lazy_gettext("Assignments"),
        tie_break=Assignment.id,
        after=lambda rows: teams.update(teams_of(db.session(), {a.person_id for a in rows})),
        empty_text=lazy_gettext("No assignment matches. Remove a filter to see more."),
        bare_text=lazy_gettext("Nothing has been assigned yet. Modules and paths are assigned from their own pages."),
    )


def state_cell(assignment: Assignment, today: date) -> Cell:
    """Where an assignment stands on that day, overdue included."""
    name, tone = standing(assignment, today)
    late = (
        assignment.completed_on is not None
        and assignment.due_on is not None
        and assignment.completed_on > assignment.due_on
    )
    cell = state(name, tone)
    cell.note = _("after the due date") if late else assignment.waived_reason
    return cell


def standing(one: Assignment | PathAssignment, today: date) -> tuple[Any, str]:
    """The word and look of where a module or path somebody was given stands on that day."""
    if one.state in OPEN_STATES:
        if isinstance(one, Assignment) and one.from_history:
            return labels.NOT_COMPLETED, "plain"
        if one.due_on is not None and one.due_on < today:
            return labels.OVERDUE, "late"
    return labels.STATES[one.state], labels.TONES[one.state]


def of_module() -> Any:
    """The title of an assignment's module, to sort by."""
    return select(Module.title.sql()).where(Module.id == Assignment.module_id).correlate(Assignment).scalar_subquery()


def state_options(*more: tuple[str, Any]) -> list[tuple[str, Any]]:
    """The states of what somebody was given, to filter by."""
    return [("open", pgettext("assignment", "Open")), ("overdue", labels.OVERDUE), *more, *_options(labels.STATES)]


def _state_options() -> list[tuple[str, Any]]:
    return state_options(("counted", _("Due so far, neither waived nor cancelled")))


def _stands(value: str, today: date) -> ColumnElement[bool]:
    if value == "open":
        return is_open()
    if value == "overdue":
        return is_overdue(today)
    if value == "counted":
        return counted(date.min, today - timedelta(days=1))
    return Assignment.state == AssignmentState(value)


def module_options() -> list[tuple[str, str]]:
    """The modules that were ever given, by title."""
    given = select(Assignment.module_id)
    rows = db.session.scalars(select(Module).where(Module.id.in_(given)).order_by(Module.title.sql()))
    return [(str(one.id), one.title.text) for one in rows]


def _due_in(value: str) -> ColumnElement[bool]:
    first = date.fromisoformat(f"{value}-01")
    return (Assignment.due_on >= first) & (Assignment.due_on < next_month(first))
