"""The list of cases, and what it can be narrowed by: figures of coverage link to it."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext, lazy_pgettext
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import contains_eager, joinedload

from app.accounts.access import may
from app.accounts.filters import unit_options
from app.accounts.models import User
from app.accounts.permissions import Permission
from app.accounts.queries import places, subtree
from app.accounts.reach import everywhere
from app.audits import labels
from app.audits.dsat import queries
from app.audits.dsat.models import CaseChange, DsatCase
from app.audits.dsat.taking_in import KIND
from app.audits.lists.narrowing import import_options
from app.audits.models import SYSTEMIC_CAUSES, Cause
from app.audits.root_causes.labels import ROOTS
from app.audits.root_causes.models import RootCause
from app.audits.root_causes.rules import RootClass
from app.core.clock import month_of, next_month, now, start_of
from app.core.database import db
from app.core.tables import Cell, Column, Filter, Table, at_moment, search, state, text
from app.core.web import row_number

LONGEST = 90
OPEN, COACHABLE, NOT_COACHABLE = "open", "coachable", "not_coachable"
NOBODYS = "none"
"""Of the units: no partner's."""


def cases(viewer: User) -> Select[DsatCase, bool]:
    """The cases the viewer may see, and whether each was audited."""
    return (
        DsatCase.visible_to(viewer)
        .add_columns(queries.audited().label("audited"))
        .join(DsatCase.person)
        .options(contains_eager(DsatCase.person), joinedload(DsatCase.team))
    )


def case_table(viewer: User) -> Table:
    """The list of cases, the newest first."""
    return Table(
        id="dsat",
        columns=[
            Column("case", lazy_gettext("Case"), _case, sort=DsatCase.reference),
            Column("agent", lazy_gettext("Agent"), _agent, sort=User.name),
            Column(
                "received",
                lazy_pgettext("case", "Received"),
                lambda row: at_moment(row[0].received_at),
                sort=DsatCase.received_at,
                kind="moment",
            ),
            Column("score", lazy_pgettext("survey", "Score"), lambda row: text(row[0].score)),
            Column("comment", lazy_gettext("What the customer says"), _comment, kind="words"),
            Column("audit", lazy_gettext("Audit"), _audited),
            Column("decision", lazy_gettext("Decision"), _decision, sort=DsatCase.cause),
        ],
        filters=_filters(viewer),
        sort="-received",
        caption=lazy_gettext("DSAT cases"),
        tie_break=DsatCase.id,
        empty_text=lazy_gettext("No case matches. Remove a filter to see more."),
    )


def _filters(viewer: User) -> list[Filter]:
    buckets = [(str(place), age_label(place)) for place in range(len(queries.AGES))]
    may_import = may(viewer, Permission.IMPORT_AUDITS)
    of_imports = Filter("import", lazy_gettext("Import"), _of_import, lambda: import_options(viewer, KIND))
    return [
        search(
            User.name, User.employee_no, DsatCase.reference, DsatCase.contact_ref, label=lazy_gettext("Agent or case")
        ),
        Filter(
            "unit",
            lazy_gettext("Unit"),
            lambda value: (
                queries.of_no_partner() if value == NOBODYS else DsatCase.team_id.in_(subtree(row_number(value)))
            ),
            lambda: _units(viewer),
        ),
        Filter("market", lazy_gettext("Market"), _of_market, _markets),
        Filter(
            "audited",
            lazy_gettext("Audit"),
            lambda value: queries.audited() if value == "yes" else ~queries.audited(),
            lambda: [("no", lazy_gettext("Audit missing")), ("yes", lazy_gettext("Audited"))],
        ),
        Filter("decision", lazy_gettext("Decision"), _decided, lambda: list(DECISIONS.items())),
        Filter(
            "cause",
            lazy_gettext("Cause"),
            lambda value: DsatCase.cause == Cause(value),
            lambda: [(one.value, label) for one, label in labels.CAUSES.items()],
        ),
        Filter("age", lazy_gettext("Age"), lambda value: queries.in_bucket(int(value), now()), lambda: buckets),
        Filter(
            "root",
            lazy_gettext("Root"),
            lambda value: DsatCase.id.in_(select(RootCause.case_id).where(RootCause.root == RootClass(value))),
            lambda: [(one.value, label) for one, label in ROOTS.items()],
        ),
        Filter("month", lazy_gettext("Month received"), _in_month, kind="month"),
        Filter(
            "week", lazy_gettext("Week received"), lambda value: DsatCase.week == date.fromisoformat(value), kind="date"
        ),
        Filter(
            "since", lazy_gettext("Week, from"), lambda value: DsatCase.week >= date.fromisoformat(value), kind="date"
        ),
        Filter(
            "until", lazy_gettext("Week, to"), lambda value: DsatCase.week <= date.fromisoformat(value), kind="date"
        ),
        *([of_imports] if may_import else []),
    ]


