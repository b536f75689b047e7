"""What the address of a report asks for: a month and a unit, and the page around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import abort, request
from flask_babel import gettext as _
from sqlalchemy import select

from app.accounts.access import viewer
from app.accounts.filters import unit_options
from app.accounts.models import Unit
from app.accounts.permissions import Permission
from app.accounts.reach import unit_scope
from app.core.clock import day_of, last_month, month_of, month_start, next_month, now
from app.core.database import one_or_404
from app.core.i18n import month_name, time_zone
from app.core.web import row_number


def today() -> date:
    """The reader's present day."""
    return day_of(now(), time_zone())


def this_month() -> date:
    """The first day of the reader's present month."""
    return month_start(today())


@dataclass(frozen=True, slots=True)
class Asked:
    """A month (its first day), and a unit or none; `problem` says why the month is not the one that was typed."""

    month: date
    unit: Unit | None
    typed: str
    problem: str | None = None

    @property
    def place(self) -> str:
        """The unit by its path, or that it is all within reach."""
        if self.unit is None:
            return _("All units within reach")
        return self.unit.path.replace("/", " · ") or self.unit.name


@dataclass(frozen=True, slots=True)
class Chooser:
    """What a reader may choose instead, and the months around this one; `later` is none past the last."""

    typed: str
    problem: str | None
    unit: str
    units: Sequence[tuple[str, str]]
    earlier: date
    later: date | None


def asked() -> Asked:
    """Read the address: no month is the present one, so is one that can't be read; a unit out of scope is not found."""
    unit = _unit(request.args.get("unit", ""))
    typed = request.args.get("month", "").strip()
    if not typed:
        return Asked(this_month(), unit, f"{this_month():%Y-%m}")
    try:
        return Asked(month_of(typed), unit, typed)
    except ValueError:
        problem = _(
            "“%(typed)s” is not a month; write it as 2026-10. Showing %(month)s.",
            typed=typed,
            month=month_name(this_month()),
        )
        return Asked(this_month(), unit, typed, problem)


def _unit(text: str) -> Unit | None:
    if not text:
        return None
    try:
        number = row_number(text)
    except ValueError:
        abort(404)
    scope = unit_scope(viewer(), Permission.SEE_REPORTS)
    return one_or_404(select(Unit).where(Unit.id == number, Unit.id.in_(scope)))


def chooser(chosen: Asked, last: date) -> Chooser:
    """What stands at the head of a report whose last month is `last`."""
    later = next_month(chosen.month)
    return Chooser(
        typed=chosen.typed,
        problem=chosen.problem,
        unit=str(chosen.unit.id) if chosen.unit else "",
        units=unit_options(viewer(), Permission.SEE_REPORTS),
        earlier=last_month(chosen.month),
        later=later if later <= last else None,
    )
