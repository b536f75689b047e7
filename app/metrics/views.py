"""The list of metric values, with their targets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import aliased

from app.accounts.access import may, requires, viewer
from app.accounts.filters import unit_options
from app.accounts.models import Unit, User
from app.accounts.permissions import Permission
from app.accounts.queries import Place, places, subtree
from app.core.clock import next_month
from app.core.database import db
from app.core.i18n import month_name, number
from app.core.tables import Cell, Column, Filter, Table, text
from app.core.web import row_number
from app.metrics import queries
from app.metrics.blueprint import bp, views
from app.metrics.labels import metric_name, written
from app.metrics.models import MetricValue
from app.metrics.rules import target_for

Row = tuple[MetricValue, str, str | None]


@bp.get("")
@requires(Permission.SEE_REPORTS)
def index() -> ResponseReturnValue:
    """Metric values of units and people in the viewer's scope, the newest first, with the target in force."""
    may_set = may(viewer(), Permission.SET_POLICIES)
    return _table(_aim(), may_set).answer(_values(viewer()), "metrics/index.html", views=views(), may_set=may_set)


def _values(user: User) -> Select[*tuple[Any, ...]]:
    """(value, unit path, person's name)."""
    person = aliased(User)
    return (
        MetricValue.visible_to(user, Permission.SEE_REPORTS)
        .add_columns(Unit.path, person.name)
        .join(Unit, Unit.id == MetricValue.unit_id)
        .outerjoin(person, person.id == MetricValue.person_id)
    )


def _aim() -> Callable[[MetricValue], float | None]:
    """Which target holds for a value; two queries for all of them."""
    known: dict[int, Place] = places(db.session())
    aims = queries.aims(db.session.execute(queries.targets()))
    return lambda value: target_for(aims, value.metric, known[value.unit_id].ancestors, value.period)


def _table(aim: Callable[[MetricValue], float | None], may_set: bool) -> Table:
    return Table(
        id="metrics",
        columns=[
            Column(
                "metric", lazy_gettext("Metric"), lambda row: text(metric_name(row[0].metric)), sort=MetricValue.metric
            ),
            Column("unit", lazy_gettext("Unit"), lambda row: text(_place(row)), sort=Unit.path),
            Column("person", lazy_gettext("Person"), lambda row: text(row[2])),
            Column(
                "period",
                lazy_gettext("Month"),
                lambda row: text(month_name(row[0].period), raw=row[0].period),
                sort=MetricValue.period,
                kind="date",
            ),
            Column("value", lazy_gettext("Value"), lambda row: _value(row[0], may_set), align="end", kind="number"),
            Column(
                "numerator", lazy_gettext("Numerator"), lambda row: _count(row[0].numerator), align="end", kind="number"
            ),
            Column(
                "denominator",
                lazy_gettext("Denominator"),
                lambda row: _count(row[0].denominator),
                align="end",
                kind="number",
            ),
            Column("target", lazy_gettext("Target"), lambda row: _target(aim(row[0])), align="end", kind="number"),
        ],
        filters=[
            Filter("metric", lazy_gettext("Metric"), lambda v: MetricValue.metric == v, _metric_options),
            Filter(
                "unit",
                lazy_gettext("Unit"),
                lambda v: MetricValue.unit_id.in_(subtree(row_number(v))),
                lambda: unit_options(viewer(), Permission.SEE_REPORTS),
            ),
            Filter("month", lazy_gettext("Month"), _in_month, kind="month"),
        ],
        sort="-period",
        caption=lazy_gettext("Metric values"),
        tie_break=MetricValue.id,
        empty_text=lazy_gettext("No values here. Import them from files, or enter them by hand."),
    )


def _place(row: Row) -> str:
    return row[1].replace("/", " · ") or _("Whole programme")


def _value(value: MetricValue, may_set: bool) -> Cell:
    """The rate; that of a unit leads to where it is corrected."""
    rate = value.numerator / value.denominator
    url = url_for("metrics.new_value", value=value.id) if may_set and value.person_id is None else None
    return text(written(rate), url=url, raw=rate)


def _count(value: float) -> Cell:
    return text(number(value, 0 if value == int(value) else 1), raw=value)


def _target(target: float | None) -> Cell:
    return text(None if target is None else written(target), raw=target)


def _metric_options() -> Sequence[tuple[str, str]]:
    within = MetricValue.visible_to(viewer(), Permission.SEE_REPORTS).with_only_columns(MetricValue.metric).distinct()
    return sorted(((code, metric_name(code)) for code in db.session.scalars(within)), key=lambda one: one[1])


def _in_month(value: str) -> ColumnElement[bool]:
    first = date.fromisoformat(f"{value}-01")
    return (MetricValue.period >= first) & (MetricValue.period < next_month(first))
