"""Filters of the list of gaps by what happened to them: numbers of reports lead there."""

from __future__ import annotations

from flask_babel import lazy_gettext
from sqlalchemy import ColumnElement

from app.core.clock import month_of, next_month
from app.core.tables import Filter
from app.gaps.models import Gap
from app.gaps.queries import moved_in


def moves() -> list[Filter]:
    """The gaps opened, closed or relapsed in a month."""
    return [
        Filter("opened", lazy_gettext("Opened in"), lambda v: _moved("opened", v), kind="month"),
        Filter("closed", lazy_gettext("Closed in"), lambda v: _moved("closed", v), kind="month"),
        Filter("relapsed", lazy_gettext("Relapsed in"), lambda v: _moved("relapsed", v), kind="month"),
    ]


def _moved(move: str, value: str) -> ColumnElement[bool]:
    first = month_of(value)
    return Gap.id.in_(moved_in(move, (first, next_month(first))))
