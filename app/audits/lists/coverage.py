"""What audits ask against what is taught: criterion → competency → module → language, with its holes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.accounts.permissions import Permission
from app.audits.models import Audit, Criterion, CriterionCompetency, Finding, Result, Scorecard, ScorecardVersion
from app.core.clock import monday_of
from app.core.database import db
from app.core.tables import Cell, Column, Filter, Table, figure, search, state, text
from app.core.web import row_number
from app.curriculum.models import Competency, Module, ModuleCompetency, ModuleState
from app.curriculum.queries import written_in

WEEKS = 13
Taught = tuple[Module, bool, bool]
"""A module, and whether it can be taken in English and in Spanish."""


def valid_versions(viewer: User, day: date) -> Select[int]:
    """Ids of the versions that audits of that day take: of each scorecard the newest valid then."""
    place = func.row_number().over(
        partition_by=ScorecardVersion.scorecard_id,
        order_by=(
            ScorecardVersion.valid_from.is_(None),
            ScorecardVersion.valid_from.desc(),
            ScorecardVersion.id.desc(),
        ),
    )
    seen = Scorecard.visible_to(viewer).with_only_columns(Scorecard.id)
    ranked = (
        select(ScorecardVersion.id, place.label("place"))
        .where(
            ScorecardVersion.scorecard_id.in_(seen),
            or_(ScorecardVersion.valid_from.is_(None), ScorecardVersion.valid_from <= day),
        )
        .subquery()
    )
    return select(ranked.c.id).where(ranked.c.place == 1)


def coverage(viewer: User, day: date) -> Select[Criterion, Competency]:
    """(criterion, competency it asks about or None) of what audits of that day ask."""
    return (
        select(Criterion, Competency)
        .join(ScorecardVersion, ScorecardVersion.id == Criterion.version_id)
        .outerjoin(CriterionCompetency, CriterionCompetency.criterion_id == Criterion.id)
        .outerjoin(Competency, Competency.id == CriterionCompetency.competency_id)
        .where(Criterion.version_id.in_(valid_versions(viewer, day)))
        .options(joinedload(Criterion.version).joinedload(ScorecardVersion.scorecard))
    )


def is_taught() -> ColumnElement[bool]:
    """Whether a published module teaches the competency of the row."""
    return exists().where(
        ModuleCompetency.competency_id == Competency.id,
        ModuleCompetency.module_id == Module.id,
        Module.state == ModuleState.PUBLISHED,
    )


def holes() -> ColumnElement[bool]:
    """Whether what is asked is not taught."""
    return or_(Competency.id.is_(None), ~is_taught())


def coverage_table(viewer: User, today: date) -> Table:
    """The map as a list, a row for each criterion and competency."""
    taught: dict[int, list[Taught]] = {}
    missed: dict[int, int] = {}

    def load(rows: Sequence[Any]) -> None:
        taught.clear()
        missed.clear()
        ids = {competency.id for _criterion, competency in rows if competency is not None}
        for competency_id, module, en, es in db.session.execute(_teaching(ids)):
            taught.setdefault(competency_id, []).append((module, bool(en), bool(es)))
        identities = {criterion.identity_id for criterion, _competency in rows}
        missed.update(db.session.execute(_missed(viewer, identities, today)).all())

    return Table(
        id="coverage",
        columns=[
            Column("criterion", lazy_gettext("Criterion"), _criterion, sort=lambda: Criterion.text.sql()),
            Column("code", lazy_gettext("Code"), lambda row: text(row[0].code), sort=Criterion.code),
            Column("competency", lazy_gettext("Competency"), _competency, sort=lambda: Competency.name.sql()),
            Column("modules", lazy_gettext("Modules"), lambda row: _modules(row, taught)),
            Column("state", lazy_gettext("State"), lambda row: _standing(row, taught)),
            Column(
                "missed",
                lazy_gettext("Missed in 13 weeks"),
                lambda row: figure(missed.get(row[0].identity_id, 0)),
                align="end",
                kind="number",
            ),
        ],
        filters=[
            search(Criterion.text_en, Criterion.text_es, Criterion.code),
            Filter("hole", lazy_gettext("Gap in coverage"), _is_hole, lambda: list(HOLES.items())),
            Filter("scorecard", lazy_gettext("Scorecard"), _of_scorecard, lambda: _scorecards(viewer)),
        ],
        sort="code",
        caption=lazy_gettext("Coverage"),
        tie_break=Criterion.id,
        after=load,
        empty_text=lazy_gettext("No criterion matches. Remove a filter to see more."),
        bare_text=lazy_gettext("No scorecard has criteria yet: the map begins with them."),
    )


HOLES = {
    "any": lazy_gettext("any gap in coverage"),
    "competency": lazy_gettext("measures no competency"),
    "module": lazy_gettext("no published module"),
}


def _is_hole(value: str) -> ColumnElement[bool]:
    if value == "competency":
        return Competency.id.is_(None)
    return and_(Competency.id.is_not(None), ~is_taught()) if value == "module" else holes()


def _of_scorecard(value: str) -> ColumnElement[bool]:
    return ScorecardVersion.scorecard_id == row_number(value)


def _scorecards(viewer: User) -> list[tuple[str, str]]:
    rows = db.session.scalars(Scorecard.visible_to(viewer).order_by(Scorecard.code))
    return [(str(one.id), one.name.text) for one in rows]


def _teaching(ids: set[int]) -> Select[int, Module, bool, bool]:
    """(competency id, module, in English, in Spanish) of modules that are not retired, the published first."""
    return (
        select(ModuleCompetency.competency_id, Module, written_in("en"), written_in("es"))
        .join(Module, Module.id == ModuleCompetency.module_id)
        .where(ModuleCompetency.competency_id.in_(ids), Module.state != ModuleState.RETIRED)
        .order_by(Module.state != ModuleState.PUBLISHED, Module.code)
    )


def _missed(viewer: User, identities: set[int], today: date) -> Select[int, int]:
    """(criterion across versions, how often it was missed lately) in audits within reach."""
    audits = Audit.visible_to(viewer, Permission.SEE_AUDITS).with_only_columns(Audit.id)
    since = monday_of(today) - timedelta(weeks=WEEKS)
    return (
        select(Criterion.identity_id, func.count())
        .join(Finding, Finding.criterion_id == Criterion.id)
        .join(Audit, Audit.id == Finding.audit_id)
        .where(
            Criterion.identity_id.in_(identities),
            Finding.result == Result.FAIL,
            Audit.week >= since,
            Audit.id.in_(audits),
        )
        .group_by(Criterion.identity_id)
    )


def _criterion(row: Any) -> Cell:
    criterion = row[0]
    url = url_for("audits.scorecard", version_id=criterion.version_id)
    return text(criterion.text, url=url, note=criterion.version.scorecard.name.text)


def _competency(row: Any) -> Cell:
    return text(row[1].name if row[1] is not None else "–", raw=None if row[1] is not None else "")


def _modules(row: Any, taught: dict[int, list[Taught]]) -> Cell:
    found = taught.get(row[1].id, []) if row[1] is not None else []
    names = [f"{module.title.text} ({_languages(en, es)})" for module, en, es in found]
    return text("; ".join(names) or "–", raw="; ".join(names))


def _languages(en: bool, es: bool) -> str:
    return " · ".join(code for code, there in (("EN", en), ("ES", es)) if there) or "–"


def _standing(row: Any, taught: dict[int, list[Taught]]) -> Cell:
    if row[1] is None:
        return state(HOLES["competency"], "bad")
    found = taught.get(row[1].id, [])
    if any(module.state is ModuleState.PUBLISHED for module, _en, _es in found):
        return state(_("taught in both languages"), "good")
    if found:
        return state(_("only a draft"), "warn")
    return state(HOLES["module"], "bad")
