"""What lists of audits can be narrowed by, and what is offered for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import ColumnElement, exists, select

from app.accounts.access import may
from app.accounts.filters import by_unit, unit_options
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.queries import subtree
from app.audits import labels
from app.audits.models import (
    SYSTEMIC_CAUSES,
    Audit,
    Cause,
    Criterion,
    CriterionIdentity,
    ErrorClass,
    Finding,
    Import,
    Purpose,
    Result,
    Scorecard,
    ScorecardVersion,
)
from app.core.clock import next_month, start_of
from app.core.database import db
from app.core.tables import Filter, Label, search
from app.core.web import row_number

IMPORTS_OFFERED = 50
SYSTEMIC = "systemic"


def filters(viewer: User, *, sees_others: bool) -> list[Filter]:
    """What the list of audits can be narrowed by, for this viewer."""
    words = (Audit.reference, Audit.contact_ref)
    if not sees_others:
        return [search(*words), *_of_audits()]
    found = [
        search(User.name, User.employee_no, *words, label=lazy_gettext("Agent or audit")),
        by_unit(Audit.person_id, viewer, Permission.SEE_AUDITS),
        *_of_audits(),
        Filter(
            "team",
            lazy_gettext("Unit at that time"),
            lambda v: Audit.team_id.in_(subtree(row_number(v))),
            lambda: unit_options(viewer, Permission.SEE_AUDITS),
        ),
    ]
    if may(viewer, Permission.IMPORT_AUDITS):
        label = lazy_gettext("Import")
        found.append(
            Filter("import", label, lambda v: Audit.import_id == row_number(v), lambda: import_options(viewer))
        )
    return found


def _of_audits() -> list[Filter]:
    """The filters everybody has."""
    return [
        Filter("month", lazy_gettext("Month of the contact"), _in_month, kind="month"),
        Filter("scorecard", lazy_gettext("Scorecard"), _on_scorecard, scorecard_options),
        Filter("purpose", lazy_gettext("Purpose"), lambda v: Audit.purpose == Purpose(v), purpose_options),
        Filter(
            "fatal",
            lazy_gettext("Fatal error"),
            lambda value: Audit.fatal.is_(value == "yes"),
            lambda: [("yes", _("yes")), ("no", _("no"))],
        ),
        Filter("criterion", lazy_gettext("Criterion missed"), _misses, criterion_options),
        Filter("cause", lazy_gettext("Cause of a miss"), _caused, cause_options),
        Filter("class", lazy_gettext("Class of a critical error"), _of_class, _class_options),
    ]


def _on_scorecard(value: str) -> ColumnElement[bool]:
    return ScorecardVersion.scorecard_id == row_number(value)


def _in_month(value: str) -> ColumnElement[bool]:
    zone, first = current_app.config["PROGRAMME_TIME_ZONE"], date.fromisoformat(f"{value}-01")
    return (Audit.contact_at >= start_of(first, zone)) & (Audit.contact_at < start_of(next_month(first), zone))


def _misses(value: str) -> ColumnElement[bool]:
    mine = select(Criterion.id).where(Criterion.identity_id == row_number(value))
    return exists().where(Finding.audit_id == Audit.id, Finding.criterion_id.in_(mine), Finding.result == Result.FAIL)


def _caused(value: str) -> ColumnElement[bool]:
    causes = SYSTEMIC_CAUSES if value == SYSTEMIC else (Cause(value),)
    missed = (Finding.audit_id == Audit.id, Finding.result == Result.FAIL, Finding.cause.in_(causes))
    return exists().where(*missed)


def _of_class(value: str) -> ColumnElement[bool]:
    mine = select(Criterion.id).where(Criterion.error_class == ErrorClass(value))
    return exists().where(Finding.audit_id == Audit.id, Finding.criterion_id.in_(mine), Finding.result == Result.FAIL)


def _class_options() -> Sequence[tuple[str, Label]]:
    return [(one.value, label) for one, label in labels.ERROR_CLASSES.items()]


def cause_options() -> Sequence[tuple[str, Label]]:
    """All that no agent can mend, then each cause."""
    return [
        (SYSTEMIC, _("process, tool, policy or customer")),
        *((one.value, name) for one, name in labels.CAUSES.items()),
    ]


def purpose_options() -> Sequence[tuple[str, Label]]:
    """The purposes by name."""
    return [(purpose.value, label) for purpose, label in labels.PURPOSES.items()]


def scorecard_options() -> Sequence[tuple[str, str]]:
    """The scorecards by name."""
    rows = db.session.execute(select(Scorecard.id, Scorecard.name.sql()).order_by(Scorecard.name.sql()))
    return [(str(number), name) for number, name in rows]


def criterion_options() -> Sequence[tuple[str, str]]:
    """The criteria of all scorecards, by scorecard and code."""
    statement = (
        select(CriterionIdentity.id, Scorecard.name.sql(), CriterionIdentity.code)
        .join(Scorecard, Scorecard.id == CriterionIdentity.scorecard_id)
        .order_by(Scorecard.name.sql(), CriterionIdentity.code)
    )
    return [(str(number), f"{card} · {code}") for number, card, code in db.session.execute(statement)]


def import_options(viewer: User, kind: str = "findings") -> Sequence[tuple[str, str]]:
    """The latest imports of a kind."""
    imports = Import.visible_to(viewer).where(Import.kind == kind).order_by(Import.id.desc()).limit(IMPORTS_OFFERED)
    return [(str(one.id), f"{one.id} · {one.file_name}") for one in db.session.scalars(imports)]
