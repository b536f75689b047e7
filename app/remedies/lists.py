"""The lists of this room: what rules did, and whom a rule would reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from app.accounts.filters import by_name, by_unit, name_of, teams_of
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.coaching.models import Obligation
from app.core.database import db
from app.core.i18n import Bilingual
from app.core.tables import Cell, Column, Filter, Table, at_moment, text
from app.core.web import row_number
from app.curriculum.models import Assignment, Competency, Module
from app.curriculum.paths.models import Path, PathAssignment
from app.remedies import labels
from app.remedies.models import Firing, RemedyRule
from app.remedies.planning import Planned
from app.remedies.rules import LeftOut

Row = tuple[Firing, Assignment | None, Obligation | None, PathAssignment | None]


def firings(viewer: User) -> Select[*tuple[Any, ...]]:
    """(firing, its assignment, its obligation, its path) of the people within the viewer's reach."""
    return (
        Firing.visible_to(viewer, Permission.SEE_LEARNING)
        .add_columns(Assignment, Obligation, PathAssignment)
        .outerjoin(Assignment, Assignment.id == Firing.assignment_id)
        .outerjoin(Obligation, Obligation.id == Firing.obligation_id)
        .outerjoin(PathAssignment, PathAssignment.id == Firing.path_assignment_id)
        .options(joinedload(Firing.person), joinedload(Firing.rule), joinedload(Assignment.module))
        .options(joinedload(PathAssignment.path))
    )


def firing_table(viewer: User) -> Table:
    """The log of rules, the newest first."""
    teams: dict[int, str] = {}
    return Table(
        id="firings",
        columns=[
            Column(
                "person",
                lazy_gettext("Person"),
                lambda row: text(
                    row[0].person.name,
                    url=url_for("home.person", person_id=row[0].person_id),
                    note=teams.get(row[0].person_id),
                ),
                sort=lambda: name_of(Firing.person_id),
            ),
            Column("at", lazy_gettext("When"), lambda row: at_moment(row[0].at), sort=Firing.at, kind="moment"),
            Column("rule", lazy_gettext("Rule"), lambda row: text(row[0].rule.name)),
            Column("cause", lazy_gettext("Because of"), _cause),
            Column("did", lazy_gettext("Action taken"), _did),
        ],
        filters=[
            by_name(Firing.person_id),
            Filter("rule", lazy_gettext("Rule"), lambda v: Firing.rule_id == row_number(v), _rule_options),
            Filter(
                "left_out",
                lazy_gettext("Not done"),
                lambda v: Firing.left_out == LeftOut(v),
                lambda: [(one.value, name) for one, name in labels.LEFT_OUT.items()],
            ),
            by_unit(Firing.person_id, viewer, Permission.SEE_LEARNING),
        ],
        sort="-at",
        caption=lazy_gettext("What rules did"),
        tie_break=Firing.id.desc(),
        empty_text=lazy_gettext("Nothing matches. Rules act on the day a gap opens or a fatal error is released."),
        after=lambda rows: teams.update(teams_of(db.session(), {row[0].person_id for row in rows})),
    )


def _cause(row: Row) -> Cell:
    firing, *acts = row
    kind, _colon, number = firing.cause_key.partition(":")
    if kind == "audit":
        return text(_("Fatal error"), url=url_for("audits.audit", audit_id=int(number)))
    gap_id = next((one.gap_id for one in acts if one is not None), None)
    return text(_("Gap opened"), url=url_for("thread.gap", gap_id=gap_id) if gap_id is not None else None)


def _did(row: Row) -> Cell:
    firing, assignment, obligation, walk = row
    done = []
    if assignment is not None:
        done.append(_("assigned “%(module)s”", module=assignment.module.title.text))
    if walk is not None:
        done.append(_("assigned the path “%(path)s”", path=walk.path.title.text))
    if obligation is not None:
        done.append(_("owed a session"))
    note = str(labels.LEFT_OUT[firing.left_out]) if firing.left_out is not None else None
    return text(", ".join(done) or _("nothing"), note=note)


def _rule_options() -> list[tuple[str, str]]:
    return [(str(one.id), one.name.text) for one in db.session.scalars(select(RemedyRule).order_by(RemedyRule.id))]


# --- Preview ---


@dataclass(frozen=True, slots=True)
class Reached:
    """A line of the preview of a rule."""

    person_id: int
    name: str
    team: str
    gap_id: int | None
    competencies: list[str]
    module: Bilingual | None
    """Or the path."""
    owes: bool
    left_out: Any
    gone_before: bool
    """Whether another rule in force would be first with it, from now on."""


def preview(planned: Sequence[Planned]) -> list[Reached]:
    """Who would get what, with names: four queries, however many."""
    session = db.session()
    people = {one.cause.person_id for one in planned}
    names = dict(session.execute(select(User.id, User.name).where(User.id.in_(people))).all())
    teams = teams_of(session, people)
    ways = {one.plan.path_id for one in planned if one.plan.path_id is not None}
    paths = {one.id: one.title for one in session.scalars(select(Path).where(Path.id.in_(ways)))} if ways else {}
    modules = {one.plan.module_id for one in planned if one.plan.module_id is not None}
    titles = {one.id: one.title for one in session.scalars(select(Module).where(Module.id.in_(modules)))}
    known = {one.id: one.name.text for one in session.scalars(select(Competency))}
    return [
        Reached(
            person_id=one.cause.person_id,
            name=names[one.cause.person_id],
            team=teams.get(one.cause.person_id, ""),
            gap_id=one.cause.gap_id,
            competencies=[known[c] for c in one.cause.competency_ids],
            module=titles[one.plan.module_id] if one.plan.module_id is not None else paths.get(one.plan.path_id or 0),
            owes=one.plan.owes,
            left_out=labels.LEFT_OUT[one.plan.left_out] if one.plan.left_out is not None else None,
            gone_before=one.to_come is not None,
        )
        for one in planned
    ]