def _in_month(value: str) -> ColumnElement[bool]:
    zone, first = current_app.config["PROGRAMME_TIME_ZONE"], month_of(value)
    return (DsatCase.received_at >= start_of(first, zone)) & (DsatCase.received_at < start_of(next_month(first), zone))


def _units(viewer: User) -> list[tuple[str, Any]]:
    """The units in scope; cases of nobody's are there for who sees all."""
    own = unit_options(viewer, Permission.SEE_AUDITS)
    return [*own, (NOBODYS, lazy_gettext("No partner"))] if everywhere(viewer, Permission.SEE_AUDITS) else own


def _of_import(value: str) -> ColumnElement[bool]:
    return DsatCase.id.in_(select(CaseChange.case_id).where(CaseChange.import_id == row_number(value)))


def _of_market(value: str) -> ColumnElement[bool]:
    return DsatCase.team_id.in_(queries.teams_of_market(value, places(db.session())))


def _markets() -> list[tuple[str, str]]:
    return [(one, one) for one in sorted({place.market for place in places(db.session()).values() if place.market})]


DECISIONS = {
    OPEN: lazy_gettext("To be decided"),
    COACHABLE: lazy_gettext("Coachable"),
    NOT_COACHABLE: lazy_gettext("Not coachable"),
}


def age_label(bucket: int) -> str:
    """What a bucket of ages is called."""
    last = queries.AGES[bucket]
    if last is None:
        return _("more than %(days)s days", days=queries.AGES[bucket - 1])
    first = queries.AGES[bucket - 1] if bucket else 0
    return _("%(first)s–%(last)s days", first=first, last=last)


def _decided(value: str) -> ColumnElement[bool]:
    if value == OPEN:
        return DsatCase.cause.is_(None)
    systemic = DsatCase.cause.in_(SYSTEMIC_CAUSES)
    return systemic if value == NOT_COACHABLE else DsatCase.cause.is_not(None) & ~systemic


def _case(row: tuple[DsatCase, bool]) -> Cell:
    case = row[0]
    return text(case.reference, url=url_for("audits.dsat_case", case_id=case.id), note=case.contact_ref)


def _agent(row: tuple[DsatCase, bool]) -> Cell:
    case = row[0]
    team = " · ".join(case.team.path.split("/")[-2:]) if case.team else None
    return text(case.person.name, note=team)


def _comment(row: tuple[DsatCase, bool]) -> Cell:
    said = row[0].comment or ""
    return text(said if len(said) <= LONGEST else said[: LONGEST - 1] + "…", raw=said or None)


def _audited(row: tuple[DsatCase, bool]) -> Cell:
    return state(_("Audited"), "good", raw="yes") if row[1] else state(_("Audit missing"), "warn", raw="no")


def _decision(row: tuple[DsatCase, bool]) -> Cell:
    cause, coachable = row[0].cause, row[0].coachable
    if cause is None:
        return state(DECISIONS[OPEN], "due", raw=OPEN)
    label = DECISIONS[COACHABLE if coachable else NOT_COACHABLE]
    return Cell("state", label, tone="plain", note=str(labels.CAUSES[cause]), raw=cause.value)
